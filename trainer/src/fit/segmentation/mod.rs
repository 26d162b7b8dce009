//! The segmentation of heart sounds into cycles: its parameters learned from recordings with known states, and how well found
//! states agree with known ones.
//!
//! - `learn`: durations and the observation model, whose network is `network`; `listener`: which recordings are poor
//! - `minimise`: by what both are fitted
//! - `score`: onsets found, missed, and found where there is none

mod learn;
mod listener;
mod minimise;
mod network;
mod score;
#[cfg(test)]
mod tests;

pub use learn::{Example, learn};
pub use score::{Counts, TOLERANCE_S, compare};
