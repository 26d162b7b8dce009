//! From the shares of the classes to a label: the largest one wins, or, where a model of two classes has an
//! [assessment](crate::assessment) or a threshold is asked for, the positive class wins from a threshold on.

use crate::assessment::{Assessment, calibrated, positive_of_two};
use crate::model::ModelConfig;
use crate::predict::winner;
use crate::{Error, Result};

/// Which threshold is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Wanted {
    /// The one the model file proposes; without an assessment the largest share wins.
    #[default]
    Usual,
    /// This one, 0 to 1.
    Threshold(f64),
    /// The highest that reaches this sensitivity.
    Sensitivity(f64),
    /// The lowest that reaches this specificity.
    Specificity(f64),
}

/// How a recording's shares become its probabilities and its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    positive: Option<usize>,
    temperature: Option<f64>,
    /// None: the largest share wins.
    threshold: Option<f64>,
    /// What the largest share of two classes amounts to.
    half: Option<f64>,
    measured: Option<[f64; 2]>,
}

impl Decision {
    /// The largest share wins; nothing is calibrated.
    pub fn largest(config: &ModelConfig) -> Self {
        let half = positive_of_two(config).map(|_| 0.5);
        Self { positive: config.positive(), temperature: None, threshold: None, half, measured: None }
    }

    /// What a model with or without an assessment decides by.
    ///
    /// # Errors
    /// [`Error::Invalid`] when a threshold is wanted of a model without a positive class or from a curve that it does not
    /// have, or none reaches what is wanted.
    pub fn new(config: &ModelConfig, assessment: Option<&Assessment>, wanted: Wanted) -> Result<Self> {
        if wanted != Wanted::Usual && positive_of_two(config).is_none() {
            return Err(Error::invalid(
                "a threshold needs a model of two classes, one of them positive; this model has equal classes",
            ));
        }
        let (threshold, assessment) = match (wanted, assessment) {
            (Wanted::Usual, None) => return Ok(Self::largest(config)),
            (Wanted::Usual, Some(assessment)) => (assessment.threshold, Some(assessment)),
            (Wanted::Threshold(threshold), assessment) => (threshold, assessment),
            (Wanted::Sensitivity(share), Some(assessment)) => (assessment.for_sensitivity(share)?, Some(assessment)),
            (Wanted::Specificity(share), Some(assessment)) => (assessment.for_specificity(share)?, Some(assessment)),
            (Wanted::Sensitivity(_) | Wanted::Specificity(_), None) => {
                return Err(Error::invalid(
                    "this model has no measured sensitivities and specificities to choose among; `spectnet calibrate` \
                     measures them on recordings it was not trained on",
                ));
            }
        };
        if !(0.0..=1.0).contains(&threshold) {
            return Err(Error::invalid(format!("a threshold of {threshold}: expected 0 to 1")));
        }
        Ok(Self {
            threshold: Some(threshold),
            temperature: assessment.map(|assessment| assessment.temperature),
            measured: assessment.map(|assessment| assessment.at(threshold)),
            ..Self::largest(config)
        })
    }

    /// The probabilities that a recording's shares stand for.
    pub fn probabilities(&self, mut shares: Vec<f64>) -> Vec<f64> {
        if let (Some(temperature), Some(positive), [first, second]) = (self.temperature, self.positive, &mut shares[..])
        {
            let (of_positive, of_other) = if positive == 0 { (first, second) } else { (second, first) };
            // Means of 32-bit probabilities need not sum to 1 exactly.
            *of_positive = calibrated(*of_positive / (*of_positive + *of_other), temperature);
            *of_other = 1.0 - *of_positive;
        }
        shares
    }

    /// The number of the label that probabilities give.
    pub fn label(&self, probabilities: &[f64]) -> usize {
        match (self.threshold, self.positive) {
            (Some(threshold), Some(positive)) if probabilities.len() == 2 => {
                let called = probabilities.get(positive).is_some_and(|&share| share >= threshold);
                if called { positive } else { 1 - positive }
            }
            _ => winner(probabilities, self.positive),
        }
    }

    /// The probability from which on a recording is called positive; none where no class is.
    pub fn threshold(&self) -> Option<f64> {
        self.threshold.or(self.half)
    }

    /// Sensitivity there, as measured.
    pub fn sensitivity(&self) -> Option<f64> {
        self.measured.map(|[sensitivity, _]| sensitivity)
    }

    /// Specificity there, as measured.
    pub fn specificity(&self) -> Option<f64> {
        self.measured.map(|[_, specificity]| specificity)
    }

    /// Whether the probabilities are calibrated.
    pub fn is_calibrated(&self) -> bool {
        self.temperature.is_some()
    }
}
