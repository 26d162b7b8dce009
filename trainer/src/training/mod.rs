//! Training: recordings → balanced batches → steps → validation → the best model and the last one.
//!
//! - [`augment`]: what is done to the windows of a batch
//! - [`recipe`]: the settings of a run
//! - [`parts`]: which recordings are trained on, choose the epoch, or are only reported on
//! - `known_images`: images of a front-end that does not learn, each computed once
//! - [`sampler`]: batches with equal numbers of every class × subset
//! - [`schedule`]: the learning rate over the run
//! - [`run`]: the loop
//! - [`outputs`]: the files of a run
//! - [`fingerprint`]: what it was made of, so that it goes on with nothing else

pub mod augment;
pub mod fingerprint;
mod known_images;
pub mod outputs;
pub mod parts;
pub mod recipe;
pub mod run;
pub mod sampler;
pub mod schedule;
