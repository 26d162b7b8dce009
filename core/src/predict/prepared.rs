//! A conditioned recording and its windows.

use crate::audio::{Pieces, Recording, Span};
use crate::cycles::{self, Timeline};
use crate::decision::Decision;
use crate::model::{ModelConfig, Segments};
use crate::{Error, Result};

use super::{Tally, Verdict};

/// A conditioned recording, or a piece of one, and where its windows lie.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The conditioned recording.
    pub recording: Recording,
    /// The [pieces](crate::audio::PIECE_SECONDS) that were conditioned on their own.
    pub pieces: Vec<Span>,
    /// Its windows; none crosses the border of a piece.
    pub spans: Vec<Span>,
    /// Whether the windows are heart cycles, all of them.
    pub by_cycles: bool,
    /// The states of the heart cycle, for a classifier that asks for them.
    pub timeline: Option<Timeline>,
}

/// Windows as a model hears them.
#[derive(Clone, Debug, PartialEq)]
pub struct Windows {
    /// Conditioned sound, `[windows, samples]`.
    pub samples: Vec<f32>,
    /// The weights of their frames in each phase of the heart cycle, `[windows, phases, frames]`, where the classifier asks
    /// for them and they are known.
    pub states: Option<Vec<f32>>,
}

impl From<Vec<f32>> for Windows {
    /// Windows of whose heart cycles nothing is known.
    fn from(samples: Vec<f32>) -> Self {
        Self { samples, states: None }
    }
}

impl Prepared {
    /// Conditions a recording piece by piece and lays out its windows.
    ///
    /// # Errors
    /// Those of [`Prepared::piece`].
    pub fn new(config: &ModelConfig, recording: &Recording) -> Result<Self> {
        Self::join(config, Pieces::of(recording, config.conditioning.max_seconds)?)
    }

    /// Conditions the pieces of a recording and lays out their windows.
    ///
    /// # Errors
    /// Those of [`Prepared::piece`] and of the iterator, which must give at least one piece.
    pub fn join<E: From<Error>>(
        config: &ModelConfig,
        pieces: impl IntoIterator<Item = std::result::Result<Recording, E>>,
    ) -> std::result::Result<Self, E> {
        let (mut samples, mut borders, mut spans) = (Vec::new(), Vec::new(), Vec::new());
        let (mut by_cycles, mut timeline) = (true, config.classifier.hears_states().then(Timeline::default));
        for piece in pieces {
            let piece = Self::piece(config, &piece?)?;
            by_cycles &= piece.by_cycles;
            if let (Some(timeline), Some(next)) = (&mut timeline, &piece.timeline) {
                timeline.extend(next, samples.len());
            }
            borders.extend(piece.pieces.iter().map(|span| span.later(samples.len())));
            spans.extend(piece.spans.iter().map(|span| span.later(samples.len())));
            samples.extend_from_slice(piece.recording.samples());
        }
        let recording = Recording::new(samples, config.conditioning.sample_rate)?;
        Ok(Self { recording, pieces: borders, spans, by_cycles, timeline })
    }

    /// Conditions one piece of a recording and lays out its windows.
    ///
    /// # Errors
    /// Those of [`Conditioning::piece`](crate::audio::Conditioning::piece), or no window at all.
    pub fn piece(config: &ModelConfig, piece: &Recording) -> Result<Self> {
        let recording = config.conditioning.piece(piece)?;
        let length = recording.samples().len();
        let found = if config.needs_cycles() { cycles::segment(&recording).ok() } else { None };
        let timeline = config.classifier.hears_states().then(|| Timeline::new(found.as_ref()));
        let cycles = found.filter(|_| config.segments == Segments::Cycles).and_then(|found| found.spans(length));
        let by_cycles = cycles.is_some();
        let spans = cycles.unwrap_or_else(|| config.windowing.spans(length));
        if spans.is_empty() {
            return Err(Error::invalid("the recording is too short for a single window"));
        }
        Ok(Self { recording, pieces: vec![Span { start: 0, end: length }], spans, by_cycles, timeline })
    }

    /// Whether there is no sound at all in it.
    pub fn is_silent(&self) -> bool {
        self.recording.samples().iter().all(|&sample| sample == 0.0)
    }

    /// Some of the windows.
    pub fn windows(&self, config: &ModelConfig, spans: &[Span]) -> Windows {
        let samples = spans.iter().flat_map(|span| config.windowing.cut(self.recording.samples(), span)).collect();
        Windows { samples, states: self.states(config, spans) }
    }

    /// The weights of their frames in each phase of the heart cycle, `[windows, phases, frames]`, where there are any.
    pub fn states(&self, config: &ModelConfig, spans: &[Span]) -> Option<Vec<f32>> {
        let (framing, frames) = (config.front_end.framing, config.frames());
        let (timeline, parts) = (self.timeline.as_ref()?, config.classifier.parts()?);
        Some(spans.iter().flat_map(|span| timeline.weights(span, framing, frames, parts)).collect())
    }

    /// The heart cycles that are known from S1 to S1, where the classifier asks for the states.
    pub fn cycles(&self) -> Vec<Span> {
        self.timeline.as_ref().map(Timeline::cycles).unwrap_or_default()
    }

    /// Windows with a cycle in the middle of each, as far as the piece goes.
    pub fn around(&self, config: &ModelConfig, cycles: &[Span]) -> Vec<Span> {
        let length = config.windowing.samples;
        let window = |cycle: &Span| {
            let piece = self.pieces.iter().find(|piece| piece.start <= cycle.start && cycle.start < piece.end);
            let (first, end) = piece.map_or((0, self.recording.samples().len()), |piece| (piece.start, piece.end));
            let middle = (cycle.start + cycle.end) / 2;
            let start = middle.saturating_sub(length / 2).min(end.saturating_sub(length)).max(first);
            Span { start, end: end.min(start + length) }
        };
        cycles.iter().map(window).collect()
    }

    /// The verdict from the probabilities of all windows, `spans.len() × labels.len()` values row by row.
    ///
    /// # Errors
    /// Those of [`Tally::add`].
    pub fn verdict(&self, config: &ModelConfig, probabilities: &[f32]) -> Result<Verdict> {
        let mut tally = Tally::new(config);
        tally.add(self, probabilities)?;
        tally.verdict(&Decision::largest(config))
    }
}
