//! The arguments of `spectnet train`: flags over a configuration file over defaults.
//!
//! - [`flags`]: what can be said, on the command line or in a file
//! - [`names`]: the choices among them
//! - [`faults`]: what can be done wrong on purpose
//! - [`files`]: configuration files and lists of names
//! - [`resolve`]: what follows from it, checked: [`TrainArgs`]

mod faults;
mod files;
mod flags;
mod names;
mod resolve;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use spectnet_core::audio::{Channels, Conditioning, SpikeRule, Windowing};
use spectnet_core::filterbank::Form;
use spectnet_core::model::{ClassifierConfig, ModelConfig, SCENE_WINDOW_S, Scaling, Segments, Task, Voting};

use crate::compute::device::DeviceChoice;
use crate::data::Opening;
use crate::error::Result;
use crate::front_end::FrontEndFlags;
use crate::training::parts::HeldOut;
use crate::training::recipe::Recipe;

pub use faults::Fault;
pub use flags::TrainFlags;
pub use names::Protocol;
pub use resolve::check_waves;

/// Everything `spectnet train` needs to know, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainArgs {
    /// What is told apart.
    pub task: Task,
    /// Labelled recordings.
    pub data: PathBuf,
    /// How they are opened, and whether the run goes on without those that cannot be used.
    pub opening: Opening,
    /// What is said of the filterbank.
    pub front_end: FrontEndFlags,
    /// Length of the windows of scenes in seconds; none: the default.
    pub window_s: Option<f64>,
    /// What goes through the network at once.
    pub segments: Segments,
    /// How the channels of a recording are heard.
    pub channels: Channels,
    /// Which peaks of heart sounds are friction spikes.
    pub spike_rule: SpikeRule,
    /// Parameterisation of the filters.
    pub frontend: Form,
    /// Whether training moves the filters.
    pub learnable: bool,
    /// Whether the phase of the carriers is learned.
    pub phase: bool,
    /// The network behind the front-end.
    pub classifier: ClassifierConfig,
    /// What the image goes through before it.
    pub scaling: Scaling,
    /// What is held out.
    pub held_out: HeldOut,
    /// How the windows of a recording decide together; none: the task's own way.
    pub voting: Option<Voting>,
    /// The device asked for.
    pub device: DeviceChoice,
    /// How it is trained.
    pub recipe: Recipe,
    /// What shall be done wrong, as it was published; the recipe says nothing of it.
    pub faults: Vec<Fault>,
    /// Folder for models and logs.
    pub out: PathBuf,
    /// Whether to go on from the last model there.
    pub resume: bool,
}

impl TrainArgs {
    /// The model these settings describe, for data with these labels.
    ///
    /// # Errors
    /// [`Error::Usage`](crate::error::Error::Usage) for a front-end that cannot be.
    pub fn model_config(&self, labels: Vec<String>) -> Result<ModelConfig> {
        let mut front_end = self.front_end.config(self.task, self.frontend)?;
        front_end.learnable = self.learnable;
        front_end.phase = self.phase;
        let mut config = self.task.model(labels, front_end.filters, self.classifier.blocks().unwrap_or(3));
        if self.task == Task::Scene {
            let rate = front_end.sample_rate;
            config.conditioning = Conditioning::scene(rate);
            config.windowing = match self.classifier {
                // Its strides need 240 frames.
                ClassifierConfig::Residual { .. } => {
                    let samples = front_end.samples(240);
                    Windowing { samples, hop: samples }
                }
                _ => Windowing::overlapping(self.window_s.unwrap_or(SCENE_WINDOW_S), rate),
            };
        } else {
            config.conditioning.spike_rule = self.spike_rule;
            if self.classifier.sees_states() {
                // What a window says depends on where it lies; half over one another they say less by chance.
                config.windowing.hop = config.windowing.samples / 2;
            }
        }
        config.front_end = front_end;
        config.segments = self.segments;
        config.voting = self.voting.unwrap_or(config.voting);
        config.conditioning.channels = self.channels;
        config.classifier = self.classifier;
        config.scaling = self.scaling;
        Ok(config)
    }
}
