//! The container of a WAV file: its chunks and its format, every size compared with the bytes that
//! are really there.

use super::recording::check_rate;
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

pub(super) const PCM: u16 = 1;
pub(super) const IEEE_FLOAT: u16 = 3;
pub(super) const EXTENSIBLE: u16 = 0xfffe;
/// What follows the first two bytes of every sub-format that stands for a plain format tag.
pub(super) const SUBFORMAT_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/// The contents of the first `fmt ` chunk and of the `data` chunk after it.
pub(super) fn find_chunks(bytes: &[u8]) -> Result<(&[u8], &[u8])> {
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
    let mut rest = &bytes[FILE_HEADER..];
    let mut format = None;
    while let Some((header, body)) = rest.split_at_checked(CHUNK_HEADER) {
        let (name, length) = (&header[..4], u32_at(header, 4));
        let Some((content, after)) = body.split_at_checked(length as usize) else {
            return Err(overlong_chunk(name, length, body.len()));
        };
        match (name, format) {
            (b"fmt ", None) => format = Some(content),
            (b"data", Some(format)) => return Ok((format, content)),
            (b"data", None) => {
                return Err(Error::invalid("the WAV file is damaged: its data chunk comes before any fmt chunk"));
            }
            _ => {}
        }
        // Odd chunks are padded with a zero byte. Some programs forget it; no name begins so.
        let padded = length % 2 == 1 && after.first() == Some(&0);
        rest = &after[usize::from(padded)..];
    }
    let missing = if format.is_none() { "fmt" } else { "data" };
    Err(Error::invalid(format!(
        "the WAV file is truncated or damaged: no {missing} chunk in its {} bytes",
        bytes.len()
    )))
}

fn overlong_chunk(name: &[u8], claimed: u32, present: usize) -> Error {
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
