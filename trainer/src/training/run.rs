//! The training loop.

use std::time::Instant;

use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::module::{Module, ParamGroup};
use burn::optim::{AdamConfig, AdamWConfig, GradientsAccumulator, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::{Device, Tensor, TensorData};
use spectnet_core::model::{ModelConfig, Normalisation, Weights};
use spectnet_core::network::burn::SpectNet;
use spectnet_core::prediction::Prepared;

use super::augment::{Augmenter, Batch};
use super::known_images::KnownImages;
use super::outputs::Epoch;
use super::recipe::{Loss, Recipe};
use super::sampler::Sampler;
use super::schedule;
use crate::compute::classify::{BATCH, Classifier, sounding_tensor, states_tensor};
use crate::compute::images::Images;
use crate::data::library::{self, LabelledRecording};
use crate::error::{Error, Result};
use crate::evaluation::{Evaluation, evaluate};
use crate::progress;

/// Most windows in an epoch, so that a large dataset is validated often enough to find the best epoch.
const EPOCH_WINDOWS: usize = 4096;
/// Most windows, one for each recording, from which the levels of the data are taken: means and deviations then vary by percents.
const LEVEL_WINDOWS: usize = 256;
/// Steps between two read-backs of the loss: each makes a GPU wait.
const LOSS_EVERY: usize = 8;
/// Path of the filterbank in the module, whose parameters have their own learning rate.
const FRONT_END: &str = "front_end";
/// Decoupled weight decay of the classifier (Loshchilov & Hutter 2019); the filters have none, for them 0 means nothing.
const WEIGHT_DECAY: f32 = 1e-2;

/// Recordings that are trained on, and recordings that choose the epoch.
pub struct Data {
    /// Trained on.
    pub training: Vec<LabelledRecording>,
    /// Choose the best epoch; where there are none, the last is taken.
    pub validation: Vec<LabelledRecording>,
}

/// What a run starts from.
pub struct Start {
    /// The model.
    pub model: SpectNet,
    /// Epochs it has been trained.
    pub epochs: u64,
    /// The best model so far and its epoch, in a run that goes on.
    pub best: Option<(Weights, u64)>,
}

/// The best epoch of a run.
pub struct Best {
    /// Its weights.
    pub weights: Weights,
    /// Its number, from 1.
    pub epoch: u64,
    /// Its evaluation on the validation recordings: the best of many, so better than on data never looked at. None where there
    /// are none.
    pub validation: Option<Evaluation>,
}

/// Is told of every epoch: its figures, its weights, and whether it is the best so far.
pub type Observer<'a> = dyn FnMut(&Epoch, &Weights, bool) -> Result<()> + 'a;

/// Trains a model.
///
/// The best epoch has the highest recording-level MAcc on the validation recordings, averaged over the subsets, of equals the
/// lowest loss.
///
/// # Errors
/// A loss that is not a number, a device that fails, or an observer that fails.
pub fn train(
    recipe: &Recipe,
    config: &ModelConfig,
    images: &Images,
    start: Start,
    data: &Data,
    device: &Device,
    observer: &mut Observer,
) -> Result<Best> {
    let started = Instant::now();
    let first = start.epochs + 1;
    let mut best = match start.best {
        Some((weights, epoch)) => {
            let validation = validate(recipe, config, &weights, images, data, device)?;
            Some(Best { weights, epoch, validation })
        }
        None => None,
    };
    // A run that goes on draws other batches than it began with.
    let seed = recipe.seed.wrapping_add(start.epochs);
    let mut trainer = Trainer::new(recipe, config, images, start.model, &data.training, device, seed);
    if *device == Device::flex()
        && let Err(why) = trainer.model.classifier.trains_fast(&trainer.device)
    {
        say!("the convolutions are trained with Burn's own layers, which takes longer: {why}");
    }
    let steps = library::windows(&data.training).min(EPOCH_WINDOWS).div_ceil(recipe.batch).max(1);
    for number in first..=u64::from(recipe.epochs) {
        let bar = progress::bar(steps as u64, "training");
        let mut losses = Vec::new();
        let mut ended = false;
        for step in 0..steps {
            let done = (number - 1) as f64 + step as f64 / steps as f64;
            let progress = schedule::progress(done, recipe.epochs, started.elapsed(), recipe.minutes);
            losses.extend(trainer.step(&data.training, schedule::factor(progress))?);
            bar.inc(1);
            ended = progress >= 1.0;
            if ended {
                break;
            }
        }
        losses.extend(trainer.losses()?);
        bar.finish_and_clear();

        let weights = trainer.model.valid().weights()?;
        let validation = validate(recipe, config, &weights, images, data, device)?;
        let epoch = Epoch {
            epoch: number,
            seconds: started.elapsed().as_secs_f64(),
            training_loss: losses.iter().sum::<f64>() / losses.len().max(1) as f64,
            validation_loss: validation.as_ref().map(|validation| validation.loss),
            validation_macc: validation.as_ref().and_then(|validation| validation.recording.macc),
            validation_score: validation.as_ref().and_then(score),
            largest_shift_hz: largest_shift(&weights, config)?,
        };
        let better = best.as_ref().is_none_or(|best| is_better(validation.as_ref(), best.validation.as_ref()));
        observer(&epoch, &weights, better)?;
        if better {
            best = Some(Best { weights, epoch: number, validation });
        }
        let late = recipe.minutes.is_some_and(|minutes| started.elapsed().as_secs_f64() >= 60.0 * minutes);
        if ended || late {
            say!("the time is up after {:.1} minutes", started.elapsed().as_secs_f64() / 60.0);
            break;
        }
    }
    // Without one, --epochs was reached before this run began and the folder has lost its best model.
    best.ok_or_else(|| Error::input(format!("{} epochs are trained already; ask for more with --epochs", first - 1)))
}

/// A new model whose scaling knows the levels of the training data.
///
/// # Errors
/// A configuration that no model can have.
pub fn new_model(
    config: &ModelConfig,
    images: &Images,
    recordings: &[LabelledRecording],
    device: &Device,
) -> Result<SpectNet> {
    let mut model = SpectNet::new(config, device)?;
    if config.scaling.normalisation == Normalisation::Data {
        let step = recordings.len().div_ceil(LEVEL_WINDOWS).max(1);
        let middle = |prepared: &Prepared| prepared.windows.get(prepared.windows.len() / 2).copied();
        let prepared = recordings
            .iter()
            .step_by(step)
            .flat_map(|recording| recording.downmixes.iter())
            .map(|(_, prepared)| prepared);
        let windows = prepared.filter_map(|prepared| Some(prepared.input(config, &[middle(prepared)?])));
        let images = images.of(config, &model.front_end, windows.flat_map(|windows| windows.samples).collect());
        let floor = config.noise().map(|noise| model.front_end.noise_energy(noise));
        model.scaling = model.scaling.fitted(images, floor);
    }
    Ok(model)
}

/// The model in training, and what moves it.
struct Trainer<'a> {
    recipe: &'a Recipe,
    config: &'a ModelConfig,
    images: &'a Images,
    model: SpectNet,
    optimizer: ModuleOptimizer,
    /// Sum of the gradients of some batches, and of how many.
    gradients: GradientsAccumulator<SpectNet>,
    accumulated: usize,
    sampler: Sampler,
    augmenter: Augmenter,
    /// Images of a front-end that does not learn; none where every batch needs its own.
    known: Option<KnownImages>,
    device: Device,
    /// Losses that have not been read back yet.
    pending: Vec<Tensor<1>>,
}

impl<'a> Trainer<'a> {
    fn new(
        recipe: &'a Recipe,
        config: &'a ModelConfig,
        images: &'a Images,
        model: SpectNet,
        recordings: &[LabelledRecording],
        device: &Device,
        seed: u64,
    ) -> Self {
        let device = device.clone().autodiff();
        let filters = AdamConfig::new().with_epsilon(1e-8).build();
        let augmenter = Augmenter::new(&recipe.augment, seed);
        let sampler = Sampler::new(recordings, config.windowing.samples, seed);
        let learns = config.front_end.learnable && matches!(images, Images::Filterbank);
        // The filters' outputs are ten times the size of their image, and cost little.
        let keeps = !learns && !augmenter.changes_sound() && !config.classifier.sees_filter_outputs();
        let known = keeps.then(KnownImages::default);
        Self {
            recipe,
            config,
            images,
            model: model.to_device(&device).train(),
            optimizer: AdamWConfig::new().with_weight_decay(WEIGHT_DECAY).init().with_group(
                ParamGroup::from_predicate(FRONT_END),
                filters,
                None,
            ),
            gradients: GradientsAccumulator::new(),
            accumulated: 0,
            sampler: if known.is_some() { sampler.with_few_places() } else { sampler },
            augmenter,
            known,
            device,
            pending: Vec::new(),
        }
    }

    /// One batch forward and back. Returns losses that were read back, in nats.
    fn step(&mut self, recordings: &[LabelledRecording], factor: f64) -> Result<Vec<f64>> {
        let sound = self.known.is_none();
        let mut batch = self.augmenter.batch(self.config, recordings, &mut self.sampler, self.recipe.batch, sound);
        let image = match &mut self.known {
            Some(known) => known.of(self.config, self.images, &self.model.front_end, recordings, &batch)?,
            None => self.images.of(self.config, &self.model.front_end, std::mem::take(&mut batch.windows)),
        };
        let loss = self.loss(image, batch) / self.recipe.accumulate as f64;
        let gradients = GradientsParams::from_grads(loss.backward(), &self.model);
        self.pending.push(loss.detach() * self.recipe.accumulate as f64);
        self.gradients.accumulate(&self.model, gradients);
        self.accumulated += 1;
        if self.accumulated == self.recipe.accumulate {
            self.accumulated = 0;
            self.move_weights(factor);
        }
        if self.pending.len() < LOSS_EVERY { Ok(Vec::new()) } else { self.losses() }
    }

    /// One step of the optimiser along the gradients so far.
    fn move_weights(&mut self, factor: f64) {
        let rates = ModuleLrScheduler::new(self.recipe.learning_rate * factor)
            .with_group(ParamGroup::from_predicate(FRONT_END), self.recipe.front_end_learning_rate * factor)
            .step();
        self.model = self.optimizer.step(rates, self.model.clone(), self.gradients.grads());
    }

    /// Mean cross-entropy of the images of a batch, in nats.
    fn loss(&self, mut image: Tensor<4>, batch: Batch) -> Tensor<1> {
        let (classes, frames, filters) =
            (self.config.labels.len(), self.config.frames(), self.config.front_end.filters);
        let rows = batch.draws.len();
        let tensor = |values, shape| Tensor::<4>::from_data(TensorData::new(values, shape), &self.device);
        if let Some(curves) = batch.curves {
            image = image + tensor(curves, [rows, 1, 1, filters]);
        }
        let sounding = sounding_tensor(self.config, batch.sounding, &self.device);
        let mut image = self.model.scaled(self.config, image, sounding);
        if let Some(masks) = batch.masks {
            image = image * tensor(masks, [rows, 1, frames, filters]);
        }
        let targets = Tensor::<2>::from_data(TensorData::new(batch.targets, [rows, classes]), &self.device);
        let states = states_tensor(self.config, batch.states, &self.device);
        let logits = self.model.classifier.forward(image, states);
        let logits = match self.recipe.options.loss {
            Loss::OfLogits => logits,
            Loss::OfProbabilities => softmax(logits, 1),
        };
        let losses = log_softmax(logits, 1) * targets;
        -losses.sum() / rows as f64
    }

    /// Reads the pending losses back.
    fn losses(&mut self) -> Result<Vec<f64>> {
        if self.pending.is_empty() {
            return Ok(Vec::new());
        }
        let losses = Tensor::cat(std::mem::take(&mut self.pending), 0).try_into_vec_as::<f32>();
        let losses = losses.map_err(|error| Error::input(format!("the device failed: {error}")))?;
        if losses.iter().any(|loss| !loss.is_finite()) {
            return Err(Error::input(
                "training diverged: the loss is not a number; lower --learning-rate or --front-end-learning-rate \
                 (the models saved so far are kept)",
            ));
        }
        Ok(losses.into_iter().map(f64::from).collect())
    }
}

fn validate(
    recipe: &Recipe,
    config: &ModelConfig,
    weights: &Weights,
    images: &Images,
    data: &Data,
    device: &Device,
) -> Result<Option<Evaluation>> {
    if data.validation.is_empty() {
        return Ok(None);
    }
    let classifier = Classifier::with_images(config, weights, images, device, recipe.options.dropping)?;
    evaluate(&classifier, &data.validation, BATCH).map(Some)
}

/// Without validation every epoch is better than the one before.
fn is_better(new: Option<&Evaluation>, old: Option<&Evaluation>) -> bool {
    let (Some(new), Some(old)) = (new, old) else { return true };
    let rank = |evaluation: &Evaluation| (score(evaluation).unwrap_or(0.0), -evaluation.loss);
    rank(new) > rank(old)
}

/// The figure that chooses the epoch.
fn score(evaluation: &Evaluation) -> Option<f64> {
    evaluation.mean_over_subsets.macc.or(evaluation.recording.accuracy)
}

/// Largest distance of a learned centre frequency from its start value, in Hz.
fn largest_shift(weights: &Weights, config: &ModelConfig) -> Result<f64> {
    let (initial, learned) = (config.front_end.initial_filters()?, config.filters(weights)?);
    let shifts = initial.iter().zip(learned).map(|(initial, learned)| (learned.centre_hz - initial.centre_hz).abs());
    Ok(shifts.fold(0.0, f64::max))
}
