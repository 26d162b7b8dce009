//! Everything a training run needs to know, and the model that follows from it.

use std::path::PathBuf;
use std::sync::Arc;

use spectnet_core::audio::{Channels, Conditioning, SpikeRule, Windowing};
use spectnet_core::filterbank::Form;
use spectnet_core::learning::{Recipe, adapted_config};
use spectnet_core::model::{ClassifierConfig, ModelConfig, SCENE_WINDOW_S, Scaling, Segments, Task, Voting};

use super::start::StartModel;
use crate::compute::device::DeviceChoice;
use crate::data::Opening;
use crate::data::cache::CachePlace;
use crate::error::{Error, Result};
use crate::front_end::FrontEndFlags;
use crate::training::parts::HeldOut;

/// Most values of the log-energy images of a batch: a network keeps some sixteen numbers for each until it has gone back, so
/// these are some 4 GiB.
const MOST_BATCH_VALUES: u64 = 1 << 26;

/// Length of windows in seconds where nothing is said, of hearts and of scenes.
pub(super) const WINDOW_S: f64 = SCENE_WINDOW_S;
/// Minutes between two checkpoints where nothing is said: what a run may lose at most.
pub(super) const CHECKPOINT_MINUTES: f64 = 10.0;

/// Everything `spectnet train` needs to know, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainArgs {
    /// What is told apart.
    pub task: Task,
    /// Labelled recordings.
    pub data: PathBuf,
    /// How they are opened, and whether the run goes on without those that cannot be used.
    pub opening: Opening,
    /// Where prepared recordings are kept; none: the usual place.
    pub cache: Option<CachePlace>,
    /// The model that the run starts from; none: a new one. Where there is one, it says what the settings of the front-end,
    /// the network and its input do otherwise.
    pub start: Option<Arc<StartModel>>,
    /// What is said of the filterbank.
    pub front_end: FrontEndFlags,
    /// Length of the windows of scenes, and of hearts whose states the network sees, in seconds; none: the default.
    pub window_s: Option<f64>,
    /// What goes through the network at once.
    pub segments: Segments,
    /// The downmixes that are taken of a recording.
    pub channels: Channels,
    /// Whether recordings are scaled to one level.
    pub scales_level: bool,
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
    /// Of whom recordings of hearts are, in words; none: nobody says.
    pub people: Option<String>,
    /// What is held out.
    pub held_out: HeldOut,
    /// How the windows of a recording decide together.
    pub voting: Voting,
    /// The device asked for.
    pub device: DeviceChoice,
    /// How it is trained.
    pub recipe: Recipe,
    /// Minutes between two checkpoints.
    pub checkpoint_minutes: f64,
    /// Whether there is an event file for TensorBoard.
    pub tensorboard: bool,
    /// Folder for models and logs.
    pub out: PathBuf,
    /// Whether to go on from the last model there.
    pub resume: bool,
}

impl TrainArgs {
    /// The model these settings describe, for data with these labels.
    ///
    /// # Errors
    /// [`Error::Usage`] for a front-end that cannot be, or labels that the model which the run starts from cannot be taught.
    pub fn model_config(&self, labels: Vec<String>) -> Result<ModelConfig> {
        if let Some(start) = &self.start {
            let mut config = adapted_config(&start.package.config, &labels, self.recipe.learns)?;
            config.front_end.learnable &= self.learnable;
            return Ok(config);
        }
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
                _ => Windowing::overlapping(self.window_s.unwrap_or(WINDOW_S), rate),
            };
        } else {
            config.conditioning.spike_rule = self.spike_rule;
            if self.classifier.sees_states() {
                // What a window says depends on where it lies; half over one another they say less by chance.
                config.windowing = Windowing::overlapping(self.window_s.unwrap_or(WINDOW_S), front_end.sample_rate);
            }
        }
        config.front_end = front_end;
        config.segments = self.segments;
        config.voting = self.voting;
        config.conditioning.channels = self.channels;
        config.conditioning.target_rms = config.conditioning.target_rms.filter(|_| self.scales_level);
        config.classifier = self.classifier;
        config.scaling = self.scaling;
        Ok(config)
    }

    /// Labels to check settings with before the data says which they are: those of the task, else of the fewest classes.
    pub fn any_labels(&self) -> Vec<String> {
        self.task.fixed_labels().unwrap_or(["one", "other"]).map(String::from).into()
    }

    /// Whether such a model can be, and a batch of it fits in memory.
    ///
    /// # Errors
    /// [`Error::Usage`] for settings that do not fit together.
    pub(super) fn check(&self) -> Result<()> {
        let config = self.model_config(self.any_labels());
        // Of what a new model is made some may stand in files, which cannot be read; here it is what was asked for.
        let config = match &self.start {
            Some(_) => config.map_err(|error| Error::Usage(error.to_string()))?,
            None => config?,
        };
        config.validate().map_err(|error| Error::Usage(error.to_string()))?;
        let image = config.frames() as u64 * config.front_end.filters as u64;
        let (batch, most) = (self.recipe.batch as u64, MOST_BATCH_VALUES / image.max(1));
        if batch > most.max(2) {
            return Err(Error::Usage(format!(
                "batches of {batch} windows with {image} values of the image each: expected at most {most}; --accumulate adds \
                 up the gradients of several batches"
            )));
        }
        Ok(())
    }

    /// Whether the network fits the image; the rows of a table have networks of their own.
    ///
    /// # Errors
    /// [`Error::Usage`] with what does not fit.
    pub(super) fn check_network(&self) -> Result<()> {
        let layout = self.model_config(self.any_labels())?.layout();
        layout.map(drop).map_err(|error| Error::Usage(error.to_string()))
    }
}
