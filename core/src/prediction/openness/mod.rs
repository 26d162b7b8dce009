//! Whether a recording is of a kind that the model knows at all. The classes of a model of environmental sounds are ten
//! of thousands, and its probabilities sum to 1 whatever the recording is.
//!
//! The score is computed from two properties of the log-energy image and does not use the network, so that it is the
//! same on every device:
//!
//! - **Distance**: how far the mean spectrum and its changes are from the nearest class, relative to the spread of that
//!   class's own recordings. It is a Mahalanobis distance with one covariance for all classes (Lee, Lee, Lee & Shin, *A
//!   simple unified framework for detecting out-of-distribution samples*, NeurIPS 2018; here on the cosine transform of
//!   [`Levels`] instead of hidden layers).
//! - **Steadiness**: whether the sound changes as little as the noise of a generator. Its spectrum can lie in the
//!   middle of a class (white noise and rain), where no distance finds it.
//!
//! The score is the larger of the two, each divided by its limit: above 1 the recording belongs to none of the classes.
//! The limits come from recordings that the statistics were not fitted on. The score is part of the model file;
//! docs/SCENES.md says how good it is.

mod fit;
mod summary;

use serde::{Deserialize, Serialize};

use crate::model::ModelConfig;
use crate::prediction::assessment::checked_text;
use crate::{Error, Result};

pub use fit::{FEWEST_RECORDINGS, Known, noise};
pub use summary::{Levels, Summary};

/// Most coefficients of each kind: more than a few hundred recordings can resolve of any spectrum.
const MOST_COEFFICIENTS: usize = 64;

/// The score that recognises recordings of kinds that the model does not know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Openness {
    /// Number of coefficients of the means and of the standard deviations that are compared ([`Levels::coefficients`]).
    pub coefficients: [usize; 2],
    /// Mean coefficients of each class, `[classes, coefficients]`, in the order of the labels; empty for a class
    /// without recordings.
    pub classes: Vec<Vec<f64>>,
    /// Lower triangle of the Cholesky factor of the covariance within the classes, row by row: 1, 2, 3 … numbers.
    pub factor: Vec<f64>,
    /// Largest distance of a recording that belongs to the classes, more than 0.
    pub distance_limit: f64,
    /// Largest [steadiness](Levels::steadiness) of a recording that belongs to the classes, in nats; `None` where the
    /// classes are as steady as noise.
    pub steadiness_limit: Option<f64>,
    /// Fraction of the recordings behind the limits that are above them, 0 to 1.
    pub refused: f64,
    /// Number of recordings behind the limits.
    pub n: u64,
    /// Which recordings these are, in words that complete "measured on".
    pub measured_on: String,
}

impl Openness {
    /// The score of a recording, 0 or more: above 1 it belongs to none of the classes. `None` where it holds too little
    /// sound.
    pub fn score(&self, summary: &Summary) -> Option<f64> {
        Some(self.score_of(&summary.levels()?))
    }

    /// The score of a recording with these levels, 0 or more: above 1 it belongs to none of the classes.
    pub fn score_of(&self, levels: &Levels) -> f64 {
        let distance = self.distance(&levels.coefficients(self.coefficients)) / self.distance_limit;
        // A ratio of variances: e^(2 ln deviation).
        let steadiness = |limit: f64| (2.0 * (levels.steadiness() - limit)).exp();
        self.steadiness_limit.map_or(distance, |limit| distance.max(steadiness(limit)))
    }

    /// Distance to the nearest class; about 1 for a recording that belongs to it, whatever the number of coefficients.
    fn distance(&self, coefficients: &[f64]) -> f64 {
        let classes = self.classes.iter().filter(|class| !class.is_empty());
        let square = |class: &Vec<f64>| {
            let difference: Vec<f64> = coefficients.iter().zip(class).map(|(value, mean)| value - mean).collect();
            whitened(&self.factor, &difference).iter().map(|value| value * value).sum::<f64>()
        };
        (classes.map(square).fold(f64::INFINITY, f64::min) / coefficients.len() as f64).sqrt()
    }

    /// Checks every number, and that they fit the model.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the first value that is out of range or does not fit the others or the model.
    pub fn validate_for(&self, config: &ModelConfig) -> Result<()> {
        Summary::new(config)?;
        let [means, deviations] = self.coefficients;
        let most = config.front_end.filters.min(MOST_COEFFICIENTS);
        if !(1..=most).contains(&means) || !(1..=most).contains(&deviations) {
            return Err(Error::invalid(format!("{means} and {deviations} coefficients: expected 1 to {most} of each")));
        }
        let count = means + deviations;
        if self.classes.len() != config.labels.len() || self.classes.iter().all(Vec::is_empty) {
            return Err(Error::invalid(format!(
                "{} classes for a model of {}: expected as many, and one that is not empty",
                self.classes.len(),
                config.labels.len()
            )));
        }
        if self.classes.iter().any(|class| !class.is_empty() && class.len() != count)
            || self.factor.len() != count * (count + 1) / 2
        {
            return Err(Error::invalid(format!(
                "classes or factor are not those of {count} coefficients: expected {count} numbers a class and {} in the factor",
                count * (count + 1) / 2
            )));
        }
        let values = self.classes.iter().flatten().chain(&self.factor).chain(&self.steadiness_limit);
        if !values.copied().all(|value| value.abs() < 1e9) {
            return Err(Error::invalid("classes, factor and steadiness_limit: expected numbers below 1e9"));
        }
        let diagonal = |row: usize| self.factor[row * (row + 3) / 2];
        if !(0..count).all(|row| diagonal(row) >= 1e-9) {
            return Err(Error::invalid(
                "the factor has a diagonal that is not positive: it is not one of a covariance",
            ));
        }
        if !(1e-9..1e9).contains(&self.distance_limit) || !(0.0..=1.0).contains(&self.refused) || self.n == 0 {
            return Err(Error::invalid(format!(
                "distance_limit {}, refused {}, n {}: expected a positive limit, a fraction from 0 to 1 and some recordings",
                self.distance_limit, self.refused, self.n
            )));
        }
        checked_text("measured_on", &self.measured_on)
    }
}

/// The vector z with factor · z = `vector`, where `factor` is the lower triangle of a Cholesky factor. The sum of its
/// squares is the squared Mahalanobis distance.
fn whitened(factor: &[f64], vector: &[f64]) -> Vec<f64> {
    let mut z: Vec<f64> = Vec::with_capacity(vector.len());
    for (row, value) in vector.iter().enumerate() {
        let start = row * (row + 1) / 2;
        let known: f64 = factor[start..start + row].iter().zip(&z).map(|(entry, z)| entry * z).sum();
        z.push((value - known) / factor[start + row]);
    }
    z
}

#[cfg(test)]
mod tests;
