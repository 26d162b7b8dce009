//! A trained model as plain numbers, and what computes it on the CPU.
//!
//! - [`network`]: the model's operations, with the batch normalisation folded into the convolutions; the input of every
//!   engine
//! - [`cpu`]: the engine for a CPU, natively or in a browser

mod classifier;
pub mod cpu;
pub mod network;
mod silenced;

pub use cpu::{CpuEngine, softmax};
pub use network::{Layer, Network};
