//! One door for whoever has a model file and a recording: the result.
//!
//! ```
//! use spectnet_core::audio::read_wav;
//! use spectnet_core::recognise::Model;
//! # let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
//! # let sound = spectnet_core::synth::heart(&spectnet_core::synth::HeartOptions { seed: 1, seconds: 10.0, sample_rate: 2000, murmur: None })?;
//! # let (model_file, wav_file) = (std::fs::read(format!("{root}/web/weights/heart.safetensors")).unwrap(), spectnet_core::audio::write_wav(&sound.recording)?);
//! let model = Model::from_bytes(&model_file)?;
//! let result = model.classify(&read_wav(&wav_file)?)?;
//! println!("{}", result.label.as_deref().unwrap_or("cannot say"));
//! # Ok::<(), spectnet_core::Error>(())
//! ```
//!
//! [`Model`] takes a recording in memory and computes on the CPU. Where a recording comes from a file or a microphone, a few
//! seconds at a time, or a graphics device computes, a [`Session`] has the order of all steps. It opens no file and computes no
//! network; it says what it wants next, and whoever drives it answers, now or later:
//!
//! ```text
//! Session::step() ─▶ Read(pass)   Session::piece(recording) or Session::prepared(prepared); at the end of the pass Session::end()
//!                 ─▶ Work        Session::work(), where a piece came in bits so that others can run between
//!                 ─▶ Run(batch)   Session::answer(images and probabilities)
//!                 ─▶ Done         Session::prediction(decision, notes of the file)
//! ```
//!
//! - [`Source`]: what a session must know of a recording beforehand
//! - [`Pass`]: one way through the recording: a downmix of it, or the rest behind its classified beginning
//! - [`Batch`], [`Answer`]: some windows, and what the network says of them
//! - [`explain`]: why the result is what it is
//!
//! [`Adjusted`] keeps what such a session had in its hands, and says what the model makes of it when its filters are moved or
//! switched off.
//!
//! The command line, the page, the benches and the examples all go through it. `examples/stream_an_hour.rs` drives one by hand.

mod adjusted;
mod drive;
pub mod explain;
mod model;
mod progress;
mod rest;
mod running;
mod session;
mod source;
mod step;
#[cfg(test)]
mod tests;

pub use adjusted::{Adjusted, Change};
pub use model::Model;
pub use session::Session;
pub use source::{Pass, Source};
pub use step::{Answer, BATCH, Batch, Purpose, Step};
