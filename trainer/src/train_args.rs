//! The arguments of `spectnet train`: flags over a configuration file over defaults.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Deserialize;
use spectnet_core::audio::{Channels, Conditioning, Windowing};
use spectnet_core::classifier::ClassifierConfig;
use spectnet_core::filterbank::{FilterbankConfig, Form, Framing, Spacing};
use spectnet_core::model::{ModelConfig, Segments};
use spectnet_core::predict::Voting;
use spectnet_core::scaling::{Compression, Normalisation, Scaling};
use spectnet_core::task::{SCENE_RATE, SCENE_WINDOW_S, Task};

use crate::cli::{FrontEndName, SpacingName, TaskName};
use crate::device::DeviceChoice;
use crate::error::{Error, Result};
use crate::output::read_file;
use crate::training::augment::Augmentation;
use crate::training::faults::Fault;
use crate::training::parts::HeldOut;
use crate::training::recipe::{Recipe, Selection};

/// Larger than any list of a few dozen settings.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// `spectnet train` as it stands on the command line or in a configuration file, where all of it is optional.
#[derive(Clone, Debug, Default, PartialEq, Args, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct TrainFlags {
    /// What the model shall tell apart (required here or in the configuration file).
    #[arg(long, value_enum)]
    pub task: Option<TaskName>,
    /// Labelled recordings: manifest.csv, PhysioNet folder, DCASE folder, or a folder per class (required here or in
    /// the configuration file).
    #[arg(long, value_name = "PATH")]
    pub data: Option<PathBuf>,
    /// Settings in TOML with the names of these flags, as in `learning-rate = 0.001`; flags win over it.
    #[arg(long, value_name = "FILE.toml")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Number of filters of the front-end [default: 16].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub filters: Option<u32>,
    /// Sample rate in Hz at which scenes are heard [default: 16000]; heart models work at 1000.
    #[arg(long, value_name = "HZ", value_parser = clap::value_parser!(u32).range(8000..=192_000))]
    pub sample_rate: Option<u32>,
    /// Length of the windows of scenes in seconds, each half over the one before [default: 2.5].
    #[arg(long, value_name = "S", value_parser = positive)]
    pub window: Option<f64>,
    /// Step of the frames of scenes in milliseconds, each frame twice as long [default: 40].
    #[arg(long, value_name = "MS", value_parser = positive)]
    pub hop: Option<f64>,
    /// What of a heart sound goes through the network at once: windows of 2.5 s, or heart cycles, where a rhythm is found
    /// [default: windows; cycles with --protocol paper].
    #[arg(long, value_enum)]
    pub segments: Option<SegmentsName>,
    /// How recordings of several channels are heard: as their mean, or every view of them by itself, and all windows vote
    /// [default: mean].
    #[arg(long, value_enum)]
    pub channels: Option<ChannelsName>,
    /// How the filters are parameterised: as published, or bounded so that training can move them [default: bounded; paper
    /// with --protocol paper].
    #[arg(long, value_enum)]
    pub frontend: Option<FrontEndName>,
    /// Keep the filters at their start values.
    #[arg(long = "static", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[serde(rename = "static")]
    pub fixed: Option<bool>,
    /// How the centre frequencies are spread at the start [default: mel for heart, erb for scene].
    #[arg(long, value_enum)]
    pub spacing: Option<SpacingName>,
    /// Order of the gammatone filters, 1 to 8 [default: 4].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=8))]
    pub order: Option<u32>,
    /// The network behind the front-end [default: residual for heart, pooled for scene].
    #[arg(long, value_enum)]
    pub classifier: Option<ClassifierName>,
    /// Residual blocks: 2 to 4, or 1 to 4 of the pooled network [default: 3].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4))]
    pub blocks: Option<u32>,
    /// Share of channels dropped while training, 0 or more and less than 1 [default: 0.5, as published].
    #[arg(long, value_name = "SHARE")]
    pub dropout: Option<f64>,
    /// How every filter's levels come to mean 0 and deviation 1: not at all, over each window (which takes away what the
    /// sensor does to them), or by fixed numbers of the training data [default: none for the residual network; for the
    /// pooled one window for heart, data for scene].
    #[arg(long, value_enum)]
    pub normalise: Option<NormalisationName>,
    /// How the energies are compressed: their logarithm, or a power that is learned for every filter [default: power for the
    /// pooled network on scenes, else log].
    #[arg(long, value_enum)]
    pub compression: Option<CompressionName>,
    /// What is done to training windows, separated by commas; `none` for nothing [default: gain].
    #[arg(long, value_name = "LIST", value_parser = augmentations)]
    pub augment: Option<Augmentations>,
    /// How data is split: grouped never splits a subject or a place between training and validation; leave-one-subset-out
    /// holds out a whole subset (--hold-out); all holds nothing out; paper is the published procedure for heart sounds, on
    /// the recordings of --validation-list [default: grouped].
    #[arg(long, value_enum)]
    pub protocol: Option<Protocol>,
    /// Which epoch's model is taken: the best on a share of the training recordings, which then is not trained on, or the
    /// last [default: best; last with --protocol all].
    #[arg(long, value_enum)]
    pub select: Option<Selection>,
    /// The fold that is held out [default: the first].
    #[arg(long, value_name = "K")]
    pub fold: Option<u32>,
    /// The subset that is held out, with --protocol leave-one-subset-out.
    #[arg(long, value_name = "SUBSET")]
    pub hold_out: Option<String>,
    /// Names of the recordings that are held out with --protocol paper, one a line, without extension.
    #[arg(long, value_name = "FILE")]
    pub validation_list: Option<PathBuf>,
    /// What shall be done wrong with --protocol paper, as it was published, separated by commas [default: nothing].
    #[arg(long, value_enum, value_name = "LIST", value_delimiter = ',')]
    pub faults: Option<Vec<Fault>>,
    /// auto, cuda, cuda:NUMBER, vulkan or cpu [default: auto].
    #[arg(long, value_name = "D")]
    #[serde(deserialize_with = "device")]
    pub device: Option<DeviceChoice>,
    /// Seed of weights, batches and augmentation [default: 0].
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// Passes over the training data [default: 40].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub epochs: Option<u32>,
    /// Stop after this many minutes [default: no limit].
    #[arg(long, value_name = "M", value_parser = positive)]
    pub minutes: Option<f64>,
    /// Segments that go through the network together [default: 64].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=65536))]
    pub batch: Option<u32>,
    /// Batches whose gradients are averaged for one training step [default: 1].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub accumulate: Option<u32>,
    /// Learning rate of the classifier [default: 0.001; 0.005 with --protocol paper].
    #[arg(long, value_name = "RATE", value_parser = positive)]
    pub learning_rate: Option<f64>,
    /// Learning rate of the filters [default: 0.01 bounded; 1 paper, whose parameters are in Hz; 0.1 with --protocol paper].
    #[arg(long, value_name = "RATE", value_parser = positive)]
    pub front_end_learning_rate: Option<f64>,
    /// Folder for models and logs [default: runs/TASK].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on from the last model in the output folder.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub resume: Option<bool>,
}

/// The networks behind the front-end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClassifierName {
    /// The paper's residual network.
    Residual,
    /// A lighter one for any number of filters and any duration.
    Pooled,
    /// Level and unrest of every filter in each state of the heart cycle, and a linear layer.
    States,
}

/// [`Segments`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SegmentsName {
    /// Windows of fixed length.
    Windows,
    /// Heart cycles from S1 to S1.
    Cycles,
}

impl From<SegmentsName> for Segments {
    fn from(name: SegmentsName) -> Self {
        match name {
            SegmentsName::Windows => Self::Windows,
            SegmentsName::Cycles => Self::Cycles,
        }
    }
}

/// How the energies are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CompressionName {
    /// Their natural logarithm.
    Log,
    /// Their power, with an exponent that is learned for every filter.
    Power,
}

/// [`Channels`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelsName {
    /// Their mean.
    Mean,
    /// Two channels as their mean and as half their difference.
    MidSide,
    /// Every channel by itself.
    Separate,
}

impl From<ChannelsName> for Channels {
    fn from(name: ChannelsName) -> Self {
        match name {
            ChannelsName::Mean => Self::Mean,
            ChannelsName::MidSide => Self::MidSide,
            ChannelsName::Separate => Self::Separate,
        }
    }
}

/// [`Normalisation`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NormalisationName {
    /// Not at all.
    None,
    /// Over each window by itself.
    Window,
    /// Over the training data.
    Data,
}

impl From<NormalisationName> for Normalisation {
    fn from(name: NormalisationName) -> Self {
        match name {
            NormalisationName::None => Self::None,
            NormalisationName::Window => Self::Window,
            NormalisationName::Data => Self::Data,
        }
    }
}

/// A list of [`Augmentation`]s.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Augmentations(pub Vec<Augmentation>);

/// How data is split into training and validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// By groups: subjects or places stay together.
    Grouped,
    /// By subset: a sensor or source is never heard in training.
    LeaveOneSubsetOut,
    /// Nothing is held out: for a model whose making has been measured before.
    All,
    /// As published.
    Paper,
}

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
    /// Parameterisation of the filters.
    pub frontend: Form,
    /// Whether training moves the filters.
    pub learnable: bool,
    /// Start values of the centre frequencies; none: the task's own.
    pub spacing: Option<Spacing>,
    /// Order of the filters; none: the task's own.
    pub order: Option<u32>,
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

impl TrainFlags {
    /// The flags of `spectnet reproduce`, which settles by its rows, seeds and folds what others say.
    ///
    /// # Errors
    /// Any of the flags that it settles.
    pub fn for_table(self) -> Result<Self> {
        let settled = [
            ("task", self.task.is_some()),
            ("filters", self.filters.is_some()),
            ("static", self.fixed.is_some()),
            ("protocol", matches!(self.protocol, Some(Protocol::All | Protocol::Paper))),
            ("fold", self.fold.is_some()),
            ("hold-out", self.hold_out.is_some()),
            ("seed", self.seed.is_some()),
            ("minutes", self.minutes.is_some()),
            ("resume", self.resume.is_some()),
        ];
        match settled.iter().find(|(_, given)| *given) {
            Some((name, _)) => Err(Error::Usage(format!(
                "--{name} does not go with `spectnet reproduce`: rows, folds and seeds of the table settle it, and a \
                 table always goes on where it was stopped"
            ))),
            None => Ok(self),
        }
    }

    /// Reads the configuration file, if one is named, and fills in the defaults.
    ///
    /// # Errors
    /// An unreadable configuration file or an unknown key in it, a value out of range, no task or no data, or what this
    /// version does not do.
    pub fn resolve(self) -> Result<TrainArgs> {
        let file = match &self.config {
            Some(path) => read_config(path)?,
            None => Self::default(),
        };
        let flags = self.over(file);
        flags.check()?;
        let missing = |name: &str| Error::Usage(format!("--{name} is missing; give it here or in the --config file"));
        let task: Task = flags.task.ok_or_else(|| missing("task"))?.into();
        let protocol = flags.protocol.unwrap_or(Protocol::Grouped);
        let published = protocol == Protocol::Paper;
        if flags.classifier == Some(ClassifierName::States) {
            check_states(task, &flags)?;
        }
        let frontend = flags.frontend.map_or(if published { Form::Paper } else { Form::Bounded }, Form::from);
        let usual = if protocol == Protocol::All { Selection::Last } else { Selection::Best };
        let selection = flags.select.unwrap_or(usual);
        if protocol == Protocol::All && flags.fold.is_some() {
            return Err(Error::Usage("--fold says what is held out, --protocol all that nothing is".into()));
        }
        let held_out = match (protocol, flags.hold_out) {
            (Protocol::All, None) => HeldOut::Nothing,
            (Protocol::Grouped, None) => HeldOut::Fold(flags.fold),
            (Protocol::LeaveOneSubsetOut, Some(subset)) => HeldOut::Subset(subset),
            (Protocol::LeaveOneSubsetOut, None) => return Err(missing("hold-out")),
            (Protocol::Grouped | Protocol::All | Protocol::Paper, Some(_)) => {
                return Err(Error::Usage("--hold-out belongs to --protocol leave-one-subset-out".into()));
            }
            (Protocol::Paper, None) => match (task, &flags.fold, &flags.validation_list) {
                (Task::Heart, None, Some(list)) => HeldOut::Listed(read_names(list)?),
                (Task::Heart, None, None) => return Err(missing("validation-list")),
                (Task::Heart, Some(_), _) => {
                    return Err(Error::Usage(
                        "--fold does not go with --protocol paper: the list says what is held out".into(),
                    ));
                }
                (Task::Scene, ..) => {
                    return Err(Error::Usage(
                        "--protocol paper is for heart sounds: none was published for scenes".into(),
                    ));
                }
            },
        };
        let faults = flags.faults.unwrap_or_default();
        if !published && (flags.validation_list.is_some() || !faults.is_empty()) {
            return Err(Error::Usage("--validation-list and --faults belong to --protocol paper".into()));
        }
        let (blocks, dropout) = (flags.blocks.unwrap_or(3) as usize, flags.dropout);
        let for_scenes = [flags.sample_rate.is_some(), flags.window.is_some(), flags.hop.is_some()];
        if task == Task::Heart && for_scenes.contains(&true) {
            return Err(Error::Usage(
                "--sample-rate, --window and --hop are for scenes; heart models hear 2.5 s at 1000 Hz, 10 ms a frame"
                    .into(),
            ));
        }
        if task == Task::Scene && flags.segments == Some(SegmentsName::Cycles) {
            return Err(Error::Usage("--segments cycles is for heart sounds: scenes have no cycles".into()));
        }
        let usual = if task == Task::Heart { ClassifierName::Residual } else { ClassifierName::Pooled };
        let classifier = match flags.classifier.unwrap_or(usual) {
            ClassifierName::Residual => ClassifierConfig::Residual { blocks, dropout: dropout.unwrap_or(0.5) },
            ClassifierName::Pooled => ClassifierConfig::Pooled { blocks, dropout: dropout.unwrap_or(0.2) },
            ClassifierName::States => ClassifierConfig::States { dropout: dropout.unwrap_or(0.5) },
        };
        let scaling = Scaling {
            compression: match (flags.compression, classifier, task) {
                (Some(CompressionName::Power), ..) | (None, ClassifierConfig::Pooled { .. }, Task::Scene) => {
                    Compression::Power
                }
                (Some(CompressionName::Log) | None, ..) => Compression::Log,
            },
            normalisation: match (flags.normalise, classifier, task) {
                (Some(name), ..) => name.into(),
                (None, ClassifierConfig::Residual { .. }, _) => Normalisation::None,
                (None, ClassifierConfig::Pooled { .. }, Task::Heart) | (None, ClassifierConfig::States { .. }, _) => {
                    Normalisation::Window
                }
                (None, ClassifierConfig::Pooled { .. }, Task::Scene) => Normalisation::Data,
            },
        };
        Ok(TrainArgs {
            task,
            data: flags.data.ok_or_else(|| missing("data"))?,
            filters: flags.filters.unwrap_or(16) as usize,
            sample_rate: flags.sample_rate,
            window_s: flags.window,
            hop_s: flags.hop.map(|milliseconds| milliseconds / 1e3),
            segments: flags
                .segments
                .map_or(if published { Segments::Cycles } else { Segments::Windows }, Segments::from),
            channels: flags.channels.map_or(Channels::Mean, Channels::from),
            frontend,
            learnable: !flags.fixed.unwrap_or(false),
            spacing: flags.spacing.map(Spacing::from),
            order: flags.order,
            classifier,
            scaling,
            held_out,
            device: flags.device.unwrap_or_default(),
            voting: published.then_some(Voting::Majority),
            recipe: Recipe {
                seed: flags.seed.unwrap_or(0),
                epochs: flags.epochs.unwrap_or(40),
                minutes: flags.minutes,
                batch: flags.batch.unwrap_or(64) as usize,
                accumulate: flags.accumulate.unwrap_or(1) as usize,
                learning_rate: flags.learning_rate.unwrap_or(if published { 5e-3 } else { 1e-3 }),
                front_end_learning_rate: flags.front_end_learning_rate.unwrap_or(match frontend {
                    Form::Paper if published => 0.1,
                    Form::Bounded => 1e-2,
                    Form::Paper => 1.0,
                }),
                selection,
                augment: flags
                    .augment
                    .map_or_else(|| if published { Vec::new() } else { vec![Augmentation::Gain] }, |list| list.0),
                faults,
            },
            out: flags.out.unwrap_or_else(|| Path::new("runs").join(task.name())),
            resume: flags.resume.unwrap_or(false),
        })
    }

    /// These settings where given, else those of `file`.
    fn over(self, file: Self) -> Self {
        Self {
            task: self.task.or(file.task),
            data: self.data.or(file.data),
            config: None,
            filters: self.filters.or(file.filters),
            sample_rate: self.sample_rate.or(file.sample_rate),
            window: self.window.or(file.window),
            hop: self.hop.or(file.hop),
            segments: self.segments.or(file.segments),
            channels: self.channels.or(file.channels),
            frontend: self.frontend.or(file.frontend),
            fixed: self.fixed.or(file.fixed),
            spacing: self.spacing.or(file.spacing),
            order: self.order.or(file.order),
            classifier: self.classifier.or(file.classifier),
            blocks: self.blocks.or(file.blocks),
            dropout: self.dropout.or(file.dropout),
            normalise: self.normalise.or(file.normalise),
            compression: self.compression.or(file.compression),
            augment: self.augment.or(file.augment),
            protocol: self.protocol.or(file.protocol),
            select: self.select.or(file.select),
            fold: self.fold.or(file.fold),
            hold_out: self.hold_out.or(file.hold_out),
            validation_list: self.validation_list.or(file.validation_list),
            faults: self.faults.or(file.faults),
            device: self.device.or(file.device),
            seed: self.seed.or(file.seed),
            epochs: self.epochs.or(file.epochs),
            minutes: self.minutes.or(file.minutes),
            batch: self.batch.or(file.batch),
            accumulate: self.accumulate.or(file.accumulate),
            learning_rate: self.learning_rate.or(file.learning_rate),
            front_end_learning_rate: self.front_end_learning_rate.or(file.front_end_learning_rate),
            out: self.out.or(file.out),
            resume: self.resume.or(file.resume),
        }
    }

    /// The ranges that the command line checks by itself and a file does not.
    fn check(&self) -> Result<()> {
        let whole = [
            ("filters", self.filters, 1..=4096),
            ("sample-rate", self.sample_rate, 8000..=192_000),
            ("order", self.order, 1..=8),
            ("blocks", self.blocks, 1..=4),
            ("epochs", self.epochs, 1..=u32::MAX),
            ("batch", self.batch, 2..=65536),
            ("accumulate", self.accumulate, 1..=1024),
        ];
        for (name, value, range) in whole {
            if let Some(value) = value.filter(|value| !range.contains(value)) {
                let (low, high) = range.into_inner();
                return Err(Error::input(format!("{name} is {value}; expected {low} to {high}")));
            }
        }
        let rates = [
            ("window", self.window),
            ("hop", self.hop),
            ("minutes", self.minutes),
            ("learning-rate", self.learning_rate),
            ("front-end-learning-rate", self.front_end_learning_rate),
        ];
        match rates.into_iter().find(|(_, value)| value.is_some_and(|value| !is_positive(value))) {
            Some((name, value)) => {
                Err(Error::input(format!("{name} is {}; expected a positive number", value.unwrap_or_default())))
            }
            None => Ok(()),
        }
    }
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
                ClassifierConfig::Pooled { .. } | ClassifierConfig::States { .. } => {
                    Windowing::overlapping(self.window_s.unwrap_or(SCENE_WINDOW_S), rate)
                }
                // Its strides need 240 frames.
                ClassifierConfig::Residual { .. } => {
                    let samples = config.front_end.samples(240);
                    Windowing { samples, hop: samples }
                }
            };
        }
        config.segments = self.segments;
        config.voting = self.voting.unwrap_or(config.voting);
        config.conditioning.channels = self.channels;
        config.classifier = self.classifier;
        config.scaling = self.scaling;
        config.front_end.form = self.frontend;
        config.front_end.learnable = self.learnable;
        if let Some(spacing) = &self.spacing {
            config.front_end.spacing = spacing.clone();
        }
        if let Some(order) = self.order {
            config.front_end.order = order;
        }
        config
    }
}

/// What does not go with a classifier that knows where in the heart cycle it is.
fn check_states(task: Task, flags: &TrainFlags) -> Result<()> {
    let mixing = flags.augment.as_ref().is_some_and(|list| list.0.contains(&Augmentation::Mixing));
    let why = match () {
        () if task == Task::Scene => "--classifier states is for heart sounds: scenes have no cycles",
        () if flags.segments == Some(SegmentsName::Cycles) => {
            "--classifier states hears windows and finds the states in them; leave out --segments cycles"
        }
        () if flags.blocks.is_some() => "--classifier states has no blocks; leave out --blocks",
        () if mixing => {
            "--augment mixing adds another heart, whose states are not known; leave it out with --classifier states"
        }
        () => return Ok(()),
    };
    Err(Error::Usage(why.into()))
}

fn read_text(path: &Path) -> Result<String> {
    let bytes = read_file(path, MAX_CONFIG_BYTES)?;
    String::from_utf8(bytes).map_err(|_| Error::input("not UTF-8 text").at(path.display()))
}

/// The names in a list, one a line.
fn read_names(path: &Path) -> Result<BTreeSet<String>> {
    let text = read_text(path)?;
    let names: BTreeSet<String> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if names.is_empty() {
        return Err(Error::input("no names of recordings; expected one a line").at(path.display()));
    }
    Ok(names)
}

fn read_config(path: &Path) -> Result<TrainFlags> {
    let text = read_text(path)?;
    toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
        let message = error.message().trim().replace('\n', ", ");
        Error::input(message).at(format!("{}, line {line}", path.display()))
    })
}

fn device<'de, D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Option<DeviceChoice>, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map(Some).map_err(|error| serde::de::Error::custom(format!("device {text:?}: {error}")))
}

fn augmentations(text: &str) -> std::result::Result<Augmentations, String> {
    if text == "none" {
        return Ok(Augmentations::default());
    }
    let names = text.split(',').map(|name| Augmentation::from_str(name.trim(), true));
    names.collect::<std::result::Result<_, _>>().map(Augmentations)
}

fn is_positive(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

fn positive(text: &str) -> std::result::Result<f64, String> {
    text.parse().ok().filter(|value| is_positive(*value)).ok_or_else(|| "expected a positive number".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use clap::Parser;

    fn train(arguments: &[&str]) -> Result<TrainArgs> {
        let cli = Cli::try_parse_from(["spectnet", "train"].iter().chain(arguments)).unwrap();
        match cli.command {
            Command::Train(flags) => flags.resolve(),
            other => panic!("{other:?}"),
        }
    }

    fn config(text: &str) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train.toml");
        std::fs::write(&path, text).unwrap();
        (folder, path.to_string_lossy().into_owned())
    }

    #[test]
    fn defaults_are_those_of_the_help() {
        let args = train(&["--task", "heart", "--data", "here"]).unwrap();
        assert_eq!((args.filters, args.frontend, args.learnable), (16, Form::Bounded, true));
        assert_eq!(args.classifier, ClassifierConfig::Residual { blocks: 3, dropout: 0.5 });
        assert_eq!(args.out, Path::new("runs/heart"));
        let config = args.model_config(vec!["normal".into(), "abnormal".into()]);
        assert_eq!((config.front_end.spacing, config.front_end.order), (Spacing::Mel, 4));
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let text =
            "task = \"scene\"\ndata = \"there\"\nfilters = 24\nstatic = true\nlearning-rate = 0.5\ndevice = \"cpu\"\n";
        let (_folder, path) = config(text);
        let args = train(&["--config", &path, "--filters", "8", "--static=false"]).unwrap();
        assert_eq!((args.task, args.filters, args.learnable), (Task::Scene, 8, true));
        assert_eq!((args.recipe.learning_rate, args.device), (0.5, DeviceChoice::Cpu));
        assert!(!train(&["--config", &path]).unwrap().learnable);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let (_folder, path) = config("task = \"heart\"\nlearning_rate = 1\n");
        let message = train(&["--config", &path]).unwrap_err().to_string();
        assert!(message.contains("line 2") && message.contains("`learning_rate`"), "{message}");
        assert!(!message.contains('\n'), "{message}");
    }

    #[test]
    fn values_of_the_file_are_checked_like_flags() {
        for (text, expected) in [
            ("blocks = 9", "blocks is 9; expected 1 to 4"),
            ("learning-rate = -1.0", "learning-rate is -1; expected a positive number"),
            ("minutes = nan", "minutes is NaN"),
            ("device = \"gpu\"", "device \"gpu\": expected auto"),
            ("filters = \"many\"", "line 1"),
        ] {
            let (_folder, path) = config(text);
            let message = train(&["--config", &path, "--task", "heart", "--data", "x"]).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn what_is_missing_or_not_there_yet_is_said() {
        assert!(matches!(train(&["--task", "heart"]), Err(Error::Usage(message)) if message.contains("--data")));
        let paper = ["--task", "heart", "--data", "x", "--protocol", "paper"];
        assert!(matches!(train(&paper), Err(Error::Usage(message)) if message.contains("--validation-list")));
        let faults = ["--task", "heart", "--data", "x", "--faults", "double-softmax"];
        assert!(matches!(train(&faults), Err(Error::Usage(message)) if message.contains("--protocol paper")));
    }

    #[test]
    fn the_published_procedure_has_its_own_defaults_and_no_faults_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("list.txt");
        std::fs::write(&list, "a0001\r\n\n  a0002 \n").unwrap();
        let list = list.to_string_lossy().into_owned();
        let paper = ["--task", "heart", "--data", "x", "--protocol", "paper", "--validation-list", &list];
        let args = train(&paper).unwrap();
        assert_eq!(args.held_out, HeldOut::Listed(["a0001", "a0002"].map(String::from).into()));
        assert_eq!((args.frontend, args.voting, args.recipe.faults.len()), (Form::Paper, Some(Voting::Majority), 0));
        assert_eq!((args.recipe.learning_rate, args.recipe.front_end_learning_rate), (0.005, 0.1));
        assert_eq!(args.segments, Segments::Cycles);
        let with = [&paper[..], &["--faults", "dropout-at-eval,double-softmax"]].concat();
        assert_eq!(train(&with).unwrap().recipe.faults, [Fault::DropoutAtEval, Fault::DoubleSoftmax]);
        for wrong in [["--fold", "1"], ["--hold-out", "a"]] {
            assert!(matches!(train(&[&paper[..], &wrong].concat()), Err(Error::Usage(_))), "{wrong:?}");
        }
    }
}
