//! The linear model on states as sums of what each feature adds.

use super::log_odds::LogOdds;
use crate::model::operations::{MOMENTS, MOMENTS_EPSILON, NORM_EPSILON};
use crate::model::{ModelConfig, Operation, Weights};

/// One linear layer over mean and standard deviation of every filter in every phase, in 64 bits.
///
/// The model standardises a feature by the mean and the variance of the training data, and multiplies what that leaves.
/// So the reference of a feature is its mean over the training data: there it adds nothing.
#[derive(Clone, Debug)]
pub(super) struct Linear {
    filters: usize,
    /// The reference of each feature, `[phases, 2, filters]`.
    mean: Vec<f64>,
    /// What one unit of a feature adds to each logit, `[features][classes]`.
    weights: Vec<Vec<f64>>,
    /// The logits where every feature is at its reference.
    reference: Vec<f64>,
}

impl Linear {
    /// The linear model that these weights are of; none where the model is another one.
    pub fn new(config: &ModelConfig, weights: &Weights) -> Option<Self> {
        let layout = config.layout().ok()?;
        let operations = layout.steps().iter().map(|step| &step.operation);
        let operations: Vec<&Operation> = operations.filter(|one| !matches!(one, Operation::Dropout(_))).collect();
        let [Operation::Moments { .. }, Operation::Normalise { name: norm }, Operation::Linear(output)] =
            operations[..]
        else {
            return None;
        };
        let tensor = |name: &str, part: &str| -> Option<Vec<f64>> {
            let values = weights.get(&format!("classifier.{name}.{part}"))?;
            Some(values.iter().map(|value| f64::from(*value)).collect())
        };
        let [gamma, beta, mean, variance] = [
            tensor(norm, "gamma")?,
            tensor(norm, "beta")?,
            tensor(norm, "running_mean")?,
            tensor(norm, "running_var")?,
        ];
        let (stored, bias) = (tensor(&output.name, "weight")?, tensor(&output.name, "bias")?);
        let rows = || stored.chunks_exact(output.outputs.max(1));
        let mut reference = bias;
        for (row, beta) in rows().zip(&beta) {
            reference.iter_mut().zip(row).for_each(|(logit, weight)| *logit += weight * beta);
        }
        let scales = gamma.iter().zip(&variance).map(|(gamma, variance)| gamma / (variance + NORM_EPSILON).sqrt());
        let weights =
            rows().zip(scales).map(|(row, scale)| row.iter().map(|weight| weight * scale).collect()).collect();
        Some(Self { filters: config.front_end.filters, mean, weights, reference })
    }

    /// The logits for these features, `[phases, 2, filters]`.
    pub fn logits(&self, features: &[f64]) -> Vec<f64> {
        let mut logits = self.reference.clone();
        self.add(&mut logits, features, |_| true, 1.0);
        logits
    }

    /// The log-odds where every feature is at its reference, as far as these log-odds are a sum: all of them for two
    /// classes.
    pub fn reference(&self, log_odds: &LogOdds) -> f64 {
        log_odds.change(&self.reference)
    }

    /// What each feature adds to the log-odds, `[phases, 2, filters]`.
    pub fn contributions(&self, features: &[f64], log_odds: &LogOdds) -> Vec<f64> {
        let distances = features.iter().zip(&self.mean).map(|(feature, mean)| feature - mean);
        distances.zip(&self.weights).map(|(distance, weights)| distance * log_odds.change(weights)).collect()
    }

    /// The logits where the features of one filter are at their reference.
    pub fn without(&self, features: &[f64], logits: &[f64], filter: usize) -> Vec<f64> {
        let mut logits = logits.to_vec();
        self.add(&mut logits, features, |feature| feature % self.filters == filter, -1.0);
        logits
    }

    /// What each level of the scaled image adds, `[frames, filters]`: the contributions of the features, each dealt out
    /// to the frames of its phase. A frame has its part of the mean by its weight, and of the deviation by its weight
    /// and its squared distance from the mean, so that the parts of a feature sum to what it adds.
    pub fn over_time(&self, scaled: &[f32], features: &[f64], states: &[f32], log_odds: &LogOdds) -> Vec<f64> {
        let (filters, frames) = (self.filters, (scaled.len() / self.filters.max(1)).max(1));
        let worth: Vec<f64> = self.weights.iter().map(|weights| log_odds.change(weights)).collect();
        let a_phase = MOMENTS * filters;
        let mut parts = vec![0.0; scaled.len()];
        let numbers =
            features.chunks_exact(a_phase).zip(self.mean.chunks_exact(a_phase)).zip(worth.chunks_exact(a_phase));
        for (weights, ((features, reference), worth)) in states.chunks_exact(frames).zip(numbers) {
            let image = scaled.chunks_exact(filters).zip(parts.chunks_exact_mut(filters)).zip(weights);
            for ((row, parts), weight) in image.filter(|(_, weight)| **weight > 0.0) {
                for (filter, part) in parts.iter_mut().enumerate() {
                    let (mean, deviation) = (features[filter], features[filters + filter]);
                    let (level, epsilon) = (f64::from(row[filter]), f64::from(MOMENTS_EPSILON));
                    let of_mean = level - reference[filter];
                    let of_deviation = ((level - mean).powi(2) + epsilon) / deviation - reference[filters + filter];
                    *part += f64::from(*weight) * (worth[filter] * of_mean + worth[filters + filter] * of_deviation);
                }
            }
        }
        parts
    }

    /// Adds what some features add, times a factor.
    fn add(&self, logits: &mut [f64], features: &[f64], which: impl Fn(usize) -> bool, factor: f64) {
        let distances = features.iter().zip(&self.mean).map(|(feature, mean)| feature - mean);
        for (_, (distance, weights)) in distances.zip(&self.weights).enumerate().filter(|(number, _)| which(*number)) {
            logits.iter_mut().zip(weights).for_each(|(logit, weight)| *logit += factor * distance * weight);
        }
    }
}
