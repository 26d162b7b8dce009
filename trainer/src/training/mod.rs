//! Training: recordings → balanced batches → steps → validation → the best model and the last one.
//!
//! A step, and what decides it, is [`spectnet_core::learning`]; here is what leads a run of them: time, files, words.
//!
//! - `advice`: what may help where a run goes wrong
//! - [`augment_list`]: what can be done to the windows of a batch, as a table for people
//! - [`parts`]: which recordings are trained on, choose the epoch, or are only reported on
//! - [`observer`]: what is told while a model is trained
//! - [`run`]: the loop; [`estimate`]: about how long it takes
//! - [`outputs`]: the files of a run
//! - [`lock`]: one run a folder
//! - [`checkpoint`]: what a run goes on from; [`saving`]: when one is made
//! - `journal`: files that grow while a run is made
//! - `records`: what a run was made with: machine and data; what its model says of every recording
//! - [`keeper`]: keeps a run in its folder while it is made
//! - [`stop`]: signals that ask for the end
//! - `tensorboard`: what TensorBoard shows of it
//! - [`machine`]: where and when
//! - [`fingerprint`]: what it was made of, so that it goes on with nothing else

mod advice;
pub mod augment_list;
pub mod checkpoint;
pub mod estimate;
pub mod fingerprint;
mod journal;
pub mod keeper;
pub mod lock;
pub mod machine;
pub mod observer;
pub mod outputs;
pub mod parts;
pub mod records;
pub mod run;
pub mod saving;
pub mod stop;
mod tensorboard;
