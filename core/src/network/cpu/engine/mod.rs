//! A trained model as plain numbers, and the CPU that runs it.
//!
//! - [`network`]: the model's layers with the batch normalisation folded into the convolutions; what every executor takes
//! - [`cpu`]: the executor for a CPU, native or in a browser

pub mod cpu;
pub mod network;
mod residual;

pub use cpu::{CpuEngine, softmax};
pub use network::{Block, Classifier, Conv, Linear, Network, Residual};
