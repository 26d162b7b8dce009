//! The model in training, and what moves it: one batch after the other, with a way back where a step goes wrong.
//!
//! - `reading`: what comes back from the device
//! - `keeping`: the weights so far, and all that a run goes on from

mod keeping;
mod reading;

use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::module::{Module, ParamGroup};
use burn::optim::{GradientsAccumulator, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};

use super::adapt::freeze;
use super::augment::{Augmenter, Batch};
use super::average::Average;
use super::gradients::{self, FRONT_END, Squares};
use super::images::ImageSource;
use super::known_images::{Found, KnownImages, Missing};
use super::labelled::Labelled;
use super::left::Reading;
use super::loss::{Answers, answers};
use super::optimiser::new_optimiser;
use super::recipe::{Accumulation, Draws, Recipe};
use super::sampler::Sampler;
use super::seeds::mixed;
use super::worst_subset::SubsetWeights;
use crate::Result;
use crate::model::ModelConfig;
use crate::network::burn::SpectNet;

/// Batches between two read-backs of losses and gradients: each makes a GPU wait. On the CPU they are read every time.
const READ_EVERY: usize = 8;

/// The model in training, and what moves it: the optimiser of the recipe, with a learning rate for the classifier and one for
/// the filters.
///
/// It starts no device and opens no file. Methods that read from the device wait for it; those whose names end in `_async` are
/// for a page, and compute the same.
pub struct Trainer<'a> {
    recipe: Recipe,
    config: ModelConfig,
    images: &'a dyn ImageSource,
    model: SpectNet,
    optimizer: ModuleOptimizer,
    /// Average of the weights over the steps; none where none is asked for.
    average: Option<Average>,
    /// Sum of the gradients of some batches, and of how many.
    gradients: GradientsAccumulator<SpectNet>,
    accumulated: usize,
    sampler: Sampler,
    augmenter: Augmenter,
    /// Weights of the subsets in the loss; none where they count alike.
    subsets: Option<SubsetWeights>,
    /// Images of a front-end that does not learn; none where every batch needs its own.
    known: Option<KnownImages>,
    /// The device as such, and with gradients.
    plain: Device,
    device: Device,
    /// Batches of the whole run so far.
    batches: u64,
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
    /// Of every window, where the subsets have weights.
    losses: Option<Tensor<1>>,
    /// How many windows got each label.
    given: Tensor<1>,
    recordings: Vec<usize>,
}

impl<'a> Trainer<'a> {
    /// A trainer of this model by a recipe, whose numbers must lie in the ranges that it names. What does not learn, by the
    /// recipe or because the configuration has filters that do not, stays as it is to the last bit; where that is the body of
    /// the network, it computes as in use: nothing is dropped, and normalisations know their means and variances.
    ///
    /// `images` make the classifier's images; `plain` is a device without gradients; `seed` decides batches and augmentation.
    /// All methods that take recordings must be given these ones, in this order.
    pub fn new<R: Labelled>(
        recipe: &Recipe,
        config: &ModelConfig,
        images: &'a dyn ImageSource,
        model: SpectNet,
        recordings: &[R],
        plain: &Device,
        seed: u64,
    ) -> Self {
        let device = plain.clone().autodiff();
        let augmenter = Augmenter::new(&recipe.augment, recipe.augment_strength, seed);
        let sampler = match recipe.draw {
            Draws::Recordings => Sampler::new(recordings, config.windowing.samples, seed),
            Draws::Windows => Sampler::of_windows(recordings, config.windowing.samples, seed),
        };
        let learns = config.front_end.learnable && recipe.learns.filters() && images.are_of_filters();
        // The filters' outputs are ten times the size of their image, and cost little.
        let keeps = !learns && !augmenter.changes_sound() && !config.classifier.sees_filter_outputs();
        let known = keeps.then(KnownImages::default);
        Self {
            images,
            model: gradients::numbered(freeze(model.to_device(&device).train(), config, recipe.learns)),
            optimizer: new_optimiser(recipe.optimiser),
            average: recipe.ema.map(Average::new),
            gradients: GradientsAccumulator::new(),
            accumulated: 0,
            sampler: if known.is_some() { sampler.with_few_places() } else { sampler },
            augmenter,
            subsets: recipe.worst_subset.map(|rate| SubsetWeights::new(recordings, rate)),
            known,
            plain: plain.clone(),
            device,
            batches: 0,
            every: if *plain == Device::flex() { 1 } else { READ_EVERY },
            unread: Vec::new(),
            squares: None,
            good: None,
            recipe: recipe.clone(),
            config: config.clone(),
        }
    }

    /// The model as it is now, on the device with gradients.
    pub fn model(&self) -> &SpectNet {
        &self.model
    }

    /// The device with gradients.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Batches of the whole run so far.
    pub fn batches(&self) -> u64 {
        self.batches
    }

    /// The next batch, for the next [`step`](Self::step): as many windows of each class × subset as of any other, changed by the
    /// recipe's augmentations.
    ///
    /// # Panics
    /// When these are not the recordings that the trainer was made for.
    pub fn draw<R: Labelled>(&mut self, recordings: &[R]) -> Batch {
        let sound = self.known.is_none();
        self.augmenter.batch(&self.config, recordings, &mut self.sampler, self.recipe.batch, sound)
    }

    /// A batch forward and back; every so often a step of the optimiser, and what is then read back. `factor` is that on both
    /// learning rates, which [`schedule::factor`](super::schedule::factor) gives.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) when the device fails.
    ///
    /// # Panics
    /// When these are not the recordings that the trainer was made for.
    pub fn step<R: Labelled>(&mut self, recordings: &[R], batch: Batch, factor: f64) -> Result<Reading> {
        if let Some(missing) = self.missing(recordings, &batch) {
            let found = missing.read()?;
            self.keep(&found);
        }
        if self.compute(batch, factor) { self.read() } else { Ok(Reading::default()) }
    }

    /// The same for a page.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) when the device fails.
    ///
    /// # Panics
    /// When these are not the recordings that the trainer was made for.
    pub async fn step_async<R: Labelled>(&mut self, recordings: &[R], batch: Batch, factor: f64) -> Result<Reading> {
        if let Some(missing) = self.missing(recordings, &batch) {
            let found = missing.read_async().await?;
            self.keep(&found);
        }
        if self.compute(batch, factor) { self.read_async().await } else { Ok(Reading::default()) }
    }

    /// Images of the batch that are to be stored and are not yet.
    fn missing<R: Labelled>(&self, recordings: &[R], batch: &Batch) -> Option<Missing> {
        self.known.as_ref()?.missing(&self.config, self.images, &self.model.front_end, recordings, batch)
    }

    fn keep(&mut self, found: &Found) {
        if let Some(known) = &mut self.known {
            known.keep(found);
        }
    }

    /// The batch forward and back, without reading anything. Returns whether it is time to read what is left.
    fn compute(&mut self, mut batch: Batch, factor: f64) -> bool {
        if self.good.is_none() || (self.unread.is_empty() && self.accumulated == 0) {
            self.good = Some((self.model.valid(), self.optimizer.clone(), self.average.clone()));
        }
        // What is dropped in a batch follows from its number, not from what was drawn before: nobody can read how far a
        // device's random numbers are.
        self.plain.seed(mixed(self.recipe.seed, self.batches));
        self.batches += 1;
        let drawn: Vec<usize> = batch.draws.iter().map(|draw| draw.recording).collect();
        let factors = self.subsets.as_ref().map(|subsets| subsets.factors(&drawn));
        let bank = &self.model.front_end;
        let image = match &self.known {
            Some(known) => known.of(&self.config, bank, &batch),
            None => self.images.of(&self.config, bank, std::mem::take(&mut batch.windows)),
        };
        let kind = self.recipe.options.loss;
        let Answers { loss, losses, given } =
            answers(&self.model, &self.config, kind, image, batch, factors, &self.device);
        // Gradients are added up: those of so many parts of the losses come to the gradient of their mean.
        let parts = match self.recipe.accumulation {
            Accumulation::Mean => self.recipe.accumulate as f64,
            Accumulation::Sum => 1.0,
        };
        let loss = loss / parts;
        let gradients = GradientsParams::from_grads(loss.backward(), &self.model);
        let loss = loss.detach() * parts;
        self.unread.push(Unread { loss, losses, given, recordings: drawn });
        self.gradients.accumulate(&self.model, gradients);
        self.accumulated += 1;
        if self.accumulated < self.recipe.accumulate {
            // What a subset counts in the next batch must not depend on whether a checkpoint has read this one.
            return self.subsets.is_some() && self.unread.len() >= self.every;
        }
        self.accumulated = 0;
        let reads = self.unread.len() >= self.every;
        self.move_weights(factor, reads);
        reads
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
}
