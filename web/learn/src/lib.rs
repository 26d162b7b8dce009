//! The page's learner: a model learns from a person's own recordings, on their device.
//!
//! ```text
//! page  ── Order + model file + samples ─▶  worker: this program
//!       ◀─ Report, Report + model file … ──  conditions, trains, judges what is held out
//! ```
//!
//! The page computes without a training framework; this program brings one, Burn, and is loaded only where somebody wants a
//! model to learn. What a training step is stands in `core/src/learning`, which `spectnet train` calls too. Here is what
//! surrounds it: which recordings are held out, how fast is learned and how long, what is judged, and the file that comes of
//! it.
//!
//! A run, as its owner leads it ([`run`] does all of it natively):
//!
//! 1. [`Preparing::new`] takes the order, the model file and the samples, one list a channel; [`Preparing::prepare_next`] conditions
//!    one recording after the other
//! 2. [`Preparing::course`] divides them and begins: a [`Course`], with the device that computes and a [`Clock`], for nothing
//!    here asks for the time. [`Course::new`] is both at once
//! 3. [`Course::step`] makes one step of the model, and of its twin whose filters stay, and says now and then how far it is;
//!    [`Course::notes`] has what a person should know; [`Course::stop`] ends it
//! 4. [`Course::model`] is the model file: as it was judged last, and after the end the best one by what was held out
//!
//! Where a graphics processor that computes is lost, the CPU goes on from the weights that were read last. A run notices that
//! by itself or is told by [`Course::lost`]; where the program stops with the processor, another one takes what was
//! [kept](Course::kept) of the run and [goes on](Course::go_on) with it.
//!
//! The same order gives the same file, bit for bit, wherever it is computed by the CPU in the same way: where steps are
//! counted, no clock decides anything but when a run ends that takes too long.
//!
//! - [`message`]: what page and learner say to each other. The page is built with this alone (without the feature `learner`)
//! - `order`: whether what is asked for can be done
//! - [`recordings`]: from raw samples to conditioned recordings
//! - [`split`]: which recordings are held out
//! - [`held_out`]: what is judged of them, and how
//! - `preparing`: recordings conditioned one by one, without copies, and divided
//! - `recipe`: how fast is learned, and from how changed windows
//! - `kept`: what a run goes on from in another program
//! - `pace`: how far a run is, when something is due in it, and when it ends
//! - `training`: one model that learns; `lesson`: it and its twin, step by step, to an end
//! - [`calibration`]: no weights change, but what is made of the probabilities
//! - `model_file`: the file, with where it comes from
//! - [`course`]: all of it in order
//! - `worker`: the worker's messages; `graphics`: the device on a graphics processor; `browser`: waiting, and the time
//!   (wasm32 only)

#![warn(missing_docs)]
#![recursion_limit = "256"]

#[cfg(all(target_arch = "wasm32", feature = "learner"))]
mod browser;
#[cfg(feature = "learner")]
pub mod calibration;
#[cfg(feature = "learner")]
pub mod course;
#[cfg(all(target_arch = "wasm32", feature = "webgpu"))]
mod graphics;
#[cfg(feature = "learner")]
pub mod held_out;
#[cfg(feature = "learner")]
mod kept;
#[cfg(feature = "learner")]
mod lesson;
pub mod message;
#[cfg(feature = "learner")]
mod model_file;
#[cfg(feature = "learner")]
mod order;
#[cfg(feature = "learner")]
mod pace;
#[cfg(feature = "learner")]
mod preparing;
#[cfg(feature = "learner")]
mod recipe;
#[cfg(feature = "learner")]
pub mod recordings;
#[cfg(feature = "learner")]
pub mod split;
#[cfg(all(test, feature = "learner"))]
mod tests;
#[cfg(feature = "learner")]
mod training;
#[cfg(all(target_arch = "wasm32", feature = "learner"))]
pub mod worker;

#[cfg(all(not(target_arch = "wasm32"), feature = "learner"))]
pub use course::run;
#[cfg(feature = "learner")]
pub use course::{Clock, Course, Preparing, Told};

/// What its programs do, with WebGPU and without: they work in a browser, and say so elsewhere.
#[cfg(feature = "learner")]
pub fn main() {
    #[cfg(target_arch = "wasm32")]
    worker::start();
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!(
        "the learner runs in a browser, beside the page: `cargo xtask page` builds both, `cargo xtask serve` serves them"
    );
}
