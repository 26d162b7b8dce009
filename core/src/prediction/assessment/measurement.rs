//! Sensitivity and specificity at every threshold, measured on held-out recordings.

use serde::{Deserialize, Serialize};

use super::{Scored, auc, brier, checked_fractions, checked_text, curve, roc};
use crate::text::plain;
use crate::{Error, Result};

/// A measurement on held-out recordings: neither weights nor epoch, temperature or threshold were chosen on them.
/// Probabilities and thresholds are calibrated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Number of recordings.
    pub n: u64,
    /// Number of recordings of the positive class.
    pub positives: u64,
    /// Number of recordings of the other class.
    pub negatives: u64,
    /// Brier score: mean square error of the probabilities.
    pub brier: f64,
    /// Area under the ROC, 0 to 1.
    pub auc: f64,
    /// Points of the ROC by rising threshold, from 0 to 1.
    pub roc: Vec<super::Point>,
    /// Which recordings these are, in words that complete "measured on".
    pub measured_on: String,
}

impl Measurement {
    /// Measures calibrated probabilities. `keep` is a threshold whose point must not be dropped where there are too
    /// many points.
    ///
    /// # Errors
    /// [`Error::Invalid`] when a class has no recording.
    pub fn of(scored: &[Scored], keep: f64, measured_on: impl Into<String>) -> Result<Self> {
        let measured_on: String = measured_on.into();
        let positives = scored.iter().filter(|one| one.positive).count();
        let measured = Self {
            n: scored.len() as u64,
            positives: positives as u64,
            negatives: (scored.len() - positives) as u64,
            brier: brier(scored),
            auc: auc(scored).ok_or_else(|| {
                Error::invalid("sensitivity and specificity take recordings of both classes; these are of one")
            })?,
            roc: curve::thinned(roc(scored), keep),
            measured_on: plain(&measured_on).into_owned(),
        };
        measured.validate()?;
        Ok(measured)
    }

    /// Checks every number.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the first value that is out of range, in the wrong order, or contradicts another.
    pub fn validate(&self) -> Result<()> {
        super::check_counts([self.n, self.positives, self.negatives])?;
        checked_fractions(&[("brier", self.brier), ("auc", self.auc)])?;
        checked_text("measured_on", &self.measured_on)?;
        curve::validate(&self.roc)
    }

    /// Sensitivity and specificity at a threshold; between two points of the ROC, both are lower bounds.
    pub fn at(&self, threshold: f64) -> [f64; 2] {
        curve::at(&self.roc, threshold)
    }
}
