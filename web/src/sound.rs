//! A recording to be judged: in memory, or a WAV file of any length of which a few seconds are read at a time.

use js_sys::Uint8Array;
use spectnet_core::audio::{Channels, PieceCutter, Recording, View, WavScan, WavSound};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use crate::failure::{Failure, Result, message};

/// Seconds that are read and decoded at a time: short enough for the page to stay alive.
const SECONDS: u64 = 10;

/// Where samples come from.
#[derive(Clone, Debug)]
pub enum Sound {
    /// All of them are there.
    Memory(Frames),
    /// They are read from the file.
    Wav(Blob, WavSound),
}

/// Interleaved samples.
#[derive(Clone, Debug)]
pub struct Frames {
    /// `channels` of every frame, full scale ±1.
    pub samples: Vec<f32>,
    /// Samples in a frame, at least one.
    pub channels: usize,
    /// Frames per second.
    pub sample_rate: u32,
}

impl From<Recording> for Frames {
    fn from(recording: Recording) -> Self {
        let sample_rate = recording.sample_rate();
        Self { samples: recording.into_samples(), channels: 1, sample_rate }
    }
}

impl Sound {
    /// Finds the sound in a WAV file without reading it.
    ///
    /// # Errors
    /// Not a WAV file, a truncated one, or an encoding that only the browser may know.
    pub async fn wav(file: &Blob) -> Result<Self> {
        let mut scan = WavScan::new(file.size() as u64);
        loop {
            let wanted = scan.wants();
            if let Some(sound) = scan.read(&bytes(file, wanted).await?)? {
                return Ok(Self::Wav(file.clone(), sound));
            }
        }
    }

    /// Sampling rate in Hz.
    pub fn sample_rate(&self) -> u32 {
        match self {
            Self::Memory(frames) => frames.sample_rate,
            Self::Wav(_, sound) => sound.sample_rate(),
        }
    }

    /// Length in seconds.
    pub fn duration_s(&self) -> f64 {
        match self {
            Self::Memory(Frames { samples, channels, sample_rate }) => {
                (samples.len() / channels.max(&1)) as f64 / f64::from(*sample_rate)
            }
            Self::Wav(_, sound) => sound.frames() as f64 / f64::from(sound.sample_rate()),
        }
    }

    /// What a model hears of it, view by view; there is at least one.
    pub fn views(&self, channels: Channels) -> Vec<View> {
        channels.views(match self {
            Self::Memory(frames) => frames.channels,
            Self::Wav(_, sound) => sound.channels().into(),
        })
    }

    /// The pieces of a view from `start_s` on, at most `max_seconds`, one after the other. There must be at least a sample.
    ///
    /// # Errors
    /// A sampling rate out of range.
    pub fn pieces(&self, view: View, start_s: f64, max_seconds: Option<f64>) -> Result<Pieces<'_>> {
        let at = (start_s * f64::from(self.sample_rate())).round() as u64;
        Ok(Pieces { sound: self, view, cutter: PieceCutter::new(self.sample_rate(), max_seconds)?, at })
    }

    /// Some samples of a view from `at` on; none at the end.
    async fn read(&self, view: View, at: u64) -> Result<Vec<f32>> {
        let count = SECONDS * u64::from(self.sample_rate());
        match self {
            Self::Memory(Frames { samples, channels, .. }) => {
                let place = |frame: u64| (frame as usize).saturating_mul(*channels).min(samples.len());
                Ok(view.of(&samples[place(at)..place(at + count)], *channels)?)
            }
            Self::Wav(file, sound) => Ok(sound.decode(&bytes(file, sound.bytes_of(at, count)).await?, view)?),
        }
    }
}

/// A recording on its way, piece by piece.
pub struct Pieces<'a> {
    sound: &'a Sound,
    view: View,
    cutter: PieceCutter,
    at: u64,
}

impl Pieces<'_> {
    /// The next piece; none after the last.
    ///
    /// # Errors
    /// A file that cannot be read or has changed, or a sample that is not finite.
    pub async fn next(&mut self) -> Result<Option<Recording>> {
        loop {
            if let Some(piece) = self.cutter.next_piece() {
                return Ok(Some(piece));
            }
            if self.cutter.is_full() {
                return Ok(None);
            }
            let samples = self.sound.read(self.view, self.at).await?;
            self.at += samples.len() as u64;
            if samples.is_empty() { self.cutter.end()? } else { self.cutter.add(&samples)? }
        }
    }
}

/// Some bytes of a file.
///
/// # Errors
/// What the browser says, for instance when the file was changed or removed.
pub async fn bytes(file: &Blob, range: std::ops::Range<u64>) -> Result<Vec<u8>> {
    let failed = |error| Failure::reason(format!("the file cannot be read: {}", message(&error)));
    let part = file.slice_with_f64_and_f64(range.start as f64, range.end as f64).map_err(failed)?;
    let buffer = JsFuture::from(part.array_buffer()).await.map_err(failed)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
