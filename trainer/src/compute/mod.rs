//! What computes: a model on a device.
//!
//! - [`device`]: which device does the arithmetic
//! - [`threads`]: how many threads of the processor
//! - [`model_file`]: model files on disk
//! - [`images`]: where the classifier's image comes from
//! - [`classify`]: from a conditioned recording to its prediction

pub mod classify;
pub mod device;
pub mod images;
pub mod model_file;
pub mod threads;
