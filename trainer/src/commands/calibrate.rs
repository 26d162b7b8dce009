//! `spectnet calibrate`: how reliable a model's probabilities are, or for scenes the score that tells sounds of other kinds,
//! measured anew and written into a model file.

use std::path::PathBuf;

use clap::Args;
use spectnet_core::model::Task;
use spectnet_core::package::Package;
use spectnet_core::prediction::assessment::{Assessment, positive_of_two};

use crate::commands::arguments::{COMPUTING, JudgedArgs, RESULT};
use crate::compute::classify::{BATCH, Classifier};
use crate::compute::device::{self, DeviceChoice};
use crate::compute::model_file::{assess, open, read_model};
use crate::data::already_seen::AlreadySeen;
use crate::data::library;
use crate::error::{Error, Result};
use crate::evaluation::assessed::line;
use crate::evaluation::evaluate;
use crate::fit::openness;
use crate::output::print;

/// Arguments of `spectnet calibrate`.
#[derive(Clone, Debug, Args)]
pub struct CalibrateArgs {
    /// The model and its recordings.
    #[command(flatten)]
    pub judged: JudgedArgs,
    /// The model file to write.
    #[arg(help_heading = RESULT, long, value_name = "FILE")]
    pub out: PathBuf,
    /// auto, cuda, cuda:NUMBER, vulkan or cpu.
    #[arg(help_heading = COMPUTING, long, value_name = "D", default_value_t)]
    pub device: DeviceChoice,
}

/// Runs the command: a model of two classes gets an assessment, one for scenes an openness score.
///
/// # Errors
/// An unreadable model or recording, a heart model without a positive class of two, recordings of one class only or too few,
/// or a file that cannot be written.
pub fn run(args: &CalibrateArgs) -> Result<()> {
    let package = read_model(&args.judged.model)?;
    let config = &package.config;
    if config.task == Task::Scene {
        return openness(args, &package);
    }
    if positive_of_two(config).is_none() {
        return Err(Error::input("only a model of two classes, one of them positive, can be calibrated")
            .at(args.judged.model.display()));
    }
    let dataset = args.judged.dataset(config)?;
    // Chosen and measured on the same recordings, and the text says so.
    let measured_on = format!(
        "{} recordings of {} on which temperature and threshold were chosen, so these figures are optimistic",
        dataset.examples.len(),
        args.judged.name_of(&dataset)
    );
    let compute = device::select(args.device)?;
    // The probabilities before any calibration that the file has.
    let classifier = Classifier::new(config, &package.weights, &compute.device)?;
    let recordings = library::without_silent(args.judged.load(&dataset, config)?);
    let digests = || recordings.iter().map(|recording| recording.digest);
    match AlreadySeen::of(package.recordings.as_ref(), digests()) {
        Some(seen) => seen.warning(recordings.len()).into_iter().for_each(|warning| say!("{warning}")),
        None if package.provenance.data.starts_with(&format!("{}:", dataset.name)) => say!(
            "warning: the model was trained on recordings of {}; on those it knows, it looks better than it is",
            dataset.name
        ),
        None => {}
    }
    let evaluation = evaluate(&classifier, &recordings, BATCH)?;
    if evaluation.coverage < 1.0 {
        say!("{}", evaluation.coverage_line());
    }
    let assessment = Assessment::measure(&evaluation.all_scored(), measured_on)?;
    let listed = package.recordings.clone().map(|listed| listed.with_chosen_on(digests()));
    assess(&args.judged.model, &assessment, listed.as_ref(), &args.out)?;
    let before = match &package.assessment {
        Some(before) => format!("{}\n        on {}", line(before), before.measured.measured_on),
        None => "nothing was measured".into(),
    };
    print(&format!(
        "before: {before}\nnow:    {}\n        on {}\nmodel:  {} (the weights are those of {})",
        line(&assessment),
        assessment.measured.measured_on,
        args.out.display(),
        args.judged.model.display()
    ))
}

/// Fits the openness score. It uses the log-energy image alone, so recordings that the network was trained on will do: each is
/// scored by statistics of other groups.
fn openness(args: &CalibrateArgs, package: &Package) -> Result<()> {
    let config = &package.config;
    let dataset = args.judged.dataset(config)?;
    let recordings = library::without_silent(args.judged.load(&dataset, config)?);
    let found = openness::fit(config, &package.weights, &recordings, &[], &args.judged.name_of(&dataset))?;
    open(&args.judged.model, &found, &args.out)?;
    let before = package.openness.as_ref().map_or("nothing was fitted".into(), openness::line);
    let (now, out, model) = (openness::line(&found), args.out.display(), args.judged.model.display());
    print(&format!("before: {before}\nnow:    {now}\nmodel:  {out} (the weights are those of {model})"))
}
