//! What can be asked of `spectnet segment`.

use std::path::PathBuf;

use clap::Args;
use spectnet_core::audio::Downmix;

use crate::commands::arguments::{READING, RESULT, one_downmix};

/// Heading of the help.
const LEARNING: &str = "Parameters of the segmentation, learned and measured";

/// Arguments of `spectnet segment`.
#[derive(Clone, Debug, Args)]
pub struct SegmentArgs {
    /// Recordings of heart sounds to segment, all of each; - is standard input.
    #[arg(value_name = "AUDIO", required_unless_present_any = ["train", "evaluate"])]
    pub audio: Vec<PathBuf>,
    /// Which channel: its number, from 1 on, or mean.
    #[arg(help_heading = READING, long, value_name = "N|mean", default_value = "mean", value_parser = one_downmix)]
    pub channel: Downmix,
    /// Print one JSON document instead of tables.
    #[arg(help_heading = RESULT, long)]
    pub json: bool,
    /// Draw waveform, envelope and states of one recording (the first 120 s).
    #[arg(help_heading = RESULT, long, value_name = "OUT.svg")]
    pub plot: Option<PathBuf>,
    /// Segment with what `--train` wrote [default: what the program comes with].
    #[arg(help_heading = LEARNING, long, value_name = "FILE.json")]
    pub parameters: Option<PathBuf>,
    /// Learn the parameters from these recordings (manifest.csv or PhysioNet folder) with known states instead.
    #[arg(help_heading = LEARNING, long, value_name = "DATA", requires_all = ["states", "out"], conflicts_with_all = ["audio", "plot", "parameters", "json", "evaluate"])]
    pub train: Option<PathBuf>,
    /// Measure instead: learn from all folds but one, segment that one, for every fold; groups are never split.
    #[arg(help_heading = LEARNING, long, value_name = "DATA", requires = "states", conflicts_with_all = ["audio", "plot", "parameters", "out"])]
    pub evaluate: Option<PathBuf>,
    /// The known states: record,start_s,state with the states S1, systole, S2, diastole, and (N and N) around noise; or the
    /// folder that holds CirCor's tables (NAME.tsv).
    #[arg(help_heading = LEARNING, long, value_name = "FILE.csv", conflicts_with = "audio")]
    pub states: Option<PathBuf>,
    /// With --train or --evaluate: go on without the recordings that cannot be read, are damaged or cut short, are not there
    /// or are listed twice; they are named, and the file or the result records them.
    #[arg(help_heading = LEARNING, long, requires = "states", conflicts_with = "audio")]
    pub skip_unreadable: bool,
    /// Where the learned parameters go.
    #[arg(help_heading = LEARNING, long, value_name = "FILE.json", requires = "train", conflicts_with = "audio")]
    pub out: Option<PathBuf>,
}
