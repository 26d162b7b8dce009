//! The windows of a recording on their way to an explanation, in steps as short as one wants.

use std::collections::VecDeque;

use super::explanation::Explanation;
use super::gather;
use super::method::{Input, Method, Part};
use crate::model::ModelConfig;
use crate::package::Package;
use crate::prediction::assessment::positive_of_two;
use crate::prediction::decision::Decision;
use crate::prediction::{Prediction, in_order_of_labels, winner};
use crate::recognise::session::Session;
use crate::recognise::step::Batch;
use crate::{Error, Result, threads};

/// Explains one recording. What a session runs is given to it; the work is done when its owner asks for it.
#[derive(Clone, Debug)]
pub struct Explaining<'a> {
    package: &'a Package,
    method: Method,
    windows: Vec<Entry>,
    waiting: VecDeque<(usize, Task)>,
}

/// A window, and what is known of it by now.
#[derive(Clone, Debug)]
struct Entry {
    /// None after the last task, so that a long recording takes little memory.
    input: Option<Input>,
    part: Option<Part>,
    /// How many tasks are left.
    left: usize,
}

/// One step of work on a window.
#[derive(Clone, Copy, Debug)]
enum Task {
    Contributions,
    Without(usize),
}

/// What a step comes to.
enum Outcome {
    Part(Part),
    Without(Vec<f64>),
}

impl<'a> Explaining<'a> {
    /// A recording of which nothing was seen yet.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for the two baselines, which only Burn computes, and weights that do not belong to the
    /// configuration.
    pub fn new(package: &'a Package) -> Result<Self> {
        Ok(Self { package, method: Method::new(package)?, windows: Vec::new(), waiting: VecDeque::new() })
    }

    /// The class that is explained whatever the result: the positive one of two. None where there is none.
    pub fn known_class(config: &ModelConfig) -> Option<usize> {
        positive_of_two(config)
    }

    /// The class that is explained: the positive one of two, otherwise the most probable one.
    pub fn class(config: &ModelConfig, prediction: &Prediction) -> usize {
        let most_probable =
            || winner(&in_order_of_labels(&config.labels, &prediction.probabilities), config.positive());
        Self::known_class(config).unwrap_or_else(most_probable)
    }

    /// Takes the windows that the session has just handed out, with their log-energy images `[windows, frames,
    /// filters]`, before the session is given its answer. Those on which the result does not rest are left out.
    ///
    /// # Errors
    /// [`Error::Invalid`] for more or fewer levels than these windows have.
    pub fn take(&mut self, session: &Session, batch: &Batch, images: &[f32]) -> Result<()> {
        if !session.rests_on_windows() {
            return Ok(());
        }
        let input = &batch.input;
        self.take_windows(batch.windows.len(), input.states.as_deref(), input.sounding.as_deref(), images)
    }

    /// Takes so many windows on which the result rests: what is known of their frames, as in
    /// [`Windows`](crate::prediction::Windows), and their log-energy images.
    ///
    /// # Errors
    /// [`Error::Invalid`] for more or fewer levels than these windows have.
    pub(crate) fn take_windows(
        &mut self,
        windows: usize,
        states: Option<&[f32]>,
        sounding: Option<&[usize]>,
        images: &[f32],
    ) -> Result<()> {
        let config = &self.package.config;
        let (frames, filters) = (config.frames(), config.front_end.filters);
        if images.len() != windows * frames * filters {
            return Err(Error::invalid(format!(
                "{} levels for the images of {windows} windows of {frames} frames and {filters} filters",
                images.len()
            )));
        }
        let weights = config.classifier.parts().map_or(0, |parts| parts.phases()) * frames;
        for (number, image) in images.chunks_exact((frames * filters).max(1)).enumerate() {
            let states = states.and_then(|all| all.get(number * weights..)?.get(..weights));
            let sounding = sounding.and_then(|all| all.get(number).copied());
            let input = self.method.input(image, states, sounding.unwrap_or(frames).min(frames));
            // The linear model has the rest at once.
            let others = if self.method.is_exact() { 0 } else { filters };
            let window = self.windows.len();
            self.windows.push(Entry { input: Some(input), part: None, left: 1 + others });
            self.waiting.push_back((window, Task::Contributions));
            self.waiting.extend((0..others).map(|filter| (window, Task::Without(filter))));
        }
        Ok(())
    }

    /// How many steps of work wait: one for each window of the linear model, otherwise one more for each filter.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Does at most so many steps, on all cores where there are threads. All windows must be explained for one `class`.
    pub fn work(&mut self, class: usize, most: usize) {
        let count = most.min(self.waiting.len());
        let tasks: Vec<(usize, Task)> = self.waiting.drain(..count).collect();
        let this = &*self;
        let run = |tasks: Vec<(usize, Task)>| {
            let outcomes =
                tasks.into_iter().filter_map(|(window, task)| Some((window, this.step(window, task, class)?)));
            outcomes.collect::<Vec<(usize, Outcome)>>()
        };
        let done = threads::runs(tasks, run);
        for (window, outcome) in done.into_iter().flatten() {
            self.settle(window, outcome);
        }
    }

    fn step(&self, window: usize, task: Task, class: usize) -> Option<Outcome> {
        let input = self.windows.get(window)?.input.as_ref()?;
        Some(match task {
            Task::Contributions => Outcome::Part(self.method.part(input, class)),
            Task::Without(filter) => Outcome::Without(self.method.without(input, filter)),
        })
    }

    /// Keeps what a step came to. Those of a window come in their order.
    fn settle(&mut self, window: usize, outcome: Outcome) {
        let Some(entry) = self.windows.get_mut(window) else { return };
        match (outcome, &mut entry.part) {
            (Outcome::Part(part), kept) => *kept = Some(part),
            (Outcome::Without(probabilities), Some(part)) => part.without.push(probabilities),
            (Outcome::Without(_), None) => {}
        }
        entry.left = entry.left.saturating_sub(1);
        if entry.left == 0 {
            entry.input = None;
        }
    }

    /// The explanation of the `class` that all windows were [worked](Self::work) on for; `prediction` is the result of
    /// the same session, as `decision` has it.
    ///
    /// # Errors
    /// [`Error::Invalid`] where work is left, or for the result of other windows.
    pub fn explanation(&self, class: usize, prediction: &Prediction, decision: &Decision) -> Result<Explanation> {
        let parts: Vec<&Part> = self.windows.iter().filter_map(|entry| entry.part.as_ref()).collect();
        if !self.waiting.is_empty() || parts.len() != prediction.windows.len() || parts.is_empty() {
            return Err(Error::invalid(format!(
                "{} of {} windows are explained, and {} steps wait: expected all windows of the result",
                parts.len(),
                prediction.windows.len(),
                self.waiting.len()
            )));
        }
        if class >= self.package.config.labels.len() {
            return Err(Error::invalid(format!("class number {class} of {}", self.package.config.labels.len())));
        }
        Ok(gather::explanation(self.package, class, &parts, self.method.is_exact(), prediction, decision))
    }
}
