//! SpectNet: audio classification with learnable spectrograms.
//!
//! Whoever has a model file and a recording begins at [`recognise`]. Data flows one way:
//!
//! ```text
//! bytes ─ audio ─▶ recording ─ conditioning ─▶ windows ─ filterbank ─▶ image ─ classifier ─▶ logits ─▶ prediction
//! ```
//!
//! The rooms, from the top floor down; each uses only what lies below it (`tests/floors.rs` holds them to it):
//!
//! - [`recognise`]: from a model file and a recording to the result, in three lines
//! - [`package`]: the model file, one safetensors for training, browser and Python
//! - [`network`]: what computes the classifier, as Burn modules or on plain numbers
//! - [`prediction`]: from the probabilities of windows to what is said of a recording, or to saying nothing
//! - [`model`]: what describes a model, and the numbers it learns
//! - [`heart`]: where S1, systole, S2 and diastole begin, and how fast the heart beats
//! - [`synth`]: sounds with known truth
//! - [`filterbank`]: the bank of gammatone filters with learnable parameters and its log-energy image
//! - [`audio`]: files, channels, resampling, conditioning, windows
//! - [`math`], [`text`], [`error`]: arithmetic on whole registers, words that others wrote, what can go wrong
//!
//! The crate opens no file and builds for wasm32. The feature `burn` (on by default) adds what trains: Burn modules that
//! choose no backend, take a `Device`, and never read a tensor back inside a forward pass. A trained model needs none of
//! it: the engine runs it from the numbers in the model file.
#![warn(missing_docs)]
#![recursion_limit = "256"]

pub mod audio;
pub mod error;
pub mod filterbank;
pub mod heart;
pub mod math;
pub mod model;
pub mod network;
pub mod package;
pub mod prediction;
pub mod recognise;
pub mod synth;
pub mod text;
mod threads;

pub use error::{Error, Result};
