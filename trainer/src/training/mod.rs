//! Training: recordings → balanced batches → steps → validation → the best model and the last one.
//!
//! - [`augment`]: what is done to the windows of a batch
//! - [`augment_list`]: the same as a table for people
//! - [`recipe`]: the settings of a run
//! - [`parts`]: which recordings are trained on, choose the epoch, or are only reported on
//! - `known_images`: images of a front-end that does not learn, each computed once
//! - [`sampler`]: batches with equal numbers of every class × subset
//! - [`schedule`]: the learning rate over the run
//! - [`patience`]: when a run ends early
//! - `average`: the average of the weights over the steps
//! - `gradients`: how large they are, and cut where they are too large
//! - `trainer`: one batch after the other, with a way back where a step goes wrong
//! - `guard`: what goes wrong without an error
//! - [`observer`]: what is told while a model is trained
//! - [`run`]: the loop; [`estimate`]: about how long it takes
//! - [`outputs`]: the files of a run
//! - [`lock`]: one run a folder
//! - [`checkpoint`]: what a run goes on from
//! - `journal`: files that grow while a run is made
//! - `records`: what a run was made with: machine and data; what its model says of every recording
//! - [`keeper`]: keeps a run in its folder while it is made
//! - [`stop`]: signals that ask for the end
//! - `tensorboard`: what TensorBoard shows of it
//! - [`machine`]: where and when
//! - [`fingerprint`]: what it was made of, so that it goes on with nothing else

pub mod augment;
pub mod augment_list;
mod average;
pub mod checkpoint;
pub mod estimate;
pub mod fingerprint;
mod gradients;
mod guard;
mod journal;
pub mod keeper;
mod known_images;
pub mod lock;
pub mod machine;
pub mod observer;
pub mod outputs;
pub mod parts;
pub mod patience;
pub mod recipe;
pub mod records;
pub mod run;
pub mod sampler;
pub mod schedule;
pub mod stop;
mod tensorboard;
mod trainer;
