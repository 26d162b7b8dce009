//! `spectnet eval`: how good a model is on labelled recordings.

use crate::classify::Classifier;
use crate::cli::EvalArgs;
use crate::dataset::Dataset;
use crate::device;
use crate::error::Result;
use crate::evaluate::evaluate;
use crate::output::{print, print_json, write_file};
use crate::plot::confusion_svg;
use crate::training::{clips, outputs::read_model};

/// Runs the command.
///
/// # Errors
/// An unreadable model or recording, labels the model does not have, a fold without recordings, or a picture that
/// cannot be written.
pub fn run(args: &EvalArgs) -> Result<()> {
    let compute = device::select(args.device)?;
    let package = read_model(&args.model)?;
    let config = &package.config;
    let dataset = Dataset::open(&args.data, config.task)?;
    // The folds that training would make of this data, where it has none of its own.
    let chosen = args.fold.map(|fold| dataset.split(Some(fold))).transpose()?;
    let mut dataset = dataset.with_labels(&config.labels)?;
    if let Some(chosen) = chosen {
        dataset.examples = chosen.validation.iter().map(|&index| dataset.examples[index].clone()).collect();
    }
    let classifier = Classifier::new(config, &package.weights, &compute.device)?;
    let clips = clips::load(&dataset.examples, config)?;
    let evaluation = evaluate(&classifier, &clips, args.batch as usize)?;
    if let Some(path) = &args.plot {
        write_file(path, confusion_svg(&evaluation.labels, &evaluation.confusion)?.as_bytes())?;
    }
    if args.json { print_json(&evaluation) } else { print(&evaluation.table()) }
}
