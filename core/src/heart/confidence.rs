//! How sure a segmentation is.

use serde::{Deserialize, Serialize};

/// Least sum of the confidences, in which the systolic interval counts twice, for a plausible rhythm. An envelope that
/// repeats exactly needs little evidence of S1 and S2; clear S1 and S2 need little repetition. Of the recordings that
/// were learned from, one in sixty good ones stays below; so do noise, and three in four recordings of rain, sea, dogs
/// and the like.
const LEAST: f64 = 1.25;

/// How sure the results of a segmentation are, each from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confidence {
    /// Of the heart rate: how similar the envelope is to itself one cycle later, as its normalised autocorrelation.
    pub heart_rate: f64,
    /// Of the systolic interval: mean probability of S1 and S2 where they were found, from the sound alone.
    pub systolic_interval: f64,
    /// Of all states: mean probability of the states where they were found, from the sound alone.
    pub states: f64,
}

impl Confidence {
    /// Whether the rhythm is plausible: whether a heart is found at all.
    pub(crate) fn is_plausible(&self) -> bool {
        self.heart_rate + 2.0 * self.systolic_interval >= LEAST
    }
}
