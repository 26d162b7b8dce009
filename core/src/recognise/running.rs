//! The windows of a piece on their way through the network.

use std::borrow::Cow;
use std::ops::Range;

use super::step::{Answer, Batch, Purpose};
use crate::audio::Window;
use crate::model::ModelConfig;
use crate::prediction::Prepared;

/// Windows of a piece, and what was answered so far.
#[derive(Clone, Debug)]
pub(super) struct Running<'a> {
    pub prepared: Cow<'a, Prepared>,
    pub purpose: Purpose,
    windows: Vec<Window>,
    /// How many of them are answered.
    done: usize,
    /// Probabilities `[windows, classes]` of these.
    pub probabilities: Vec<f32>,
}

impl<'a> Running<'a> {
    pub fn new(prepared: Cow<'a, Prepared>, purpose: Purpose, windows: Vec<Window>) -> Self {
        Self { prepared, purpose, windows, done: 0, probabilities: Vec::new() }
    }

    /// Which windows are run next, at most so many.
    pub fn next_range(&self, most: usize) -> Range<usize> {
        self.done..self.windows.len().min(self.done.saturating_add(most))
    }

    /// The same as the network takes them.
    pub fn batch(&self, config: &ModelConfig, most: usize, wants_images: bool) -> Batch {
        let windows = self.windows.get(self.next_range(most)).unwrap_or_default();
        let input = self.prepared.input(config, windows);
        Batch { purpose: self.purpose, windows: windows.to_vec(), input, wants_images }
    }

    /// Takes what was said of the next `count` windows; whether these were the last.
    pub fn answer(&mut self, count: usize, answer: &Answer) -> bool {
        self.probabilities.extend_from_slice(&answer.probabilities);
        self.done += count;
        self.done >= self.windows.len()
    }

    /// Frames of the recording whose windows are answered.
    pub fn frames_done(&self) -> f64 {
        let part = match self.purpose {
            Purpose::Windows => self.done as f64 / self.windows.len().max(1) as f64,
            Purpose::Cycles => 1.0,
        };
        part * self.prepared.seen.samples as f64
    }
}
