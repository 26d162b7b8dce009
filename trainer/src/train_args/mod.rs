//! The arguments of `spectnet train`: flags over a configuration file over defaults.
//!
//! - [`flags`]: what can be said, on the command line or in a file
//! - [`names`]: the choices among them
//! - [`files`]: configuration files and lists of names
//! - [`resolve`]: what follows from it, checked: [`TrainArgs`]

mod files;
mod flags;
mod names;
mod resolve;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use spectnet_core::audio::{Channels, Conditioning, SpikeRule, Windowing};
use spectnet_core::classifier::ClassifierConfig;
use spectnet_core::filterbank::{FilterbankConfig, Form, Framing, Spacing};
use spectnet_core::model::{ModelConfig, Segments};
use spectnet_core::predict::Voting;
use spectnet_core::scaling::Scaling;
use spectnet_core::task::{SCENE_RATE, SCENE_WINDOW_S, Task};

use crate::device::DeviceChoice;
use crate::training::parts::HeldOut;
use crate::training::recipe::Recipe;

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
    /// Number of filters.
    pub filters: usize,
    /// Sample rate of scenes in Hz; none: the default.
    pub sample_rate: Option<u32>,
    /// Length of the windows of scenes in seconds; none: the default.
    pub window_s: Option<f64>,
    /// Step of the frames of scenes in seconds.
    pub hop_s: Option<f64>,
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
    /// Start values of the centre frequencies; none: the task's own.
    pub spacing: Option<Spacing>,
    /// Order of the filters; none: the task's own.
    pub order: Option<u32>,
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
    /// Folder for models and logs.
    pub out: PathBuf,
    /// Whether to go on from the last model there.
    pub resume: bool,
}

impl TrainArgs {
    /// The model these settings describe, for data with these labels.
    pub fn model_config(&self, labels: Vec<String>) -> ModelConfig {
        let mut config = self.task.model(labels, self.filters, self.classifier.blocks().unwrap_or(3));
        if self.task == Task::Scene {
            config.front_end = FilterbankConfig::full_band(self.filters, self.sample_rate.unwrap_or(SCENE_RATE));
            let rate = config.front_end.sample_rate;
            if let Some(hop_s) = self.hop_s {
                config.front_end.framing = Framing::half_overlapping(hop_s, rate);
            }
            config.conditioning = Conditioning::scene(rate);
            config.windowing = match self.classifier {
                // Its strides need 240 frames.
                ClassifierConfig::Residual { .. } => {
                    let samples = config.front_end.samples(240);
                    Windowing { samples, hop: samples }
                }
                _ => Windowing::overlapping(self.window_s.unwrap_or(SCENE_WINDOW_S), rate),
            };
        } else {
            config.conditioning.spike_rule = self.spike_rule;
        }
        config.segments = self.segments;
        config.voting = self.voting.unwrap_or(config.voting);
        config.conditioning.channels = self.channels;
        config.classifier = self.classifier;
        config.scaling = self.scaling;
        config.front_end.form = self.frontend;
        config.front_end.learnable = self.learnable;
        config.front_end.phase = self.phase;
        if let Some(spacing) = &self.spacing {
            config.front_end.spacing = spacing.clone();
        }
        if let Some(order) = self.order {
            config.front_end.order = order;
        }
        config
    }
}
