//! The model in training, and what moves it: one batch after the other, with a way back where a step goes wrong.

use std::time::{Duration, Instant};

use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::module::{Module, ParamGroup};
use burn::optim::{AdamConfig, AdamWConfig, GradientsAccumulator, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::{Bytes, Device, Tensor, TensorData};
use spectnet_core::model::{ModelConfig, Weights};
use spectnet_core::network::burn::SpectNet;

use super::augment::{Augmenter, Batch};
use super::average::Average;
use super::checkpoint::{Checkpoint, State};
use super::gradients::{self, FRONT_END, Norms, Squares};
use super::guard::Fault;
use super::known_images::KnownImages;
use super::recipe::{Loss, Recipe};
use super::sampler::Sampler;
use crate::compute::classify::{sounding_tensor, states_tensor};
use crate::compute::images::Images;
use crate::data::library::LabelledRecording;
use crate::error::{Error, Result};

/// Batches between two read-backs of losses and gradients: each makes a GPU wait. On the CPU they are read every time.
const READ_EVERY: usize = 8;
/// Decoupled weight decay of the classifier (Loshchilov & Hutter 2019); the filters have none, for them 0 means nothing.
const WEIGHT_DECAY: f32 = 1e-2;

/// What was read back from the device.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reading {
    /// Losses of the batches since the last reading, in nats; none of those that were undone.
    pub losses: Vec<f64>,
    /// Norms of the gradients of the last step, of the front-end and of the rest.
    pub norms: Option<[f64; 2]>,
    /// Why steps were undone; none where they were not.
    pub fault: Option<Fault>,
    /// How long the device waited for the data of the batch.
    pub waited: Duration,
}

/// The model in training, and what moves it.
pub(super) struct Trainer<'a> {
    recipe: &'a Recipe,
    config: &'a ModelConfig,
    images: &'a Images,
    pub(super) model: SpectNet,
    optimizer: ModuleOptimizer,
    /// Average of the weights over the steps; none where none is asked for.
    average: Option<Average>,
    /// Sum of the gradients of some batches, and of how many.
    gradients: GradientsAccumulator<SpectNet>,
    accumulated: usize,
    sampler: Sampler,
    augmenter: Augmenter,
    /// Images of a front-end that does not learn; none where every batch needs its own.
    known: Option<KnownImages>,
    /// The device as such, and with gradients.
    plain: Device,
    pub(super) device: Device,
    /// Batches of the whole run so far.
    pub(super) batches: u64,
    /// After so many batches losses are read back.
    every: usize,
    /// Batches that have not been read back yet.
    unread: Vec<Unread>,
    /// Gradients of the last step, likewise.
    squares: Option<Squares>,
    /// Model, optimiser and average before what has not been read back.
    good: Option<(SpectNet, ModuleOptimizer, Option<Average>)>,
}

struct Unread {
    loss: Tensor<1>,
    recordings: Vec<usize>,
}

impl<'a> Trainer<'a> {
    pub(super) fn new(
        recipe: &'a Recipe,
        config: &'a ModelConfig,
        images: &'a Images,
        model: SpectNet,
        recordings: &[LabelledRecording],
        plain: &Device,
        seed: u64,
    ) -> Self {
        let device = plain.clone().autodiff();
        let filters = AdamConfig::new().with_epsilon(1e-8).build();
        let augmenter = Augmenter::new(&recipe.augment, recipe.augment_strength, seed);
        let sampler = Sampler::new(recordings, config.windowing.samples, seed);
        let learns = config.front_end.learnable && matches!(images, Images::Filterbank);
        // The filters' outputs are ten times the size of their image, and cost little.
        let keeps = !learns && !augmenter.changes_sound() && !config.classifier.sees_filter_outputs();
        let known = keeps.then(KnownImages::default);
        Self {
            recipe,
            config,
            images,
            model: gradients::numbered(model.to_device(&device).train()),
            optimizer: AdamWConfig::new().with_weight_decay(WEIGHT_DECAY).init().with_group(
                ParamGroup::from_predicate(FRONT_END),
                filters,
                None,
            ),
            average: recipe.ema.map(Average::new),
            gradients: GradientsAccumulator::new(),
            accumulated: 0,
            sampler: if known.is_some() { sampler.with_few_places() } else { sampler },
            augmenter,
            known,
            plain: plain.clone(),
            device,
            batches: 0,
            every: if *plain == Device::flex() { 1 } else { READ_EVERY },
            unread: Vec::new(),
            squares: None,
            good: None,
        }
    }

    /// Goes on from a checkpoint, whose weights the model has already.
    ///
    /// # Errors
    /// A checkpoint of another model or of other recordings.
    pub(super) fn go_on(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        let state = &checkpoint.state;
        let bytes = Bytes::from_bytes_vec(checkpoint.optimiser.clone());
        self.optimizer = self
            .optimizer
            .clone()
            .from_bytes(bytes)
            .map_err(|error| Error::input(format!("the optimiser of the checkpoint cannot be read: {error}")))?;
        self.sampler.go_on(&state.sampler)?;
        self.augmenter.go_on(state.augmenter);
        self.batches = state.batches;
        self.accumulated = state.accumulated;
        if let (Some(average), Some(weights)) = (self.average.take(), &checkpoint.average) {
            let model = SpectNet::with_weights(self.config, weights, &self.plain)?;
            self.average = Some(average.going_on(state.averaged, model));
        } else {
            self.average = self.recipe.ema.map(Average::new);
        }
        let sums = gradients::to_device(&self.model, &checkpoint.gradients, &self.plain);
        self.gradients.accumulate(&self.model, sums);
        Ok(())
    }

    /// All that a run goes on from, but for what the trainer does not know. Everything must have been read back.
    ///
    /// # Errors
    /// A device that fails.
    pub(super) fn checkpoint(&mut self) -> Result<Checkpoint> {
        let sums = self.gradients.grads();
        let gradients = gradients::to_host(&self.model, &sums);
        self.gradients.accumulate(&self.model, sums);
        let optimiser = self
            .optimizer
            .into_bytes()
            .map_err(|error| Error::input(format!("the moments of the optimiser cannot be read: {error}")))?;
        let mut state = State::new(self.sampler.state(), self.augmenter.position());
        (state.batches, state.accumulated) = (self.batches, self.accumulated);
        state.averaged = self.average.as_ref().map_or(0, Average::steps);
        Ok(Checkpoint {
            state,
            weights: self.weights()?,
            best: None,
            average: self.average.as_ref().map(Average::weights).transpose()?.flatten(),
            gradients: gradients?,
            optimiser: optimiser.to_vec(),
        })
    }

    /// The weights as they are now.
    ///
    /// # Errors
    /// A device that fails.
    pub(super) fn weights(&self) -> Result<Weights> {
        Ok(self.model.valid().weights()?)
    }

    /// The weights that are judged and saved: their average where one is asked for.
    ///
    /// # Errors
    /// A device that fails.
    pub(super) fn judged(&self) -> Result<Weights> {
        match self.average.as_ref().map(Average::weights).transpose()?.flatten() {
            Some(average) => Ok(average),
            None => self.weights(),
        }
    }

    /// One batch forward and back; every so often a step of the optimiser, and what is then read back.
    ///
    /// # Errors
    /// A device that fails.
    pub(super) fn step(&mut self, recordings: &[LabelledRecording], factor: f64) -> Result<Reading> {
        let begun = Instant::now();
        let sound = self.known.is_none();
        let mut batch = self.augmenter.batch(self.config, recordings, &mut self.sampler, self.recipe.batch, sound);
        let waited = begun.elapsed();
        if self.good.is_none() || (self.unread.is_empty() && self.accumulated == 0) {
            self.good = Some((self.model.valid(), self.optimizer.clone(), self.average.clone()));
        }
        // What is dropped in a batch follows from its number, not from what was drawn before: nobody can read how far a
        // device's random numbers are.
        self.plain.seed(mixed(self.recipe.seed, self.batches));
        self.batches += 1;
        let drawn = batch.draws.iter().map(|draw| draw.recording).collect();
        let image = match &mut self.known {
            Some(known) => known.of(self.config, self.images, &self.model.front_end, recordings, &batch)?,
            None => self.images.of(self.config, &self.model.front_end, std::mem::take(&mut batch.windows)),
        };
        let loss = self.loss(image, batch) / self.recipe.accumulate as f64;
        let gradients = GradientsParams::from_grads(loss.backward(), &self.model);
        let loss = loss.detach() * self.recipe.accumulate as f64;
        self.unread.push(Unread { loss, recordings: drawn });
        self.gradients.accumulate(&self.model, gradients);
        self.accumulated += 1;
        let mut reading = Reading::default();
        if self.accumulated == self.recipe.accumulate {
            self.accumulated = 0;
            let reads = self.unread.len() >= self.every;
            self.move_weights(factor, reads);
            if reads {
                reading = self.read()?;
            }
        }
        Ok(Reading { waited, ..reading })
    }

    /// One step of the optimiser along the gradients so far, which are measured where that is asked for.
    fn move_weights(&mut self, factor: f64, measures: bool) {
        let mut gradients = self.gradients.grads();
        let clip = self.recipe.clip_norm;
        self.squares = if measures || clip.is_some() { Squares::of(&self.model, &gradients) } else { None };
        if let (Some(squares), Some(most)) = (&self.squares, clip) {
            gradients = squares.clipped(&self.model, gradients, most);
        }
        let rates = ModuleLrScheduler::new(self.recipe.learning_rate * factor)
            .with_group(ParamGroup::from_predicate(FRONT_END), self.recipe.front_end_learning_rate * factor)
            .step();
        self.model = self.optimizer.step(rates, self.model.clone(), gradients);
        if let Some(average) = &mut self.average {
            average.add(self.model.valid());
        }
    }

    /// Reads back what has not been read yet, and undoes it where the loss or a gradient is no number.
    ///
    /// # Errors
    /// A device that fails.
    pub(super) fn read(&mut self) -> Result<Reading> {
        let unread = std::mem::take(&mut self.unread);
        if unread.is_empty() {
            return Ok(Reading::default());
        }
        let losses = Tensor::cat(unread.iter().map(|one| one.loss.clone()).collect(), 0).try_into_vec_as::<f32>();
        let losses = losses.map_err(|error| Error::input(format!("the device failed: {error}")))?;
        let norms = self.squares.take().map(Squares::read).transpose()?;
        let tensors: Vec<String> = norms.iter().flat_map(Norms::broken).map(String::from).collect();
        let broken = losses.iter().position(|loss| !loss.is_finite());
        if broken.is_none() && tensors.is_empty() {
            let norms = norms.map(|norms| norms.of_parts());
            let losses = losses.into_iter().map(f64::from).collect();
            return Ok(Reading { losses, norms, ..Reading::default() });
        }
        let batch = broken.and_then(|number| unread.get(number)).or(unread.last());
        let recordings = batch.map(|batch| batch.recordings.clone()).unwrap_or_default();
        if let Some((model, optimizer, average)) = self.good.take() {
            self.model = gradients::numbered(model.train());
            self.optimizer = optimizer;
            self.average = average;
        }
        self.gradients = GradientsAccumulator::new();
        self.accumulated = 0;
        Ok(Reading { fault: Some(Fault { tensors, recordings }), ..Reading::default() })
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
}

/// A seed that follows from another one and a number; near numbers give seeds that have nothing in common (SplitMix64; Steele
/// et al. 2014).
pub(super) fn mixed(seed: u64, number: u64) -> u64 {
    let mut x = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
