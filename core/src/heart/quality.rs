//! Whether a recording is good enough to be judged.

use serde::{Deserialize, Serialize};

use super::confidence::Confidence;
use super::minimise::minimise;
use crate::error::{Error, Result};
use crate::prediction::assessment::{Scored, logistic, roc};

/// Share of the good recordings that may be called poor.
const GOOD_CALLED_POOR: f64 = 0.05;
/// Weight of the squared weights beside a recording's mean loss.
const DECAY: f64 = 1e-3;
/// Steps of the fit; the loss has long settled by then.
const STEPS: usize = 100;
/// Fewest recordings of each quality to learn from.
const LEAST_RECORDINGS: usize = 10;
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

/// Logistic regression on the confidence of a segmentation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Listener {
    /// Of heart rate, systolic interval and states.
    pub weights: [f64; 3],
    pub bias: f64,
    pub threshold: f64,
}

impl Listener {
    /// Learns from recordings that listeners called poor or not; none where too few were called either.
    pub(crate) fn learn(known: &[(Confidence, bool)]) -> Option<Self> {
        let poor = known.iter().filter(|(_, poor)| *poor).count();
        let counts = [known.len() - poor, poor];
        if counts.iter().any(|&count| count < LEAST_RECORDINGS) {
            return None;
        }
        let loss = |x: &[f64]| {
            let mut gradient: Vec<f64> = x.iter().map(|weight| 2.0 * DECAY * weight).collect();
            let mut value = x.iter().map(|weight| DECAY * weight * weight).sum::<f64>();
            for (confidence, poor) in known {
                // Both kinds count the same in all.
                let weight = 0.5 / counts[usize::from(*poor)] as f64;
                let features = features(confidence);
                let p = logistic(features.iter().zip(x).map(|(f, w)| f * w).sum());
                value -= weight * if *poor { p } else { 1.0 - p }.max(f64::MIN_POSITIVE).ln();
                let slope = weight * (p - f64::from(u8::from(*poor)));
                gradient.iter_mut().zip(features).for_each(|(sum, feature)| *sum += slope * feature);
            }
            (value, gradient)
        };
        let x = minimise(loss, vec![0.0; 4], STEPS);
        let mut listener = Self { weights: [x[0], x[1], x[2]], bias: x[3], threshold: 1.0 };
        let scored = |(confidence, poor): &(Confidence, bool)| Scored {
            probability: listener.poor(confidence),
            positive: *poor,
        };
        let curve = roc(&known.iter().map(scored).collect::<Vec<_>>());
        let rare =
            curve.iter().filter(|point| point.specificity >= 1.0 - GOOD_CALLED_POOR).map(|point| point.threshold);
        listener.threshold = rare.fold(1.0, f64::min);
        Some(listener)
    }

    pub(crate) fn quality(&self, confidence: &Confidence) -> Quality {
        let poor = self.poor(confidence);
        Quality { poor, threshold: self.threshold, too_noisy: poor >= self.threshold }
    }

    fn poor(&self, confidence: &Confidence) -> f64 {
        let weights = self.weights.iter().chain([&self.bias]);
        logistic(features(confidence).iter().zip(weights).map(|(feature, weight)| feature * weight).sum())
    }

    pub(crate) fn validate(&self) -> Result<()> {
        let bounded = self.weights.iter().chain([&self.bias]).all(|weight| weight.abs() < LARGEST);
        if bounded && (0.0..=1.0).contains(&self.threshold) {
            return Ok(());
        }
        Err(Error::invalid("cycle parameters: the weights of the quality must be below 1000, its threshold within 0-1"))
    }
}

fn features(confidence: &Confidence) -> [f64; 4] {
    [confidence.heart_rate, confidence.systolic_interval, confidence.states, 1.0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confidence(x: f64) -> Confidence {
        Confidence { heart_rate: x, systolic_interval: 0.5 + 0.5 * x, states: 0.6 }
    }

    /// Twenty poor and sixty good recordings that overlap a little.
    fn known() -> Vec<(Confidence, bool)> {
        let poor = (0..20).map(|i| (confidence(0.02 * f64::from(i)), true));
        poor.chain((0..60).map(|i| (confidence(0.3 + 0.01 * f64::from(i)), false))).collect()
    }

    #[test]
    fn unsure_cycles_are_poor_and_few_good_recordings_are_lost() {
        let listener = Listener::learn(&known()).unwrap();
        listener.validate().unwrap();
        let heard: Vec<(Quality, bool)> = known().iter().map(|(c, poor)| (listener.quality(c), *poor)).collect();
        let called = |wanted: bool| heard.iter().filter(|(q, poor)| *poor == wanted && q.too_noisy).count();
        assert!(called(true) >= 15 && called(false) <= 3, "{} {}", called(true), called(false));
        assert!(heard[0].0.poor > 0.9 && heard[79].0.poor < 0.1);
    }

    #[test]
    fn a_few_opinions_are_none() {
        assert_eq!(Listener::learn(&known()[15..]), None);
        assert_eq!(Listener::learn(&[]), None);
    }

    #[test]
    fn weights_that_cannot_be_are_refused() {
        let listener = Listener::learn(&known()).unwrap();
        assert!(Listener { bias: f64::NAN, ..listener.clone() }.validate().is_err());
        assert!(Listener { threshold: 1.5, ..listener }.validate().is_err());
    }
}
