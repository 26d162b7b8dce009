#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![recursion_limit = "256"]

pub mod audio;
pub mod error;
pub mod filterbank;
pub mod heart;
pub mod learning;
pub mod math;
pub mod model;
pub mod network;
pub mod package;
pub mod prediction;
pub mod recognise;
mod stride;
pub mod synth;
pub mod text;
mod threads;

pub use error::{Error, Result};
pub use stride::{Work, at_once, before};
