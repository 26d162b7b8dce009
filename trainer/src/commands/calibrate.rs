//! `spectnet calibrate`: what a model's probabilities are worth, measured anew and written into a model file.

use spectnet_core::assessment::{Assessment, positive_of_two};

use crate::already_seen::AlreadySeen;
use crate::assessed::line;
use crate::classify::{BATCH, Classifier};
use crate::cli::CalibrateArgs;
use crate::dataset::Dataset;
use crate::device;
use crate::error::{Error, Result};
use crate::evaluate::evaluate;
use crate::output::print;
use crate::training::clips;
use crate::training::outputs::{assess, read_model};

/// Runs the command.
///
/// # Errors
/// An unreadable model or recording, a model without a positive class of two, recordings of one class only, or a file that
/// cannot be written.
pub fn run(args: &CalibrateArgs) -> Result<()> {
    let package = read_model(&args.model)?;
    let config = &package.config;
    if positive_of_two(config).is_none() {
        return Err(Error::input("only a model of two classes, one of them positive, can be calibrated")
            .at(args.model.display()));
    }
    let dataset = Dataset::open(&args.data, config.task)?.for_model(&config.labels, args.fold)?;
    let fold = args.fold.map_or(String::new(), |fold| format!(" (fold {fold})"));
    // Chosen and measured on the same recordings, as whoever reads the verdict should know.
    let measured_on = format!(
        "{} recordings of {}{fold} on which temperature and threshold were chosen, so these figures are optimistic",
        dataset.examples.len(),
        dataset.name
    );
    let compute = device::select(args.device)?;
    // The probabilities as the network gives them, whatever the file made of them so far.
    let classifier = Classifier::new(config, &package.weights, &compute.device)?;
    let clips = clips::without_silent(clips::load(&dataset.examples, config)?);
    let digests = || clips.iter().map(|clip| clip.digest);
    match AlreadySeen::of(package.recordings.as_ref(), digests()) {
        Some(seen) => seen.warning(clips.len()).into_iter().for_each(|warning| say!("{warning}")),
        None if package.provenance.data.starts_with(&format!("{}:", dataset.name)) => say!(
            "warning: the model was trained on recordings of {}; on those it knows, it looks better than it is",
            dataset.name
        ),
        None => {}
    }
    let evaluation = evaluate(&classifier, &clips, BATCH)?;
    if evaluation.coverage < 1.0 {
        say!("{}", evaluation.coverage_line());
    }
    let assessment = Assessment::measure(&evaluation.scored, measured_on)?;
    let recordings = package.recordings.clone().map(|recordings| recordings.with_chosen_on(digests()));
    assess(&args.model, &assessment, recordings.as_ref(), &args.out)?;
    let before = match &package.assessment {
        Some(before) => format!("{}\n        on {}", line(before), before.measured_on),
        None => "nothing was measured".into(),
    };
    print(&format!(
        "before: {before}\nnow:    {}\n        on {}\nmodel:  {} (the weights are those of {})",
        line(&assessment),
        assessment.measured_on,
        args.out.display(),
        args.model.display()
    ))
}
