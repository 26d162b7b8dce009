//! The format chunk of a WAV file: how the samples of a frame are encoded.

use super::channels::check_count;
use super::recording::check_rate;
use crate::error::{Error, Result};

/// Bytes that every format chunk has.
const FORMAT: usize = 16;
/// Size in bytes of a format chunk of WAVE_FORMAT_EXTENSIBLE.
pub(super) const EXTENSIBLE_FORMAT: usize = 40;

pub(super) const PCM: u16 = 1;
pub(super) const IEEE_FLOAT: u16 = 3;
pub(super) const A_LAW: u16 = 6;
pub(super) const MU_LAW: u16 = 7;
pub(super) const EXTENSIBLE: u16 = 0xfffe;
/// The bytes after the first two of every sub-format that stands for a plain format tag.
pub(super) const SUBFORMAT_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
/// Encodings that are known by name but not read.
const NAMED: [(u16, &str); 9] = [
    (0x0002, "Microsoft ADPCM"),
    (0x0011, "IMA ADPCM"),
    (0x0031, "GSM 6.10"),
    (0x0040, "G.721 ADPCM"),
    (0x0045, "G.726 ADPCM"),
    (0x0050, "MPEG audio"),
    (0x0055, "MP3"),
    (0x00ff, "AAC"),
    (0x0161, "Windows Media Audio"),
];

/// How a sample is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Integers: unsigned in one byte, signed in more bytes. Where there are fewer bits than the bytes hold, they are
    /// the upper ones.
    Integers,
    /// IEEE floating point.
    Floats,
    /// One byte, logarithmic, as in European telephony (A-law of ITU-T G.711).
    ALaw,
    /// One byte, logarithmic, as in American and Japanese telephony (µ-law of ITU-T G.711).
    MuLaw,
}

/// What a format chunk says; where it contradicts itself, what it must mean.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Format {
    pub(super) encoding: Encoding,
    pub(super) channels: u16,
    pub(super) sample_rate: u32,
    /// Bytes of a sample of one channel.
    pub(super) sample_bytes: u16,
    /// Bits of a sample according to the file.
    pub(super) bits: u16,
    pub(super) big_endian: bool,
    /// The size of a frame according to the chunk, where that contradicts the other fields.
    pub(super) wrong_block_align: Option<u16>,
}

impl Format {
    /// Reads the content of the chunk. WAVE_FORMAT_EXTENSIBLE becomes the plain format that it stands for.
    pub(super) fn parse(chunk: &[u8], big_endian: bool) -> Result<Self> {
        if chunk.len() < FORMAT {
            return Err(Error::invalid(format!(
                "the WAV file is damaged: its fmt chunk has {} bytes, expected at least {FORMAT}",
                chunk.len()
            )));
        }
        let u16_at = |at: usize| u16_at(chunk, at, big_endian);
        let (tag, channels, block_align, bits) = (resolved_tag(chunk, big_endian)?, u16_at(2), u16_at(12), u16_at(14));
        check_count(channels.into())?;
        let sample_rate = u32_at(chunk, 4, big_endian);
        check_rate(sample_rate)?;
        let encoding = match (tag, bits) {
            (PCM, 1..=32 | 64) => Encoding::Integers,
            (IEEE_FLOAT, 32 | 64) => Encoding::Floats,
            (A_LAW, _) => Encoding::ALaw,
            (MU_LAW, _) => Encoding::MuLaw,
            (PCM | IEEE_FLOAT, _) => {
                let kind = if tag == PCM { "integers" } else { "floats" };
                return Err(Error::unsupported(format!(
                    "WAV with {bits}-bit {kind}; expected integers of up to 32 or of 64 bits, or floats of 32 or 64"
                )));
            }
            _ => return Err(unknown(tag)),
        };
        let least = if matches!(encoding, Encoding::ALaw | Encoding::MuLaw) { 1 } else { bits.div_ceil(8) };
        // Integers may be stored in more bytes than they need: 12 bits in two bytes, or 24 bits in four.
        let roomy = encoding == Encoding::Integers && bits < 32;
        let said = if block_align.is_multiple_of(channels) { block_align / channels } else { 0 };
        let sample_bytes = if roomy && (least..=4).contains(&said) { said } else { least };
        let wrong_block_align = (sample_bytes != said).then_some(block_align);
        Ok(Self { encoding, channels, sample_rate, sample_bytes, bits, big_endian, wrong_block_align })
    }

    /// Size in bytes of a frame, which is one sample of every channel.
    pub(super) fn frame_bytes(&self) -> u64 {
        u64::from(self.channels) * u64::from(self.sample_bytes)
    }
}

/// The format tag; for WAVE_FORMAT_EXTENSIBLE the one in its sub-format.
///
/// The number of valid bits in the chunk is not needed: they are the upper bits of each sample and the others are zero,
/// so the sample has the same value at its full width.
fn resolved_tag(chunk: &[u8], big_endian: bool) -> Result<u16> {
    let tag = u16_at(chunk, 0, big_endian);
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
        Ok(u16_at(subformat, 0, big_endian))
    } else {
        Err(Error::unsupported("WAV with an unknown extensible sub-format; save the recording as PCM"))
    }
}

fn unknown(tag: u16) -> Error {
    let name = NAMED.iter().find(|(known, _)| *known == tag).map(|(_, name)| (*name).to_owned());
    let name = name.unwrap_or_else(|| format!("unknown encoding 0x{tag:04x}"));
    Error::unsupported(format!(
        "WAV with {name}; convert it, for instance with `ffmpeg -i IN.wav -c:a pcm_s16le OUT.wav`"
    ))
}

pub(super) fn u16_at(bytes: &[u8], at: usize, big_endian: bool) -> u16 {
    let bytes = [bytes[at], bytes[at + 1]];
    if big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
}

pub(super) fn u32_at(bytes: &[u8], at: usize, big_endian: bool) -> u32 {
    let bytes = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
    if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
}
