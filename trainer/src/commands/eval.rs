//! `spectnet eval`: how good a model is on labelled recordings.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use spectnet_core::prediction::assessment::positive_of_two;
use spectnet_core::prediction::decision::Decision;

use crate::commands::arguments::{COMPUTING, JudgedArgs, OperatingPointArgs, RESULT};
use crate::compute::classify::{BATCH, Classifier};
use crate::compute::device::{self, DeviceChoice};
use crate::compute::model_file::read_model;
use crate::data::already_seen::AlreadySeen;
use crate::error::{Error, Result};
use crate::evaluation::{Evaluation, evaluate};
use crate::output::{print, print_json, write_file};
use crate::report::{confusion_svg, reliability_svg};

/// Arguments of `spectnet eval`.
#[derive(Clone, Debug, Args)]
pub struct EvalArgs {
    /// The model and its recordings.
    #[command(flatten)]
    pub judged: JudgedArgs,
    /// From which probability on a recording is called positive.
    #[command(flatten)]
    pub operating_point: OperatingPointArgs,
    /// Draw the confusion matrix of the recordings.
    #[arg(help_heading = RESULT, long, value_name = "OUT.svg")]
    pub plot: Option<PathBuf>,
    /// Draw how reliable the probabilities are, and the ROC curve.
    #[arg(help_heading = RESULT, long, value_name = "OUT.svg")]
    pub reliability: Option<PathBuf>,
    /// Print one JSON document instead of tables.
    #[arg(help_heading = RESULT, long)]
    pub json: bool,
    /// auto, cuda, cuda:NUMBER, vulkan or cpu.
    #[arg(help_heading = COMPUTING, long, value_name = "D", default_value_t)]
    pub device: DeviceChoice,
    /// Windows that are computed together.
    #[arg(help_heading = COMPUTING, long, value_name = "N", default_value_t = BATCH as u64, value_parser = clap::value_parser!(u64).range(1..=4096))]
    pub batch: u64,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Measured {
    #[serde(flatten)]
    evaluation: Evaluation,
    /// How many of the recordings the model was trained on or chosen with; none where its file does not say.
    already_seen: Option<AlreadySeen>,
}

/// Runs the command.
///
/// # Errors
/// An unreadable model or recording, labels the model does not have, a fold without recordings, a
/// threshold that the model has not, or a picture that cannot be written.
pub fn run(args: &EvalArgs) -> Result<()> {
    let compute = device::select(args.device)?;
    let package = read_model(&args.judged.model)?;
    let config = &package.config;
    let decision = Decision::new(config, package.assessment.as_ref(), args.operating_point.asked())
        .map_err(|error| Error::from(error).at(args.judged.model.display()))?;
    if args.reliability.is_some() && positive_of_two(config).is_none() {
        return Err(Error::input("--reliability needs a model of two classes, one of them positive"));
    }
    let dataset = args.judged.dataset(config)?;
    let classifier = Classifier::new(config, &package.weights, &compute.device)?.deciding(decision).telling(&package);
    let recordings = args.judged.load(&dataset, config)?;
    let already_seen =
        AlreadySeen::of(package.recordings.as_ref(), recordings.iter().map(|recording| recording.digest));
    if let Some(warning) = already_seen.and_then(|seen| seen.warning(recordings.len())) {
        say!("{warning}");
    }
    let evaluation = evaluate(&classifier, &recordings, args.batch as usize)?;
    if let Some(path) = &args.plot {
        write_file(path, confusion_svg(&evaluation.labels, &evaluation.confusion)?.as_bytes())?;
    }
    if let Some(path) = &args.reliability {
        write_file(path, reliability_svg(&evaluation)?.as_bytes())?;
    }
    if args.json { print_json(&Measured { evaluation, already_seen }) } else { print(&evaluation.table()) }
}
