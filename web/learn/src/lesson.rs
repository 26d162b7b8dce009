//! A model and its twin, step by step, to an end.
//!
//! - `lost`: the device fails, and the CPU or another program goes on

mod lost;

use burn::tensor::Device;
use spectnet_core::filterbank::FilterParameters;
use spectnet_core::learning::Recipe;
use spectnet_core::learning::schedule::{self, Place};
use spectnet_core::model::{ModelConfig, Weights};
use spectnet_core::{Error, Result};

use crate::held_out::HeldOut;
use crate::message::{Figures, Order, Step};
use crate::pace::{Clock, Due, Pace};
use crate::recordings::Conditioned;
use crate::training::{State, Training};

/// What comes of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// It goes on; how far it is, where that is worth a report.
    Going(Option<Step>),
    /// It is over.
    Ended {
        /// Why, in a sentence.
        why: String,
        /// What the model file comes to that the run has ended with: the figures of the best weights.
        last: Step,
    },
}

/// What learns, and what decides how long.
pub(crate) struct Lesson {
    seed: u64,
    recordings: Vec<Conditioned>,
    held_out: HeldOut,
    /// The model, and where it is asked for the twin whose filters stay.
    models: Vec<Training>,
    config: ModelConfig,
    recipe: Recipe,
    pace: Pace,
    /// Whether the CPU computes, so that there is nothing to go on with where that fails.
    on_cpu: bool,
    /// Whether it has taken over.
    fell_back: bool,
    /// The device fails in this step: for tests of what then happens.
    fails_in: Option<u32>,
    /// Steps so far.
    step: u32,
    /// Steps when weights were read last, and when some were judged last.
    read: u32,
    judged: u32,
    stopped: bool,
    notes: Vec<String>,
    ended: Option<Told>,
}

impl Lesson {
    /// Begins with these weights. The first of the recordings are learned from, the others held out.
    ///
    /// # Errors
    /// Those of [`Training::new`].
    pub(crate) fn new(
        order: &Order,
        recipe: Recipe,
        (config, start): (&ModelConfig, &Weights),
        [recordings, held_out]: [Vec<Conditioned>; 2],
        device: &Device,
        clock: Clock,
    ) -> Result<Self> {
        let held_out = HeldOut::new(config, &held_out);
        let mut twin = config.clone();
        twin.front_end.learnable = false;
        let configs = [config.clone()].into_iter().chain(order.compare.then_some(twin));
        let models = configs
            .map(|config| Training::new(&recipe, &config, start.clone(), &recordings, &held_out, device))
            .collect::<Result<Vec<_>>>()?;
        let loss = models.first().and_then(|model| model.now().figures.held_out_loss);
        Ok(Self {
            seed: order.seed,
            recordings,
            held_out,
            models,
            config: config.clone(),
            recipe,
            pace: Pace::new(order, clock, loss),
            on_cpu: *device == Device::flex(),
            fell_back: false,
            fails_in: None,
            step: 0,
            read: 0,
            judged: 0,
            stopped: false,
            notes: Vec::new(),
            ended: None,
        })
    }

    /// Ends it at the next step.
    pub(crate) fn stop(&mut self) {
        self.stopped = true;
    }

    /// A person should know this.
    pub(crate) fn note(&mut self, sentence: &str) {
        self.notes.push(sentence.to_owned());
    }

    /// What a person should know, once.
    pub(crate) fn notes(&mut self) -> Vec<String> {
        let said = self.models.iter_mut().flat_map(Training::notes);
        self.notes.extend(said);
        std::mem::take(&mut self.notes)
    }

    /// The state that the model file shall hold: what was judged last, and after the end the best.
    pub(crate) fn state(&self) -> Option<&State> {
        let model = self.models.first()?;
        Some(if self.ended.is_some() { model.best() } else { model.now() })
    }

    /// The same of the twin.
    pub(crate) fn twin(&self) -> Option<&State> {
        let model = self.models.get(1)?;
        Some(if self.ended.is_some() { model.best() } else { model.now() })
    }

    /// Passes over what is learned from so far.
    pub(crate) fn passes(&self) -> u64 {
        let windows: usize = self.recordings.iter().map(Conditioned::windows).sum();
        (self.step as usize * self.recipe.batch).div_ceil(windows.max(1)) as u64
    }

    /// Steps so far.
    pub(crate) fn steps(&self) -> u32 {
        self.step
    }

    /// The next step. The first call makes none and says how it begins.
    ///
    /// # Errors
    /// A CPU that fails, and weights that no model can have.
    pub(crate) async fn step(&mut self) -> Result<Told> {
        if let Some(ended) = &self.ended {
            return Ok(ended.clone());
        }
        if self.pace.begins() {
            return Ok(Told::Going(Some(self.report()?)));
        }
        if let Some(why) = self.over() {
            return self.end(why).await;
        }
        let place = Place { progress: self.pace.progress(self.step), ..Place::default() };
        let factor = schedule::factor(self.recipe.schedule, self.recipe.warm_up, &place);
        match self.compute(factor).await {
            Ok(Due::Nothing) => return Ok(Told::Going(None)),
            Ok(Due::Report) => {}
            Ok(Due::Look) => self.judge()?,
            Err(error) => return self.lost(&error.to_string()),
        }
        Ok(Told::Going(Some(self.report()?)))
    }

    /// A step of every model. Where something is due then, their weights are read.
    ///
    /// # Errors
    /// A device that fails.
    async fn compute(&mut self, factor: f64) -> Result<Due> {
        if self.fails_in.is_some_and(|step| step <= self.step) {
            self.fails_in = None;
            return Err(Error::invalid("the device was lost"));
        }
        for model in &mut self.models {
            model.advance(&self.recordings, factor).await?;
        }
        self.step += 1;
        let due = self.pace.due(self.step);
        if due != Due::Nothing {
            self.read().await?;
        }
        Ok(due)
    }

    /// Reads the weights of all models as they are now, or of none.
    ///
    /// # Errors
    /// A device that fails.
    async fn read(&mut self) -> Result<()> {
        let began = self.pace.seconds();
        let mut weights = Vec::new();
        for model in &mut self.models {
            weights.push(model.read(&self.recordings).await?);
        }
        self.models.iter_mut().zip(weights).for_each(|(model, weights)| model.take_weights(weights));
        self.read = self.step;
        self.pace.read(began);
        Ok(())
    }

    /// Judges what was read last.
    ///
    /// # Errors
    /// Weights that no model can have.
    fn judge(&mut self) -> Result<()> {
        let began = self.pace.seconds();
        for model in &mut self.models {
            model.judge(self.read, &self.held_out)?;
        }
        self.judged = self.read;
        let loss = self.models.first().and_then(|model| model.now().figures.held_out_loss);
        self.pace.judged(self.read, began, loss);
        Ok(())
    }

    /// Why the run ends here; none where it goes on.
    fn over(&self) -> Option<String> {
        if self.stopped {
            return Some("It was stopped.".into());
        }
        let diverged = self.models.iter().find_map(Training::diverged);
        diverged.map(|why| format!("It could not go on: {why}.")).or_else(|| self.pace.over(self.step))
    }

    async fn end(&mut self, why: String) -> Result<Told> {
        if self.step > self.read {
            match self.read().await {
                Ok(()) => {}
                Err(error) if self.on_cpu => return Err(error),
                // What was read before is there.
                Err(error) => {
                    self.notes.push(format!("The last steps are lost: {error}."));
                    self.step = self.read;
                }
            }
        }
        if self.read > self.judged {
            self.judge()?;
        }
        let best: Vec<&State> = self.models.iter().map(Training::best).collect();
        let own = *best.first().ok_or_else(|| Error::invalid("there is no model that learns"))?;
        let last = Step {
            step: self.step,
            seconds: self.pace.seconds(),
            learned: own.figures,
            frozen: best.get(1).map(|twin| twin.figures),
            filters: self.filters(&own.weights)?,
        };
        let told = Told::Ended { why, last };
        self.ended = Some(told.clone());
        Ok(told)
    }

    /// How far it is.
    fn report(&mut self) -> Result<Step> {
        let seconds = self.pace.reports();
        let figures = |model: &Training| Figures { loss: model.loss(), ..model.now().figures };
        let learned = self.models.first().map(figures).unwrap_or_default();
        let frozen = self.models.get(1).map(figures);
        let filters = match self.models.first() {
            Some(model) => self.filters(model.weights())?,
            None => Vec::new(),
        };
        Ok(Step { step: self.step, seconds, learned, frozen, filters })
    }

    /// Centre frequencies and bandwidths (−3 dB) of the filters that weights stand for, in Hz.
    fn filters(&self, weights: &Weights) -> Result<Vec<(f64, f64)>> {
        Ok(half_power(&self.config, &self.config.filters(weights)?))
    }
}

/// Centre frequencies and bandwidths (−3 dB) of filters, in Hz.
pub(crate) fn half_power(config: &ModelConfig, filters: &[FilterParameters]) -> Vec<(f64, f64)> {
    let width = |filter| config.front_end.gammatone(filter).half_power_width_hz();
    filters.iter().map(|filter| (filter.centre_hz, width(*filter))).collect()
}
