//! How sure a segmentation is.

use serde::{Deserialize, Serialize};

/// There is a rhythm to speak of from this sum on, in which the systolic interval counts twice: an envelope that repeats
/// itself exactly needs little of S1 and S2, and clear S1 and S2 need little repetition. Of the recordings that were learned
/// from, one in sixty good ones stays below; so do three in four clips of rain, sea, dogs and the like, and noise.
const LEAST: f64 = 1.25;

/// How sure a segmentation is, each 0-1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confidence {
    /// Of the heart rate: how like itself the envelope is one cycle later, its normalised autocorrelation.
    pub heart_rate: f64,
    /// Of the systolic interval: how probable S1 and S2 are where they were found, by the sound alone.
    pub systolic_interval: f64,
    /// Of all states: how probable they are where they were found, by the sound alone.
    pub states: f64,
}

impl Confidence {
    /// Whether there is a rhythm to speak of.
    pub(crate) fn is_plausible(&self) -> bool {
        self.heart_rate + 2.0 * self.systolic_interval >= LEAST
    }
}
