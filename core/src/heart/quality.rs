//! Whether a recording is good enough for a prediction.

use serde::{Deserialize, Serialize};

use super::confidence::Confidence;
use crate::error::{Error, Result};
use crate::math::logistic;

/// Largest absolute value of a weight, so that no sum overflows.
const LARGEST: f64 = 1e3;

/// The quality of a heart recording, estimated from the confidence of its segmentation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Probability that a person who listens to it would call it poor, 0 to 1, if good and poor recordings were equally
    /// common.
    pub poor: f64,
    /// A recording with a probability of at least this is too noisy for a prediction, 0 to 1.
    pub threshold: f64,
    /// Whether the recording is too noisy: `poor` ≥ `threshold`.
    pub too_noisy: bool,
}

/// Logistic regression that estimates, from the confidence of a segmentation, whether people would call the recording
/// poor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QualityModel {
    /// Weights of the confidence of heart rate, systolic interval and states; each has an absolute value below 1000.
    pub weights: [f64; 3],
    /// Bias: it is added to the weighted sum. Its absolute value is below 1000.
    pub bias: f64,
    /// Probability of being called poor from which on a recording is too noisy, 0 to 1.
    pub threshold: f64,
}

impl QualityModel {
    pub(crate) fn quality(&self, confidence: &Confidence) -> Quality {
        let poor = self.poor(confidence);
        Quality { poor, threshold: self.threshold, too_noisy: poor >= self.threshold }
    }

    /// Probability that people would call a recording with this confidence poor, 0 to 1.
    pub fn poor(&self, confidence: &Confidence) -> f64 {
        let weights = self.weights.iter().chain([&self.bias]);
        logistic(Self::features(confidence).iter().zip(weights).map(|(feature, weight)| feature * weight).sum())
    }

    /// The inputs of the regression, which the three weights and the bias are multiplied by: confidence of heart rate,
    /// systolic interval and states, and 1.
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
        let model = QualityModel { weights: [-4.0, -2.0, -1.0], bias: 3.0, threshold: 0.5 };
        model.validate().unwrap();
        let of = |x: f64| model.quality(&Confidence { heart_rate: x, systolic_interval: x, states: x });
        assert!(of(0.2).too_noisy && !of(0.8).too_noisy && of(0.2).poor > of(0.8).poor);
        // −4·0.5 − 2·0.5 − 0.5 + 3 = −0.5.
        assert!((of(0.5).poor - 1.0 / (1.0 + 0.5f64.exp())).abs() < 1e-12);
        assert!(QualityModel { bias: f64::NAN, ..model.clone() }.validate().is_err());
        assert!(QualityModel { threshold: 1.5, ..model }.validate().is_err());
    }
}
