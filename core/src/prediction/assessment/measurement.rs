//! Sensitivity and specificity at every threshold, measured on recordings of both classes.

use serde::{Deserialize, Serialize};

use super::{Point, Scored, auc, brier, checked_fractions, checked_text, curve, roc};
use crate::text::plain;
use crate::{Error, Result};

/// How well calibrated probabilities tell both classes apart, at every threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Number of recordings.
    pub n: u64,
    /// Number of recordings of the positive class.
    pub positives: u64,
    /// Number of recordings of the other class.
    pub negatives: u64,
    /// Area under the ROC, 0 to 1.
    pub auc: f64,
    /// Points of the ROC by rising threshold, from 0 to 1.
    pub roc: Vec<Point>,
    /// Which recordings were measured, in words that complete "measured on".
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
        checked_fractions(&[("auc", self.auc)])?;
        checked_text("measured_on", &self.measured_on)?;
        curve::validate(&self.roc)
    }

    /// Sensitivity and specificity, 0 to 1, at a threshold of 0 to 1; between two points of the ROC both are lower
    /// bounds.
    pub fn at(&self, threshold: f64) -> [f64; 2] {
        curve::at(&self.roc, threshold)
    }
}

/// A measurement on held-out recordings: neither weights nor epoch, temperature or threshold were chosen on them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// The recordings, and how well both classes are told apart. In JSON its members stand beside `brier`.
    #[serde(flatten)]
    pub measured: Measurement,
    /// Brier score: mean square error of the calibrated probabilities, 0 to 1.
    pub brier: f64,
}

impl HeldOut {
    /// Measures calibrated probabilities; `keep` as in [`Measurement::of`].
    ///
    /// # Errors
    /// Those of [`Measurement::of`].
    pub fn of(scored: &[Scored], keep: f64, measured_on: impl Into<String>) -> Result<Self> {
        Ok(Self { measured: Measurement::of(scored, keep, measured_on)?, brier: brier(scored) })
    }

    /// Checks every number.
    ///
    /// # Errors
    /// Those of [`Measurement::validate`], and [`Error::Invalid`] for a Brier score outside 0 to 1.
    pub fn validate(&self) -> Result<()> {
        checked_fractions(&[("brier", self.brier)])?;
        self.measured.validate()
    }
}
