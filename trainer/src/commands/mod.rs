//! What `spectnet` does, one file or folder a command with its arguments; [`arguments`] are those that several share,
//! [`examples`] those that the help shows; `reader` reads the recordings that `predict` and `explain` judge.

pub mod arguments;
pub mod bench;
pub mod calibrate;
pub mod card;
pub mod compare;
pub mod completions;
pub mod data;
pub mod eval;
pub mod examples;
pub mod explain;
pub mod export;
pub mod features;
pub mod inspect;
pub mod manual;
pub mod predict;
mod reader;
pub mod report;
pub mod reproduce;
pub mod segment;
pub mod synth;
pub mod train;
