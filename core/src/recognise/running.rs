//! The windows of a piece on their way through the network.

use std::borrow::Cow;

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
    /// Log-energy images `[windows, frames, filters]` of these where they are looked at, and probabilities
    /// `[windows, classes]`.
    pub images: Vec<f32>,
    pub probabilities: Vec<f32>,
}

impl<'a> Running<'a> {
    pub fn new(prepared: Cow<'a, Prepared>, purpose: Purpose, windows: Vec<Window>) -> Self {
        Self { prepared, purpose, windows, done: 0, images: Vec::new(), probabilities: Vec::new() }
    }

    /// The windows that are run next, at most so many.
    pub fn next(&self, most: usize) -> &[Window] {
        let rest = self.windows.get(self.done..).unwrap_or_default();
        rest.get(..most).unwrap_or(rest)
    }

    /// The same as the network takes them.
    pub fn batch(&self, config: &ModelConfig, most: usize, wants_images: bool) -> Batch {
        let windows = self.next(most);
        let input = self.prepared.input(config, windows);
        Batch { purpose: self.purpose, windows: windows.to_vec(), input, wants_images }
    }

    /// Takes what was said of the next `count` windows; whether these were the last.
    pub fn answer(&mut self, count: usize, answer: &Answer, wants_images: bool) -> bool {
        if let Some(images) = answer.images.as_ref().filter(|_| wants_images) {
            self.images.extend_from_slice(images);
        }
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
