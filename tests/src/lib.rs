//! What the tests that cross crates share.

// Graphics devices have deep types (features cuda, vulkan).
#![recursion_limit = "256"]

pub mod agreement;
pub mod browser;
pub mod command;
pub mod dcase;
pub mod flac;
pub mod judge;
pub mod models;
pub mod page;
pub mod python;
pub mod recordings;
pub mod skip;
pub mod spectnet;
pub mod synthesised;
pub mod wav;
