//! What can be asked of `spectnet predict`.

use std::path::PathBuf;

use clap::Args;

use crate::commands::arguments::{COMPUTING, JUDGED, OperatingPointArgs, RESULT, ReadingArgs, fraction};
use crate::compute::device::DeviceChoice;

/// Arguments of `spectnet predict`.
#[derive(Clone, Debug, Args)]
pub struct PredictArgs {
    /// Model file (.safetensors).
    #[arg(help_heading = JUDGED, long, value_name = "FILE")]
    pub model: PathBuf,
    /// Recordings to classify; - is standard input.
    #[arg(required = true, value_name = "AUDIO")]
    pub audio: Vec<PathBuf>,
    /// What is read of a recording.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// From which probability on a recording is called positive.
    #[command(flatten)]
    pub operating_point: OperatingPointArgs,
    /// Fraction of positive (heart: abnormal) recordings among those that you judge, 0 to 1: turns sensitivity and specificity
    /// into predictive values [default: that of the recordings that the model was measured on].
    #[arg(help_heading = RESULT, long, value_name = "FRACTION", value_parser = fraction)]
    pub prevalence: Option<f64>,
    /// Print one JSON list with the probabilities of every window and heart cycle instead of a table.
    #[arg(help_heading = RESULT, long)]
    pub json: bool,
    /// auto, cuda, cuda:NUMBER, vulkan or cpu.
    #[arg(help_heading = COMPUTING, long, value_name = "D", default_value_t)]
    pub device: DeviceChoice,
}
