//! How a model is trained, apart from what it is and on which data.

use serde::{Deserialize, Serialize};

use super::augment::Augmentation;

/// The settings of one training run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Seed of weights, batches and augmentation.
    pub seed: u64,
    /// Passes over the training data.
    pub epochs: u32,
    /// Time limit in minutes.
    pub minutes: Option<f64>,
    /// Segments in a training step.
    pub batch: usize,
    /// Learning rate of the classifier.
    pub learning_rate: f64,
    /// Learning rate of the filters.
    pub front_end_learning_rate: f64,
    /// What is done to training windows.
    pub augment: Vec<Augmentation>,
}
