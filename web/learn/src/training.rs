//! One model that learns: the trainer with what was read from it last, and the best of that.

use std::collections::VecDeque;
use std::rc::Rc;

use burn::tensor::Device;
use spectnet_core::Result;
use spectnet_core::learning::{FilterbankImages, Guard, Reading, Recipe, Trainer};
use spectnet_core::model::{ModelConfig, Weights};
use spectnet_core::network::burn::SpectNet;
use spectnet_core::network::cpu::engine::{CpuEngine, Network};

use crate::held_out::{HeldOut, Judged};
use crate::kept::KeptModel;
use crate::message::Figures;
use crate::recordings::Conditioned;

/// Steps whose mean loss is shown: that of one alone jumps.
pub(crate) const RECENT: usize = 10;

static IMAGES: FilterbankImages = FilterbankImages;

/// Weights that were judged, and how they do.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) weights: Rc<Weights>,
    pub(crate) figures: Figures,
    /// After so many steps.
    pub(crate) step: u32,
}

/// A model that learns.
pub(crate) struct Training {
    config: ModelConfig,
    recipe: Recipe,
    trainer: Trainer<'static>,
    guard: Guard,
    /// Losses of the last steps.
    losses: VecDeque<f64>,
    /// Images of what is held out, where the filters stay.
    images: Option<Vec<Vec<f32>>>,
    /// The weights as they were read from the device last.
    read: Rc<Weights>,
    /// What was judged last.
    now: State,
    /// The best of what was judged.
    best: State,
    /// What a person should know.
    notes: Vec<String>,
    /// Why it cannot go on.
    diverged: Option<String>,
}

impl Training {
    /// A model with these weights, which learns from these recordings on a device.
    ///
    /// # Errors
    /// Weights that are not those of the model, or a model that the CPU's engine does not compute.
    pub(crate) fn new(
        recipe: &Recipe,
        config: &ModelConfig,
        start: Weights,
        recordings: &[Conditioned],
        held_out: &HeldOut,
        device: &Device,
    ) -> Result<Self> {
        let read = Rc::new(start);
        let now = State { weights: Rc::clone(&read), figures: Figures::default(), step: 0 };
        let mut training = Self {
            trainer: trainer(recipe, config, &read, recordings, device, recipe.seed)?,
            config: config.clone(),
            recipe: recipe.clone(),
            guard: Guard::default(),
            losses: VecDeque::new(),
            images: None,
            read,
            best: now.clone(),
            now,
            notes: Vec::new(),
            diverged: None,
        };
        let judged = training.judged(held_out)?;
        training.now.figures = training.figures(judged, held_out);
        training.best = training.now.clone();
        Ok(training)
    }

    /// The weights as they were read from the device last.
    pub(crate) fn weights(&self) -> &Weights {
        &self.read
    }

    /// What was judged last.
    pub(crate) fn now(&self) -> &State {
        &self.now
    }

    /// The best of what was judged, by the loss on what is held out; where nothing is, the last.
    pub(crate) fn best(&self) -> &State {
        &self.best
    }

    /// Mean loss of the last steps, in nats; none before the first.
    pub(crate) fn loss(&self) -> Option<f64> {
        let count = self.losses.len();
        (count > 0).then(|| self.losses.iter().sum::<f64>() / count as f64)
    }

    /// What a person should know, once.
    pub(crate) fn notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// Why it cannot go on; none where it can.
    pub(crate) fn diverged(&self) -> Option<&str> {
        self.diverged.as_deref()
    }

    /// One step, with this factor on the learning rates.
    ///
    /// # Errors
    /// A device that fails.
    pub(crate) async fn advance(&mut self, recordings: &[Conditioned], factor: f64) -> Result<()> {
        let batch = self.trainer.draw(recordings);
        let reading = self.trainer.step_async(recordings, batch, factor).await?;
        self.take(&reading, recordings);
        Ok(())
    }

    /// Reads the weights as they are now: those of all models are [taken](Self::take_weights) together.
    ///
    /// # Errors
    /// A device that fails.
    pub(crate) async fn read(&mut self, recordings: &[Conditioned]) -> Result<Weights> {
        let reading = self.trainer.read_async().await?;
        self.take(&reading, recordings);
        self.trainer.judged_async().await
    }

    /// Takes weights that were [read](Self::read).
    pub(crate) fn take_weights(&mut self, weights: Weights) {
        self.read = Rc::new(weights);
    }

    /// Judges the weights that were read last, which are those after so many steps.
    ///
    /// # Errors
    /// Weights that no model can have.
    pub(crate) fn judge(&mut self, step: u32, held_out: &HeldOut) -> Result<()> {
        let now = State { weights: Rc::clone(&self.read), figures: Figures::default(), step };
        let before = std::mem::replace(&mut self.now, now);
        match self.judged(held_out) {
            Ok(judged) => self.now.figures = self.figures(judged, held_out),
            Err(error) => {
                self.now = before;
                return Err(error);
            }
        }
        let loss = |state: &State| state.figures.held_out_loss.unwrap_or(f64::INFINITY);
        if held_out.is_empty() || loss(&self.now) < loss(&self.best) {
            self.best = self.now.clone();
        }
        Ok(())
    }

    /// Goes on from what was read last, on another device, with a new optimiser.
    ///
    /// # Errors
    /// None that is known: the weights were those of the model before.
    pub(crate) fn move_to(&mut self, device: &Device, recordings: &[Conditioned], seed: u64) -> Result<()> {
        self.trainer = trainer(&self.recipe, &self.config, &self.read, recordings, device, seed)?;
        self.guard = Guard::default();
        Ok(())
    }

    /// What another program goes on from.
    pub(crate) fn kept(&self) -> KeptModel {
        KeptModel {
            losses: self.losses.iter().copied().collect(),
            best: (self.best.figures, self.best.step),
            weights: [Weights::clone(&self.read), Weights::clone(&self.best.weights)],
        }
    }

    /// Has what another program kept; it must still be [moved](Self::move_to) to a device and [judged](Self::judge).
    pub(crate) fn go_on(&mut self, kept: KeptModel) {
        let ([read, best], (figures, step)) = (kept.weights, kept.best);
        self.losses = kept.losses.into();
        self.read = Rc::new(read);
        self.best = State { weights: Rc::new(best), figures, step };
    }

    fn take(&mut self, reading: &Reading, recordings: &[Conditioned]) {
        if let Some(fault) = &reading.fault {
            match self.guard.fault(fault, recordings) {
                Ok(said) => self.notes.extend(said),
                Err(error) => self.diverged = Some(error.to_string()),
            }
            return;
        }
        if !reading.losses.is_empty() {
            self.guard.fine();
        }
        self.losses.extend(&reading.losses);
        let more = self.losses.len().saturating_sub(RECENT);
        self.losses.drain(..more);
    }

    /// How the weights that were read last do on what is held out.
    fn judged(&mut self, held_out: &HeldOut) -> Result<Judged> {
        // Also where nothing is held out: a model that cannot be judged is refused.
        let engine = CpuEngine::new(Network::new(&self.config, &self.now.weights)?)?;
        if self.config.front_end.learnable {
            let images = held_out.images(&engine)?;
            return held_out.judge(&self.config, &engine, &images);
        }
        let images = match self.images.take() {
            Some(images) => images,
            None => held_out.images(&engine)?,
        };
        let judged = held_out.judge(&self.config, &engine, &images);
        self.images = Some(images);
        judged
    }

    fn figures(&self, judged: Judged, held_out: &HeldOut) -> Figures {
        let held_out_loss = (!held_out.is_empty()).then_some(judged.loss);
        Figures { loss: self.loss(), right: judged.right, of: held_out.len(), held_out_loss }
    }
}

fn trainer(
    recipe: &Recipe,
    config: &ModelConfig,
    weights: &Weights,
    recordings: &[Conditioned],
    device: &Device,
    seed: u64,
) -> Result<Trainer<'static>> {
    let model = SpectNet::with_weights(config, weights, device)?;
    Ok(Trainer::new(recipe, config, &IMAGES, model, recordings, device, seed))
}
