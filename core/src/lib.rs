//! SpectNet: audio classification with learnable spectrograms.
//!
//! Whoever has a model file and a recording begins at [`recognise`]. Data flows one way:
//!
//! ```text
//! bytes ─ audio ─▶ recording ─ conditioning ─▶ windows ─ filterbank ─▶ image ─ classifier ─▶ logits ─▶ verdict
//! ```
//!
//! - [`audio`]: WAV, resampling, conditioning, windows
//! - [`filterbank`]: the bank of gammatone filters with learnable parameters and its log-energy image
//! - [`scaling`]: what the image goes through before a network sees it
//! - [`classifier`]: the 2-D networks on top of the image
//! - [`network`]: the classifier's kernels on the CPU, without any framework
//! - [`model`]: what describes a model, and what it learns
//! - [`engine`]: a trained model as plain numbers, and the CPU that runs it
//! - `spectnet`: front-end and classifier as one trainable Burn module
//! - [`predict`]: from windows to the verdict on a recording
//! - [`assessment`], [`decision`]: what its probability is worth, and from which threshold it counts
//! - [`openness`]: whether a recording is of any kind that the model knows
//! - [`package`]: the model file, one safetensors for training, browser and Python
//! - [`recognise`]: from a model file and a recording to the result, in three lines
//! - [`recordings`]: which recordings a model has seen
//! - [`simd`]: arithmetic on whole registers, for the filterbank and the engine
//! - [`text`]: words that others wrote, in plain characters
//! - [`metrics`], [`synth`], [`task`]: what the numbers mean, sounds with known truth, the two tasks
//!
//! The crate opens no file and builds for wasm32. The feature `burn` (on by default) adds what trains: Burn modules that
//! choose no backend, take a `Device`, and never read a tensor back inside a forward pass. A trained model needs none of
//! it: the engine runs it from the numbers in the model file.
#![warn(missing_docs)]
#![recursion_limit = "256"]

pub mod assessment;
pub mod audio;
pub mod classifier;
pub mod cycles;
pub mod decision;
pub mod engine;
pub mod error;
pub mod filterbank;
pub mod metrics;
pub mod model;
pub mod network;
pub mod openness;
pub mod package;
pub mod predict;
pub mod recognise;
pub mod recordings;
pub mod scaling;
pub mod simd;
#[cfg(feature = "burn")]
pub mod spectnet;
pub mod synth;
pub mod task;
pub mod text;
mod threads;

pub use error::{Error, Result};
