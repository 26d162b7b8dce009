//! A trained model as plain numbers, and the CPU that runs it.
//!
//! - [`network`]: the model's operations with the batch normalisation folded into the convolutions; what every executor
//!   takes
//! - [`cpu`]: the executor for a CPU, native or in a browser

mod classifier;
pub mod cpu;
pub mod network;

pub use cpu::{CpuEngine, softmax};
pub use network::{Layer, Network};
