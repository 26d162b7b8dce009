//! What was measured of the probabilities of a model with two classes, on recordings that it was not trained on: the
//! temperature that calibrates them, the threshold from which on a recording is called positive, and how often that is
//! right.
//!
//! The assessment is part of the model file, so that every program that reads the file makes the same prediction.
//! `docs/RESULT.md` has the definitions.

mod calibration;
mod curve;
mod measurement;
mod reliability;
mod suggestion;
mod threshold;

use serde::{Deserialize, Serialize};

use crate::model::ModelConfig;
use crate::text::is_plain;
use crate::{Error, Result};

pub use calibration::{TEMPERATURES, calibrated, cross_entropy, fit, log_odds};
pub use curve::{MOST_POINTS, Point, auc, roc};
pub use measurement::{HeldOut, Measurement};
pub use reliability::{BINS, Bin, brier, reliability};
pub use suggestion::{LEAST_OF_EACH, Suggestion};

/// Longest text about a measurement in bytes: a few sentences.
const MOST_TEXT: usize = 2000;

/// Why a threshold was chosen.
const CHOSEN: &str = "nearest to one half of all whose mean of sensitivity and specificity is the highest on these \
                      recordings, within its standard error";

/// The probability of one recording, and the truth about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// Probability of the positive class, 0 to 1.
    pub probability: f64,
    /// Whether the recording belongs to the positive class.
    pub positive: bool,
}

impl Scored {
    /// With the probability that [`calibrated`] gives by this temperature.
    pub fn calibrated(self, temperature: f64) -> Self {
        Self { probability: calibrated(self.probability, temperature), ..self }
    }
}

/// What was measured of a model's probabilities. Thresholds, and probabilities unless said otherwise, are calibrated,
/// and those of the positive class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// Temperature: log-odds are divided by it ([`calibrated`]). Within [`TEMPERATURES`].
    pub temperature: f64,
    /// A recording is called positive if its probability is at least this, 0 to 1.
    pub threshold: f64,
    /// Why this threshold was chosen, in words.
    pub threshold_chosen: String,
    /// The recordings that were measured, and how well both classes are told apart. In JSON its members stand beside
    /// those of the assessment.
    #[serde(flatten)]
    pub measured: Measurement,
    /// Brier score (mean square error) of the probabilities before calibration.
    pub brier_before: f64,
    /// Brier score of the calibrated probabilities.
    pub brier_after: f64,
    /// Predicted probabilities and observed fractions of positives, from low probabilities to high ones.
    pub reliability: Vec<Bin>,
    /// The measurement at the same temperature on held-out recordings, where there were some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out: Option<HeldOut>,
}

impl Assessment {
    /// Fits the temperature, chooses the threshold and measures all figures on these recordings, whose probabilities
    /// are not calibrated yet. `measured_on` says which recordings they are, in words that complete "measured on".
    ///
    /// # Errors
    /// [`Error::Invalid`] when a class has no recording, or a probability is outside 0 to 1.
    pub fn measure(scored: &[Scored], measured_on: impl Into<String>) -> Result<Self> {
        Self::measure_by_source(&[scored], measured_on)
    }

    /// As [`measure`](Self::measure), with recordings of several sources (stethoscopes, clinics), each of which counts
    /// as much for temperature and threshold however many recordings it has: a source that is both large and easy
    /// would make the probabilities of all others too sure. All other figures are of the recordings together.
    ///
    /// # Errors
    /// Those of [`measure`](Self::measure).
    pub fn measure_by_source(sources: &[&[Scored]], measured_on: impl Into<String>) -> Result<Self> {
        let scored = &sources.concat();
        let positives = scored.iter().filter(|one| one.positive).count();
        if positives == 0 || positives == scored.len() {
            return Err(Error::invalid(format!(
                "probabilities can be calibrated on recordings of both classes only; these are {positives} of the \
                 positive class and {} of the other",
                scored.len() - positives
            )));
        }
        if let Some(wrong) = scored.iter().find(|one| !(0.0..=1.0).contains(&one.probability)) {
            return Err(Error::invalid(format!("{} is not a probability", wrong.probability)));
        }
        let temperature = fit(sources);
        let after =
            |scored: &&[Scored]| -> Vec<Scored> { scored.iter().map(|one| one.calibrated(temperature)).collect() };
        let by_source: Vec<Vec<Scored>> = sources.iter().map(after).collect();
        let calibrated = by_source.concat();
        let by_source: Vec<&[Scored]> = by_source.iter().map(Vec::as_slice).collect();
        let best = threshold::choose(&roc(&calibrated), &by_source);
        let threshold = best.unwrap_or(0.5);
        let assessment = Self {
            temperature,
            threshold,
            threshold_chosen: match (best, sources.len()) {
                (None, _) => "one half: on these recordings no threshold is better than chance".into(),
                (_, 0 | 1) => CHOSEN.into(),
                (_, several) => format!("{CHOSEN}; {several} sources count alike"),
            },
            measured: Measurement::of(&calibrated, threshold, measured_on)?,
            brier_before: brier(scored),
            brier_after: brier(&calibrated),
            reliability: reliability(&calibrated),
            held_out: None,
        };
        assessment.validate()?;
        Ok(assessment)
    }

    /// The same assessment with a measurement on held-out recordings. `scored` are their probabilities, calibrated by
    /// the temperature of this assessment.
    ///
    /// # Errors
    /// Those of [`HeldOut::of`].
    pub fn measured_independently(self, scored: &[Scored], measured_on: impl Into<String>) -> Result<Self> {
        let held_out = HeldOut::of(scored, self.threshold, measured_on)?;
        Ok(Self { held_out: Some(held_out), ..self })
    }

    /// Checks every number and text.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the first value that is out of range, in the wrong order, or contradicts another.
    pub fn validate(&self) -> Result<()> {
        let [low, high] = TEMPERATURES;
        if !(low..=high).contains(&self.temperature) {
            return Err(Error::invalid(format!("temperature {}: expected {low} to {high}", self.temperature)));
        }
        checked_fractions(&[
            ("threshold", self.threshold),
            ("brier_before", self.brier_before),
            ("brier_after", self.brier_after),
        ])?;
        checked_text("threshold_chosen", &self.threshold_chosen)?;
        self.measured.validate()?;
        if let Some(held_out) = &self.held_out {
            held_out.validate()?;
        }
        reliability::validate(&self.reliability, self.measured.n)
    }

    /// As [`validate`](Self::validate), and checks that the model has two classes, one of them positive.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a model without such classes, and those of [`validate`](Self::validate).
    pub fn validate_for(&self, config: &ModelConfig) -> Result<()> {
        if positive_of_two(config).is_none() {
            return Err(Error::invalid("it belongs to a model of two classes, one of them positive"));
        }
        self.validate()
    }

    /// Sensitivity and specificity, 0 to 1, at a threshold of 0 to 1; between two points of the ROC both are lower
    /// bounds.
    pub fn at(&self, threshold: f64) -> [f64; 2] {
        self.measured.at(threshold)
    }

    /// The highest threshold that reaches a sensitivity from 0 to 1.
    ///
    /// # Errors
    /// [`Error::Invalid`] when only calling every recording positive would reach it.
    pub fn for_sensitivity(&self, sensitivity: f64) -> Result<f64> {
        let useful = self.measured.roc.iter().filter(|point| point.specificity > 0.0);
        let reaching = useful.clone().filter(|point| point.sensitivity >= sensitivity);
        let highest = reaching.map(|point| point.threshold).reduce(f64::max);
        let most = useful.map(|point| point.sensitivity).fold(0.0, f64::max);
        highest.ok_or_else(|| unreached("sensitivity", sensitivity, "positive", most))
    }

    /// The lowest threshold that reaches a specificity from 0 to 1.
    ///
    /// # Errors
    /// [`Error::Invalid`] when only calling no recording positive would reach it.
    pub fn for_specificity(&self, specificity: f64) -> Result<f64> {
        let useful = self.measured.roc.iter().filter(|point| point.sensitivity > 0.0);
        let reaching = useful.clone().filter(|point| point.specificity >= specificity);
        let lowest = reaching.map(|point| point.threshold).reduce(f64::min);
        let most = useful.map(|point| point.specificity).fold(0.0, f64::max);
        lowest.ok_or_else(|| unreached("specificity", specificity, "negative", most))
    }
}

/// Checks numbers, which are given with their names.
///
/// # Errors
/// [`Error::Invalid`] for a number outside 0 to 1.
fn checked_fractions(fractions: &[(&str, f64)]) -> Result<()> {
    match fractions.iter().find(|(_, value)| !(0.0..=1.0).contains(value)) {
        Some((name, value)) => Err(Error::invalid(format!("{name} {value}: expected 0 to 1"))),
        None => Ok(()),
    }
}

/// Checks that both classes have recordings, and that their sum is right.
fn check_counts([n, positives, negatives]: [u64; 3]) -> Result<()> {
    if positives == 0 || negatives == 0 || positives.checked_add(negatives) != Some(n) {
        return Err(Error::invalid(format!(
            "{n} recordings with {positives} positives and {negatives} negatives: expected some of each, and their sum"
        )));
    }
    Ok(())
}

/// Checks a text about a measurement.
///
/// # Errors
/// [`Error::Invalid`] for a text that is too long or has characters that are not [plain](is_plain).
pub(crate) fn checked_text(name: &str, text: &str) -> Result<()> {
    if text.len() > MOST_TEXT || !text.chars().all(is_plain) {
        return Err(Error::invalid(format!("{name}: expected at most {MOST_TEXT} bytes of plain text")));
    }
    Ok(())
}

/// Index of the positive class; `None` unless there are two classes and one of them is positive.
pub fn positive_of_two(config: &ModelConfig) -> Option<usize> {
    config.positive().filter(|_| config.labels.len() == 2)
}

fn unreached(what: &str, asked: f64, all: &str, most: f64) -> Error {
    Error::invalid(format!(
        "no threshold of this model reaches a {what} of {asked}, but for one that calls every recording {all}; the most is {most:.3}"
    ))
}

/// Rounds to this many decimals.
fn rounded(value: f64, decimals: u32) -> f64 {
    let unit = 10f64.powi(decimals as i32);
    (value * unit).round() / unit
}

#[cfg(test)]
mod tests;
