//! Whether a recording is good enough to be judged.

use serde::{Deserialize, Serialize};

use super::confidence::Confidence;
use crate::error::{Error, Result};
use crate::math::logistic;

/// Bound of a weight, so that no sum overflows.
const LARGEST: f64 = 1e3;

/// How good a recording is: how sure its heart cycles are, weighed as listeners called recordings good or poor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Probability that a listener would call it poor, 0-1, where good and poor ones are equally common.
    pub poor: f64,
    /// From this probability on it is too noisy to say anything.
    pub threshold: f64,
    /// Whether it is.
    pub too_noisy: bool,
}

/// Logistic regression on the confidence of a segmentation: what listeners would call poor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listener {
    /// Weights of the confidence of heart rate, systolic interval and states, each below 1000 in size.
    pub weights: [f64; 3],
    /// Added to their sum, below 1000 in size.
    pub bias: f64,
    /// From this probability on a recording is too noisy, 0-1.
    pub threshold: f64,
}

impl Listener {
    pub(crate) fn quality(&self, confidence: &Confidence) -> Quality {
        let poor = self.poor(confidence);
        Quality { poor, threshold: self.threshold, too_noisy: poor >= self.threshold }
    }

    /// Probability that a listener would call a recording poor, 0-1.
    pub fn poor(&self, confidence: &Confidence) -> f64 {
        let weights = self.weights.iter().chain([&self.bias]);
        logistic(Self::features(confidence).iter().zip(weights).map(|(feature, weight)| feature * weight).sum())
    }

    /// What the three weights and the bias are multiplied by: confidence of heart rate, systolic interval and states, and 1.
    pub fn features(confidence: &Confidence) -> [f64; 4] {
        [confidence.heart_rate, confidence.systolic_interval, confidence.states, 1.0]
    }

    pub(crate) fn validate(&self) -> Result<()> {
        let bounded = self.weights.iter().chain([&self.bias]).all(|weight| weight.abs() < LARGEST);
        if bounded && (0.0..=1.0).contains(&self.threshold) {
            return Ok(());
        }
        Err(Error::invalid("cycle parameters: the weights of the quality must be below 1000, its threshold within 0-1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_confidence_is_poorer_and_weights_that_cannot_be_are_refused() {
        let listener = Listener { weights: [-4.0, -2.0, -1.0], bias: 3.0, threshold: 0.5 };
        listener.validate().unwrap();
        let of = |x: f64| listener.quality(&Confidence { heart_rate: x, systolic_interval: x, states: x });
        assert!(of(0.2).too_noisy && !of(0.8).too_noisy && of(0.2).poor > of(0.8).poor);
        // −4·0.5 − 2·0.5 − 0.5 + 3 = −0.5.
        assert!((of(0.5).poor - 1.0 / (1.0 + 0.5f64.exp())).abs() < 1e-12);
        assert!(Listener { bias: f64::NAN, ..listener.clone() }.validate().is_err());
        assert!(Listener { threshold: 1.5, ..listener }.validate().is_err());
    }
}
