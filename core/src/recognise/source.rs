//! What of a recording is read, pass by pass.

use crate::audio::{ChannelChoice, Downmix, PieceCutter, Pieces};
use crate::model::ModelConfig;
use crate::{Error, Result};

/// What a [`Session`](super::Session) must know of a recording before any of it is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Frames a second.
    pub sample_rate: u32,
    /// The downmixes that are classified, in this order: at least one. Rhythm and heart cycles are those of the first.
    pub downmixes: Vec<Downmix>,
    /// How many seconds from the beginning are classified, of each downmix; none: all.
    pub max_seconds: Option<f64>,
}

impl Source {
    /// A recording of `channels` channels at `sample_rate` Hz, of which as many seconds from the beginning are classified as the
    /// model asks for. Its channels are taken by `choice`; none: as the model's file says.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a channel that the recording does not have.
    pub fn new(config: &ModelConfig, sample_rate: u32, channels: usize, choice: Option<ChannelChoice>) -> Result<Self> {
        let choice = choice.unwrap_or(ChannelChoice::All(config.conditioning.channels));
        let downmixes = choice.downmixes(channels)?;
        Ok(Self { sample_rate, downmixes, max_seconds: config.conditioning.max_seconds })
    }

    /// The same recording, of which all is classified and not its beginning alone.
    #[must_use]
    pub fn whole(self) -> Self {
        Self { max_seconds: None, ..self }
    }

    /// The first pass.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a downmix.
    pub(super) fn first(&self) -> Result<Pass> {
        let downmix = self.downmixes.first().copied();
        let downmix =
            downmix.ok_or_else(|| Error::invalid("no downmix of the recording is asked for: expected one"))?;
        Ok(Pass { number: 0, downmix, start: 0, max_seconds: self.max_seconds, sample_rate: self.sample_rate })
    }
}

/// One way through a recording: a downmix of it, from a frame on. The passes of a session have different numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pass {
    /// How many passes came before.
    pub number: usize,
    /// What is made of the channels.
    pub downmix: Downmix,
    /// The first frame of the recording that is read, counted from 0 at its own sampling rate.
    pub start: u64,
    /// At most so many seconds are read from there on; none: all.
    pub max_seconds: Option<f64>,
    /// Frames a second.
    pub sample_rate: u32,
}

impl Pass {
    /// Whether it is not classified: what comes behind the classified beginning is looked through for a heart. Nothing may be
    /// left of the recording there.
    pub fn is_rest(&self) -> bool {
        self.start > 0
    }

    /// Where it starts in the recording, in seconds.
    pub fn start_s(&self) -> f64 {
        self.start as f64 / f64::from(self.sample_rate)
    }

    /// What cuts its samples into the pieces that a session takes, however many samples come at a time; for readers that wait
    /// for their samples.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a sampling rate out of range.
    pub fn cutter(&self) -> Result<PieceCutter> {
        let cutter = PieceCutter::new(self.sample_rate, self.max_seconds)?;
        Ok(if self.is_rest() { cutter.or_nothing() } else { cutter })
    }

    /// The pieces of its samples, which `samples` gives some at a time, from [`start`](Self::start) on and already mixed down.
    ///
    /// # Errors
    /// Those of [`cutter`](Self::cutter).
    pub fn pieces<S>(&self, samples: S) -> Result<Pieces<S>> {
        Ok(Pieces::cut(samples, self.cutter()?))
    }
}
