//! What `spectnet` does, one file a command.

pub mod bench;
pub mod calibrate;
pub mod data;
pub mod eval;
pub mod features;
pub mod inspect;
pub mod predict;
pub mod reproduce;
pub mod segment;
pub mod synth;
pub mod train;
