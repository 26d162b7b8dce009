//! Some windows of a recording, as the classifier takes them, and what it says of them.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::explain::Explaining;
use super::super::step::{Answer, Batch};
use super::bank::Bank;
use crate::Result;
use crate::audio::Window;
use crate::filterbank::FilterParameters;
use crate::model::ModelConfig;

/// Most windows that are followed at once: so few that a page answers meanwhile, so many that the weights of a network are
/// not read anew for each.
const WINDOWS: usize = 8;

/// Windows that follow the filters together.
#[derive(Clone, Debug)]
pub(super) struct Group {
    windows: Vec<Window>,
    /// What is known of their frames, as in [`Windows`](crate::prediction::Windows).
    states: Option<Vec<f32>>,
    sounding: Option<Vec<usize>>,
    /// Log-energy images `[windows, frames, filters]`; none where nobody needs them any more, or nobody computed them.
    images: Option<Vec<f32>>,
    /// The same as the classifier takes them; none before they are needed.
    scaled: Option<Vec<f32>>,
    /// The filters of both.
    filters: Vec<FilterParameters>,
    /// Probabilities `[windows, classes]`.
    probabilities: Vec<f32>,
    /// Which of the wanted banks they are of; 0 is the one that was trained.
    version: u64,
}

impl Group {
    /// The windows of a batch, as the network answered with these filters.
    pub fn of(batch: &Batch, answer: &Answer, filters: &[FilterParameters]) -> Vec<Self> {
        let (count, input) = (batch.windows.len(), &batch.input);
        let group = |start: usize| {
            let range = start..(start + WINDOWS).min(count);
            Self {
                states: input.states.as_ref().map(|all| share(all, count, &range)),
                sounding: input.sounding.as_ref().map(|all| share(all, count, &range)),
                images: answer.images.as_ref().map(|all| share(all, count, &range)),
                scaled: None,
                filters: filters.to_vec(),
                probabilities: share(&answer.probabilities, count, &range),
                version: 0,
                windows: share(&batch.windows, count, &range),
            }
        };
        (0..count).step_by(WINDOWS).map(group).collect()
    }

    /// Their log-energy images, where they are kept.
    pub fn images(&self) -> &[f32] {
        self.images.as_deref().unwrap_or_default()
    }

    /// What was said of them last.
    pub fn probabilities(&self) -> &[f32] {
        &self.probabilities
    }

    /// Takes what is said of them now.
    pub fn answered(&mut self, probabilities: Vec<f32>, version: u64) {
        (self.probabilities, self.version) = (probabilities, version);
    }

    /// Whether that was said of this version of the bank.
    pub fn is_of(&self, version: u64) -> bool {
        self.version == version
    }

    /// Whether its images are those of these filters, as they were when the windows were judged.
    pub fn is_as_judged(&self, filters: &[FilterParameters]) -> bool {
        self.version == 0 && self.images.is_some() && self.filters == filters
    }

    /// Gives its windows to an explanation.
    ///
    /// # Errors
    /// Those of [`Explaining::take_windows`].
    pub fn explain(&self, explaining: &mut Explaining) -> Result<()> {
        let (states, sounding) = (self.states.as_deref(), self.sounding.as_deref());
        explaining.take_windows(self.windows.len(), states, sounding, self.images())
    }

    /// Brings the images up to the filters of the bank: only what another filter made is computed anew, from the conditioned
    /// `samples` of the piece. The images before scaling are kept where `keeps_images`.
    ///
    /// # Errors
    /// Those of [`Bank::columns`]; nothing has changed then.
    pub fn follow(&mut self, config: &ModelConfig, samples: &[f32], bank: &mut Bank, keeps_images: bool) -> Result<()> {
        let (frames, filters) = (config.frames(), bank.filters.len());
        let known = self.images.is_some() || self.scaled.is_some();
        let other = |filter: &usize| !known || self.filters.get(*filter) != bank.filters.get(*filter);
        let moved: Vec<usize> = (0..filters).filter(other).collect();
        let mut columns = Vec::new();
        if !moved.is_empty() {
            let cut: Vec<f32> = self.windows.iter().flat_map(|window| config.windowing.cut(samples, window)).collect();
            columns = bank.columns(&config.front_end, &moved, &cut, config.windowing.samples)?;
        }
        let size = (frames * filters).max(1);
        let mut scaled = self.scaled.take().unwrap_or_else(|| self.scale(bank, frames, filters));
        let mut images = self.images.take().filter(|_| keeps_images);
        if keeps_images && images.is_none() {
            images = Some(vec![0.0; self.windows.len() * size]);
        }
        for (place, &filter) in moved.iter().enumerate() {
            let scaling = bank.scaling.of_filter(filter);
            for (window, columns) in columns.chunks_exact((frames * moved.len()).max(1)).enumerate() {
                let column: Vec<f32> = columns.iter().skip(place).step_by(moved.len()).copied().collect();
                if let Some(image) = images.as_mut().and_then(|all| all.chunks_exact_mut(size).nth(window)) {
                    put(image, filter, filters, &column);
                }
                let column = scaling.apply(&column, 1, self.sounding(window, frames)).unwrap_or(column);
                if let Some(image) = scaled.chunks_exact_mut(size).nth(window) {
                    put(image, filter, filters, &column);
                }
            }
        }
        (self.scaled, self.images) = (Some(scaled), images);
        self.filters.clone_from(&bank.filters);
        Ok(())
    }

    /// The probabilities of the windows as far as they were [followed](Self::follow), without the filters `off`.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) before they were.
    pub fn judge(&self, bank: &mut Bank, off: &BTreeSet<usize>) -> Result<Vec<f32>> {
        let scaled = self.scaled.as_deref().unwrap_or_default();
        bank.classifier.probabilities(off, scaled, self.states.as_deref(), self.sounding.as_deref())
    }

    /// The images as the classifier takes them; room for them where there are none.
    fn scale(&self, bank: &Bank, frames: usize, filters: usize) -> Vec<f32> {
        let size = (frames * filters).max(1);
        let Some(images) = &self.images else { return vec![0.0; self.windows.len() * size] };
        let scaled = |(window, image): (usize, &[f32])| {
            bank.scaling.apply(image, filters, self.sounding(window, frames)).unwrap_or_else(|| image.to_vec())
        };
        images.chunks_exact(size).enumerate().flat_map(scaled).collect()
    }

    /// How many frames of a window hold sound.
    fn sounding(&self, window: usize, frames: usize) -> usize {
        self.sounding.as_ref().and_then(|all| all.get(window)).copied().unwrap_or(frames).min(frames)
    }
}

/// What belongs to some of `count` windows, of something that has the same number of values for each.
fn share<T: Clone>(values: &[T], count: usize, windows: &Range<usize>) -> Vec<T> {
    let each = values.len() / count.max(1);
    values.get(windows.start * each..windows.end * each).unwrap_or_default().to_vec()
}

/// Puts the levels of one filter into an image `[frames, filters]`.
fn put(image: &mut [f32], filter: usize, filters: usize, column: &[f32]) {
    let places = image.iter_mut().skip(filter).step_by(filters.max(1));
    places.zip(column).for_each(|(place, level)| *place = *level);
}
