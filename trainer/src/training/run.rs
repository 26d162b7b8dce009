//! The training loop.

use std::time::{Duration, Instant};

use burn::tensor::Device;
use spectnet_core::filterbank::FilterParameters;
use spectnet_core::learning::recipe::Selection;
use spectnet_core::learning::sampler::windows_of_groups;
use spectnet_core::learning::schedule::{self, Place};
use spectnet_core::learning::{Guard, Learns, Reading, Recipe, Trainer, Watch, mixed, patience};
use spectnet_core::model::{ModelConfig, Weights};
use spectnet_core::network::burn::SpectNet;

use super::advice;
use super::checkpoint::Checkpoint;
use super::observer::{EpochEnd, GradientNorm, Observer, Steps};
use super::outputs::Epoch;
use crate::compute::classify::{BATCH, Classifier};
use crate::compute::images::Images;
use crate::data::library::LabelledRecording;
use crate::error::{Error, Result};
use crate::evaluation::{Evaluation, evaluate};
use crate::progress;

/// Batches between two lines of the journal: often enough for a curve, and little beside the work of a batch.
const TOLD_EVERY: u64 = 10;

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
    /// Its filters before the run.
    pub filters: Vec<FilterParameters>,
    /// Epochs it has been trained.
    pub epochs: u64,
    /// The best model so far and its epoch, in a run that goes on.
    pub best: Option<(Weights, u64)>,
    /// The checkpoint that the run goes on from; none at its beginning, and where only its models are there.
    pub from: Option<Checkpoint>,
}

impl Start {
    /// Goes on from a checkpoint of a run that began with these filters.
    ///
    /// # Errors
    /// Weights of another model than the configuration describes.
    pub fn going_on(
        mut from: Checkpoint,
        config: &ModelConfig,
        filters: Vec<FilterParameters>,
        device: &Device,
    ) -> Result<Self> {
        let model = SpectNet::with_weights(config, &from.weights, device)?;
        let best = from.best.take().zip(from.state.best_epoch);
        Ok(Self { model, filters, epochs: from.state.epoch, best, from: Some(from) })
    }
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

/// Trains a model.
///
/// The best epoch has the highest recording-level MAcc on the validation recordings, averaged over the subsets, of equals the
/// lowest loss. Where an average of the weights is asked for, it is judged and taken in place of the weights of the last step.
///
/// # Errors
/// Too many steps in a row whose loss or gradient is not a number, a device that fails, an observer that fails, or that stops
/// the run.
pub fn train(
    recipe: &Recipe,
    config: &ModelConfig,
    images: &Images,
    start: Start,
    data: &Data,
    device: &Device,
    observer: &mut dyn Observer,
) -> Result<Best> {
    let Start { model, filters, epochs, best, from } = start;
    // A run that goes on from a model alone draws other batches than it began with.
    let seed = from.as_ref().map_or(recipe.seed.wrapping_add(epochs), |from| from.state.seed);
    let mut trainer = Trainer::new(recipe, config, images, model, &data.training, device, seed);
    let mut course = Course {
        seed,
        judge: Judge { recipe, config, images, data, device },
        filters,
        steps: recipe.epoch_windows.batches(&windows_of_groups(&data.training), recipe.batch),
        clock: Clock { before: Duration::ZERO, started: Instant::now() },
        batches_of_epoch: 0,
        losses: (0.0, 0),
        given: Vec::new(),
        guard: Guard::default(),
        watch: Watch::default(),
        told: Told::new(),
        best: None,
        shown: progress::run(),
    };
    if let Some(checkpoint) = from {
        trainer.go_on(&checkpoint.snapshot())?;
        let state = checkpoint.state;
        course.clock.before = Duration::try_from_secs_f64(state.seconds).unwrap_or_default();
        course.batches_of_epoch = state.batches_of_epoch;
        course.losses = state.losses;
        course.guard.skipped = state.skipped;
    }
    course.shown.begins_at(course.progress(epochs));
    if let Some((weights, epoch)) = best {
        let validation = course.judge.validate(&weights, epoch)?;
        course.best = Some(Best { weights, epoch, validation });
    }
    // Where the body of the network does not learn, it computes as in use.
    if *device == Device::flex()
        && recipe.learns == Learns::Everything
        && let Err(why) = trainer.model().classifier.trains_fast(trainer.device())
    {
        say!("the convolutions are trained with Burn's own layers, which takes longer: {why}");
    }
    for number in epochs + 1..=u64::from(recipe.epochs) {
        // Also of a run that goes on, which had ended before.
        let best_epoch = course.best.as_ref().map(|best| best.epoch);
        if patience::is_over(recipe.early_stopping, best_epoch, number - 1) {
            let (last, best) = (number - 1, best_epoch.unwrap_or_default());
            say!("stopping early after epoch {last}: no epoch after {best} was better (--early-stopping)");
            break;
        }
        let is_up = course.best.is_some() && course.is_late();
        let is_up = is_up || {
            let ended = course.epoch(&mut trainer, number, observer)?;
            course.finish(&mut trainer, number, observer)?;
            ended || course.is_late()
        };
        if is_up {
            say!("the time is up after {:.1} minutes", course.clock.elapsed().as_secs_f64() / 60.0);
            break;
        }
    }
    // Without one, --epochs was reached before this run began and the folder has lost its best model.
    course.best.ok_or_else(|| Error::input(format!("{epochs} epochs are trained already; ask for more with --epochs")))
}

/// A run on its way.
struct Course<'a> {
    /// Seed of sampler and augmentation.
    seed: u64,
    judge: Judge<'a>,
    /// The filters before the run.
    filters: Vec<FilterParameters>,
    /// Batches of an epoch.
    steps: u64,
    clock: Clock,
    /// Batches of the epoch under way.
    batches_of_epoch: u64,
    /// Sum of its losses, and how many.
    losses: (f64, u64),
    /// How many of its windows got each label, as far as this process has made it.
    given: Vec<u64>,
    guard: Guard,
    watch: Watch,
    told: Told,
    best: Option<Best>,
    /// What a person sees of it.
    shown: progress::Course,
}

/// How long a run has taken, also before it was stopped.
struct Clock {
    before: Duration,
    started: Instant,
}

impl Clock {
    fn elapsed(&self) -> Duration {
        self.before + self.started.elapsed()
    }
}

/// What has gathered since steps were told the last time.
struct Told {
    since: Instant,
    batches: u64,
    losses: (f64, u64),
    norms: Option<[f64; 2]>,
    waited: Duration,
}

impl Told {
    fn new() -> Self {
        Self { since: Instant::now(), batches: 0, losses: (0.0, 0), norms: None, waited: Duration::ZERO }
    }
}

impl Course<'_> {
    /// The batches of an epoch that are left. Returns whether the time is up.
    fn epoch(&mut self, trainer: &mut Trainer, number: u64, observer: &mut dyn Observer) -> Result<bool> {
        let Judge { recipe, data, .. } = self.judge;
        let bar = progress::bar(self.steps, "training");
        bar.set_position(self.batches_of_epoch);
        self.told = Told::new();
        let (mut ended, mut factor) = (false, 0.0);
        while self.batches_of_epoch < self.steps && !ended {
            let progress = self.progress(number - 1);
            let steps_of_epoch = self.steps as f64 / recipe.accumulate as f64;
            let place = Place {
                progress,
                epochs: self.epochs_done(number - 1),
                of_epochs: recipe.epochs.into(),
                steps_of_epoch,
            };
            factor = schedule::factor(recipe.schedule, recipe.warm_up, &place);
            self.shown.at(progress, &format!("epoch {number} of {}", recipe.epochs));
            let begun = Instant::now();
            let batch = trainer.draw(&data.training);
            self.told.waited += begun.elapsed();
            let reading = trainer.step(&data.training, batch, factor)?;
            self.batches_of_epoch += 1;
            self.told.batches += 1;
            self.take(trainer, reading, number, observer)?;
            bar.inc(1);
            ended = progress >= 1.0;
            if self.told.batches >= TOLD_EVERY {
                self.tell(trainer, number, factor, observer);
            }
            let stop = observer.stop();
            if stop.is_some() || observer.wants_checkpoint(false) {
                let reading = trainer.read()?;
                self.take(trainer, reading, number, observer)?;
                self.save(trainer, number - 1, observer)?;
            }
            if let Some(status) = stop {
                bar.finish_and_clear();
                return Err(Error::Stopped(status));
            }
        }
        let reading = trainer.read()?;
        self.take(trainer, reading, number, observer)?;
        if self.told.batches > 0 {
            self.tell(trainer, number, factor, observer);
        }
        bar.finish_and_clear();
        Ok(ended)
    }

    /// Takes what was read back. Where the run ends, because nothing can be read any more, its last good state is saved.
    fn take(
        &mut self,
        trainer: &mut Trainer,
        reading: Reading,
        number: u64,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        if let Some(fault) = &reading.fault {
            self.told.norms = None;
            match self.guard.fault(fault, &self.judge.data.training) {
                Ok(said) => said.iter().for_each(|said| say!("warning: {said}")),
                Err(error) => {
                    self.save(trainer, number - 1, observer)?;
                    return Err(advice::diverged(&error));
                }
            }
            return Ok(());
        }
        if !reading.losses.is_empty() {
            self.guard.fine();
            self.told.norms = reading.norms;
        }
        self.given.resize(self.given.len().max(reading.given.len()), 0);
        self.given.iter_mut().zip(&reading.given).for_each(|(sum, count)| *sum += count);
        for loss in reading.losses {
            for (sum, count) in [&mut self.losses, &mut self.told.losses] {
                *sum += loss;
                *count += 1;
            }
        }
        Ok(())
    }

    fn tell(&mut self, trainer: &Trainer, epoch: u64, factor: f64, observer: &mut dyn Observer) {
        let recipe = self.judge.recipe;
        let told = std::mem::replace(&mut self.told, Told::new());
        let seconds = told.since.elapsed().as_secs_f64().max(1e-9);
        let (sum, count) = told.losses;
        let loss = (count > 0).then(|| sum / count as f64);
        loss.into_iter().for_each(|loss| self.shown.loss(loss));
        observer.steps(&Steps {
            event: "steps",
            epoch,
            batch: trainer.batches(),
            seconds: self.clock.elapsed().as_secs_f64(),
            loss,
            learning_rate: recipe.learning_rate * factor,
            front_end_learning_rate: recipe.front_end_learning_rate * factor,
            gradient_norm: told.norms.map(|[front_end, classifier]| GradientNorm { front_end, classifier }),
            windows_per_s: (told.batches * recipe.batch as u64) as f64 / seconds,
            waiting: (told.waited.as_secs_f64() / seconds).min(1.0),
            skipped: self.guard.skipped,
        });
    }

    /// Judges what an epoch has come to, and tells and saves it.
    fn finish(&mut self, trainer: &mut Trainer, number: u64, observer: &mut dyn Observer) -> Result<()> {
        let config = self.judge.config;
        let weights = trainer.judged()?;
        let validation = self.judge.validate(&weights, number)?;
        let (sum, count) = self.losses;
        let drift = drift(&self.filters, &weights, config)?;
        let epoch = Epoch {
            epoch: number,
            seconds: self.clock.elapsed().as_secs_f64(),
            training_loss: sum / count.max(1) as f64,
            validation_loss: validation.as_ref().map(|validation| validation.loss),
            validation_macc: validation.as_ref().and_then(|validation| validation.recording.macc),
            validation_score: validation.as_ref().and_then(score),
            largest_shift_hz: drift.largest_hz,
        };
        self.shown.epoch(epoch.validation_score, drift);
        (self.batches_of_epoch, self.losses) = (0, (0.0, 0));
        self.shown.at(self.progress(number), &format!("epoch {number} of {}", self.judge.recipe.epochs));
        // Where no epoch is chosen, each takes the place of the one before.
        let chooses = self.judge.recipe.selection == Selection::Best;
        let beats = |best: &Best| is_better(validation.as_ref(), best.validation.as_ref());
        let better = !chooses || self.best.as_ref().is_none_or(beats);
        observer.epoch(&EpochEnd { epoch: &epoch, weights: &weights, validation: validation.as_ref(), better })?;
        let confusion = validation.as_ref().map(|validation| validation.confusion.as_slice());
        let warnings = self.watch.epoch(config, &weights, confusion, &std::mem::take(&mut self.given));
        warnings.iter().for_each(|warning| say!("{}", advice::about(warning)));
        if better {
            self.best = Some(Best { weights, epoch: number, validation });
        }
        if observer.wants_checkpoint(true) {
            self.save(trainer, number, observer)?;
        }
        observer.stop().map_or(Ok(()), |status| Err(Error::Stopped(status)))
    }

    /// Hands out a checkpoint after so many whole epochs.
    fn save(&self, trainer: &mut Trainer, epoch: u64, observer: &mut dyn Observer) -> Result<()> {
        let mut checkpoint = Checkpoint::new(trainer.snapshot()?);
        let state = &mut checkpoint.state;
        state.seed = self.seed;
        state.epoch = epoch;
        state.batches_of_epoch = self.batches_of_epoch;
        state.losses = self.losses;
        state.seconds = self.clock.elapsed().as_secs_f64();
        state.skipped = self.guard.skipped;
        state.best_epoch = self.best.as_ref().map(|best| best.epoch);
        checkpoint.best = self.best.as_ref().map(|best| best.weights.clone());
        observer.checkpoint(&checkpoint);
        Ok(())
    }

    /// So many whole epochs and the batches of the next, in epochs.
    fn epochs_done(&self, whole: u64) -> f64 {
        whole as f64 + self.batches_of_epoch as f64 / self.steps as f64
    }

    /// How far the run is after so many whole epochs and the batches of the next, 0 to 1.
    fn progress(&self, epochs: u64) -> f64 {
        let Recipe { epochs: asked, minutes, .. } = *self.judge.recipe;
        schedule::progress(self.epochs_done(epochs), asked, self.clock.elapsed().as_secs_f64(), minutes)
    }

    fn is_late(&self) -> bool {
        let minutes = self.judge.recipe.minutes;
        minutes.is_some_and(|minutes| self.clock.elapsed().as_secs_f64() >= 60.0 * minutes)
    }
}

/// What judges the weights of an epoch.
#[derive(Clone, Copy)]
struct Judge<'a> {
    recipe: &'a Recipe,
    config: &'a ModelConfig,
    images: &'a Images,
    data: &'a Data,
    device: &'a Device,
}

impl Judge<'_> {
    /// How good weights are on the validation recordings; none where there are none.
    fn validate(&self, weights: &Weights, epoch: u64) -> Result<Option<Evaluation>> {
        if self.data.validation.is_empty() {
            return Ok(None);
        }
        let dropping = self.recipe.options.dropping;
        if dropping {
            // The same, whenever it is asked for.
            self.device.seed(mixed(!self.recipe.seed, epoch));
        }
        let classifier = Classifier::with_images(self.config, weights, self.images, self.device, dropping)?;
        evaluate(&classifier, &self.data.validation, BATCH).map(Some)
    }
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

/// How far the learned centre frequencies are from where they were before the run.
///
/// # Errors
/// Weights of another model than the configuration describes.
pub fn drift(before: &[FilterParameters], weights: &Weights, config: &ModelConfig) -> Result<progress::Drift> {
    let learned = config.filters(weights)?;
    let shifts = before.iter().zip(learned).map(|(initial, learned)| (learned.centre_hz - initial.centre_hz).abs());
    let shifts: Vec<f64> = shifts.collect();
    let mean_hz = shifts.iter().sum::<f64>() / shifts.len().max(1) as f64;
    Ok(progress::Drift { mean_hz, largest_hz: shifts.into_iter().fold(0.0, f64::max) })
}
