//! `spectnet train`: from labelled recordings to a model file.

mod begun;
mod plan;

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::Device;
use serde_json::json;
use spectnet_core::filterbank::FilterParameters;
use spectnet_core::learning::recipe::Selection;
use spectnet_core::learning::{adapted, new_model};
use spectnet_core::model::{ModelConfig, Task, Weights};
use spectnet_core::network::burn::SpectNet;
use spectnet_core::package::Provenance;
use spectnet_core::package::recordings::{Digest, Part, Recordings};
use spectnet_core::prediction::decision::{Decision, OperatingPoint};
use spectnet_core::prediction::openness::Openness;

use crate::compute::classify::{BATCH, Classifier};
use crate::compute::device::{self, ComputeDevice};
use crate::compute::images::Images;
use crate::compute::model_file::{MadeWith, read_model};
use crate::data::cache::Cache;
use crate::data::left_out::{NAMED, first};
use crate::data::library::{LabelledRecording, Library, silent, without_silent};
use crate::data::{Dataset, Example, LeftOut};
use crate::error::{Error, Result};
use crate::evaluation::assessed;
use crate::evaluation::{Decided, Evaluation, evaluate};
use crate::fit::openness;
use crate::output::{print, write_file};
use crate::report::page;
use crate::study::args::{StudyArgs, StudyFlags};
use crate::study::faults;
use crate::train_args::TrainArgs;
use crate::training::augment_list;
use crate::training::fingerprint::{Fingerprint, name_in};
use crate::training::keeper::{Keeper, Kept};
use crate::training::outputs::RunFolder;
use crate::training::parts::{Parts, check_classes};
use crate::training::records::{self, Predictions};
use crate::training::run::{Best, Data, Start, train};
use crate::training::stop::Stop;

/// Runs the command.
///
/// # Errors
/// Settings that do not fit together or the data, unreadable data, an unwritable folder, or training that diverges.
pub fn run(flags: StudyFlags) -> Result<()> {
    if flags.train.list_augmentations {
        return print(&augment_list::list());
    }
    let mut flags = flags.over_file()?;
    let asked = flags.clone().resolve()?;
    let settings = flags.as_file()?;
    if flags.train.print_config {
        return print(&settings);
    }
    let StudyArgs { train: args, faults } = &asked;
    let folder = RunFolder::create(&args.out, args.resume)?;
    let dataset = begun::labelled(Dataset::open(&args.data, args.task, args.opening)?, args.start.as_deref());
    let compute = device::select(args.device)?;
    compute.device.seed(args.recipe.seed);
    let parts = Parts::new(&dataset, &args.held_out, &args.recipe)?;
    args.held_out.unknown_names(&dataset).iter().for_each(|warning| say!("{warning}"));
    let config = &args.model_config(dataset.labels.clone())?;
    let goes_on = args.resume && folder.goes_on();
    if goes_on {
        // What can be checked before any recording is read.
        folder.check(&made_of(&asked, config, &dataset, &parts, &BTreeMap::new())?)?;
    }
    let Parts { training, validation, held_out, fold, name, protocol } = &parts;
    // Which fold is the first is known now.
    flags.train.fold = fold.or(flags.train.fold);
    let settings = flags.as_file()?;
    describe(&dataset, config, [training, validation, held_out], name, args.recipe.selection);
    plan::tell(args, config, &dataset, &parts, &compute);
    // What was measured has drawn random numbers.
    compute.device.seed(args.recipe.seed);
    // All at once, held-out ones too: what cannot be used is known before anything is trained.
    let mut library = Library::new(args.opening.skips, Cache::new(args.cache.as_ref()));
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
    // Files of the run are read on other machines, too.
    let named = |one: LeftOut| LeftOut { path: name_in(&args.data, &one.path).into(), ..one };
    let left_out = dataset.left_out.iter().chain(library.left_out()).cloned().chain(soundless);
    let left_out: Vec<LeftOut> = left_out.map(named).collect();
    let data = Data { training: without_silent(training), validation: without_silent(validation) };
    let silent: Vec<String> = silent(&held_out).iter().map(|silent| silent.path.display().to_string()).collect();
    if !silent.is_empty() {
        say!("held out, though they hold no sound ({}): {}", silent.len(), first(&silent, NAMED, ", "));
    }
    check_classes(&dataset, data.training.iter().map(|recording| recording.example.label))?;
    if !goes_on {
        fingerprint.left_out = left_out.clone();
        fingerprint.write(&folder.made_of())?;
        records::data(&folder, &dataset.name, &fingerprint)?;
    }
    write_file(&folder.file("config.toml"), settings.as_bytes())?;
    records::environment(&folder, &compute, goes_on)?;
    let folder = folder.without(left_out);
    let parts_read = [&data.training[..], &data.validation, &held_out];
    let made_with = MadeWith {
        recordings: begun::recordings(seen(parts_read), args.start.as_deref()),
        scope: begun::scope(args, config.task, &data.training),
    };
    let protocol = begun::protocol(protocol, args, &config.labels, &held_out);
    let start = start(args, config, &folder, &data.training, &compute)?;
    let filters = start.filters.clone();
    let provenance = Provenance {
        software_version: env!("CARGO_PKG_VERSION").into(),
        data: format!("{}: {}", dataset.name, counts(parts_read, args.recipe.selection)),
        protocol: faults::in_words(protocol, faults),
        seed: args.recipe.seed,
        device: compute.name.clone(),
        epochs: 0,
        metrics: json!(null),
    };
    // While recordings are read there is nothing to save, and a signal ends the program as usual.
    let stop = Stop::listen()?;
    let kept = Kept {
        folder: &folder,
        config,
        provenance: &provenance,
        made_with: &made_with,
        filters: &filters,
        epochs: args.recipe.epochs,
        checkpoint_minutes: args.checkpoint_minutes,
        tensorboard: args.tensorboard,
        stop: &stop,
    };
    let batches = start.from.as_ref().map_or(if goes_on { u64::MAX } else { 0 }, |from| from.state.batches);
    let mut keeper = Keeper::new(&kept, start.epochs, batches)?;
    let best = train(&args.recipe, config, &Images::Filterbank, start, &data, &compute.device, &mut keeper)?;
    let trained = Trained { kept: &kept, best: &best, dataset: &dataset, data: &data, device: &compute.device };
    trained.measure(&asked, name, &held_out)
}

/// A model that has been trained, and what it was made with.
struct Trained<'a> {
    kept: &'a Kept<'a>,
    best: &'a Best,
    dataset: &'a Dataset,
    data: &'a Data,
    device: &'a Device,
}

impl Trained<'_> {
    /// Measures it on the recordings that are held out, which are called `name`, and writes that into its file and the report.
    fn measure(&self, asked: &StudyArgs, name: &str, held_out: &[LabelledRecording]) -> Result<()> {
        let Self { kept, best, dataset, data, device } = self;
        let Kept { folder, config, stop, .. } = *kept;
        let args = &asked.train;
        let save =
            |provenance: &Provenance| folder.save(&folder.best(), &best.weights, config, provenance, kept.made_with);
        // The model and a report are written before anything else can fail.
        let measured = |held_out: Option<&Evaluation>| Provenance {
            epochs: best.epoch,
            metrics: json!({ "held_out": held_out, "validation": best.validation }),
            ..kept.provenance.clone()
        };
        save(&measured(None))?;
        folder.finish(config, &measured(None), None, None)?;
        let assessment =
            match assessed::on_validation(config, best.validation.as_ref(), &dataset.name, args.recipe.selection) {
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
            Task::Scene => openness(config, &best.weights, data, &dataset.name),
            Task::Heart => None,
        };
        folder.finish(config, &measured(None), assessment.as_ref(), openness.as_ref())?;
        stop.check()?;
        let dropping = args.recipe.options.dropping;
        let decision = Decision::new(config, assessment.as_ref(), OperatingPoint::Usual)?;
        let classifier =
            Classifier::with_images(config, &best.weights, &Images::Filterbank, device, dropping)?.deciding(decision);
        let mut predictions = Predictions::new(config, dataset, &args.data);
        if held_out.is_empty() {
            predictions.add(Part::Chose, &data.validation, &self.on_validation(&classifier, dropping)?);
            predictions.write(folder)?;
            draw(folder);
            let model = folder.best();
            return print(&format!("nothing was held out, so nothing was measured\nmodel: {}", model.display()));
        }
        say!("measuring the model of epoch {} on the held-out recordings", best.epoch);
        let evaluation = evaluate(&classifier, held_out, BATCH)?;
        predictions.add(Part::HeldOut, held_out, &evaluation.decided);
        let assessment = assessed::on_held_out(assessment, &evaluation, &format!("{name} of {}", dataset.name));
        let provenance = measured(Some(&evaluation));
        save(&provenance)?;
        folder.finish(config, &provenance, assessment.as_ref(), openness.as_ref())?;
        stop.check()?;
        // Where the epoch is chosen on what is reported on, these are the same recordings.
        if !args.recipe.options.chosen_on_held_out {
            predictions.add(Part::Chose, &data.validation, &self.on_validation(&classifier, dropping)?);
        }
        predictions.write(folder)?;
        draw(folder);
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

    /// What the best model says of the recordings that chose its epoch, as the classifier decides. It said so when it was judged,
    /// and only has to be decided anew, unless it says something else every time.
    fn on_validation(&self, classifier: &Classifier, dropping: bool) -> Result<Vec<Decided>> {
        match &self.best.validation {
            Some(validation) if !dropping => {
                Ok(validation.decided.iter().map(|said| said.anew(classifier.decision())).collect())
            }
            _ => Ok(evaluate(classifier, &self.data.validation, BATCH)?.decided),
        }
    }
}

/// The page of a run that has ended. The run is as good without it.
fn draw(folder: &RunFolder) {
    match page::write(folder.path()) {
        Ok(page) => say!("pictures: {}", page.display()),
        Err(error) => say!("warning: {error}; `spectnet report` draws the page again"),
    }
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
    let mut settings = json!({
        "task": config.task,
        "protocol": args.held_out.protocol(),
        "held_out": parts.name,
        "config": config,
        "recipe": faults::noted(args.recipe.settings()?, faults),
    });
    if let Some(start) = &args.start {
        settings["from"] = json!(format!("SHA-256 {}", start.digest));
    }
    let parts = parts.by_path();
    Ok(Fingerprint::new(settings, dataset, &args.data, |example| {
        (parts.get(&*example.path).copied(), sounds.get(&*example.path).copied())
    }))
}

/// The recordings that the model is made with, for its file; none where there are more than it may list.
fn seen(parts: [&[LabelledRecording]; 3]) -> Option<Recordings> {
    let [trained, chose, held_out] =
        parts.map(|recordings| recordings.iter().map(|recording| recording.digest.into()).collect());
    begun::listed(Recordings { trained, chose, held_out })
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

/// A new model or that of `--from`, or with `--resume` that of the newest checkpoint in the folder; without one, the last model
/// there.
fn start(
    args: &TrainArgs,
    config: &ModelConfig,
    folder: &RunFolder,
    training: &[LabelledRecording],
    compute: &ComputeDevice,
) -> Result<Start> {
    let filters = filters_before(args, config)?;
    if !args.resume || !folder.goes_on() {
        if args.resume {
            say!("nothing to resume in {}: starting anew", args.out.display());
        }
        let model = match &args.start {
            Some(from) => adapted(&from.package, &config.labels, args.recipe.learns, &compute.device)?.1,
            None => new_model(config, &Images::Filterbank, training, &compute.device)?,
        };
        return Ok(Start { model, filters, epochs: 0, best: None, from: None });
    }
    if let Some(from) = folder.checkpoints().newest() {
        say!("going on after {}", from.state.place());
        return Start::going_on(from, config, filters, &compute.device);
    }
    let package = read_model(&folder.last())?;
    if package.config != *config {
        return Err(Error::input(format!(
            "{}: trained with other settings or labels than asked for now; use the same ones, or another --out",
            folder.last().display()
        )));
    }
    let epochs = package.provenance.epochs;
    say!(
        "going on after epoch {epochs} (there is no checkpoint: weights are kept, the optimiser's moments start afresh)"
    );
    let best = if folder.best().exists() {
        let best = read_model(&folder.best())?;
        Some((best.weights, best.provenance.epochs))
    } else {
        None
    };
    let model = SpectNet::with_weights(config, &package.weights, &compute.device)?;
    Ok(Start { model, filters, epochs, best, from: None })
}

/// The filters before the run.
fn filters_before(args: &TrainArgs, config: &ModelConfig) -> Result<Vec<FilterParameters>> {
    match &args.start {
        Some(from) => Ok(from.package.filters.clone()),
        None => Ok(config.front_end.initial_filters()?),
    }
}

/// How many recordings play each part that any plays.
fn counts(parts: [&[LabelledRecording]; 3], selection: Selection) -> String {
    let chose = format!("chose {}", chosen(selection));
    let words = ["recordings trained on", &*chose, "held out"];
    let counted = words.into_iter().zip(parts).filter(|(_, part)| !part.is_empty());
    counted.map(|(words, part)| format!("{} {words}", part.len())).collect::<Vec<_>>().join(", ")
}

/// What the recordings choose that are neither trained on nor held out.
fn chosen(selection: Selection) -> &'static str {
    match selection {
        Selection::Calibrated => "the threshold",
        Selection::Best | Selection::Last => "the epoch",
    }
}

fn describe(dataset: &Dataset, config: &ModelConfig, parts: [&[Example]; 3], held_out: &str, selection: Selection) {
    let validation = format!("validation (chooses {})", chosen(selection));
    let front_end = &config.front_end;
    say!("data: {}, {} recordings, labels {}", dataset.name, dataset.examples.len(), dataset.labels.join(", "));
    for (name, part) in ["training", &*validation, "held out"].into_iter().zip(parts) {
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
