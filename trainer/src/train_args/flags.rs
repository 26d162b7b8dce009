//! The flags of `spectnet train`: everything is optional. Each flag stands here once, with its help; its default is in
//! [`defaults`](super::defaults), its range in [`check`](super::check).

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};
use spectnet_core::learning::EpochLength;
use spectnet_core::learning::schedule::WarmUp;

use super::names::{
    ChannelsName, ClassifierName, CompressionName, FloorFlag, LevelName, NormalisationName, PartsFlag, Protocol,
    SegmentsName, VotingName, floor, parts,
};
use super::origins::Origins;
use super::recipe_names::{
    AccumulationName, Augmentations, DrawName, LearnsName, OptimiserName, Precision, ScheduleName, SelectionName,
    augmentations,
};
use crate::compute::device::DeviceChoice;
use crate::data::CircorLabels;
use crate::data::cache::{CachePlace, cache_place};
use crate::error::{Error, Result};
use crate::front_end::{FRONT_END, FrontEndFlags};
use crate::task_name::TaskName;

/// Whether a flag is given.
pub(super) type IsGiven = fn(&TrainFlags) -> bool;

/// Flags that `spectnet reproduce` settles by its rows, folds and seeds, and whether each is given.
pub const SETTLED: [(&str, IsGiven); 13] = [
    ("task", |flags| flags.task.is_some()),
    ("from", |flags| flags.from.is_some()),
    ("learns", |flags| flags.learns.is_some()),
    ("filters", |flags| flags.front_end.filters.is_some()),
    ("static", |flags| flags.fixed.is_some()),
    ("fold", |flags| flags.fold.is_some()),
    ("hold-out", |flags| flags.hold_out.is_some()),
    ("seed", |flags| flags.seed.is_some()),
    ("minutes", |flags| flags.minutes.is_some()),
    ("resume", |flags| flags.resume.is_some()),
    ("tensorboard", |flags| flags.tensorboard.is_some()),
    ("print-config", |flags| flags.print_config),
    ("list-augmentations", |flags| flags.list_augmentations),
];

/// Headings of the help, beside that of the front-end.
pub const DATA: &str = "Recordings and what is held out";
const NETWORK: &str = "Network";
const TRAINING: &str = "Training";
const RUN: &str = "The run (its settings and its folder)";

/// `spectnet train` as it stands on the command line or in a configuration file, where all of it is optional.
#[derive(Clone, Debug, Default, PartialEq, Args, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct TrainFlags {
    /// What the model shall tell apart (required here or in the configuration file, unless --from names a model, which says it;
    /// beside that, scene teaches a heart model other classes).
    #[arg(help_heading = DATA, long, value_enum)]
    pub task: Option<TaskName>,
    /// Labelled recordings: manifest.csv, PhysioNet folder (2016 or 2022), PASCAL folder, DCASE folder, or a folder per class
    /// (required here or in the configuration file).
    #[arg(help_heading = DATA, long, value_name = "PATH")]
    pub data: Option<PathBuf>,
    /// Settings in TOML with the names of these flags, as in `learning-rate = 0.001`; flags win over it.
    #[arg(help_heading = RUN, long, value_name = "FILE.toml")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// One setting as it would stand in that file, as in --set learning-rate=0.001; it wins over the file, and flags win over
    /// it. Can be given several times.
    #[arg(help_heading = RUN, long, value_name = "KEY=VALUE")]
    #[serde(skip)]
    pub set: Vec<String>,
    /// Print all settings that this comes to, as a file for --config, and do nothing else.
    #[arg(help_heading = RUN, long)]
    #[serde(skip)]
    pub print_config: bool,
    /// Print what --augment can do, and how strongly, and do nothing else.
    #[arg(help_heading = TRAINING, long)]
    #[serde(skip)]
    pub list_augmentations: bool,
    /// Where the settings of the configuration file stand in it.
    #[arg(skip)]
    #[serde(skip)]
    pub origins: Origins,
    /// The filterbank; a configuration file has its settings beside the others.
    #[command(flatten)]
    #[serde(skip)]
    pub front_end: FrontEndFlags,
    /// What makes a recording of PhysioNet 2022 (CirCor) abnormal: a murmur at the place where it was recorded, or the person's
    /// outcome [default: murmur].
    #[arg(help_heading = DATA, long, value_enum, value_name = "WHAT")]
    pub circor_labels: Option<CircorLabels>,
    /// Whose hearts these are, in words such as "adults at rest": the model file says so, and results outside of it carry a
    /// warning [default: what the model of --from says].
    #[arg(help_heading = DATA, long, value_name = "TEXT")]
    pub people: Option<String>,
    /// Go on without the recordings that cannot be read, are not there or are listed twice; the report names them.
    #[arg(help_heading = DATA, long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub skip_unreadable: Option<bool>,
    /// Folder in which prepared recordings are kept for the next run; `off` keeps none [default: SPECTNET_CACHE, else `spectnet`
    /// where the system keeps caches].
    #[arg(help_heading = DATA, long, value_name = "DIR|off", value_parser = cache_place())]
    pub cache: Option<CachePlace>,
    /// Length of the windows in seconds, each half over the one before, of scenes and with --classifier states [default: 2.5].
    #[arg(help_heading = DATA, long, value_name = "S")]
    pub window: Option<f64>,
    /// What the network sees of a heart sound at once: windows of fixed length, or heart cycles, where a rhythm is found
    /// [default: windows; cycles with --protocol paper].
    #[arg(help_heading = DATA, long, value_enum)]
    pub segments: Option<SegmentsName>,
    /// How recordings of several channels are taken: as their mean, or as several downmixes, whose windows all vote
    /// [default: mean].
    #[arg(help_heading = DATA, long, value_enum)]
    pub channels: Option<ChannelsName>,
    /// What becomes of the level of a recording before the filters see it [default: scaled; as-recorded with --protocol paper].
    #[arg(help_heading = DATA, long, value_enum)]
    pub level: Option<LevelName>,
    /// Keep the filters at their start values.
    #[arg(help_heading = FRONT_END, long = "static", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[serde(rename = "static")]
    pub fixed: Option<bool>,
    /// Learn the phase of the carriers too, which starts at 0.
    #[arg(help_heading = FRONT_END, long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub phase: Option<bool>,
    /// The network behind the front-end [default: residual for heart, pooled for scene].
    #[arg(help_heading = NETWORK, long, value_enum)]
    pub classifier: Option<ClassifierName>,
    /// Residual blocks: 2 to 4, or 1 to 4 of the pooled network [default: 3].
    #[arg(help_heading = NETWORK, long, value_name = "N")]
    pub blocks: Option<u32>,
    /// Number of phases, equally long, into which --classifier states divides systole and diastole [default: 3,4].
    #[arg(help_heading = NETWORK, long, value_name = "SYSTOLE,DIASTOLE", value_parser = parts)]
    pub parts: Option<PartsFlag>,
    /// Time in ms by which the phases of --classifier states begin before the heart's states, 0 to 200 [default: 0].
    #[arg(help_heading = NETWORK, long, value_name = "MS")]
    pub lead: Option<usize>,
    /// Fraction of channels dropped in training, 0 or more and less than 1 [default: 0.5, as published; pooled: 0.2;
    /// states: 0.1].
    #[arg(help_heading = NETWORK, long, value_name = "FRACTION")]
    pub dropout: Option<f64>,
    /// How every filter's levels come to mean 0 and deviation 1: not at all, over each window (which takes away what the
    /// sensor does to them), or by fixed numbers of the training data [default: none for the residual network; for the
    /// pooled one window for heart, data for scene].
    #[arg(help_heading = NETWORK, long, value_enum)]
    pub normalise: Option<NormalisationName>,
    /// How the energies are compressed: their logarithm, or a power that is learned for every filter [default: power for the
    /// pooled network on scenes, else log].
    #[arg(help_heading = NETWORK, long, value_enum)]
    pub compression: Option<CompressionName>,
    /// Floor under every filter's energies, in dB below the level of the recording, 0 to 140; what lies lower hardly counts.
    /// `none` for no floor [default: 45 for states and none for the others; none with --level as-recorded].
    #[arg(help_heading = NETWORK, long, value_name = "DB", value_parser = floor)]
    pub floor: Option<FloorFlag>,
    /// Added to the variance of a filter's levels where they are normalised over the window, so that a filter in which
    /// nothing happens counts less [default: 0.1 for states and 0.001 for the others].
    #[arg(help_heading = NETWORK, long, value_name = "V")]
    pub least_variance: Option<f64>,
    /// How the windows of a recording decide together [default: mean for heart, log-mean for scene; majority with --protocol
    /// paper].
    #[arg(help_heading = NETWORK, long, value_enum)]
    pub voting: Option<VotingName>,
    /// Start from this model in place of a new one. The file says what the model is; where the data has other classes, its last
    /// layer is new.
    #[arg(help_heading = TRAINING, long, value_name = "FILE.safetensors")]
    pub from: Option<PathBuf>,
    /// What of that model learns [default: everything].
    #[arg(help_heading = TRAINING, long, value_enum, value_name = "WHAT")]
    pub learns: Option<LearnsName>,
    /// What is done to training windows, separated by commas: gain, noise, masks, mixing, speed, equaliser, as
    /// --list-augmentations explains; `none` for nothing [default: gain; none with --protocol paper].
    #[arg(help_heading = TRAINING, long, value_name = "LIST", value_parser = augmentations)]
    pub augment: Option<Augmentations>,
    /// How strongly, as a factor on what --list-augmentations says, more than 0 and at most 2 [default: 1].
    #[arg(help_heading = TRAINING, long, value_name = "FACTOR")]
    pub augment_strength: Option<f64>,
    /// How data is split: grouped never splits a subject or a place between training and validation; leave-one-subset-out
    /// holds out a whole subset (--hold-out); all holds nothing out; paper is the published procedure for heart sounds, on
    /// the recordings of --validation-list [default: grouped].
    #[arg(help_heading = DATA, long, value_enum)]
    pub protocol: Option<Protocol>,
    /// Which epoch's model is taken: the best on a part of the training recordings, which then is not trained on, or the
    /// last; calibrated takes the last too, and such a part chooses its threshold alone [default: best; last with
    /// --protocol all].
    #[arg(help_heading = TRAINING, long, value_enum)]
    pub select: Option<SelectionName>,
    /// The fold that is held out [default: the first].
    #[arg(help_heading = DATA, long, value_name = "K")]
    pub fold: Option<u32>,
    /// The subset that is held out, with --protocol leave-one-subset-out.
    #[arg(help_heading = DATA, long, value_name = "SUBSET")]
    pub hold_out: Option<String>,
    /// Names of the recordings that are held out with --protocol paper, one a line; or the folder that holds them [default:
    /// the folder `validation` of the data, where there is one].
    #[arg(help_heading = DATA, long, value_name = "FILE")]
    pub validation_list: Option<PathBuf>,
    /// auto, cuda, cuda:NUMBER, vulkan or cpu [default: auto].
    #[arg(help_heading = TRAINING, long, value_name = "D")]
    pub device: Option<DeviceChoice>,
    /// Seed of weights, batches and augmentation [default: 0].
    #[arg(help_heading = TRAINING, long, value_name = "S")]
    pub seed: Option<u64>,
    /// Passes over the training data [default: 40].
    #[arg(help_heading = TRAINING, long, value_name = "N")]
    pub epochs: Option<u32>,
    /// Stop after this many minutes; those before a run was stopped count too [default: no limit].
    #[arg(help_heading = TRAINING, long, value_name = "M")]
    pub minutes: Option<f64>,
    /// Windows of an epoch: as many as there are, but at most so many; or `largest-group`, as many as it takes to go through the
    /// largest class x subset once [default: 4096; largest-group with --protocol paper].
    #[arg(help_heading = TRAINING, long, value_name = "N|largest-group")]
    pub epoch_windows: Option<EpochLength>,
    /// What a batch draws of every class x subset, each once before one comes again [default: recordings; windows with
    /// --protocol paper].
    #[arg(help_heading = TRAINING, long, value_enum, value_name = "WHAT")]
    pub draw: Option<DrawName>,
    /// Windows that go through the network together [default: 64; 96 with --protocol paper].
    #[arg(help_heading = TRAINING, long, value_name = "N")]
    pub batch: Option<u32>,
    /// Batches whose gradients make one training step [default: 1; 10 with --protocol paper].
    #[arg(help_heading = TRAINING, long, value_name = "N")]
    pub accumulate: Option<u32>,
    /// What of the gradients of these batches the step follows [default: mean; sum with --protocol paper].
    #[arg(help_heading = TRAINING, long, value_enum)]
    pub accumulation: Option<AccumulationName>,
    /// What moves the weights; say both learning rates with sgd, for the defaults are those of adamw [default: adamw; sgd, with
    /// its rates, with --protocol paper].
    #[arg(help_heading = TRAINING, long, value_enum)]
    pub optimiser: Option<OptimiserName>,
    /// Learning rate of the classifier [default: 0.001; 0.003 for states; 0.005 with --protocol paper; with --from, where
    /// everything learns, three tenths of that].
    #[arg(help_heading = TRAINING, long, value_name = "RATE")]
    pub learning_rate: Option<f64>,
    /// Learning rate of the filters [default: 0.01 bounded; 1 paper, whose parameters are in Hz; 0.1 with --protocol paper;
    /// with --from three tenths of that].
    #[arg(help_heading = TRAINING, long, value_name = "RATE")]
    pub front_end_learning_rate: Option<f64>,
    /// How long both learning rates rise at the start: a number of steps, as 200; of epochs, as 2epochs; or a part of the run, as
    /// 3% [default: 3%; 0 with --protocol paper].
    #[arg(help_heading = TRAINING, long, value_name = "LENGTH")]
    pub warm_up: Option<WarmUp>,
    /// How both go on from there [default: cosine; constant with --protocol paper].
    #[arg(help_heading = TRAINING, long, value_enum)]
    pub schedule: Option<ScheduleName>,
    /// Judge and save an average of the weights over the steps, in which what is older counts this many times less a step, as
    /// 0.99; more than 0 and less than 1 [default: the weights of the last step].
    #[arg(help_heading = TRAINING, long, value_name = "DECAY")]
    pub ema: Option<f64>,
    /// Stop when so many epochs in a row were no better than the best one [default: go on to the last].
    #[arg(help_heading = TRAINING, long, value_name = "EPOCHS")]
    pub early_stopping: Option<u32>,
    /// Numbers to train in; this version trains in f32 on every device [default: f32].
    #[arg(help_heading = TRAINING, long, value_enum)]
    pub precision: Option<Precision>,
    /// Largest norm of the gradient of all parameters together; a larger one is cut to it [default: no limit].
    #[arg(help_heading = TRAINING, long, value_name = "NORM")]
    pub clip_norm: Option<f64>,
    /// Learn most from the subsets that the model is worst at: after every batch the weight of a subset in the loss is multiplied
    /// by e^(RATE x its loss); 0.01 is a beginning [default: all count alike].
    #[arg(help_heading = TRAINING, long, value_name = "RATE")]
    pub worst_subset: Option<f64>,
    /// Folder for models and logs [default: runs/TASK].
    #[arg(help_heading = RUN, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Minutes between two checkpoints, from which --resume goes on; there is one after every epoch too [default: 10].
    #[arg(help_heading = RUN, long, value_name = "M")]
    pub checkpoint_minutes: Option<f64>,
    /// Write an event file for TensorBoard into the output folder too.
    #[arg(help_heading = RUN, long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub tensorboard: Option<bool>,
    /// Go on where the run in the output folder was stopped, exactly: on the CPU it ends as if it had never been.
    #[arg(help_heading = RUN, long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub resume: Option<bool>,
}

impl TrainFlags {
    /// The flags of `spectnet reproduce`, without those that it settles itself.
    ///
    /// # Errors
    /// Any of the [settled](SETTLED) ones.
    pub fn for_table(self) -> Result<Self> {
        match SETTLED.iter().find(|(_, is_given)| is_given(&self)) {
            Some((name, _)) => Err(Error::Usage(format!(
                "--{name} does not go with `spectnet reproduce`: rows, folds and seeds of the table settle it, and a \
                 table always goes on where it was stopped"
            ))),
            None => Ok(self),
        }
    }

    /// The same error with file and line in front, where it is about a setting that stands in the configuration file.
    pub(super) fn placed(&self, error: Error) -> Error {
        match error {
            Error::Usage(message) => Error::Usage(self.origins.place(&message).unwrap_or(message)),
            other => other,
        }
    }

    /// Whether a file is named that settings stand in, or a model that has some.
    pub fn reads_files(&self) -> bool {
        self.config.is_some() || self.from.is_some() || self.front_end.reads_files()
    }
}
