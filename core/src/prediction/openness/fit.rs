//! Fitting the openness score: statistics on recordings of the classes, limits on recordings that the statistics do not
//! know.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{Levels, Openness, Summary};
use crate::filterbank::fused::Plan;
use crate::model::{ModelConfig, Weights};
use crate::synth::white;
use crate::text::plain;
use crate::{Error, Result};

/// Number of coefficients of means and of standard deviations, if the filterbank has as many filters (chosen on ESC-10,
/// docs/SCENES.md).
const COEFFICIENTS: [usize; 2] = [20, 12];
/// Fraction of the off-diagonal covariances that is removed: 32 coefficients of some hundred recordings need it.
const SHRINKAGE: f64 = 0.1;
/// Added to every variance, as a fraction of their mean: coefficients that never change must not decide.
const RIDGE: f64 = 1e-4;
/// Largest fraction of the recordings behind a limit that may be above it.
const REFUSED: f64 = 0.05;
/// Fewest recordings behind a limit that refuses one in twenty.
pub const FEWEST_RECORDINGS: usize = 20;
/// Number of folds where no recordings are set apart: the groups of each fold are compared with the statistics of all
/// others.
const FOLDS: usize = 20;
/// How many recordings of noise the steadiness of noise is the mean of, and their length in seconds.
const NOISES: (u64, u32) = (8, 5);

/// A recording of a known class.
#[derive(Clone, Debug)]
pub struct Known {
    /// The mean and standard deviation of each filter's levels.
    pub levels: Levels,
    /// Index of its class.
    pub class: usize,
    /// Its group: recordings of one group are never divided between fitting and measuring.
    pub group: String,
}

/// Steadiness of white noise for a model with these weights.
///
/// # Errors
/// Weights that do not belong to the model, or those of [`Summary::new`].
pub fn noise(config: &ModelConfig, weights: &Weights) -> Result<f64> {
    let plan = Plan::gammatones(&config.front_end, &config.filters(weights)?)?;
    let samples = (NOISES.1 * config.conditioning.sample_rate) as usize;
    let level = config.conditioning.target_rms.unwrap_or(1.0);
    let mut sum = 0.0;
    for seed in 0..NOISES.0 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let signal: Vec<f32> = white(&mut rng, samples).iter().map(|sample| (level * sample) as f32).collect();
        let mut image = vec![0.0; plan.frames(samples) * config.front_end.filters];
        plan.forward(&signal, samples, &mut image)?;
        let mut summary = Summary::new(config)?;
        summary.add(&image, 1.0)?;
        let levels = summary.levels().ok_or_else(|| Error::invalid("the front-end passes no noise at all"))?;
        sum += levels.steadiness();
    }
    Ok(sum / NOISES.0 as f64)
}

impl Openness {
    /// Fits the statistics on `training`. The limits come from `others`, recordings of the same classes that are not in
    /// `training`; where there are fewer than [`FEWEST_RECORDINGS`] of them, from the training recordings, each
    /// compared with the statistics of other groups. `noise` is the [steadiness of noise](noise), and `data` says where
    /// the recordings come from.
    ///
    /// # Errors
    /// [`Error::Invalid`] for too few recordings or groups, or a class that the model does not have.
    pub fn fit(config: &ModelConfig, training: &[Known], others: &[Known], noise: f64, data: &str) -> Result<Self> {
        let apart = others.len() >= FEWEST_RECORDINGS;
        let measured = if apart { others } else { training };
        if training.len() < FEWEST_RECORDINGS {
            return Err(Error::invalid(format!(
                "{} recordings with enough sound are too few to tell sounds of other kinds: expected at least \
                 {FEWEST_RECORDINGS}",
                training.len()
            )));
        }
        if let Some(unknown) = training.iter().chain(others).find(|known| known.class >= config.labels.len()) {
            return Err(Error::invalid(format!(
                "a recording of class {}, but the model has {}",
                unknown.class,
                config.labels.len()
            )));
        }
        let all: Vec<&Known> = training.iter().collect();
        let mut openness = Self::statistics(config, &all)?;
        let distances: Vec<f64> = if apart {
            others.iter().map(|known| openness.distance(&known.levels.coefficients(openness.coefficients))).collect()
        } else {
            crossed(config, training)?
        };
        // Half-way between the steadiest recording and noise. Where recordings are as steady as noise, steadiness
        // proves nothing.
        let steadiest = training.iter().chain(others).map(|known| known.levels.steadiness()).fold(f64::MIN, f64::max);
        openness.steadiness_limit = (steadiest < noise).then(|| rounded(0.5 * (steadiest + noise)));
        let mut sorted = distances.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        openness.distance_limit = rounded_up(sorted[(REFUSED * sorted.len() as f64) as usize]);
        let refused = distances.iter().filter(|distance| **distance > openness.distance_limit).count();
        openness.refused = refused as f64 / distances.len() as f64;
        openness.n = measured.len() as u64;
        let data = plain(data);
        openness.measured_on = if apart {
            format!("{} recordings of {data} that the statistics were not fitted on", others.len())
        } else {
            format!("{} recordings of {data}, each judged by statistics of other groups", training.len())
        };
        openness.validate_for(config)?;
        Ok(openness)
    }

    /// Means and covariance of these recordings, without limits.
    fn statistics(config: &ModelConfig, known: &[&Known]) -> Result<Self> {
        let coefficients = COEFFICIENTS.map(|count| count.min(config.front_end.filters));
        let rows: Vec<Vec<f64>> = known.iter().map(|known| known.levels.coefficients(coefficients)).collect();
        let count: usize = coefficients.iter().sum();
        let mean = |class: usize| {
            let mut rows =
                known.iter().zip(&rows).filter(|(known, _)| known.class == class).map(|(_, row)| row).peekable();
            rows.peek()?;
            let (mut sum, mut n) = (vec![0.0; count], 0.0);
            for row in rows {
                sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
                n += 1.0;
            }
            Some(sum.into_iter().map(|sum| rounded(sum / n)).collect::<Vec<f64>>())
        };
        let classes: Vec<Vec<f64>> = (0..config.labels.len()).map(|class| mean(class).unwrap_or_default()).collect();
        let mut covariance = vec![0.0; count * (count + 1) / 2];
        let weight = 1.0 / rows.len() as f64;
        for (known, row) in known.iter().zip(&rows) {
            let difference: Vec<f64> =
                row.iter().zip(&classes[known.class]).map(|(value, mean)| value - mean).collect();
            let products = (0..count).flat_map(|i| (0..=i).map(move |j| (i, j)));
            for (entry, (i, j)) in covariance.iter_mut().zip(products) {
                *entry += weight * difference[i] * difference[j];
            }
        }
        Ok(Self {
            coefficients,
            classes,
            factor: cholesky(covariance, count)?.into_iter().map(rounded).collect(),
            distance_limit: 1.0,
            steadiness_limit: None,
            refused: 0.0,
            n: known.len() as u64,
            measured_on: String::new(),
        })
    }
}

/// The distance of every recording by the statistics of recordings of other folds.
fn crossed(config: &ModelConfig, known: &[Known]) -> Result<Vec<f64>> {
    let mut groups: Vec<&str> = known.iter().map(|known| known.group.as_str()).collect();
    groups.sort_unstable();
    groups.dedup();
    if groups.len() < 2 {
        return Err(Error::invalid("all recordings belong to one group: none could be judged by others"));
    }
    let fold = |known: &Known| groups.partition_point(|group| *group < known.group.as_str()) % FOLDS;
    let mut distances = vec![0.0; known.len()];
    for number in 0..FOLDS.min(groups.len()) {
        let others: Vec<&Known> = known.iter().filter(|known| fold(known) != number).collect();
        let statistics = Openness::statistics(config, &others)?;
        for (distance, known) in distances.iter_mut().zip(known).filter(|(_, known)| fold(known) == number) {
            *distance = statistics.distance(&known.levels.coefficients(statistics.coefficients));
        }
    }
    Ok(distances)
}

/// Least variance of a coefficient in squared nats: if all recordings are equal, rounding leaves less.
const LEAST_VARIANCE: f64 = 1e-12;

/// The lower triangle of the Cholesky factor of a covariance, which is given by its own lower triangle and shrunk
/// towards its diagonal.
fn cholesky(mut covariance: Vec<f64>, count: usize) -> Result<Vec<f64>> {
    let at = |row: usize, column: usize| row * (row + 1) / 2 + column;
    let ridge = RIDGE * (0..count).map(|row| covariance[at(row, row)]).sum::<f64>() / count as f64;
    for row in 0..count {
        covariance[at(row, 0)..at(row, row)].iter_mut().for_each(|entry| *entry *= 1.0 - SHRINKAGE);
        covariance[at(row, row)] += ridge;
    }
    for row in 0..count {
        for column in 0..=row {
            let known: f64 = (0..column).map(|k| covariance[at(row, k)] * covariance[at(column, k)]).sum();
            let rest = covariance[at(row, column)] - known;
            covariance[at(row, column)] = if row > column {
                rest / covariance[at(column, column)]
            } else if rest > LEAST_VARIANCE {
                rest.sqrt()
            } else {
                return Err(Error::invalid(
                    "the recordings are all alike: they have no spread to measure distances by",
                ));
            };
        }
    }
    Ok(covariance)
}

/// Six significant digits, which is what a file needs.
fn rounded(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

/// Six significant digits, rounded up.
fn rounded_up(value: f64) -> f64 {
    let near = rounded(value);
    if near >= value { near } else { rounded(value * (1.0 + 1e-5)) }
}
