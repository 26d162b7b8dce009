//! A recording as its envelopes, which are computed piece by piece.

use super::envelope::{FRAME, FRAME_S, Frame, HOMOMORPHIC, SAMPLE_RATE, envelopes};
use crate::audio::{Conditioning, Pieces, Recording};
use crate::error::{Error, Result};
use crate::stride::{Stride, at_once};

/// The conditioning of a recording before its heart cycles are found: as for the classifier of heart sounds, but of all
/// the recording.
pub fn conditioning() -> Conditioning {
    Conditioning { max_seconds: None, ..Conditioning::heart() }
}

/// The envelopes of a conditioned recording: 1.4 kB for each second.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    pub(crate) frames: Vec<Frame>,
    /// Numbers of the first frames of the pieces.
    pieces: Vec<usize>,
    samples: u64,
    sounding: bool,
}

impl Features {
    /// The envelopes of a recording that went through [`conditioning`].
    ///
    /// # Errors
    /// Those of [`Features::add`].
    pub fn of(recording: &Recording) -> Result<Self> {
        at_once(Self::in_strides(recording, &mut Stride::endless()))
    }

    /// As [`Features::of`], with a pause after every stride.
    ///
    /// # Errors
    /// Those of [`Features::add`].
    pub(super) async fn in_strides(recording: &Recording, stride: &mut Stride) -> Result<Self> {
        let mut features = Self::default();
        let pieces: Vec<Recording> = Pieces::of(recording, None)?.collect::<Result<_>>()?;
        for piece in &pieces {
            features.add_in_strides(piece, stride).await?;
        }
        Ok(features)
    }

    /// Adds the next [piece](crate::audio::PIECE_SECONDS) of a conditioned recording.
    ///
    /// # Errors
    /// A sampling rate other than [`SAMPLE_RATE`], or a piece after one that does not end with a whole frame of 20 ms.
    pub fn add(&mut self, piece: &Recording) -> Result<()> {
        at_once(self.add_in_strides(piece, &mut Stride::endless()))
    }

    /// As [`Features::add`], with a pause after every stride.
    async fn add_in_strides(&mut self, piece: &Recording, stride: &mut Stride) -> Result<()> {
        if !self.samples.is_multiple_of(FRAME as u64) {
            return Err(Error::invalid(format!(
                "a piece of {} samples is followed by another; all but the last must be multiples of {FRAME}",
                self.samples
            )));
        }
        let frames = envelopes(piece, stride).await?;
        self.sounding |= frames.is_some();
        self.pieces.push(self.frames.len());
        let silence = || vec![Frame::default(); piece.samples().len() / FRAME];
        self.frames.extend(frames.unwrap_or_else(silence));
        self.samples += piece.samples().len() as u64;
        Ok(())
    }

    /// The envelopes of every 20 ms, each in standard deviations of its logarithm over its piece; 0 where the piece is
    /// silent.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// First frame of each piece that has any, and its last frame plus one.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = (usize, usize)> {
        let ends = self.pieces.iter().skip(1).copied().chain([self.frames.len()]);
        self.pieces.iter().copied().zip(ends).filter(|(begin, end)| begin < end)
    }

    /// Length of the recording in seconds.
    pub fn duration_s(&self) -> f64 {
        self.samples as f64 / f64::from(SAMPLE_RATE)
    }

    /// Whether there is no sound at all.
    pub fn is_silent(&self) -> bool {
        !self.sounding
    }

    /// The homomorphic envelope, 50 values a second: time in seconds, and level in standard deviations of its
    /// logarithm.
    pub fn envelope(&self) -> impl Iterator<Item = (f64, f32)> {
        let frames = self.frames.iter().enumerate();
        frames.map(|(number, frame)| ((number as f64 + 0.5) * FRAME_S, frame[HOMOMORPHIC]))
    }
}
