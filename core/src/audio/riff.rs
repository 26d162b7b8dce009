//! The container of a WAV file: its chunks and its format, every size compared with the bytes that
//! are really there.

use std::ops::Range;

use super::recording::check_rate;
use super::wav::WavSound;
use crate::error::{Error, Result};

/// Size of `RIFF`, a length and `WAVE`.
pub(super) const FILE_HEADER: usize = 12;
/// Size of a chunk's name and length.
const CHUNK_HEADER: usize = 8;
/// Fields that every format chunk has.
const FORMAT: usize = 16;
/// Size of a format chunk of WAVE_FORMAT_EXTENSIBLE.
const EXTENSIBLE_FORMAT: usize = 40;
/// A length that programs write who cannot go back to the header, or a file beyond 4 GiB.
const UNKNOWN_LENGTH: u32 = u32::MAX;
/// Bytes that are looked through at a time: the sound of most files begins within them.
const BLOCK: u64 = 1 << 16;

pub(super) const PCM: u16 = 1;
pub(super) const IEEE_FLOAT: u16 = 3;
pub(super) const EXTENSIBLE: u16 = 0xfffe;
/// What follows the first two bytes of every sub-format that stands for a plain format tag.
pub(super) const SUBFORMAT_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/// Finds the sound in a WAV file of which only some bytes are at hand: [`wants`](Self::wants) says which bytes to read
/// next, [`read`](Self::read) takes them. Whatever stands in the file, no more than 64 KiB are wanted at a time.
///
/// ```
/// # use spectnet_core::audio::{Recording, WavScan, write_wav};
/// # let file = write_wav(&Recording::new(vec![0.5; 100], 1000).unwrap()).unwrap();
/// let mut scan = WavScan::new(file.len() as u64);
/// let sound = loop {
///     let wanted = scan.wants();
///     if let Some(sound) = scan.read(&file[wanted.start as usize..wanted.end as usize])? {
///         break sound;
///     }
/// };
/// assert_eq!(sound.frames(), 100);
/// # Ok::<(), spectnet_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WavScan {
    length: u64,
    /// Where the next chunk begins, or the padding before it.
    at: u64,
    after_odd_chunk: bool,
    format: Option<Format>,
}

impl WavScan {
    /// A scan of a file of `length` bytes.
    pub fn new(length: u64) -> Self {
        Self { length, at: 0, after_odd_chunk: false, format: None }
    }

    /// The bytes of the file that [`read`](Self::read) takes next.
    pub fn wants(&self) -> Range<u64> {
        self.at..self.length.min(self.at + BLOCK)
    }

    /// Looks through the bytes that were wanted. `None`: read those that are wanted now.
    ///
    /// # Errors
    /// Not a WAV file, a damaged or truncated one, or an encoding that [`WavSound`] does not decode.
    pub fn read(&mut self, bytes: &[u8]) -> Result<Option<WavSound>> {
        let wanted = self.wants();
        if bytes.len() as u64 != wanted.end - wanted.start {
            return Err(Error::invalid("the WAV file changed while it was read"));
        }
        if self.at == 0 {
            check_kind(bytes)?;
            self.at = FILE_HEADER as u64;
        }
        // Until the next chunk lies beyond these bytes.
        let from = |at: u64| bytes.get(usize::try_from(at - wanted.start).ok()?..);
        while let Some(rest) = from(self.at) {
            if self.after_odd_chunk && !rest.is_empty() {
                // Odd chunks are padded with a zero byte. Some programs forget it; no name begins so.
                self.after_odd_chunk = false;
                self.at += u64::from(rest[0] == 0);
                continue;
            }
            let Some((header, content)) = rest.split_at_checked(CHUNK_HEADER) else { break };
            let (name, claimed) = (&header[..4], u32_at(header, 4));
            let start = self.at + CHUNK_HEADER as u64;
            if u64::from(claimed) > self.length - start {
                return Err(overlong_chunk(name, claimed, self.length - start));
            }
            let end = start + u64::from(claimed);
            match (name, &self.format) {
                (b"fmt ", None) => match content.get(..EXTENSIBLE_FORMAT.min(claimed as usize)) {
                    Some(chunk) => self.format = Some(Format::parse(chunk)?),
                    None => return Ok(None),
                },
                (b"data", Some(format)) => return WavSound::new(format.clone(), start..end).map(Some),
                (b"data", None) => {
                    return Err(Error::invalid("the WAV file is damaged: its data chunk comes before any fmt chunk"));
                }
                _ => {}
            }
            self.at = end;
            self.after_odd_chunk = claimed % 2 == 1;
        }
        if self.length - self.at < CHUNK_HEADER as u64 {
            let missing = if self.format.is_none() { "fmt" } else { "data" };
            let length = self.length;
            return Err(Error::invalid(format!(
                "the WAV file is truncated or damaged: no {missing} chunk in its {length} bytes"
            )));
        }
        Ok(None)
    }
}

/// Refuses what does not begin like a WAV file.
fn check_kind(bytes: &[u8]) -> Result<()> {
    if bytes.is_empty() {
        return Err(Error::invalid("the file is empty; expected a WAV file"));
    }
    match bytes.get(..4) {
        Some(b"RIFF") => {}
        Some(b"RF64" | b"BW64" | b"RIFX") => {
            return Err(Error::unsupported("RF64, BW64 and RIFX files; save the recording as plain WAV (RIFF)"));
        }
        _ => {
            return Err(Error::invalid("not a WAV file: it does not begin with RIFF"));
        }
    }
    if bytes.len() < FILE_HEADER {
        return Err(Error::invalid(format!(
            "the WAV file is truncated: {} bytes, its first header alone has {FILE_HEADER}",
            bytes.len()
        )));
    }
    if &bytes[8..FILE_HEADER] != b"WAVE" {
        return Err(Error::invalid("not a WAV file: a RIFF file, but of another kind than WAVE"));
    }
    Ok(())
}

fn overlong_chunk(name: &[u8], claimed: u32, present: u64) -> Error {
    let name = name.escape_ascii().to_string();
    let name = name.trim_end();
    if name == "data" && claimed == UNKNOWN_LENGTH {
        return Error::invalid(format!(
            "the WAV header leaves the length open (its data chunk claims {claimed} bytes, as \
             programs write while recording or into a pipe; {present} follow); save the recording \
             again as a finished file"
        ));
    }
    Error::invalid(format!(
        "the WAV file is truncated or damaged: its {name} chunk claims {claimed} bytes but only \
         {present} follow"
    ))
}

/// The format chunk, with WAVE_FORMAT_EXTENSIBLE resolved to the plain format it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Format {
    pub(super) tag: u16,
    pub(super) channels: u16,
    pub(super) sample_rate: u32,
    pub(super) block_align: u16,
    pub(super) bits: u16,
}

impl Format {
    pub(super) fn parse(chunk: &[u8]) -> Result<Self> {
        if chunk.len() < FORMAT {
            return Err(Error::invalid(format!(
                "the WAV file is damaged: its fmt chunk has {} bytes, expected at least {FORMAT}",
                chunk.len()
            )));
        }
        let format = Self {
            tag: resolved_tag(chunk)?,
            channels: u16_at(chunk, 2),
            sample_rate: u32_at(chunk, 4),
            block_align: u16_at(chunk, 12),
            bits: u16_at(chunk, 14),
        };
        let Self { tag, bits, .. } = format;
        if format.channels == 0 {
            return Err(Error::invalid("the WAV header claims 0 channels; expected at least 1"));
        }
        check_rate(format.sample_rate)?;
        match (tag, bits) {
            (PCM, 8 | 16 | 24 | 32) | (IEEE_FLOAT, 32) => Ok(format),
            (PCM | IEEE_FLOAT, _) => Err(Error::unsupported(format!(
                "WAV with {bits}-bit {}; expected 8, 16, 24 or 32-bit integers or 32-bit floats",
                if tag == PCM { "integers" } else { "floats" }
            ))),
            _ => Err(Error::unsupported(format!(
                "WAV with compressed or unknown encoding 0x{tag:04x}; save the recording as PCM"
            ))),
        }
    }

    /// A plain file header up to the beginning of `data_length` bytes of sample data.
    pub(super) fn header(&self, data_length: u32) -> Vec<u8> {
        // The byte rate only repeats other fields; hound insists that it agrees with them.
        let byte_rate = self.sample_rate.saturating_mul(u32::from(self.block_align));
        let mut header = Vec::with_capacity(FILE_HEADER + 2 * CHUNK_HEADER + FORMAT);
        header.extend(b"RIFF");
        header.extend(data_length.saturating_add(36).to_le_bytes());
        header.extend(b"WAVEfmt ");
        header.extend((FORMAT as u32).to_le_bytes());
        header.extend(self.tag.to_le_bytes());
        header.extend(self.channels.to_le_bytes());
        header.extend(self.sample_rate.to_le_bytes());
        header.extend(byte_rate.to_le_bytes());
        header.extend(self.block_align.to_le_bytes());
        header.extend(self.bits.to_le_bytes());
        header.extend(b"data");
        header.extend(data_length.to_le_bytes());
        header
    }
}

/// The format tag; for WAVE_FORMAT_EXTENSIBLE the one in its sub-format.
///
/// The number of valid bits there is not needed: they are the upper bits of each sample, the
/// others are zero, so the sample reads the same at its full width.
fn resolved_tag(chunk: &[u8]) -> Result<u16> {
    let tag = u16_at(chunk, 0);
    if tag != EXTENSIBLE {
        return Ok(tag);
    }
    let Some(subformat) = chunk.get(EXTENSIBLE_FORMAT - 16..EXTENSIBLE_FORMAT) else {
        return Err(Error::invalid(format!(
            "the WAV file is damaged: its extensible fmt chunk has {} bytes, expected at least \
             {EXTENSIBLE_FORMAT}",
            chunk.len()
        )));
    };
    if subformat[2..] == SUBFORMAT_TAIL {
        Ok(u16_at(subformat, 0))
    } else {
        Err(Error::unsupported("WAV with an unknown extensible sub-format; save the recording as PCM"))
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
