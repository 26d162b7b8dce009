//! How a model learns: batches → a step forward and back → weights that are a little better.
//!
//! One training step, and everything that decides what it comes to. `spectnet train` and the page call the same code, so the
//! same recordings, settings and seed give the same weights wherever they are computed, but for rounding. Nothing here opens
//! a file, asks for the time, or knows who is looking: recordings come through [`Labelled`], times come as numbers, and what
//! is to be said to people is handed back.
//!
//! A run, as its owner leads it:
//!
//! 1. [`new_model`]: a model at its start values, or [`adapted`]: one that was trained before, for the same classes or others
//! 2. [`Trainer::draw`]: a batch, by the [sampler] equal parts of every class × subset, [changed](augment) at random
//! 3. [`Trainer::step`], with the factor on the learning rates that the [schedule] has for that moment: images, loss,
//!    gradients and, every so often, a step of the optimiser, with learning rates of their own for the filters. What was read
//!    back comes as a [`Reading`]
//! 4. [`Guard`] counts the steps that were undone because a number was none; [`Watch`] looks after every epoch whether filters
//!    or answers have run into a corner; [`patience`] says when it gets no better
//! 5. [`Trainer::judged`]: the weights that are judged and saved. [`Trainer::snapshot`]: all that a run goes on from
//!
//! A native program reads from the device and waits. A page must not wait on its only thread: whatever reads has a second
//! form that is awaited, [`Trainer::step_async`], [`Trainer::read_async`], [`Trainer::weights_async`] and
//! [`Trainer::judged_async`]. Both forms compute the same in the same order.
//!
//! What decides a run needs no tensors, and is there without the feature `burn`; what computes needs it.
//!
//! - [`recipe`]: the settings of a run
//! - `learns`: what of a model learns, and the configuration of one that starts from another
//! - [`adapt`]: a model that was trained before as the start of another one
//! - [`labelled`]: recordings to learn from, whoever keeps them
//! - [`sampler`]: batches with equal numbers of every class × subset; `epoch`: how many of them are an epoch
//! - [`augment`]: what is done to the windows of a batch
//! - [`images`]: what makes their images; `known_images`: images of a front-end that does not learn, each computed once
//! - [`schedule`]: the learning rate over the run
//! - [`patience`]: when a run ends early
//! - `start`: a new model
//! - `trainer`: one batch after the other, with a way back where a step goes wrong; `left`: what a step leaves on the device,
//!   and [`Reading`], what comes of it; `snapshot`: what a run goes on from
//! - `loss`: how wrong a batch was
//! - `worst_subset`: weights of the subsets in the loss, larger where the model is worse
//! - `optimiser`: what moves the weights
//! - `average`: the average of the weights over the steps
//! - `gradients`: how large they are, and cut where they are too large
//! - `seeds`: seeds that follow from others
//! - [`guard`]: what goes wrong without an error
//! - `device`: reading from a device, with waiting and without

#[cfg(feature = "burn")]
pub mod adapt;
pub mod augment;
#[cfg(feature = "burn")]
mod average;
#[cfg(feature = "burn")]
mod device;
mod epoch;
#[cfg(feature = "burn")]
mod gradients;
pub mod guard;
#[cfg(feature = "burn")]
pub mod images;
#[cfg(feature = "burn")]
mod known_images;
pub mod labelled;
mod learns;
#[cfg(feature = "burn")]
mod left;
#[cfg(feature = "burn")]
mod loss;
#[cfg(feature = "burn")]
mod optimiser;
pub mod patience;
pub mod recipe;
pub mod sampler;
pub mod schedule;
mod seeds;
#[cfg(feature = "burn")]
mod snapshot;
#[cfg(feature = "burn")]
mod start;
#[cfg(test)]
mod testing;
#[cfg(all(test, feature = "burn"))]
mod tests;
#[cfg(feature = "burn")]
mod trainer;
#[cfg(feature = "burn")]
mod worst_subset;

#[cfg(feature = "burn")]
pub use adapt::adapted;
pub use augment::{Augmentation, Batch};
pub use epoch::EpochLength;
pub use guard::{Fault, Guard, Warning, Watch};
#[cfg(feature = "burn")]
pub use images::{FilterbankImages, ImageSource};
pub use labelled::Labelled;
pub use learns::{Learns, adapted_config};
#[cfg(feature = "burn")]
pub use left::Reading;
pub use recipe::Recipe;
pub use seeds::mixed;
#[cfg(feature = "burn")]
pub use snapshot::Snapshot;
#[cfg(feature = "burn")]
pub use start::new_model;
#[cfg(feature = "burn")]
pub use trainer::Trainer;
