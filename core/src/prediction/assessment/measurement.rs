//! What every threshold is worth on recordings that chose nothing: neither weights nor epoch, temperature or threshold.

use serde::{Deserialize, Serialize};

use super::{Scored, auc, brier, checked_shares, checked_text, curve, roc};
use crate::text::plain;
use crate::{Error, Result};

/// Sensitivity and specificity of recordings that chose nothing. Probabilities and thresholds are calibrated ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Recordings it rests on.
    pub n: u64,
    /// Those of the positive class.
    pub positives: u64,
    /// Those of the other class.
    pub negatives: u64,
    /// Mean square error of the probabilities.
    pub brier: f64,
    /// Area under the curve of all operating points.
    pub auc: f64,
    /// Operating points by rising threshold, from 0 to 1.
    pub roc: Vec<super::Point>,
    /// The recordings, in words that complete "measured on".
    pub measured_on: String,
}

impl Measurement {
    /// Measures calibrated probabilities; `keep` is the threshold whose operating point must not get lost among many.
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

    /// # Errors
    /// The first value that is out of range, in the wrong order, or contradicts another.
    pub fn validate(&self) -> Result<()> {
        super::check_counts([self.n, self.positives, self.negatives])?;
        checked_shares(&[("brier", self.brier), ("auc", self.auc)])?;
        checked_text("measured_on", &self.measured_on)?;
        curve::validate(&self.roc)
    }

    /// Sensitivity and specificity at a threshold. Between two operating points both are what holds at the least.
    pub fn at(&self, threshold: f64) -> [f64; 2] {
        curve::at(&self.roc, threshold)
    }
}
