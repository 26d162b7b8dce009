//! What the log-energy image goes through before the classifier: a floor, compression of the energies, and
//! normalisation.
//!
//! The image that people see stays as it is; this belongs to the classifier. A constant factor on the energies of a
//! filter is a constant added to their logarithms. Normalising every filter over the window therefore removes the
//! effect of a sensor or a room, and with it the steady part of the spectrum. Where that part distinguishes the
//! classes, as for environmental sounds, every filter is shifted and scaled by fixed numbers of the training data
//! instead.
//!
//! Empty frames and filters must not count. A **floor** relative to the level of the recording keeps the noise of the
//! converter from looking like sound, and a **least variance** keeps a filter in which nothing happens from counting as
//! much as one in which the heart beats. Frames that are padded with zeros are left out.

use serde::{Deserialize, Serialize};

use super::weights::Weights;
use crate::error::{Error, Result};
use crate::filterbank::FilterbankConfig;

/// Added to the variance of a filter's levels where the model file says nothing else: far below the variance of any
/// sound, far above that of rounding.
pub(crate) const LEAST_VARIANCE: f64 = 1e-3;
/// Range of the floor in dB below the level of the recording: above it is the sound itself, below it the resolution of
/// `f32`.
const FLOOR_DB: [f64; 2] = [0.0, 140.0];
/// Least standard deviation of the training data that levels are divided by: [`LEAST_VARIANCE`] alone gives 0.03, and
/// dividing by much less would leave the range of a 32-bit float.
const LEAST_DEVIATION: f32 = 1e-6;
/// Names of the tensors in the model file.
pub(crate) const EXPONENT: &str = "scaling.exponent";
pub(crate) const MEAN: &str = "scaling.mean";
pub(crate) const DEVIATION: &str = "scaling.deviation";

/// What is done to the log-energy image before the classifier. A *level* is a compressed energy of one filter in one
/// frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scaling {
    /// How energies are compressed to levels.
    pub compression: Compression,
    /// How levels are shifted and scaled.
    pub normalisation: Normalisation,
    /// Energy added before all else: that of white noise this many dB below the level of the conditioned recording, 0
    /// to 140, behind each filter. `None` adds nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor_db: Option<f64>,
    /// Added to the variance of a filter's levels where they are normalised over the window, in squared units of a
    /// level; more than 0.
    #[serde(skip_serializing_if = "is_usual")]
    pub least_variance: f64,
}

impl Default for Scaling {
    fn default() -> Self {
        Self {
            compression: Compression::default(),
            normalisation: Normalisation::default(),
            floor_db: None,
            least_variance: LEAST_VARIANCE,
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_usual(variance: &f64) -> bool {
    *variance == LEAST_VARIANCE
}

/// How energies are compressed to levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Their natural logarithm, as it stands in the image.
    #[default]
    Log,
    /// Their power with an exponent between 0 and 1, which is learned for every filter.
    Power,
}

/// How the levels of every filter are brought to mean 0 and standard deviation 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Normalisation {
    /// Not at all.
    #[default]
    None,
    /// By mean and standard deviation over each window.
    Window,
    /// By mean and standard deviation over the training data: fixed numbers, which are part of the weights.
    Data,
}

impl Scaling {
    /// The tensors of this stage: module path and shape of each.
    pub fn tensors(&self, filters: usize) -> Vec<(String, Vec<usize>)> {
        let exponent = (self.compression == Compression::Power).then_some(EXPONENT);
        let fixed = if self.normalisation == Normalisation::Data { &[MEAN, DEVIATION][..] } else { &[] };
        let names = exponent.into_iter().chain(fixed.iter().copied());
        names.map(|name| (name.to_string(), vec![filters])).collect()
    }

    /// Checks the numbers, for recordings conditioned to a root mean square of `target_rms`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a floor or a variance out of range, or a floor without a `target_rms`.
    pub fn validate(&self, target_rms: Option<f64>) -> Result<()> {
        let [least, most] = FLOOR_DB;
        if let Some(floor) = self.floor_db {
            if !(least..=most).contains(&floor) {
                return Err(Error::invalid(format!(
                    "a floor of {floor} dB below the level: expected {least} to {most}"
                )));
            }
            if target_rms.is_none() {
                return Err(Error::invalid("a floor below the level of recordings that are not brought to a level"));
            }
        }
        if !(0.0..=1e3).contains(&self.least_variance) || self.least_variance == 0.0 {
            return Err(Error::invalid(format!(
                "a least variance of {}: expected a number above 0, at most 1000",
                self.least_variance
            )));
        }
        Ok(())
    }

    /// Checks the weights of this stage, which must be finite and as many as [`tensors`](Self::tensors) says.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a standard deviation that is too small to divide levels by.
    pub fn check(&self, weights: &Weights) -> Result<()> {
        let deviations = weights.get(DEVIATION).filter(|_| self.normalisation == Normalisation::Data);
        match deviations.and_then(|deviations| deviations.iter().position(|one| *one < LEAST_DEVIATION)) {
            Some(filter) => Err(Error::invalid(format!(
                "tensor {DEVIATION:?} is not positive at index {filter}: expected at least {LEAST_DEVIATION}"
            ))),
            None => Ok(()),
        }
    }

    /// Energy that the floor adds to a frame behind a filter whose squared taps sum to 1; `None` without a floor. It is
    /// the expected energy of white noise of that level, `window · rms² · 10^(−dB/10)`, and grows with Σ g² of a
    /// filter.
    pub(crate) fn noise(&self, front_end: &FilterbankConfig, target_rms: Option<f64>) -> Option<f64> {
        Some(front_end.framing.window as f64 * target_rms?.powi(2) * 10f64.powf(-self.floor_db? / 10.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_that_nothing_can_be_divided_by_are_refused() {
        let scaling = Scaling { normalisation: Normalisation::Data, ..Scaling::default() };
        let with = |deviation| Weights::from([(DEVIATION.to_string(), vec![1.0, deviation])]);
        assert!(scaling.check(&with(0.03)).is_ok() && Scaling::default().check(&with(0.0)).is_ok());
        for deviation in [0.0, -1.0, 1e-30] {
            let refused = scaling.check(&with(deviation)).unwrap_err().to_string();
            assert!(refused.starts_with("tensor \"scaling.deviation\" is not positive at index 1"), "{refused}");
        }
    }

    #[test]
    fn impossible_floors_are_refused() {
        let with = |floor_db, least_variance| Scaling { floor_db, least_variance, ..Scaling::default() };
        assert!(with(Some(30.0), 0.5).validate(Some(0.05)).is_ok() && Scaling::default().validate(None).is_ok());
        assert!(with(Some(-1.0), 0.5).validate(Some(0.05)).unwrap_err().to_string().contains("0 to 140"));
        assert!(with(Some(f64::NAN), 0.5).validate(Some(0.05)).is_err());
        assert!(with(Some(30.0), 0.5).validate(None).unwrap_err().to_string().contains("not brought to a level"));
        assert!(with(None, 0.0).validate(None).is_err() && with(None, f64::INFINITY).validate(None).is_err());
    }
}
