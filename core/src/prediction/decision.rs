//! From the probabilities of the classes to a label: the most probable class, or, where a model of two classes has an
//! [assessment](crate::prediction::assessment) or a threshold is asked for, the positive class from the threshold on.

use serde::{Deserialize, Serialize};

use crate::model::ModelConfig;
use crate::prediction::assessment::{Assessment, calibrated, positive_of_two};
use crate::prediction::winner;
use crate::{Error, Result};

/// How often a label is right at a threshold, as measured: on held-out recordings where the model file has such a
/// measurement, otherwise on those that the threshold was chosen on. All figures are fractions from 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// Fraction of the positive recordings that are called positive, 0 to 1; a lower bound between two measured points.
    #[serde(serialize_with = "crate::prediction::rounded")]
    pub sensitivity: Option<f64>,
    /// Fraction of the negative recordings that are called negative, 0 to 1; a lower bound between two measured points.
    #[serde(serialize_with = "crate::prediction::rounded")]
    pub specificity: Option<f64>,
    /// Fraction of positives among the recordings that a model is used on, 0 to 1: that of the measurement, or one that
    /// was asked for.
    #[serde(serialize_with = "crate::prediction::rounded")]
    pub prevalence: Option<f64>,
    /// Fraction of the recordings called positive that are positive, at that prevalence, 0 to 1; `None` where none is
    /// called positive.
    #[serde(serialize_with = "crate::prediction::rounded")]
    pub positive_predictive_value: Option<f64>,
    /// Fraction of the recordings called negative that are negative, at that prevalence, 0 to 1; `None` where none is
    /// called negative.
    #[serde(serialize_with = "crate::prediction::rounded")]
    pub negative_predictive_value: Option<f64>,
    /// Number of recordings that these figures were measured on.
    pub measured_recordings: Option<u64>,
    /// Whether those recordings were held out: neither weights nor epoch, temperature or threshold were chosen on them.
    pub measured_independently: Option<bool>,
}

impl Figures {
    fn of(assessment: &Assessment, threshold: f64) -> Self {
        let (measured, [sensitivity, specificity]) = match &assessment.held_out {
            Some(held_out) => (&held_out.measured, held_out.measured.at(threshold)),
            None => (&assessment.measured, assessment.at(threshold)),
        };
        let figures = Self {
            sensitivity: Some(sensitivity),
            specificity: Some(specificity),
            measured_recordings: Some(measured.n),
            measured_independently: Some(assessment.held_out.is_some()),
            ..Self::default()
        };
        figures.at_prevalence(measured.positives as f64 / measured.n.max(1) as f64)
    }

    /// The same figures with the predictive values at this prevalence (Bayes' theorem).
    fn at_prevalence(self, prevalence: f64) -> Self {
        let (Some(sensitivity), Some(specificity)) = (self.sensitivity, self.specificity) else { return self };
        let fraction = |right: f64, wrong: f64| (right + wrong > 0.0).then(|| right / (right + wrong));
        let healthy = 1.0 - prevalence;
        Self {
            prevalence: Some(prevalence),
            positive_predictive_value: fraction(sensitivity * prevalence, (1.0 - specificity) * healthy),
            negative_predictive_value: fraction(specificity * healthy, (1.0 - sensitivity) * prevalence),
            ..self
        }
    }

    /// Where the figures come from, as a sentence for people; `None` where nothing was measured.
    pub fn source(&self) -> Option<String> {
        let n = self.measured_recordings?;
        Some(match self.measured_independently? {
            true => format!("Measured on {n} held-out recordings: neither weights nor threshold were chosen on them."),
            false => format!(
                "Measured on {n} recordings that were also used to choose this threshold, so these figures are optimistic."
            ),
        })
    }
}

/// How the threshold is chosen, from which on a recording is called positive.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum OperatingPoint {
    /// The threshold in the model file; without an assessment the most probable class is taken.
    #[default]
    Usual,
    /// This threshold, 0 to 1.
    Threshold(f64),
    /// The highest threshold that reaches this sensitivity, 0 to 1.
    Sensitivity(f64),
    /// The lowest threshold that reaches this specificity, 0 to 1.
    Specificity(f64),
}

/// How the probabilities of a recording are calibrated, and which label follows from them.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    positive: Option<usize>,
    temperature: Option<f64>,
    /// `None`: the most probable class is taken.
    threshold: Option<f64>,
    /// The threshold that the most probable of two classes is equivalent to: 0.5.
    half: Option<f64>,
    figures: Figures,
}

impl Decision {
    /// Takes the most probable class and calibrates nothing.
    pub fn largest(config: &ModelConfig) -> Self {
        let half = positive_of_two(config).map(|_| 0.5);
        Self { positive: config.positive(), temperature: None, threshold: None, half, figures: Figures::default() }
    }

    /// Decides at this operating point, with the calibration of the assessment, if there is one.
    ///
    /// # Errors
    /// [`Error::Invalid`] when a threshold is asked for and the model has no positive class of two, when a sensitivity
    /// or specificity is asked for and there is no assessment or no threshold reaches it, or when the threshold is not
    /// within 0 to 1.
    pub fn new(config: &ModelConfig, assessment: Option<&Assessment>, point: OperatingPoint) -> Result<Self> {
        if point != OperatingPoint::Usual && positive_of_two(config).is_none() {
            return Err(Error::invalid(
                "a threshold needs a model of two classes, one of them positive; this model has equal classes",
            ));
        }
        let (threshold, assessment) = match (point, assessment) {
            (OperatingPoint::Usual, None) => return Ok(Self::largest(config)),
            (OperatingPoint::Usual, Some(assessment)) => (assessment.threshold, Some(assessment)),
            (OperatingPoint::Threshold(threshold), assessment) => (threshold, assessment),
            (OperatingPoint::Sensitivity(sensitivity), Some(assessment)) => {
                (assessment.for_sensitivity(sensitivity)?, Some(assessment))
            }
            (OperatingPoint::Specificity(specificity), Some(assessment)) => {
                (assessment.for_specificity(specificity)?, Some(assessment))
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

    /// The calibrated probabilities of a recording, in the order of the labels, from the result of
    /// [`vote`](crate::prediction::vote).
    pub fn probabilities(&self, mut probabilities: Vec<f64>) -> Vec<f64> {
        if let (Some(temperature), Some(positive), [first, second]) =
            (self.temperature, self.positive, &mut probabilities[..])
        {
            let (of_positive, of_other) = if positive == 0 { (first, second) } else { (second, first) };
            // Means of 32-bit probabilities may not sum to exactly 1.
            *of_positive = calibrated(*of_positive / (*of_positive + *of_other), temperature);
            *of_other = 1.0 - *of_positive;
        }
        probabilities
    }

    /// Index of the label for these probabilities, which are in the order of the labels.
    pub fn label(&self, probabilities: &[f64]) -> usize {
        match (self.threshold, self.positive) {
            (Some(threshold), Some(positive)) if probabilities.len() == 2 => {
                let called = probabilities.get(positive).is_some_and(|&probability| probability >= threshold);
                if called { positive } else { 1 - positive }
            }
            _ => winner(probabilities, self.positive),
        }
    }

    /// The probability from which on a recording is called positive; `None` where there is no positive class of two.
    pub fn threshold(&self) -> Option<f64> {
        self.threshold.or(self.half)
    }

    /// The same decision with predictive values for recordings of which the fraction `prevalence` is positive.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a prevalence outside 0 to 1, or a model without measured sensitivity and specificity.
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

    /// How often the label is right at this threshold, as measured.
    pub fn figures(&self) -> Figures {
        self.figures.clone()
    }

    /// Whether [`probabilities`](Self::probabilities) calibrates.
    pub fn is_calibrated(&self) -> bool {
        self.temperature.is_some()
    }
}
