//! A recording to be judged, of any length: a few seconds of it are read at a time.

use js_sys::Uint8Array;
use spectnet_core::audio::{Agreement, PieceCutter, Recording, WavScan, WavSound};
use spectnet_core::model::ModelConfig;
use spectnet_core::prediction::FileNotes;
use spectnet_core::recognise::{Pass, Source};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AudioBuffer, Blob};

use super::decoder::Decoded;
use super::slice::{BIT_S, Slice};
use crate::capture::Excerpt;
use crate::failure::{Failure, Result, message};
use crate::state::Options;

/// Seconds that are read and decoded at a time, at most.
const SECONDS: u64 = 10;
/// Samples of all channels that are read and decoded at a time, at most: some milliseconds of work for the page, and few
/// enough questions to the file.
const SAMPLES: u64 = 1 << 18;
/// What a person can do whose two channels should not be judged as their mean.
const CHOOSE: &str = "Choose one of them above the waveform.";

/// Where samples come from.
#[derive(Debug)]
pub enum Sound {
    /// All of them are there.
    Memory(Recording),
    /// The microphone gave them.
    Captured(Excerpt),
    /// They are read from a WAV file.
    Wav(Blob, WavSound),
    /// The decoder reads them from a file of another kind.
    Decoded(Decoded),
    /// The browser decoded all of a file that nothing else reads; what is to note of that.
    Browser(AudioBuffer, String),
}

impl Sound {
    /// What a session has to know of it, judged as a person wants it.
    ///
    /// # Errors
    /// Channels that it does not have.
    pub fn source(&self, config: &ModelConfig, options: &Options) -> Result<Source> {
        let source = Source::new(config, self.sample_rate(), self.channels(), options.channels)?;
        Ok(Source { max_seconds: options.max_seconds, ..source })
    }

    /// Finds the sound in a WAV file without reading it.
    ///
    /// # Errors
    /// Not a WAV file, a damaged one, or an encoding that only the browser may know.
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
            Self::Memory(recording) => recording.sample_rate(),
            Self::Captured(excerpt) => excerpt.sample_rate(),
            Self::Wav(_, sound) => sound.sample_rate(),
            Self::Decoded(decoded) => decoded.sample_rate,
            Self::Browser(buffer, _) => buffer.sample_rate() as u32,
        }
    }

    /// Length in seconds; none where the file does not say it, until its end has been read.
    pub fn duration_s(&self) -> Option<f64> {
        let seconds = |frames: u64| frames as f64 / f64::from(self.sample_rate());
        match self {
            Self::Memory(recording) => Some(recording.duration_s()),
            Self::Captured(excerpt) => Some(excerpt.duration_s()),
            Self::Wav(_, sound) => Some(seconds(sound.frames())),
            Self::Decoded(decoded) => decoded.frames().map(seconds),
            Self::Browser(buffer, _) => Some(buffer.duration()),
        }
    }

    /// The pieces of one pass, one after the other.
    ///
    /// # Errors
    /// A sampling rate out of range.
    pub fn pieces(&self, pass: Pass) -> Result<Pieces<'_>> {
        let frames = |seconds: f64| ((seconds * f64::from(pass.sample_rate)).round() as u64).max(1);
        let end = pass.max_seconds.map_or(u64::MAX, |seconds| pass.start.saturating_add(frames(seconds)));
        let (cutter, agreement) = (pass.cutter()?, Agreement::default());
        Ok(Pieces { pass, sound: self, cutter, at: pass.start, end, agreement })
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        match self {
            Self::Memory(_) | Self::Captured(_) => 1,
            Self::Wav(_, sound) => sound.channels().into(),
            Self::Decoded(decoded) => decoded.channels,
            Self::Browser(buffer, _) => buffer.number_of_channels() as usize,
        }
    }

    /// What is to note of the file as far as it was read.
    fn notes(&self) -> FileNotes {
        match self {
            Self::Memory(_) | Self::Captured(_) => FileNotes::default(),
            Self::Wav(_, sound) => FileNotes::from(sound),
            Self::Decoded(decoded) => decoded.notes(),
            Self::Browser(_, note) => FileNotes { file: vec![note.clone()], ..FileNotes::default() },
        }
    }

    /// The interleaved samples of `count` frames from frame `at` on; fewer only where the recording ends.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged or has changed.
    pub async fn read(&self, at: u64, count: u64) -> Result<Vec<f32>> {
        match self {
            Self::Memory(recording) => {
                let samples = recording.samples();
                let place = |frame: u64| usize::try_from(frame).unwrap_or(usize::MAX).min(samples.len());
                Ok(samples[place(at)..place(at.saturating_add(count))].to_vec())
            }
            Self::Captured(excerpt) => Ok(excerpt.read(at, count)),
            Self::Wav(file, sound) => Ok(sound.interleaved(&bytes(file, sound.bytes_of(at, count)).await?)?),
            Self::Decoded(decoded) => decoded.read(at, count).await,
            Self::Browser(buffer, _) => from_buffer(buffer, at, count),
        }
    }
}

/// A recording on its way, piece by piece.
pub struct Pieces<'a> {
    /// What is read of it.
    pub pass: Pass,
    sound: &'a Sound,
    cutter: PieceCutter,
    /// The next frame, and the one behind the last that is wanted.
    at: u64,
    end: u64,
    /// What its channels have in common, as far as they were read.
    agreement: Agreement,
}

impl Pieces<'_> {
    /// The next piece; none after the last. Behind the beginning of a recording there may be none at all.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged or has changed, or a sample that is not finite.
    pub async fn next(&mut self, slice: &mut Slice) -> Result<Option<Recording>> {
        let channels = self.sound.channels();
        let step = (SECONDS * u64::from(self.sound.sample_rate())).min(SAMPLES / channels.max(1) as u64).max(1);
        loop {
            if let Some(piece) = self.cutter.next_piece() {
                return Ok(Some(piece));
            }
            if self.cutter.is_full() {
                return Ok(None);
            }
            slice.room(BIT_S).await;
            let interleaved = self.sound.read(self.at, step.min(self.end - self.at)).await?;
            self.agreement.add(&interleaved, channels);
            let samples = self.pass.downmix.of(&interleaved, channels)?;
            match samples.is_empty() {
                false => self.cutter.add(&samples)?,
                true => self.cutter.end()?,
            }
            self.at += samples.len() as u64;
        }
    }

    /// What a person should know of how the recording was read so far.
    pub fn notes(&self) -> FileNotes {
        self.sound.notes().with_channels(self.pass.downmix, &self.agreement, CHOOSE)
    }
}

/// Some interleaved frames of what the browser decoded.
fn from_buffer(buffer: &AudioBuffer, at: u64, count: u64) -> Result<Vec<f32>> {
    let count = count.min(u64::from(buffer.length()).saturating_sub(at)) as usize;
    let channels = buffer.number_of_channels() as usize;
    let (mut interleaved, mut samples) = (vec![0.0; count * channels], vec![0.0; count]);
    for channel in 0..channels {
        if count > 0 {
            let copied = buffer.copy_from_channel_with_start_in_channel(&mut samples, channel as i32, at as u32);
            copied.map_err(|error| Failure::reason(message(&error)))?;
        }
        let places = interleaved.iter_mut().skip(channel).step_by(channels);
        places.zip(&samples).for_each(|(place, sample)| *place = *sample);
    }
    Ok(interleaved)
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
