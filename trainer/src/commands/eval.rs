//! `spectnet eval`: how good a model is on labelled recordings.

use crate::cli::EvalArgs;
use crate::dataset::Dataset;
use crate::device;
use crate::error::{Error, Result};
use crate::evaluate::evaluate;
use crate::output::{print, print_json};
use crate::training::{clips, outputs::read_model};

/// Runs the command.
///
/// # Errors
/// An unreadable model or recording, labels the model does not have, or a fold without recordings.
pub fn run(args: &EvalArgs) -> Result<()> {
    let compute = device::select(args.device)?;
    let package = read_model(&args.model, &compute.device)?;
    let config = &package.config;
    let mut dataset = Dataset::open(&args.data, config.task)?.with_labels(&config.labels)?;
    if let Some(fold) = args.fold {
        dataset.examples.retain(|example| example.fold == Some(fold));
        if dataset.examples.is_empty() {
            return Err(Error::input(format!("{}: no recording is in fold {fold}", args.data.display())));
        }
    }
    let clips = clips::load(&dataset.examples, config)?;
    let evaluation = evaluate(&package.model, config, &clips, &compute.device, args.batch as usize)?;
    if args.json { print_json(&evaluation) } else { print(&evaluation.table()) }
}
