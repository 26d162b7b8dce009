//! What the log-energy image goes through before a network sees it: compression of each filter's energies, and
//! normalisation.
//!
//! The image stays as it is for the eye; this belongs to the classifier. A constant factor on a filter's energies is a
//! constant on their logarithms: normalising every filter over the window takes away what a sensor or a room does to it,
//! and with it the steady part of the sound's spectrum. Where that part tells the classes apart, as for environmental
//! sounds, every filter is shifted and scaled by fixed numbers of the training data instead.

//!
//! What holds nothing shall not speak: a **floor** relative to the recording's level keeps the converter's noise from
//! looking like sound, and a **least variance** keeps a filter in which nothing happens from counting as much as one in
//! which the heart beats. Frames that were padded with zeros take no part.

use serde::{Deserialize, Serialize};

use super::weights::Weights;
use crate::error::{Error, Result};
use crate::filterbank::FilterbankConfig;

/// Added to the variance of a filter's levels where nothing else is said: far below that of any sound, far above that of
/// rounding.
pub(crate) const LEAST_VARIANCE: f64 = 1e-3;
/// Bounds of the floor in dB below the recording's level: above it is the sound itself, below it the resolution of `f32`.
const FLOOR_DB: [f64; 2] = [0.0, 140.0];
/// Least deviation of the training data that levels are divided by: what [`LEAST_VARIANCE`] leaves is 0.03, and what is
/// divided by much less leaves the range of a 32-bit float.
const LEAST_DEVIATION: f32 = 1e-6;
/// Names of the tensors in the model file.
pub(crate) const EXPONENT: &str = "scaling.exponent";
pub(crate) const MEAN: &str = "scaling.mean";
pub(crate) const DEVIATION: &str = "scaling.deviation";

/// What the classifier makes of the log-energy image.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scaling {
    /// How energies are compressed.
    pub compression: Compression,
    /// How the compressed levels are shifted and scaled.
    pub normalisation: Normalisation,
    /// Added to every energy, before all else: that of white noise so many dB below the level of the conditioned recording,
    /// as each filter hears it. None: nothing is added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor_db: Option<f64>,
    /// Added to the variance of a filter's levels where they are normalised over the window, in squared units of a level.
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

/// How energies are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Their logarithm, as it stands in the image.
    #[default]
    Log,
    /// Their power with an exponent between 0 and 1 that is learned for every filter.
    Power,
}

/// How every filter's levels come to mean 0 and standard deviation 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Normalisation {
    /// Not at all.
    #[default]
    None,
    /// Over each window by itself.
    Window,
    /// Over the training data, by numbers that stay the same ever after.
    Data,
}

impl Scaling {
    /// The tensors of the stage, by module path, with their shapes.
    pub fn tensors(&self, filters: usize) -> Vec<(String, Vec<usize>)> {
        let exponent = (self.compression == Compression::Power).then_some(EXPONENT);
        let fixed = if self.normalisation == Normalisation::Data { &[MEAN, DEVIATION][..] } else { &[] };
        let names = exponent.into_iter().chain(fixed.iter().copied());
        names.map(|name| (name.to_string(), vec![filters])).collect()
    }

    /// Checks the numbers, for recordings conditioned to a root mean square of `target_rms`.
    ///
    /// # Errors
    /// A floor or a variance out of range, or a floor below a level that is not known.
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

    /// Checks the weights of the stage, which are finite and as many as [`tensors`](Self::tensors) says.
    ///
    /// # Errors
    /// A deviation that levels cannot be divided by.
    pub fn check(&self, weights: &Weights) -> Result<()> {
        let deviations = weights.get(DEVIATION).filter(|_| self.normalisation == Normalisation::Data);
        match deviations.and_then(|deviations| deviations.iter().position(|one| *one < LEAST_DEVIATION)) {
            Some(filter) => Err(Error::invalid(format!(
                "tensor {DEVIATION:?} is not positive at index {filter}: expected at least {LEAST_DEVIATION}"
            ))),
            None => Ok(()),
        }
    }

    /// What a frame's energy gets for every unit of a filter's own energy Σ g², where there is a floor: the expected energy
    /// of white noise of that level, `window · rms² · 10^(−dB/10)`.
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
