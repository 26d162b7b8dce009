//! What `spectnet` does, one file or folder a command with its arguments; [`arguments`] are those that several share.

pub mod arguments;
pub mod bench;
pub mod calibrate;
pub mod data;
pub mod eval;
pub mod explain;
pub mod features;
pub mod inspect;
pub mod predict;
pub mod reproduce;
pub mod segment;
pub mod synth;
pub mod train;
