//! How a model is trained, apart from what it is and on which data.

use clap::ValueEnum;
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
    /// Which epoch's model is taken.
    pub selection: Selection,
    /// What is done to training windows.
    pub augment: Vec<Augmentation>,
}

/// Which epoch's model is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Selection {
    /// The best on a share of the training recordings, which is not trained on.
    Best,
    /// The last: all recordings that are not held out are trained on.
    Last,
}
