//! `spectnet eval`: how good a model is on labelled recordings.

use serde::Serialize;
use spectnet_core::prediction::assessment::positive_of_two;
use spectnet_core::prediction::decision::Decision;

use crate::cli::EvalArgs;
use crate::compute::classify::Classifier;
use crate::compute::device;
use crate::compute::model_file::read_model;
use crate::data::already_seen::AlreadySeen;
use crate::data::clips;
use crate::data::{Dataset, Opening};
use crate::error::{Error, Result};
use crate::evaluation::{Evaluation, evaluate};
use crate::output::{print, print_json, write_file};
use crate::report::{confusion_svg, reliability_svg};

/// What `--json` prints.
#[derive(Serialize)]
struct Measured {
    #[serde(flatten)]
    evaluation: Evaluation,
    /// How many of the recordings the model has seen in its making; none where its file does not say.
    already_seen: Option<AlreadySeen>,
}

/// Runs the command.
///
/// # Errors
/// An unreadable model or recording, labels the model does not have, a fold without recordings, a
/// threshold that the model has not, or a picture that cannot be written.
pub fn run(args: &EvalArgs) -> Result<()> {
    let compute = device::select(args.device)?;
    let package = read_model(&args.model)?;
    let config = &package.config;
    let decision = Decision::new(config, package.assessment.as_ref(), args.line.wanted())
        .map_err(|error| Error::from(error).at(args.model.display()))?;
    if args.reliability.is_some() && positive_of_two(config).is_none() {
        return Err(Error::input("--reliability needs a model of two classes, one of them positive"));
    }
    let dataset = Dataset::open(&args.data, config.task, Opening::labelled_by(args.circor_labels))?
        .for_model(&config.labels, args.fold)?;
    let classifier = Classifier::new(config, &package.weights, &compute.device)?
        .deciding(decision)
        .telling(package.openness.clone());
    let clips = clips::load(&dataset.examples, config)?;
    let already_seen = AlreadySeen::of(package.recordings.as_ref(), clips.iter().map(|clip| clip.digest));
    if let Some(warning) = already_seen.and_then(|seen| seen.warning(clips.len())) {
        say!("{warning}");
    }
    let evaluation = evaluate(&classifier, &clips, args.batch as usize)?;
    if let Some(path) = &args.plot {
        write_file(path, confusion_svg(&evaluation.labels, &evaluation.confusion)?.as_bytes())?;
    }
    if let Some(path) = &args.reliability {
        write_file(path, reliability_svg(&evaluation)?.as_bytes())?;
    }
    if args.json { print_json(&Measured { evaluation, already_seen }) } else { print(&evaluation.table()) }
}
