//! SpectNet: audio classification with learnable spectrograms.
//!
//! Data flows one way:
//!
//! ```text
//! bytes ─ audio ─▶ recording ─ conditioning ─▶ windows ─ filterbank ─▶ image ─ classifier ─▶ logits ─▶ verdict
//! ```
//!
//! - [`audio`]: WAV, resampling, conditioning, windows
//! - [`filterbank`]: the bank of gammatone filters with learnable parameters and its log-energy image
//! - [`classifier`]: the 2-D networks on top of the image
//! - [`network`]: the classifier's kernels on the CPU, without any framework
//! - [`model`]: front-end and classifier as one trainable module, and the configuration that describes it
//! - [`predict`]: from windows to the verdict on a recording
//! - [`package`]: the model file, one safetensors for training, browser and Python
//! - [`metrics`], [`synth`], [`task`]: what the numbers mean, sounds with known truth, the two tasks
//!
//! The crate chooses no backend, opens no file, starts no thread and builds for wasm32: everything takes a
//! [`burn::tensor::Device`], and nothing inside a forward pass reads a tensor back.
#![warn(missing_docs)]
#![recursion_limit = "256"]

pub mod audio;
pub mod classifier;
pub mod error;
pub mod filterbank;
pub mod metrics;
pub mod model;
pub mod network;
pub mod package;
pub mod predict;
pub mod synth;
pub mod task;

pub use error::{Error, Result};
