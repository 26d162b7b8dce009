//! How one window is explained: exactly where the model is linear, by gradient × input where it is not.

use super::linear::Linear;
use super::log_odds::LogOdds;
use super::over_time::CELL_S;
use crate::model::{ModelConfig, Normalisation};
use crate::network::cpu::engine::{Differentiable, Network};
use crate::network::cpu::moments::moments;
use crate::package::Package;
use crate::prediction::softmax;
use crate::{Error, Result};

/// A model, ready to explain windows.
#[derive(Clone, Debug)]
pub(super) struct Method {
    way: Differentiable,
    linear: Option<Linear>,
    /// Number of filters, and of phases where the model is linear.
    filters: usize,
    phases: usize,
    /// Whether scaling brings the reference of every filter to 0.
    centred: bool,
    /// The cell of time that each frame of a window lies in.
    cells: Vec<usize>,
}

/// A window as the classifier sees it.
#[derive(Clone, Debug)]
pub(super) struct Input {
    /// The scaled image `[frames, filters]`.
    scaled: Vec<f32>,
    /// Weights `[phases, frames]` of its frames in the phases of the heart cycle.
    states: Option<Vec<f32>>,
    /// Number of frames that hold sound; the others are padding.
    sounding: usize,
}

/// What a window says of a class, and what that is made of.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// The log-odds of the class.
    pub log_odds: f64,
    /// What is left of them without all contributions.
    pub reference: f64,
    /// Contributions `[phases, 2, filters]` of the features; none where the model is not linear.
    pub features: Option<Vec<f64>>,
    /// Contributions of the filters.
    pub filters: Vec<f64>,
    /// The same over time, `[cells, filters]`.
    pub cells: Vec<f64>,
    /// Probabilities of the classes without each filter, as far as they are known by now.
    pub without: Vec<Vec<f64>>,
}

impl Method {
    /// Prepares a model.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a network without an engine; those of [`Network::new`].
    pub fn new(package: &Package) -> Result<Self> {
        let config = &package.config;
        if !config.classifier.has_engine() {
            return Err(Error::unsupported(format!(
                "explaining the classifier {}: residual, pooled and states can be explained",
                config.classifier.name()
            )));
        }
        let linear = Linear::new(config, &package.weights);
        Ok(Self {
            way: Differentiable::new(&Network::new(config, &package.weights)?),
            phases: config.classifier.parts().map_or(0, |parts| parts.phases()),
            linear,
            filters: config.front_end.filters,
            centred: config.scaling.normalisation != Normalisation::None,
            cells: cells(config),
        })
    }

    /// Whether contributions are exact.
    pub fn is_exact(&self) -> bool {
        self.linear.is_some()
    }

    /// A window: its log-energy image `[frames, filters]` and what is known of its frames.
    pub fn input(&self, image: &[f32], states: Option<&[f32]>, sounding: usize) -> Input {
        let states = states.map(<[f32]>::to_vec);
        Input { scaled: self.way.scaled(image, sounding), states, sounding }
    }

    /// What a window says of a class.
    pub fn part(&self, input: &Input, class: usize) -> Part {
        match &self.linear {
            Some(linear) => self.exact(linear, input, class),
            None => self.by_gradient(input, class),
        }
    }

    fn exact(&self, linear: &Linear, input: &Input, class: usize) -> Part {
        let (scaled, filters) = (&input.scaled, self.filters);
        let frames = self.cells.len().max(1);
        // Without phases every frame counts equally in each.
        let even = || vec![1.0 / frames as f32; self.phases * frames];
        let states = input.states.clone().unwrap_or_else(even);
        let features = moments(scaled, filters, self.phases, Some(&states));
        let features: Vec<f64> = features.into_iter().map(f64::from).collect();
        let logits = linear.logits(&features);
        let log_odds = LogOdds::of(&logits, class);
        // Of more than two classes the log-odds are no sum: what that leaves belongs to no feature.
        let reference = linear.reference(&log_odds) + (log_odds.value - log_odds.change(&logits));
        let contributions = linear.contributions(&features, &log_odds);
        let mut of_filters = vec![0.0; filters];
        for row in contributions.chunks_exact(filters) {
            of_filters.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        let over_time = linear.over_time(scaled, &features, &states, &log_odds);
        let without = |filter| softmax(&linear.without(&features, &logits, filter));
        Part {
            log_odds: log_odds.value,
            reference,
            features: Some(contributions),
            filters: of_filters,
            cells: self.in_cells(&over_time, input.sounding),
            without: (0..filters).map(without).collect(),
        }
    }

    fn by_gradient(&self, input: &Input, class: usize) -> Part {
        let mut log_odds = LogOdds { value: f64::NAN, of_logits: Vec::new() };
        let (_, gradient) = self.way.gradient(&input.scaled, input.states.as_deref(), |logits| {
            log_odds = LogOdds::of(&wide(logits), class);
            log_odds.of_logits.iter().map(|value| *value as f32).collect()
        });
        let reference = self.reference(input);
        let levels = input.scaled.chunks_exact(self.filters).zip(gradient.chunks_exact(self.filters)).enumerate();
        let mut over_time = Vec::with_capacity(gradient.len());
        for (frame, (row, gradient)) in levels {
            let sounds = frame < input.sounding;
            let values = row.iter().zip(gradient).zip(&reference);
            over_time.extend(values.map(|((level, gradient), reference)| {
                if sounds { f64::from(level - reference) * f64::from(*gradient) } else { 0.0 }
            }));
        }
        let mut filters = vec![0.0; self.filters];
        for row in over_time.chunks_exact(self.filters) {
            filters.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        Part {
            log_odds: log_odds.value,
            reference: log_odds.value - filters.iter().sum::<f64>(),
            features: None,
            filters,
            cells: self.in_cells(&over_time, input.sounding),
            without: Vec::new(),
        }
    }

    /// Probabilities of the classes where the levels of one filter are at their reference.
    pub fn without(&self, input: &Input, filter: usize) -> Vec<f64> {
        let reference = self.reference(input).get(filter).copied().unwrap_or(0.0);
        let mut scaled = input.scaled.clone();
        let levels = scaled.iter_mut().skip(filter).step_by(self.filters.max(1));
        levels.take(input.sounding).for_each(|level| *level = reference);
        softmax(&wide(&self.way.logits(&scaled, input.states.as_deref())))
    }

    /// The level of each filter from which contributions are counted: 0 where scaling has subtracted the mean of the
    /// window or of the training data, otherwise the filter's mean over the window.
    fn reference(&self, input: &Input) -> Vec<f32> {
        if self.centred {
            return vec![0.0; self.filters];
        }
        let mut sums = vec![0.0f64; self.filters];
        for row in input.scaled.chunks_exact(self.filters).take(input.sounding) {
            sums.iter_mut().zip(row).for_each(|(sum, level)| *sum += f64::from(*level));
        }
        sums.into_iter().map(|sum| (sum / input.sounding.max(1) as f64) as f32).collect()
    }

    /// Contributions `[frames, filters]` added up in cells of time; padding is left out.
    fn in_cells(&self, over_time: &[f64], sounding: usize) -> Vec<f64> {
        let count = self.cells.iter().take(sounding).max().map_or(0, |last| last + 1);
        let mut cells = vec![0.0; count * self.filters];
        for (row, cell) in over_time.chunks_exact(self.filters).zip(&self.cells).take(sounding) {
            let sums = cells.iter_mut().skip(cell * self.filters);
            sums.zip(row).for_each(|(sum, value)| *sum += value);
        }
        cells
    }
}

/// The cell that the middle of each frame lies in.
fn cells(config: &ModelConfig) -> Vec<usize> {
    let (framing, rate) = (config.front_end.framing, f64::from(config.front_end.sample_rate));
    let middle_s = |frame: usize| (frame * framing.hop + framing.window / 2) as f64 / rate;
    (0..config.frames()).map(|frame| (middle_s(frame) / CELL_S) as usize).collect()
}

fn wide(logits: &[f32]) -> Vec<f64> {
    logits.iter().map(|logit| f64::from(*logit)).collect()
}
