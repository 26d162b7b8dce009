//! One row, held-out part and seed: from training to the prediction on every held-out recording.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::tensor::Device;
use serde_json::{Value, json};
use spectnet_core::learning::recipe::Recipe;
use spectnet_core::learning::{mixed, new_model};
use spectnet_core::model::{ClassifierConfig, Compression, ModelConfig};
use spectnet_core::package::Provenance;
use spectnet_core::package::recordings::{Digest, Recordings};
use spectnet_core::prediction::assessment::Assessment;
use spectnet_core::prediction::decision::{Decision, OperatingPoint};
use spectnet_core::prediction::{Prediction, in_order_of_labels, winner};

use super::args::StudyArgs;
use super::baselines;
use super::faults;
use super::row::Row;
use super::run_result::{Found, Judged, RunResult};
use super::under_way::{MadeOf, UnderWay};
use crate::compute::classify::{BATCH, Classifier};
use crate::compute::images::{Images, LogMel};
use crate::compute::model_file::{MadeWith, assess};
use crate::data::library::{LabelledRecording, Library, digests, without_silent};
use crate::data::{Dataset, Example};
use crate::error::{Error, Result};
use crate::evaluation::assessed;
use crate::fit::scope;
use crate::front_end::FrontEndFlags;
use crate::output;
use crate::train_args::{TrainArgs, check_waves};
use crate::training::checkpoint::Checkpoints;
use crate::training::fingerprint::{Fingerprint, name_in};
use crate::training::parts::{HeldOut, Parts};
use crate::training::run::{Best, Data, Start, drift, train};
use crate::training::stop::Stop;

/// Dropout of the networks that there is one row of, as published for the first.
const CNN_DROPOUT: f64 = 0.5;

/// Which run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What is trained.
    pub row: Row,
    /// The fold or the subset that is held out.
    pub held_out: HeldOut,
    /// Seed of weights, batches and augmentation.
    pub seed: u64,
}

impl Run {
    /// Its file in the folder of the table.
    pub fn path(&self, out: &Path) -> PathBuf {
        self.file(out, "json")
    }

    /// The file that says why it has failed.
    pub fn failure(&self, out: &Path) -> PathBuf {
        self.file(out, "failed.json")
    }

    /// The file of its model.
    pub fn model(&self, out: &Path) -> PathBuf {
        self.file(out, "safetensors")
    }

    /// The folder of its checkpoints, as long as it is under way.
    fn checkpoints(&self, out: &Path) -> PathBuf {
        self.file(out, "checkpoints")
    }

    /// Removes its checkpoints, which nothing goes on from any more.
    pub fn forget_checkpoints(&self, out: &Path) {
        Checkpoints::at(self.checkpoints(out)).remove();
    }

    fn file(&self, out: &Path, extension: &str) -> PathBuf {
        out.join("runs").join(self.row.to_string()).join(format!("{}.{extension}", self.part()))
    }

    /// What is held out, and the seed.
    fn part(&self) -> String {
        format!("{}-seed{}", file_name(&self.held_out), self.seed)
    }

    /// What no other run of its table is called.
    pub fn name(&self) -> String {
        format!("{}.{}", self.row, self.part())
    }

    /// Reads the result of an earlier call.
    ///
    /// # Errors
    /// A file of other settings or other data.
    pub fn load(&self, out: &Path, settings: &Value, data: Digest) -> Result<Found> {
        RunResult::read(&self.path(out), settings, data)
    }

    /// Trains, judges the held-out recordings, and writes the result into its file; where it `keeps` models, that of a
    /// filterbank, too. It goes on from its newest checkpoint, if there is one, and leaves one where it is asked to stop.
    ///
    /// # Errors
    /// Unreadable recordings, training that diverges, a folder that cannot be written, or [`Error::Stopped`].
    pub fn execute(
        &self,
        asked: &StudyArgs,
        (dataset, digest): (&Dataset, Digest),
        library: &mut Library,
        device: &Device,
        (out, keeps): (&Path, bool),
        stop: &Stop,
    ) -> Result<RunResult> {
        let StudyArgs { train: args, faults } = asked;
        let started = Instant::now();
        device.seed(self.seed);
        let (config, images) = model(self.row, args, &dataset.labels)?;
        let parts = Parts::new(dataset, &self.held_out, &args.recipe)?;
        // All at once, where the rows before prepared them in another way: one pass, and one bar with the time that is left.
        library.load(&dataset.examples, &config)?;
        stop.check()?;
        let mut load = |examples: &[Example]| -> Result<Vec<LabelledRecording>> {
            Ok(faults::with_silent_cycles(library.load(examples, &config)?, faults))
        };
        let (training, held_out) = (without_silent(load(&parts.training)?), load(&parts.held_out)?);
        let trained = if self.row.filters().is_none() {
            let rows = baselines::judge(self.row, &config, &training, &held_out)?;
            let said = rows.into_iter().map(|row| (winner(&row, config.positive()), row, Vec::new()));
            Trained { said: said.collect(), ..Trained::default() }
        } else {
            let data = Data { training, validation: without_silent(load(&parts.validation)?) };
            let made_of = self.made_of(asked, &dataset.labels, digest)?;
            let (epochs, minutes) = (args.recipe.epochs, args.checkpoint_minutes);
            let mut under_way = UnderWay::new(self.checkpoints(out), made_of, epochs, minutes, stop);
            let trained = self.train(args, (&config, &images), &data, &held_out, device, &mut under_way);
            // From where a run has failed it would fail again, or come to what no whole run comes to: who retries begins anew.
            let trained = trained.inspect_err(|error| match error {
                Error::Stopped(_) => {}
                _ => self.forget_checkpoints(out),
            })?;
            // What sees another image than that of a filterbank is no model that another command could use.
            if let (Images::Filterbank, true, Some(model)) = (&images, keeps, &trained.model) {
                let protocol = faults::in_words(parts.protocol.clone(), faults);
                let made_with = made_with(args, &data, &held_out);
                self.keep(model, &config, &dataset.name, protocol, &made_with, out)?;
            }
            trained
        };
        let judged = held_out.iter().zip(trained.said).map(
            |(recording, (prediction, probabilities, segments)): (&LabelledRecording, Said)| Judged {
                file: name_in(&args.data, &recording.example.path),
                subset: recording.example.subset.clone(),
                group: recording.example.has_group().then(|| recording.example.group.clone()),
                truth: recording.example.label,
                prediction,
                probabilities,
                segments,
            },
        );
        let result = RunResult {
            settings: settings(self.row, asked, &dataset.labels)?,
            data: Some(digest),
            seconds: trained.seconds_before + started.elapsed().as_secs_f64(),
            parameters: trained.parameters,
            largest_shift_hz: trained.largest_shift_hz,
            threshold: trained.threshold,
            recordings: judged.collect(),
        };
        result.write(&self.path(out))?;
        self.forget_checkpoints(out);
        Ok(result)
    }

    /// What its checkpoints are made of.
    fn made_of(&self, asked: &StudyArgs, labels: &[String], data: Digest) -> Result<MadeOf> {
        let mut settings = settings(self.row, asked, labels)?;
        settings["recipe"]["seed"] = json!(self.seed);
        settings["held_out"] = json!(self.held_out.to_string());
        Ok(MadeOf { settings, data })
    }

    /// Writes its model.
    fn keep(
        &self,
        (best, assessment): &(Best, Option<Assessment>),
        config: &ModelConfig,
        data: &str,
        protocol: String,
        made_with: &MadeWith,
        out: &Path,
    ) -> Result<()> {
        let provenance = Provenance {
            software_version: env!("CARGO_PKG_VERSION").into(),
            data: data.into(),
            protocol,
            seed: self.seed,
            epochs: best.epoch,
            metrics: json!({ "held_out": null, "validation": best.validation }),
            ..Provenance::default()
        };
        let bytes = made_with.file(config, &best.weights, &provenance)?;
        let path = self.model(out);
        if let Some(folder) = path.parent() {
            output::create_folder(folder)?;
        }
        output::write_file(&path, &bytes)?;
        match assessment {
            Some(assessment) => assess(&path, assessment, None, &path),
            None => Ok(()),
        }
    }
}

/// What the model file of a run says of its recordings, which it lists where there are not too many.
fn made_with(args: &TrainArgs, read: &Data, held_out: &[LabelledRecording]) -> MadeWith {
    let [trained, chose, held_out] = [&read.training[..], &read.validation, held_out]
        .map(|recordings| recordings.iter().map(|recording| recording.digest.into()).collect());
    let recordings = Recordings { trained, chose, held_out };
    MadeWith {
        recordings: Some(recordings).filter(|listed| listed.validate().is_ok()),
        scope: scope::of(&read.training, args.people.clone()),
    }
}

/// A trained row: its predictions on the held-out recordings, and figures of the training.
#[derive(Default)]
struct Trained {
    said: Vec<Said>,
    /// Seconds that training took before the run went on.
    seconds_before: f64,
    parameters: usize,
    largest_shift_hz: Option<f64>,
    threshold: Option<f64>,
    /// Of a row with a network, and what was measured of it.
    model: Option<(Best, Option<Assessment>)>,
}

impl Run {
    /// Trains the network of a row and lets it judge the held-out recordings. The recordings that chose the epoch choose its
    /// threshold too.
    fn train(
        &self,
        args: &TrainArgs,
        (config, images): (&ModelConfig, &Images),
        data: &Data,
        held_out: &[LabelledRecording],
        device: &Device,
        under_way: &mut UnderWay,
    ) -> Result<Trained> {
        let recipe = Recipe { seed: self.seed, ..args.recipe.clone() };
        let filters = config.front_end.initial_filters()?;
        let start = match under_way.newest() {
            Some(from) => Start::going_on(from, config, filters.clone(), device)?,
            None => {
                let model = new_model(config, images, &data.training, device)?;
                Start { model, filters: filters.clone(), epochs: 0, best: None, from: None }
            }
        };
        let seconds_before = start.from.as_ref().map_or(0.0, |from| from.state.seconds);
        let best = train(&recipe, config, images, start, data, device, under_way)?;
        let assessment = assessed::on_validation(config, best.validation.as_ref(), "the data", recipe.selection)
            .and_then(|measured| measured.ok());
        let decision = Decision::new(config, assessment.as_ref(), OperatingPoint::Usual)?;
        let dropping = recipe.options.dropping;
        if dropping {
            // A run that went on has drawn other numbers before than one that did not. No epoch has this number.
            device.seed(mixed(!self.seed, 0));
        }
        let classifier = Classifier::with_images(config, &best.weights, images, device, dropping)?;
        let shift = match self.row {
            Row::Learnable(_) => Some(drift(&filters, &best.weights, config)?.largest_hz),
            _ => None,
        };
        let learned = best.weights.iter().filter(|(name, _)| !name.contains("running_"));
        Ok(Trained {
            said: judge(&classifier.deciding(decision), held_out)?,
            seconds_before,
            parameters: learned.map(|(_, values)| values.len()).sum(),
            largest_shift_hz: shift,
            threshold: assessment.as_ref().map(|assessment| assessment.threshold),
            model: Some((best, assessment)),
        })
    }
}

/// What a file can be called after a part: `fold1`, or `subset-` and the subset's name, in which other characters become `_`.
fn file_name(held_out: &HeldOut) -> String {
    match held_out {
        HeldOut::Fold(fold) => format!("fold{}", fold.unwrap_or_default()),
        HeldOut::Subset(name) => {
            let safe = |c: char| if c.is_alphanumeric() || c == '-' { c } else { '_' };
            format!("subset-{}", name.chars().map(safe).collect::<String>())
        }
        HeldOut::Listed(_) => "listed".into(),
        HeldOut::Nothing => "all".into(),
    }
}

/// Everything that decides the result of a row's runs, but what is held out and the seed.
///
/// # Errors
/// Those of [`model`].
pub fn settings(row: Row, asked: &StudyArgs, labels: &[String]) -> Result<Value> {
    let StudyArgs { train: args, faults } = asked;
    let (config, _) = model(row, args, labels)?;
    let recipe = Recipe { seed: 0, ..args.recipe.clone() };
    let recipe = faults::noted(json!(recipe), faults);
    Ok(json!({ "row": row.to_string(), "config": config, "recipe": recipe }))
}

/// What all runs of a table are made on: every recording with its sound, and with its part where all runs have the same.
/// What is read for it stays in the library.
///
/// # Errors
/// Those of [`model`] of the first row, and recordings that cannot be read.
pub fn recordings(
    row: Row,
    args: &TrainArgs,
    dataset: &Dataset,
    parts: &[HeldOut],
    library: &mut Library,
) -> Result<Fingerprint> {
    let (config, _) = model(row, args, &dataset.labels)?;
    let recordings = library.load(&dataset.examples, &config)?;
    let sounds = digests(&recordings);
    let listed = match parts {
        [listed @ HeldOut::Listed(_)] => Some(Parts::new(dataset, listed, &args.recipe)?),
        _ => None,
    };
    let listed = listed.as_ref().map(Parts::by_path).unwrap_or_default();
    Ok(Fingerprint::new(Value::Null, dataset, &args.data, |example| {
        (listed.get(&*example.path).copied(), sounds.get(&*example.path).copied())
    }))
}

/// The model of a row, and where its images come from. Where it has too few filters for so many blocks, it has as many as
/// fit.
///
/// # Errors
/// Filters that fit no number of blocks.
fn model(row: Row, args: &TrainArgs, labels: &[String]) -> Result<(ModelConfig, Images)> {
    let mut args = args.clone();
    if let Some(filters) = row.filters() {
        args.front_end.filters = Some(filters as u32);
    }
    args.learnable = matches!(row, Row::Learnable(_));
    match row {
        Row::Cnn1d(_) => {
            args.classifier = ClassifierConfig::Cnn1d { dropout: CNN_DROPOUT };
            // It sees the filters' outputs, which are no energies.
            args.scaling.compression = Compression::Log;
            args.scaling.floor_db = None;
        }
        Row::Cnn2d(_) => args.classifier = ClassifierConfig::Cnn2d { dropout: CNN_DROPOUT },
        _ => {}
    }
    let mut config = args.model_config(labels.to_vec())?;
    let images = match row {
        Row::LogMel(bands) => {
            let framing = config.front_end.framing;
            // A bank of single samples: its frames are those of the spectrogram, and nothing computes it.
            config.front_end.taps = 1;
            // Nor is there a filter whose noise a floor could be.
            config.scaling.floor_db = None;
            Images::LogMel(LogMel::new(bands, config.front_end.sample_rate, framing)?)
        }
        _ => Images::Filterbank,
    };
    let fits = |blocks: &usize| {
        let classifier = config.classifier.with_blocks(*blocks);
        ModelConfig { classifier, ..config.clone() }.layout().is_ok()
    };
    if let Some(blocks) = config.classifier.blocks().and_then(|most| (1..=most).rev().find(fits)) {
        config.classifier = config.classifier.with_blocks(blocks);
    }
    config.layout().map_err(|error| Error::from(error).at(format!("row {row}")))?;
    Ok((config, images))
}

/// Of one recording: number of the label, probabilities of all labels, and how many of its segments (windows) get each.
type Said = (usize, Vec<f64>, Vec<u64>);

fn judge(classifier: &Classifier, recordings: &[LabelledRecording]) -> Result<Vec<Said>> {
    let config = classifier.config();
    let row = |probabilities: &BTreeMap<String, f64>| in_order_of_labels(&config.labels, probabilities);
    let said = |prediction: Prediction| {
        let mut segments = vec![0; config.labels.len()];
        let decision = classifier.decision();
        prediction.windows.iter().for_each(|window| segments[decision.label(&row(&window.probabilities))] += 1);
        // A table compares rows: every recording gets a label, also where one alone would have none.
        let probabilities = row(&prediction.probabilities);
        (decision.label(&probabilities), probabilities, segments)
    };
    Ok(classifier.classify_all(recordings, BATCH, || {})?.into_iter().map(said).collect())
}

/// Whether a table of these rows can be made with these settings.
///
/// # Errors
/// Settings that choose on what is reported, that make runs unlike each other, or that a row cannot follow.
pub fn check(rows: &[Row], args: &TrainArgs) -> Result<()> {
    for row in rows {
        let filters = row.filters().map(|filters| filters as u32).or(args.front_end.filters);
        let front_end = FrontEndFlags { filters, ..args.front_end.clone() }.config(args.task, args.frontend);
        front_end.map_err(|error| match error {
            Error::Usage(why) => Error::Usage(format!("row {row}: {why}")),
            other => other,
        })?;
    }
    if let Some(row) = rows.iter().find(|row| matches!(row, Row::Cnn1d(_))) {
        check_waves(&format!("row {row}"), args.task, &args.recipe.augment)?;
    }
    match (args.recipe.minutes, &args.held_out) {
        (Some(_), _) => Err(Error::Usage(
            "runs of a table end by epochs, not by minutes: another machine must be able to repeat them".into(),
        )),
        (None, HeldOut::Fold(None) | HeldOut::Listed(_)) => Ok(()),
        (None, _) => {
            Err(Error::Usage("a table holds out every fold or subset in turn; leave out what names one".into()))
        }
    }
}
