//! The sound within a WAV file: where it is, how it is encoded, and its samples.

use std::io::{Cursor, Read};
use std::ops::Range;

use hound::{SampleFormat, WavReader, WavSpec};

use super::channels::Downmix;
use super::recording::EMPTY;
use super::wav_format::{Encoding, Format, IEEE_FLOAT, PCM};
use crate::error::{Error, Result};

/// Where the sound of a WAV file is and how it is encoded, as found by a [`WavScan`]. Encodings: integers of up to 32
/// bits and of 64, floats of 32 and 64 bits, A-law and µ-law.
#[derive(Clone, Debug, PartialEq)]
pub struct WavSound {
    format: Format,
    data: Range<u64>,
    notes: Vec<String>,
    cut_short: Option<String>,
}

impl WavSound {
    /// The sound in the bytes `data` of a file, whose header claims `claimed` bytes; `open` where that number is not a
    /// length but says that the length was not known.
    ///
    /// # Errors
    /// [`Error::Invalid`] for no sound at all.
    pub(super) fn new(format: Format, data: Range<u64>, claimed: u64, open: bool) -> Result<Self> {
        let frame = format.frame_bytes();
        let (present, rest) = ((data.end - data.start) / frame, (data.end - data.start) % frame);
        let seconds = |frames: u64| frames as f64 / f64::from(format.sample_rate);
        let is_cut = !open && claimed > data.end - data.start;
        if present == 0 {
            let cut = format!(
                "the WAV file is cut off where its sound begins: its header announces {:.1} s; copy it again",
                seconds(claimed / frame)
            );
            return Err(if is_cut { Error::invalid(cut) } else { Error::invalid(EMPTY) });
        }
        let mut notes = Vec::new();
        if open {
            notes.push("The file's header leaves its length open, as pipes and interrupted recorders do; it was read to its end.".into());
        }
        if let Some(said) = format.wrong_block_align {
            notes.push(format!(
                "The file's header says {said} bytes a frame; its samples take {frame}, and were read so."
            ));
        }
        let cut_short = is_cut.then(|| {
            format!(
                "The file is cut short: its header announces {:.1} s, {:.1} s are there.",
                seconds(claimed / frame),
                seconds(present)
            )
        });
        if rest > 0 && cut_short.is_none() {
            notes.push("The last frame of the file is incomplete and was left out.".into());
        }
        Ok(Self { format, data, notes, cut_short })
    }

    /// Sampling rate in Hz.
    pub fn sample_rate(&self) -> u32 {
        self.format.sample_rate
    }

    /// Number of channels.
    pub fn channels(&self) -> u16 {
        self.format.channels
    }

    /// Bits of a sample according to the file.
    pub fn bits(&self) -> u16 {
        self.format.bits
    }

    /// Number of frames in the file: the samples of each channel.
    pub fn frames(&self) -> u64 {
        (self.data.end - self.data.start) / self.frame_bytes()
    }

    /// Size in bytes of a frame, which is one sample of every channel.
    pub fn frame_bytes(&self) -> u64 {
        self.format.frame_bytes()
    }

    /// Sentences for people about fields of the file that were not taken as they stand, because they contradict others.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// A sentence for people where the header announces more sound than the file has: how much is there.
    pub fn cut_short(&self) -> Option<&str> {
        self.cut_short.as_deref()
    }

    /// The range of bytes of the file that holds `count` frames from frame `frame` on; shorter or empty where the sound
    /// ends before.
    pub fn bytes_of(&self, frame: u64, count: u64) -> Range<u64> {
        let at = |frame: u64| self.data.start + self.frame_bytes() * frame.min(self.frames());
        at(frame)..at(frame.saturating_add(count))
    }

    /// Decodes the bytes of whole frames, mixed down to one sample a frame. Integers become ±1 at full scale; floats
    /// keep their values.
    ///
    /// # Errors
    /// [`Error::Invalid`] for bytes that do not divide into frames, or a downmix that needs more channels.
    pub fn decode(&self, bytes: &[u8], downmix: Downmix) -> Result<Vec<f32>> {
        downmix.of(&self.interleaved(bytes)?, usize::from(self.channels()))
    }

    /// Decodes the bytes of whole frames to interleaved samples: one of each channel, frame by frame. Integers become
    /// ±1 at full scale; floats keep their values.
    ///
    /// # Errors
    /// [`Error::Invalid`] for bytes that do not divide into frames.
    pub fn interleaved(&self, bytes: &[u8]) -> Result<Vec<f32>> {
        let Format { encoding, sample_bytes, big_endian, .. } = self.format;
        let eight = |bytes: &[u8; 8]| if big_endian { u64::from_be_bytes(*bytes) } else { u64::from_le_bytes(*bytes) };
        let long = || bytes.as_chunks::<8>().0.iter().map(eight);
        if !(bytes.len() as u64).is_multiple_of(self.frame_bytes()) {
            return Err(Error::invalid("the WAV file changed while it was read"));
        }
        Ok(match (encoding, sample_bytes) {
            (Encoding::ALaw, _) => bytes.iter().map(|&byte| a_law(byte)).collect(),
            (Encoding::MuLaw, _) => bytes.iter().map(|&byte| mu_law(byte)).collect(),
            (Encoding::Floats, 8) => long().map(|bits| f64::from_bits(bits) as f32).collect(),
            (Encoding::Integers, 8) => long().map(|bits| (bits.cast_signed() as f64 / 2f64.powi(63)) as f32).collect(),
            _ if big_endian => {
                let samples = bytes.chunks_exact(usize::from(sample_bytes));
                self.by_hound(&samples.flat_map(|sample| sample.iter().rev().copied()).collect::<Vec<_>>())?
            }
            _ => self.by_hound(bytes)?,
        })
    }

    /// Integers of one to four bytes and floats of four, little-endian.
    fn by_hound(&self, bytes: &[u8]) -> Result<Vec<f32>> {
        let length = u32::try_from(bytes.len()).map_err(|_| Error::limit("more than 4 GiB of WAV at once"))?;
        let mut reader = WavReader::new(Cursor::new(self.plain_header(length)).chain(bytes)).map_err(damaged)?;
        let WavSpec { bits_per_sample, sample_format, .. } = reader.spec();
        let samples: hound::Result<Vec<f32>> = match sample_format {
            SampleFormat::Float => reader.samples().collect(),
            SampleFormat::Int => {
                let full_scale = 2f64.powi(i32::from(bits_per_sample) - 1);
                reader.samples::<i32>().map(|sample| Ok((f64::from(sample?) / full_scale) as f32)).collect()
            }
        };
        samples.map_err(damaged)
    }

    /// A plain file header, up to the beginning of `data_length` bytes of little-endian samples.
    fn plain_header(&self, data_length: u32) -> Vec<u8> {
        let Format { encoding, channels, sample_rate, sample_bytes, .. } = self.format;
        let tag = if encoding == Encoding::Floats { IEEE_FLOAT } else { PCM };
        let block_align = channels.saturating_mul(sample_bytes);
        // The byte rate repeats other fields; hound insists that it agrees with them.
        let byte_rate = sample_rate.saturating_mul(u32::from(block_align));
        let mut header = b"RIFF".to_vec();
        header.extend(data_length.saturating_add(36).to_le_bytes());
        header.extend(b"WAVEfmt \x10\0\0\0");
        header.extend([tag, channels].map(u16::to_le_bytes).as_flattened());
        header.extend([sample_rate, byte_rate].map(u32::to_le_bytes).as_flattened());
        header.extend([block_align, 8 * sample_bytes].map(u16::to_le_bytes).as_flattened());
        header.extend(b"data");
        header.extend(data_length.to_le_bytes());
        header
    }
}

/// A sample in A-law (ITU-T G.711): a sign, three bits of exponent and four of mantissa, with every other bit inverted.
fn a_law(byte: u8) -> f32 {
    let bits = byte ^ 0x55;
    let (mantissa, exponent) = (f32::from(bits & 0x0f), i32::from(bits >> 4 & 7));
    let magnitude = if exponent == 0 { mantissa + 0.5 } else { (mantissa + 16.5) * 2f32.powi(exponent - 1) };
    // In units of the smallest step; full scale has 2048 of them.
    magnitude / 2048.0 * if bits & 0x80 == 0 { -1.0 } else { 1.0 }
}

/// A sample in µ-law (ITU-T G.711): as A-law, with all bits inverted and a bias that makes the steps join.
fn mu_law(byte: u8) -> f32 {
    let bits = !byte;
    let (mantissa, exponent) = (f32::from(bits & 0x0f), i32::from(bits >> 4 & 7));
    let magnitude = (mantissa + 16.5) * 2f32.powi(exponent) - 16.5;
    magnitude / 4096.0 * if bits & 0x80 == 0 { 1.0 } else { -1.0 }
}

fn damaged(error: hound::Error) -> Error {
    match error {
        hound::Error::Unsupported | hound::Error::TooWide => {
            Error::unsupported("WAV with an unusual sample size; expected samples of 1, 2, 3 or 4 bytes")
        }
        other => Error::invalid(format!("the WAV file is damaged: {other}")),
    }
}
