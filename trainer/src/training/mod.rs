//! Training: clips → balanced batches → steps → validation → the best model and the last one.
//!
//! - [`augment`]: what is done to the windows of a batch
//! - [`recipe`]: the settings of a run
//! - [`parts`]: who is trained on, who chooses the epoch, who is only reported on
//! - `known_images`: what a front-end that does not learn is spared
//! - [`sampler`]: batches with equal numbers of every class × subset
//! - [`schedule`]: the learning rate over the run
//! - [`run`]: the loop
//! - [`outputs`]: what a run leaves in its folder
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
