//! Training: clips → balanced batches → steps → validation → the best model and the last one.
//!
//! - [`clips`]: recordings decoded, conditioned and kept in memory
//! - [`augment`]: what is done to the windows of a batch
//! - [`recipe`]: the settings of a run
//! - [`faults`]: what was wrong in the published procedure
//! - [`parts`]: who is trained on, who chooses the epoch, who is only reported on
//! - `known_images`: what a front-end that does not learn is spared
//! - [`sampler`]: batches with equal numbers of every class × subset
//! - [`schedule`]: the learning rate over the run
//! - [`run`]: the loop
//! - [`outputs`]: what a run leaves in its folder

pub mod augment;
pub mod clips;
pub mod faults;
mod known_images;
pub mod outputs;
pub mod parts;
pub mod recipe;
pub mod run;
pub mod sampler;
pub mod schedule;
