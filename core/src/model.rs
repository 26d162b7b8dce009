//! Front-end and classifier as one trainable module, and the configuration that describes it.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::audio::{Conditioning, Windowing};
use crate::classifier::{ClassifierConfig, Residual};
use crate::filterbank::{Filterbank, FilterbankConfig};
use crate::predict::Voting;
use crate::task::Task;
use crate::{Error, Result};

/// Everything that turns a recording into a verdict, but the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// What is told apart.
    pub task: Task,
    /// The classes in the order of the logits.
    pub labels: Vec<String>,
    /// The learnable filterbank.
    pub front_end: FilterbankConfig,
    /// The network on top of it.
    pub classifier: ClassifierConfig,
    /// What is done to a recording first.
    pub conditioning: Conditioning,
    /// How the conditioned recording is cut.
    pub windowing: Windowing,
    /// How windows decide together.
    pub voting: Voting,
}

impl ModelConfig {
    /// # Errors
    /// The first field that is out of range or does not fit the others, with what was expected.
    pub fn validate(&self) -> Result<()> {
        self.front_end.validate()?;
        self.conditioning.validate()?;
        self.windowing.validate()?;
        if self.front_end.sample_rate != self.conditioning.sample_rate {
            return Err(Error::invalid(format!(
                "the front-end works at {} Hz, but recordings are conditioned to {} Hz",
                self.front_end.sample_rate, self.conditioning.sample_rate
            )));
        }
        if self.frames() == 0 {
            return Err(Error::invalid(format!(
                "windows of {} samples are too short for one frame: expected at least {}",
                self.windowing.samples,
                self.front_end.samples(1)
            )));
        }
        if let Some(twice) = (1..self.labels.len()).find(|&i| self.labels[..i].contains(&self.labels[i])) {
            return Err(Error::invalid(format!("label {:?} is listed twice", self.labels[twice])));
        }
        Ok(())
    }

    /// Frames of one window's image.
    pub fn frames(&self) -> usize {
        self.front_end.frames(self.windowing.samples)
    }

    /// Index of the label that counts as positive, where the task has one.
    pub fn positive(&self) -> Option<usize> {
        let label = self.task.positive_label()?;
        self.labels.iter().position(|candidate| candidate == label)
    }
}

/// The whole network: signals `[batch, samples]` → logits `[batch, classes]`.
#[derive(Module, Debug)]
pub struct SpectNet {
    /// The filterbank.
    pub front_end: Filterbank,
    /// The network that classifies its image.
    pub classifier: Residual,
}

impl SpectNet {
    /// A model with start values in the filterbank and random weights in the classifier.
    ///
    /// # Errors
    /// Those of [`ModelConfig::validate`], or an image that does not fit the classifier.
    pub fn new(config: &ModelConfig, device: &Device) -> Result<Self> {
        config.validate()?;
        let ClassifierConfig::Residual { blocks, dropout } = config.classifier;
        let image = [config.frames(), config.front_end.filters];
        Ok(Self {
            front_end: Filterbank::new(&config.front_end, device)?,
            classifier: Residual::new(blocks, dropout, image, config.labels.len(), device)?,
        })
    }

    /// Logits `[batch, classes]` of conditioned windows `[batch, samples]`.
    pub fn forward(&self, windows: Tensor<2>) -> Tensor<2> {
        self.classifier.forward(self.front_end.forward(windows))
    }
}
