//! The command line: what can be asked, with which units and defaults.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use spectnet_core::audio::{ChannelChoice, Channels, Downmix};
use spectnet_core::filterbank::{FilterbankConfig, Form};
use spectnet_core::prediction::decision::OperatingPoint;

use crate::compute::classify::BATCH;
use crate::compute::device::DeviceChoice;
use crate::data::CircorLabels;
use crate::error::Result;
use crate::front_end::FrontEndFlags;
use crate::names::TaskName;
use crate::study::row::Row;
use crate::train_args::TrainFlags;

/// Train, evaluate and use SpectNet: audio classification with learnable spectrograms.
///
/// Results go to standard output, progress and messages to standard error. Exit status: 0 done, 1 failed, 2 bad usage.
#[derive(Debug, Parser)]
#[command(name = "spectnet", version, about)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a model on labelled recordings and save the best and the last one.
    Train(TrainFlags),
    /// Train every row of a table on every fold with several seeds, and write the table. Goes on where it was stopped.
    Reproduce(ReproduceArgs),
    /// Measure a model on labelled recordings: per recording, per segment, per subset.
    Eval(EvalArgs),
    /// Classify recordings (WAV, FLAC, Ogg Vorbis, MP3, M4A, AAC, AIFF, CAF).
    Predict(PredictArgs),
    /// Measure what a model's probabilities are worth on recordings it was not trained on, and write it into a model file:
    /// calibration, threshold, sensitivities and specificities; for a scene model, what tells sounds of other kinds than
    /// those of these recordings. The weights stay.
    Calibrate(CalibrateArgs),
    /// Write the log-energy image that the filterbank makes of a recording.
    Features(FeaturesArgs),
    /// Show what is in a model file: filters before and after training, labels, origin.
    Inspect(InspectArgs),
    /// Find the heart cycles of recordings: onsets of S1, systole, S2 and diastole, heart rate, and how sure they are.
    Segment(SegmentArgs),
    /// Make recordings with a known truth, to try everything without a dataset.
    Synth(SynthArgs),
    /// Time the front-end, a prediction and a training step on this machine.
    Bench(BenchArgs),
    /// Look at a dataset before training on it.
    #[command(subcommand)]
    Data(DataCommand),
}

/// Flags of `spectnet train` that a table settles itself.
const SETTLED: [&str; 9] = ["task", "filters", "fixed", "protocol", "fold", "hold_out", "seed", "minutes", "resume"];

/// Arguments of `spectnet reproduce`.
#[derive(Clone, Debug, Args)]
#[command(mut_args(|arg| if SETTLED.contains(&arg.get_id().as_str()) { arg.hide(true) } else { arg }))]
pub struct ReproduceArgs {
    /// Whose table.
    #[arg(value_enum, value_name = "TASK")]
    pub table: TaskName,
    /// Rows, separated by commas: majority, spectrum, mfcc, logmel-N, static-N, learnable-N [default: the published ones
    /// and what they are compared with].
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub rows: Vec<Row>,
    /// Seeds of every row and fold.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub seeds: u64,
    /// Begin no run after this many minutes [default: no limit].
    #[arg(long, value_name = "MINUTES")]
    pub budget: Option<f64>,
    /// How every run is trained; `out` is the folder of the table and its runs, runs/table where nothing is said.
    #[command(flatten)]
    pub flags: TrainFlags,
}

/// Arguments of `spectnet eval`.
#[derive(Clone, Debug, Args)]
pub struct EvalArgs {
    /// Model file (.safetensors).
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// Labelled recordings: manifest.csv, PhysioNet folder, DCASE folder, or a folder per class.
    #[arg(long, value_name = "PATH")]
    pub data: PathBuf,
    /// What makes a recording of PhysioNet 2022 (CirCor) abnormal.
    #[arg(long, value_enum, value_name = "LABELS", default_value_t)]
    pub circor_labels: CircorLabels,
    /// Only the recordings of this fold [default: all recordings].
    #[arg(long, value_name = "K")]
    pub fold: Option<u32>,
    /// Where the line between the classes is drawn.
    #[command(flatten)]
    pub line: LineArgs,
    /// Draw the confusion matrix of the recordings.
    #[arg(long, value_name = "OUT.svg")]
    pub plot: Option<PathBuf>,
    /// Draw how reliable the probabilities are, and the ROC curve.
    #[arg(long, value_name = "OUT.svg")]
    pub reliability: Option<PathBuf>,
    /// Print one JSON document instead of tables.
    #[arg(long)]
    pub json: bool,
    /// auto, cuda, cuda:NUMBER, vulkan or cpu.
    #[arg(long, value_name = "D", default_value_t)]
    pub device: DeviceChoice,
    /// Segments that are computed together.
    #[arg(long, value_name = "N", default_value_t = BATCH as u64, value_parser = clap::value_parser!(u64).range(1..=4096))]
    pub batch: u64,
}

/// Arguments of `spectnet predict`.
#[derive(Clone, Debug, Args)]
pub struct PredictArgs {
    /// Model file (.safetensors).
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// Recordings to classify; - is standard input.
    #[arg(required = true, value_name = "AUDIO")]
    pub audio: Vec<PathBuf>,
    /// Which channels to judge: the number of one, from 1 on, mean, separate or mid-side [default: as the model file says].
    #[arg(long, value_name = "N|mean|separate")]
    pub channel: Option<ChannelChoice>,
    /// Refuse a recording that is cut short instead of judging what is there.
    #[arg(long)]
    pub strict: bool,
    /// Judge all of every recording, minute by minute, even where the model judges only the beginning (heart: 60 s).
    /// Memory does not grow with the recording.
    #[arg(long)]
    pub whole: bool,
    /// Where the line between the classes is drawn.
    #[command(flatten)]
    pub line: LineArgs,
    /// Share of positive (heart: abnormal) recordings among those that you judge, 0 to 1: turns sensitivity and specificity
    /// into predictive values [default: the share among the recordings that the model was measured on].
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub prevalence: Option<f64>,
    /// Print one JSON list with the probabilities of every window and heart cycle instead of a table.
    #[arg(long)]
    pub json: bool,
    /// auto, cuda, cuda:NUMBER, vulkan or cpu.
    #[arg(long, value_name = "D", default_value_t)]
    pub device: DeviceChoice,
}

/// Where the line between two classes is drawn. One of these at most.
#[derive(Clone, Copy, Debug, Default, Args)]
#[group(multiple = false)]
pub struct LineArgs {
    /// Call a recording positive (heart: abnormal) from this probability on, 0 to 1 [default: what the model file
    /// proposes, or the class with the highest probability].
    #[arg(long, value_name = "P", value_parser = share)]
    pub threshold: Option<f64>,
    /// The highest threshold that reached this sensitivity where the model was measured, 0 to 1.
    #[arg(long, value_name = "S", value_parser = share)]
    pub sensitivity: Option<f64>,
    /// The lowest threshold that reached this specificity where the model was measured, 0 to 1.
    #[arg(long, value_name = "S", value_parser = share)]
    pub specificity: Option<f64>,
}

impl LineArgs {
    /// What was asked for.
    pub fn wanted(self) -> OperatingPoint {
        match (self.threshold, self.sensitivity, self.specificity) {
            (Some(threshold), ..) => OperatingPoint::Threshold(threshold),
            (_, Some(sensitivity), _) => OperatingPoint::Sensitivity(sensitivity),
            (.., Some(specificity)) => OperatingPoint::Specificity(specificity),
            (None, None, None) => OperatingPoint::Usual,
        }
    }
}

/// Arguments of `spectnet calibrate`.
#[derive(Clone, Debug, Args)]
pub struct CalibrateArgs {
    /// Model file (.safetensors).
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// Labelled recordings that the model was not trained on: manifest.csv, PhysioNet folder, or a folder per class.
    #[arg(long, value_name = "PATH")]
    pub data: PathBuf,
    /// What makes a recording of PhysioNet 2022 (CirCor) abnormal.
    #[arg(long, value_enum, value_name = "LABELS", default_value_t)]
    pub circor_labels: CircorLabels,
    /// Only the recordings of this fold [default: all recordings].
    #[arg(long, value_name = "K")]
    pub fold: Option<u32>,
    /// The model file to write.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// auto, cuda, cuda:NUMBER, vulkan or cpu.
    #[arg(long, value_name = "D", default_value_t)]
    pub device: DeviceChoice,
}

/// Arguments of `spectnet features`.
#[derive(Clone, Debug, Args)]
pub struct FeaturesArgs {
    /// The recording; - is standard input.
    #[arg(value_name = "AUDIO")]
    pub audio: PathBuf,
    /// Which channel: its number, from 1 on, or mean.
    #[arg(long, value_name = "N|mean", default_value = "mean", value_parser = one_view)]
    pub channel: Downmix,
    /// Use the front-end and the conditioning of this model file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["task", "FrontEndFlags"])]
    pub model: Option<PathBuf>,
    /// Use the untrained front-end of this task.
    #[arg(long, value_enum, default_value_t)]
    pub task: TaskName,
    /// What is changed in that front-end.
    #[command(flatten)]
    pub front_end: FrontEndFlags,
    /// Take the samples as they are, without resampling, filtering or scaling; the file must already have the
    /// front-end's sample rate (heart 1000 Hz, scene 16000 Hz unless --sample-rate says another).
    #[arg(long)]
    pub raw: bool,
    /// .safetensors (tensor `image`, shape [1, 1, frames, filters], 32-bit floats, natural logarithm of energy) or .png
    /// (time to the right, high filters at the top).
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Arguments of `spectnet inspect`.
#[derive(Clone, Debug, Args)]
pub struct InspectArgs {
    /// Model file (.safetensors).
    #[arg(value_name = "FILE")]
    pub model: PathBuf,
    /// Draw the frequency responses before and after training.
    #[arg(long, value_name = "OUT.svg")]
    pub plot: Option<PathBuf>,
    /// Print one JSON document instead of tables.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `spectnet segment`.
#[derive(Clone, Debug, Args)]
pub struct SegmentArgs {
    /// Recordings of heart sounds to segment, all of each; - is standard input.
    #[arg(value_name = "AUDIO", required_unless_present_any = ["train", "evaluate"])]
    pub audio: Vec<PathBuf>,
    /// Which channel: its number, from 1 on, or mean.
    #[arg(long, value_name = "N|mean", default_value = "mean", value_parser = one_view)]
    pub channel: Downmix,
    /// Print one JSON document instead of tables.
    #[arg(long)]
    pub json: bool,
    /// Draw waveform, envelope and states of one recording (the first 120 s).
    #[arg(long, value_name = "OUT.svg")]
    pub plot: Option<PathBuf>,
    /// Segment with what `--train` wrote [default: what the program comes with].
    #[arg(long, value_name = "FILE.json")]
    pub parameters: Option<PathBuf>,
    /// Learn the parameters from these recordings (manifest.csv or PhysioNet folder) with known states instead.
    #[arg(long, value_name = "DATA", requires_all = ["states", "out"], conflicts_with_all = ["audio", "plot", "parameters", "json", "evaluate"])]
    pub train: Option<PathBuf>,
    /// Measure instead: learn from all folds but one, segment that one, for every fold; groups are never split.
    #[arg(long, value_name = "DATA", requires = "states", conflicts_with_all = ["audio", "plot", "parameters", "out"])]
    pub evaluate: Option<PathBuf>,
    /// The known states: record,start_s,state with the states S1, systole, S2, diastole, and (N and N) around noise; or the
    /// folder that holds CirCor's tables (NAME.tsv).
    #[arg(long, value_name = "FILE.csv", conflicts_with = "audio")]
    pub states: Option<PathBuf>,
    /// With --train or --evaluate: go on without the recordings that cannot be read, are damaged or cut short, are not there
    /// or are listed twice; they are named, and the file or the result records them.
    #[arg(long, requires = "states", conflicts_with = "audio")]
    pub skip_unreadable: bool,
    /// Where the learned parameters go.
    #[arg(long, value_name = "FILE.json", requires = "train", conflicts_with = "audio")]
    pub out: Option<PathBuf>,
}

/// Arguments of `spectnet synth`.
#[derive(Clone, Debug, Args)]
pub struct SynthArgs {
    /// What to make: normal and abnormal heart sounds, or scenes.
    #[arg(long, value_enum)]
    pub task: TaskName,
    /// How the folder is laid out: a manifest.csv with everything beside it, or for scenes as TUT Acoustic Scenes 2016 is
    /// distributed.
    #[arg(long, value_enum, default_value_t)]
    pub layout: SynthLayout,
    /// Folder to write to; it gets manifest.csv, and truth.csv with the beats of heart sounds; or with --layout dcase the
    /// folders of the development and the evaluation set.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Number of recordings; with --layout dcase those of the development set, with a third as many in the evaluation set.
    #[arg(long, value_name = "N", default_value_t = 48, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub count: u64,
    /// The same seed makes the same recordings on every machine.
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,
    /// Length of each recording in seconds, 1 to 600.
    #[arg(long, value_name = "T", default_value_t = 10.0, value_parser = seconds)]
    pub seconds: f64,
}

/// Arguments of `spectnet bench`.
#[derive(Clone, Debug, Args)]
pub struct BenchArgs {
    /// auto, cuda, cuda:NUMBER, vulkan or cpu.
    #[arg(long, value_name = "D", default_value_t)]
    pub device: DeviceChoice,
    /// Segments that are computed together.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u64).range(1..=4096))]
    pub batch: u64,
    /// Also measure how time and memory grow with batch, length, filters and taps, and draw it (some minutes).
    #[arg(long, value_name = "OUT.svg")]
    pub scaling: Option<PathBuf>,
    /// Repetitions of each measurement; the median is reported.
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub repeat: u64,
    /// Print one JSON document instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// What `spectnet data` does.
#[derive(Clone, Debug, Subcommand)]
pub enum DataCommand {
    /// Count recordings by label, subset, fold and group.
    Summary(DataArgs),
    /// Decode every recording and name those that cannot be used; compare a DCASE folder with what its distribution
    /// promises.
    Verify(DataArgs),
}

/// Arguments of `spectnet data summary` and `spectnet data verify`.
#[derive(Clone, Debug, Args)]
pub struct DataArgs {
    /// manifest.csv, PhysioNet folder (2016: training-a … training-f; 2022: training_data.csv and training_data), PASCAL folder
    /// (set_a, set_b and their tables), DCASE folder (meta.txt or meta.csv, or the folders of the development and the
    /// evaluation set), or a folder per class.
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// What makes a recording of PhysioNet 2022 (CirCor) abnormal: a murmur at the place where it was recorded, or the person's
    /// outcome.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    pub circor_labels: CircorLabels,
    /// Refuse labels that this task does not have [default: any labels].
    #[arg(long, value_enum)]
    pub task: Option<TaskName>,
    /// Print one JSON document instead of tables.
    #[arg(long)]
    pub json: bool,
}

/// How `spectnet synth` lays out a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SynthLayout {
    /// manifest.csv and mono recordings beside it.
    #[default]
    Manifest,
    /// meta.txt, audio/ and evaluation_setup/ with four folds, binaural at 44.1 kHz and 24 bits.
    Dcase,
}

impl FeaturesArgs {
    /// The untrained front-end that was asked for.
    ///
    /// # Errors
    /// Those of [`FrontEndFlags::config`].
    pub fn front_end(&self) -> Result<FilterbankConfig> {
        let config = self.front_end.config(self.task.into(), Form::Paper)?;
        Ok(FilterbankConfig { learnable: false, ..config })
    }
}

/// One signal of a recording: one of its channels, or their mean.
fn one_view(text: &str) -> std::result::Result<Downmix, String> {
    match text.parse() {
        Ok(ChannelChoice::One(channel)) => Ok(Downmix::Channel(channel)),
        Ok(ChannelChoice::All(Channels::Mean)) => Ok(Downmix::Mean),
        _ => Err("expected the number of a channel from 1 on, or mean".into()),
    }
}

/// A share of a whole.
fn share(text: &str) -> std::result::Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to 1".into()),
    }
}

/// A length in seconds that a recording can have.
fn seconds(text: &str) -> std::result::Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (1.0..=600.0).contains(&seconds) => Ok(seconds),
        _ => Err("expected 1 to 600 seconds".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
