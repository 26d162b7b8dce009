//! How a model is trained, apart from what it is and on which data.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::augment::Augmentation;
use super::epoch::EpochLength;
use super::learns::Learns;
use super::schedule::{Schedule, WarmUp};
use crate::{Error, Result};

/// The settings of one training run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Seed of weights, batches and augmentation.
    pub seed: u64,
    /// Passes over the training data: 1 or more.
    pub epochs: u32,
    /// What of the model learns.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub learns: Learns,
    /// Time limit in minutes.
    pub minutes: Option<f64>,
    /// Windows of an epoch.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub epoch_windows: EpochLength,
    /// What a batch draws of every class × subset.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub draw: Draws,
    /// Windows that go through the network together: 2 or more, for batch normalisation.
    pub batch: usize,
    /// Batches whose gradients make one training step: 1 or more.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub accumulate: usize,
    /// What of these gradients the step follows.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub accumulation: Accumulation,
    /// What moves the weights along them.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub optimiser: Optimiser,
    /// Largest norm of the gradient of all parameters together; none: whatever it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
    /// Rate at which the weight of a subset in the loss grows with its own loss, so that a model learns most from what it is worst
    /// at: more than 0; none: windows count alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst_subset: Option<f64>,
    /// Learning rate of the classifier.
    pub learning_rate: f64,
    /// Learning rate of the filters.
    pub front_end_learning_rate: f64,
    /// How both rates rise at the start of the run.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub warm_up: WarmUp,
    /// How both go on from there.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub schedule: Schedule,
    /// Decay of the average of the weights, between 0 and 1, which is judged and saved in place of those of the last step; none: no
    /// average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ema: Option<f64>,
    /// The run ends when so many epochs in a row were no better than the best one; none: it goes on to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<u32>,
    /// Which epoch's model is taken.
    pub selection: Selection,
    /// What is done to training windows.
    pub augment: Vec<Augmentation>,
    /// How strongly, as a factor on what is usual: more than 0 and at most 2.
    #[serde(default = "full", skip_serializing_if = "is_full")]
    pub augment_strength: f64,
    /// What hardly anybody asks for. Whoever does, notes it where the settings are kept.
    #[serde(skip)]
    pub options: Options,
}

impl Recipe {
    /// Whatever decides what a run comes to, but how long it goes on: a run may be trained further.
    ///
    /// # Errors
    /// None that is known: all of it can be written.
    pub fn settings(&self) -> Result<Value> {
        let mut settings = serde_json::to_value(self)
            .map_err(|error| Error::invalid(format!("the settings of the run cannot be written: {error}")))?;
        if let Some(members) = settings.as_object_mut() {
            members.retain(|name, _| !["epochs", "minutes", "early_stopping"].contains(&name.as_str()));
        }
        Ok(settings)
    }
}

// What is as usual is not written down: tables that were begun before there was a choice go on.
fn one() -> usize {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_one(count: &usize) -> bool {
    *count == 1
}

fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn full() -> f64 {
    1.0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_full(strength: &f64) -> bool {
    *strength == full()
}

/// What moves the weights along their gradients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimiser {
    /// AdamW for the classifier (Loshchilov & Hutter 2019), Adam for the filters (Kingma & Ba 2015).
    #[default]
    AdamW,
    /// Stochastic gradient descent, without momentum and weight decay: a weight moves by rate × gradient.
    Sgd,
}

/// What of the gradients of several batches a step follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Accumulation {
    /// Their mean.
    #[default]
    Mean,
    /// Their sum.
    Sum,
}

/// What a batch draws of every class × subset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Draws {
    /// Recordings, each once before one comes again, and of each a random one of its heart cycles or a window at a random place.
    #[default]
    Recordings,
    /// Windows, each once before one comes again: a recording comes as often as it has windows.
    Windows,
}

/// How training and judging can be done otherwise than usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What a step makes smaller.
    pub loss: Loss,
    /// Whether dropout stays active where recordings are judged.
    pub dropping: bool,
    /// Whether the epoch is chosen on the recordings that are held out, in place of a part of the others.
    pub chosen_on_held_out: bool,
}

/// Mean cross-entropy of the batch, in nats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    /// Of the softmax of what the network gives.
    #[default]
    OfLogits,
    /// Of the softmax of the probabilities, which were a softmax already.
    OfProbabilities,
}

/// Which epoch's model is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Selection {
    /// The best on a part of the training recordings, which is not trained on.
    Best,
    /// The last: all recordings that are not held out are trained on.
    Last,
    /// The last. A part of the training recordings, which is not trained on, measures it and chooses its threshold, and
    /// nothing else.
    Calibrated,
}
