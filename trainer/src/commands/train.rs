//! `spectnet train`: from labelled recordings to a model file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;
use spectnet_core::model::{ModelConfig, Task, Weights};
use spectnet_core::network::burn::SpectNet;
use spectnet_core::package::Provenance;
use spectnet_core::package::recordings::{Digest, Recordings};
use spectnet_core::prediction::decision::{Decision, OperatingPoint};
use spectnet_core::prediction::openness::Openness;

use crate::compute::classify::{BATCH, Classifier};
use crate::compute::device::{self, ComputeDevice};
use crate::compute::images::Images;
use crate::compute::model_file::read_model;
use crate::data::left_out::{NAMED, first};
use crate::data::library::{LabelledRecording, Library, silent, without_silent};
use crate::data::{Dataset, Example, LeftOut};
use crate::error::{Error, Result};
use crate::evaluation::assessed;
use crate::evaluation::{Evaluation, evaluate};
use crate::fit::openness;
use crate::output::print;
use crate::study::args::{StudyArgs, StudyFlags};
use crate::study::faults;
use crate::train_args::TrainArgs;
use crate::training::fingerprint::Fingerprint;
use crate::training::outputs::RunFolder;
use crate::training::parts::{Parts, check_classes};
use crate::training::run::{Data, Start, new_model, train};

/// Runs the command.
///
/// # Errors
/// Settings that do not fit together or the data, unreadable data, an unwritable folder, or training that diverges.
pub fn run(flags: StudyFlags) -> Result<()> {
    let asked = flags.resolve()?;
    let StudyArgs { train: args, faults } = &asked;
    let folder = RunFolder::create(&args.out, args.resume)?;
    let dataset = Dataset::open(&args.data, args.task, args.opening)?;
    let compute = device::select(args.device)?;
    compute.device.seed(args.recipe.seed);
    let parts = Parts::new(&dataset, &args.held_out, &args.recipe)?;
    args.held_out.unknown_names(&dataset).iter().for_each(|warning| say!("{warning}"));
    let config = &args.model_config(dataset.labels.clone())?;
    let goes_on = args.resume && folder.last().exists();
    if goes_on {
        // What can be checked before any recording is read.
        folder.check(&made_of(&asked, config, &dataset, &parts, &BTreeMap::new())?)?;
    }
    let Parts { training, validation, held_out, name, protocol } = &parts;
    describe(&dataset, config, [training, validation, held_out], name);
    // All at once, held-out ones too: what cannot be used is known before anything is trained.
    let mut library = Library::new(args.opening.skips);
    library.load(&dataset.examples, config)?;
    let mut fingerprint = made_of(&asked, config, &dataset, &parts, &library.digests())?;
    if goes_on {
        folder.check(&fingerprint)?;
    }
    library.leave_out_copies(&dataset.examples)?;
    let mut load = |examples: &[Example]| -> Result<Vec<LabelledRecording>> {
        Ok(faults::with_silent_cycles(library.load(examples, config)?, faults))
    };
    let (training, validation, held_out) = (load(training)?, load(validation)?, load(held_out)?);
    let soundless = [&training, &validation].into_iter().flat_map(|recordings| silent(recordings));
    let left_out: Vec<LeftOut> = dataset.left_out.iter().chain(library.left_out()).cloned().chain(soundless).collect();
    let data = Data { training: without_silent(training), validation: without_silent(validation) };
    let silent: Vec<String> = silent(&held_out).iter().map(|silent| silent.path.display().to_string()).collect();
    if !silent.is_empty() {
        say!("held out, though they hold no sound ({}): {}", silent.len(), first(&silent, NAMED, ", "));
    }
    check_classes(&dataset, data.training.iter().map(|recording| recording.example.label))?;
    if !goes_on {
        fingerprint.left_out = left_out.clone();
        fingerprint.write(&folder.made_of())?;
    }
    let folder = folder.without(left_out);
    let parts_read = [&data.training[..], &data.validation, &held_out];
    let recordings = seen(parts_read);
    let start = start(args, config, &folder, &data.training, &compute)?;
    let provenance = Provenance {
        software_version: env!("CARGO_PKG_VERSION").into(),
        data: format!("{}: {}", dataset.name, counts(parts_read)),
        protocol: faults::in_words(protocol.clone(), faults),
        seed: args.recipe.seed,
        device: compute.name.clone(),
        epochs: 0,
        metrics: json!(null),
    };
    let save = |path: PathBuf, weights: &Weights, provenance: &Provenance| {
        folder.save(&path, weights, config, provenance, recordings.as_ref())
    };
    let mut history = folder.history()?;
    history.retain(|epoch| epoch.epoch <= start.epochs);
    let best = train(
        &args.recipe,
        config,
        &Images::Filterbank,
        start,
        &data,
        &compute.device,
        &mut |epoch, weights, better| {
            say!("{}", epoch.line(args.recipe.epochs, better));
            history.push(epoch.clone());
            folder.save_history(&history)?;
            let provenance = Provenance { epochs: epoch.epoch, ..provenance.clone() };
            save(folder.last(), weights, &provenance)?;
            if better { save(folder.best(), weights, &provenance) } else { Ok(()) }
        },
    )?;

    // The model and a report are written before anything else can fail.
    let measured = |held_out: Option<&Evaluation>| Provenance {
        epochs: best.epoch,
        metrics: json!({ "held_out": held_out, "validation": best.validation }),
        ..provenance.clone()
    };
    save(folder.best(), &best.weights, &measured(None))?;
    folder.finish(config, &measured(None), None, None)?;
    let assessment = match assessed::on_validation(config, best.validation.as_ref(), &dataset.name) {
        Some(Ok(assessment)) => {
            say!("{}", assessed::line(&assessment));
            Some(assessment)
        }
        Some(Err(error)) => {
            say!("the probabilities stay as they are: {error}");
            None
        }
        None => None,
    };
    let openness = match config.task {
        Task::Scene => openness(config, &best.weights, &data, &dataset.name),
        Task::Heart => None,
    };
    folder.finish(config, &measured(None), assessment.as_ref(), openness.as_ref())?;
    if held_out.is_empty() {
        return print(&format!("nothing was held out, so nothing was measured\nmodel: {}", folder.best().display()));
    }
    say!("measuring the model of epoch {} on the held-out recordings", best.epoch);
    let dropping = args.recipe.options.dropping;
    let classifier = Classifier::with_images(config, &best.weights, &Images::Filterbank, &compute.device, dropping)?
        .deciding(Decision::new(config, assessment.as_ref(), OperatingPoint::Usual)?);
    let evaluation = evaluate(&classifier, &held_out, BATCH)?;
    let assessment = assessed::on_held_out(assessment, &evaluation, &format!("{name} of {}", dataset.name));
    let provenance = measured(Some(&evaluation));
    save(folder.best(), &best.weights, &provenance)?;
    folder.finish(config, &provenance, assessment.as_ref(), openness.as_ref())?;
    print(&format!(
        "held-out recordings ({name} of {}; {}; seed {})\n{}\n\nmodel: {}\nreport: {}",
        dataset.name,
        provenance.protocol,
        args.recipe.seed,
        evaluation.table(),
        folder.best().display(),
        folder.report().display()
    ))
}

/// What the run is made of, with the digests of the recordings that are loaded.
fn made_of(
    asked: &StudyArgs,
    config: &ModelConfig,
    dataset: &Dataset,
    parts: &Parts,
    sounds: &BTreeMap<&Path, Digest>,
) -> Result<Fingerprint> {
    let StudyArgs { train: args, faults } = asked;
    let settings = json!({
        "task": config.task,
        "protocol": args.held_out.protocol(),
        "held_out": parts.name,
        "config": config,
        "recipe": faults::noted(args.recipe.settings()?, faults),
    });
    let parts = parts.by_path();
    Ok(Fingerprint::new(settings, dataset, &args.data, |example| {
        (parts.get(&*example.path).copied(), sounds.get(&*example.path).copied())
    }))
}

/// The recordings that the model is made with, for its file; none where there are more than it may list.
fn seen(parts: [&[LabelledRecording]; 3]) -> Option<Recordings> {
    let [trained, chose, held_out] =
        parts.map(|recordings| recordings.iter().map(|recording| recording.digest).collect());
    let recordings = Recordings { trained, chose, held_out };
    match recordings.validate() {
        Ok(()) => Some(recordings),
        Err(error) => {
            say!("the model will not know what it was trained on: {error}");
            None
        }
    }
}

/// The openness score; none, with the reason on standard error, where it cannot be fitted.
fn openness(config: &ModelConfig, weights: &Weights, data: &Data, name: &str) -> Option<Openness> {
    match openness::fit(config, weights, &data.training, &data.validation, name) {
        Ok(openness) => {
            say!("{}", openness::line(&openness));
            Some(openness)
        }
        Err(error) => {
            say!("sounds of other kinds are not told from those of the classes: {error}");
            None
        }
    }
}

/// A new model, or with `--resume` the last one in the folder.
fn start(
    args: &TrainArgs,
    config: &ModelConfig,
    folder: &RunFolder,
    training: &[LabelledRecording],
    compute: &ComputeDevice,
) -> Result<Start> {
    if !args.resume || !folder.last().exists() {
        if args.resume {
            say!("nothing to resume in {}: starting anew", args.out.display());
        }
        let model = new_model(config, &Images::Filterbank, training, &compute.device)?;
        return Ok(Start { model, epochs: 0, best: None });
    }
    let package = read_model(&folder.last())?;
    if package.config != *config {
        return Err(Error::input(format!(
            "{}: trained with other settings or labels than asked for now; use the same ones, or another --out",
            folder.last().display()
        )));
    }
    let epochs = package.provenance.epochs;
    say!("going on after epoch {epochs} (weights are kept; the optimiser's moments start afresh)");
    let best = if folder.best().exists() {
        let best = read_model(&folder.best())?;
        Some((best.weights, best.provenance.epochs))
    } else {
        None
    };
    let model = SpectNet::with_weights(config, &package.weights, &compute.device)?;
    Ok(Start { model, epochs, best })
}

/// How many recordings play each part that any plays.
fn counts(parts: [&[LabelledRecording]; 3]) -> String {
    let words = ["recordings trained on", "chose the epoch", "held out"];
    let counted = words.into_iter().zip(parts).filter(|(_, part)| !part.is_empty());
    counted.map(|(words, part)| format!("{} {words}", part.len())).collect::<Vec<_>>().join(", ")
}

fn describe(dataset: &Dataset, config: &ModelConfig, parts: [&[Example]; 3], held_out: &str) {
    let front_end = &config.front_end;
    say!("data: {}, {} recordings, labels {}", dataset.name, dataset.examples.len(), dataset.labels.join(", "));
    for (name, part) in ["training", "validation (chooses the epoch)", "held out"].into_iter().zip(parts) {
        let counts = dataset.labels.iter().enumerate().map(|(number, label)| {
            format!("{} {label}", part.iter().filter(|example| example.label == number).count())
        });
        let which = if name == "held out" { format!(" ({held_out})") } else { String::new() };
        say!("  {name}{which}: {}", counts.collect::<Vec<_>>().join(", "));
    }
    say!(
        "model: SpectNet-{} {}, {:?} form, order {}, {} Hz, windows of {:.2} s",
        front_end.filters,
        if front_end.learnable { "learnable" } else { "static" },
        front_end.form,
        front_end.order,
        front_end.sample_rate,
        config.windowing.samples as f64 / f64::from(front_end.sample_rate)
    );
}
