//! From the shares of the classes to a label: the largest one wins, or, where a model of two classes has an
//! [assessment](crate::assessment) or a threshold is asked for, the positive class wins from a threshold on.

use serde::{Deserialize, Serialize};

use crate::model::ModelConfig;
use crate::prediction::assessment::{Assessment, calibrated, positive_of_two};
use crate::prediction::winner;
use crate::{Error, Result};

/// How often a label is right at a threshold, as measured. Of recordings that chose nothing where the model file has them,
/// otherwise of those that chose the threshold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// How many of the positives are called so, at the least.
    #[serde(serialize_with = "crate::prediction::rounded")]
    pub sensitivity: Option<f64>,
    /// How many of the others are not, at the least.
    #[serde(serialize_with = "crate::prediction::rounded")]
    pub specificity: Option<f64>,
    /// Share of positives among the recordings that a label is given to: that of the measurement, or one that was asked for.
    #[serde(serialize_with = "crate::prediction::rounded")]
    pub prevalence: Option<f64>,
    /// How many that are called positive are so, at that prevalence; none where nothing is called positive.
    #[serde(serialize_with = "crate::prediction::rounded")]
    pub positive_predictive_value: Option<f64>,
    /// How many that are not called positive are not, likewise.
    #[serde(serialize_with = "crate::prediction::rounded")]
    pub negative_predictive_value: Option<f64>,
    /// Recordings that these figures rest on.
    pub measured_recordings: Option<u64>,
    /// Whether those recordings chose nothing: neither weights nor epoch nor threshold.
    pub measured_independently: Option<bool>,
}

impl Figures {
    fn of(assessment: &Assessment, threshold: f64) -> Self {
        let (n, positives, [sensitivity, specificity]) = match &assessment.held_out {
            Some(held_out) => (held_out.n, held_out.positives, held_out.at(threshold)),
            None => (assessment.n, assessment.positives, assessment.at(threshold)),
        };
        let figures = Self {
            sensitivity: Some(sensitivity),
            specificity: Some(specificity),
            measured_recordings: Some(n),
            measured_independently: Some(assessment.held_out.is_some()),
            ..Self::default()
        };
        figures.at_prevalence(positives as f64 / n.max(1) as f64)
    }

    /// The same with the predictive values that a prevalence gives (Bayes).
    fn at_prevalence(self, prevalence: f64) -> Self {
        let (Some(sensitivity), Some(specificity)) = (self.sensitivity, self.specificity) else { return self };
        let share = |right: f64, wrong: f64| (right + wrong > 0.0).then(|| right / (right + wrong));
        let healthy = 1.0 - prevalence;
        Self {
            prevalence: Some(prevalence),
            positive_predictive_value: share(sensitivity * prevalence, (1.0 - specificity) * healthy),
            negative_predictive_value: share(specificity * healthy, (1.0 - sensitivity) * prevalence),
            ..self
        }
    }

    /// Where they come from, in a sentence for people; none where nothing was measured.
    pub fn source(&self) -> Option<String> {
        let n = self.measured_recordings?;
        Some(match self.measured_independently? {
            true => format!("Measured on {n} recordings that chose nothing: neither weights nor threshold."),
            false => format!(
                "Measured on {n} recordings that were also used to choose this threshold, so these figures are optimistic."
            ),
        })
    }
}

/// Which threshold is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum OperatingPoint {
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
    figures: Figures,
}

impl Decision {
    /// The largest share wins; nothing is calibrated.
    pub fn largest(config: &ModelConfig) -> Self {
        let half = positive_of_two(config).map(|_| 0.5);
        Self { positive: config.positive(), temperature: None, threshold: None, half, figures: Figures::default() }
    }

    /// What a model with or without an assessment decides by.
    ///
    /// # Errors
    /// [`Error::Invalid`] when a threshold is wanted of a model without a positive class or from a curve that it does not
    /// have, or none reaches what is wanted.
    pub fn new(config: &ModelConfig, assessment: Option<&Assessment>, wanted: OperatingPoint) -> Result<Self> {
        if wanted != OperatingPoint::Usual && positive_of_two(config).is_none() {
            return Err(Error::invalid(
                "a threshold needs a model of two classes, one of them positive; this model has equal classes",
            ));
        }
        let (threshold, assessment) = match (wanted, assessment) {
            (OperatingPoint::Usual, None) => return Ok(Self::largest(config)),
            (OperatingPoint::Usual, Some(assessment)) => (assessment.threshold, Some(assessment)),
            (OperatingPoint::Threshold(threshold), assessment) => (threshold, assessment),
            (OperatingPoint::Sensitivity(share), Some(assessment)) => {
                (assessment.for_sensitivity(share)?, Some(assessment))
            }
            (OperatingPoint::Specificity(share), Some(assessment)) => {
                (assessment.for_specificity(share)?, Some(assessment))
            }
            (OperatingPoint::Sensitivity(_) | OperatingPoint::Specificity(_), None) => {
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
            figures: assessment.map(|assessment| Figures::of(assessment, threshold)).unwrap_or_default(),
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

    /// The same with predictive values for recordings of which this share is positive.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a share that is none, or a model whose sensitivity and specificity are not known.
    pub fn at_prevalence(self, prevalence: f64) -> Result<Self> {
        if !(0.0..=1.0).contains(&prevalence) {
            return Err(Error::invalid(format!("a prevalence of {prevalence}: expected 0 to 1")));
        }
        if self.figures.sensitivity.is_none() {
            return Err(Error::invalid(
                "a prevalence needs a model with measured sensitivity and specificity; `spectnet calibrate` measures them on \
                 recordings it was not trained on",
            ));
        }
        Ok(Self { figures: self.figures.at_prevalence(prevalence), ..self })
    }

    /// How often the label is right, as measured.
    pub fn figures(&self) -> Figures {
        self.figures.clone()
    }

    /// Whether the probabilities are calibrated.
    pub fn is_calibrated(&self) -> bool {
        self.temperature.is_some()
    }
}
