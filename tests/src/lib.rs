//! What the tests that cross crates share.

// Graphics devices have deep types (features cuda, vulkan).
#![recursion_limit = "256"]

pub mod agreement;
pub mod audit;
pub mod bidi;
pub mod browser;
pub mod command;
pub mod dcase;
pub mod documents;
pub mod engine;
pub mod explained;
pub mod firefox;
pub mod flac;
pub mod giving;
pub mod gpu;
pub mod gradients;
pub mod judge;
pub mod lesson;
pub mod look;
pub mod models;
pub mod page;
pub mod panel;
pub mod picture;
pub mod pictures;
pub mod process;
pub mod python;
pub mod recordings;
pub mod saving;
pub mod skip;
pub mod spectnet;
pub mod synthesised;
pub mod wav;
pub mod webgpu;
pub mod workers;
