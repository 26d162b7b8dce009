//! What `spectnet` does, one file or folder a command with its arguments; [`arguments`] are those that several share,
//! [`examples`] those that the help shows.

pub mod arguments;
pub mod bench;
pub mod calibrate;
pub mod data;
pub mod eval;
pub mod examples;
pub mod explain;
pub mod features;
pub mod inspect;
pub mod predict;
pub mod reproduce;
pub mod segment;
pub mod synth;
pub mod train;
