//! The container of a WAV file in all its kinds: RIFF, RIFX (big-endian), RF64 and BW64 (beyond 4 GiB; EBU Tech 3306, ITU-R
//! BS.2088), Wave64. Every size is compared with the bytes that are really there.
//!
//! This reader is our own, beside Symphonia for all other formats, because it works on bytes that it is given: the same
//! code reads a file and a `Blob` in a browser, a few seconds at a time and from any offset.

use std::ops::Range;

use super::wav_format::{EXTENSIBLE_FORMAT, Format, u32_at};
use super::wav_sound::WavSound;
use crate::error::{Error, Result};

/// Size of `RIFF`, a length and `WAVE`.
pub(super) const FILE_HEADER: usize = 12;
/// Size of the beginning of a Wave64 file: two identifiers of 16 bytes and a length of 8.
const WAVE64_HEADER: usize = 40;
/// The identifier at the beginning of a Wave64 file, and the one that says it holds sound.
const WAVE64: [u8; 16] = *b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00";
const WAVE64_KIND: [u8; 16] = *b"wave\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a";
/// Lengths that programs write while they do not know the length yet, in pipes and during a recording: the largest
/// numbers of 31 and of 32 bits, and some less than that by the size of a header.
const OPEN_LENGTHS: [Range<u64>; 2] = [0x7fff_0000..0x8000_0001, 0xffff_0000..0x1_0000_0000];
/// Most bytes that are asked for at a time: the sound of most files begins within them.
const BLOCK: u64 = 1 << 16;

/// Finds the sound in a WAV file of which only some bytes are at hand: [`wants`](Self::wants) says which bytes to read
/// next, [`read`](Self::read) takes them. Whatever the file holds, at most 64 KiB are asked for at a time.
///
/// ```
/// # use spectnet_core::audio::{Recording, WavScan, write_wav};
/// # let file = write_wav(&Recording::new(vec![0.5; 100], 1000).unwrap()).unwrap();
/// let mut scan = WavScan::new(file.len() as u64);
/// let sound = loop {
///     let range = scan.wants();
///     if let Some(sound) = scan.read(&file[range.start as usize..range.end as usize])? {
///         break sound;
///     }
/// };
/// assert_eq!(sound.frames(), 100);
/// # Ok::<(), spectnet_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WavScan {
    length: u64,
    /// Offset of the next chunk, or of the padding before it.
    at: u64,
    after_odd_chunk: bool,
    container: Container,
    /// Length of the file according to its header, in bytes.
    announced: u64,
    /// Length of the data according to the header of a file beyond 4 GiB, in bytes.
    long_data: Option<u64>,
    format: Option<Format>,
}

/// Kinds of containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Container {
    Riff,
    Rifx,
    Rf64,
    Wave64,
}

impl Container {
    /// The container that begins with these bytes.
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes.get(..4)? {
            b"RIFF" => Some(Self::Riff),
            b"RIFX" => Some(Self::Rifx),
            b"RF64" | b"BW64" => Some(Self::Rf64),
            _ => bytes.starts_with(&WAVE64).then_some(Self::Wave64),
        }
    }

    fn big_endian(self) -> bool {
        self == Self::Rifx
    }

    /// Sizes in bytes of what stands before the first chunk, and of the header of a chunk.
    fn headers(self) -> [usize; 2] {
        if self == Self::Wave64 { [WAVE64_HEADER, 24] } else { [FILE_HEADER, 8] }
    }

    /// The name of a chunk and the length of its content in bytes, from its whole header.
    fn chunk(self, header: &[u8]) -> Result<(&[u8], u64)> {
        if self != Self::Wave64 {
            return Ok((&header[..4], u32_at(header, 4, self.big_endian()).into()));
        }
        let size = u64_at(header, 16);
        let damaged =
            || Error::invalid(format!("the Wave64 file is damaged: a chunk claims {size} bytes with its header"));
        Ok((&header[..4], size.checked_sub(header.len() as u64).ok_or_else(damaged)?))
    }
}

/// Whether a file begins like a WAV file of any kind, whole or damaged. Needs the first 16 bytes.
pub fn is_wav(bytes: &[u8]) -> bool {
    Container::of(bytes).is_some()
}

impl WavScan {
    /// A scan of a file of `length` bytes, of which nothing has been read yet.
    pub fn new(length: u64) -> Self {
        let container = Container::Riff;
        Self { length, at: 0, after_odd_chunk: false, container, announced: 0, long_data: None, format: None }
    }

    /// The range of bytes of the file that [`read`](Self::read) takes next; at most 64 KiB.
    pub fn wants(&self) -> Range<u64> {
        self.at..self.length.min(self.at + BLOCK)
    }

    /// Takes the bytes in the range [`wants`](Self::wants). Returns the sound once it is found; `None` where more bytes
    /// are needed, those of the new [`wants`](Self::wants).
    ///
    /// # Errors
    /// [`Error::Invalid`] for bytes that are not those asked for, a file that is not WAV, or one that is damaged or cut
    /// off before its sound begins; [`Error::Unsupported`] for an encoding that [`WavSound`] does not decode.
    pub fn read(&mut self, bytes: &[u8]) -> Result<Option<WavSound>> {
        let range = self.wants();
        if bytes.len() as u64 != range.end - range.start {
            return Err(Error::invalid("the WAV file changed while it was read"));
        }
        if self.at == 0 {
            self.begin(bytes)?;
        }
        let [_, header] = self.container.headers();
        // As long as the next chunk begins within these bytes.
        let from = |at: u64| bytes.get(usize::try_from(at - range.start).ok()?..);
        while let Some(rest) = from(self.at) {
            if self.after_odd_chunk && !rest.is_empty() {
                // Chunks of odd length are padded with a zero byte. Some programs forget it; no name of a chunk begins
                // with zero.
                self.after_odd_chunk = false;
                self.at += u64::from(rest[0] == 0);
                continue;
            }
            let Some((header, content)) = rest.split_at_checked(header) else { break };
            let (name, claimed) = self.container.chunk(header)?;
            let start = self.at + header.len() as u64;
            match (name, &self.format) {
                (b"data", Some(format)) => return self.sound(format.clone(), start, claimed).map(Some),
                (b"data", None) => {
                    return Err(Error::invalid("the WAV file is damaged: its data chunk comes before any fmt chunk"));
                }
                _ if claimed > self.length - start => {
                    return Err(overlong_chunk(name, claimed, self.length - start));
                }
                (b"fmt ", None) => match content.get(..EXTENSIBLE_FORMAT.min(claimed as usize)) {
                    Some(chunk) => self.format = Some(Format::parse(chunk, self.container.big_endian())?),
                    None => return Ok(None),
                },
                (b"ds64", _) => match content.get(..16.min(claimed as usize)) {
                    Some(chunk) if chunk.len() == 16 => {
                        (self.announced, self.long_data) = (u64_at(chunk, 0).saturating_add(8), Some(u64_at(chunk, 8)));
                    }
                    Some(_) => return Err(Error::invalid("the RF64 file is damaged: its ds64 chunk is too short")),
                    None => return Ok(None),
                },
                _ => {}
            }
            let end = start + claimed;
            // The chunks of a Wave64 file begin at multiples of eight bytes.
            let aligned = self.container == Container::Wave64;
            self.at = if aligned { end.next_multiple_of(8).min(self.length) } else { end };
            self.after_odd_chunk = !aligned && claimed % 2 == 1;
        }
        if self.length - self.at < header as u64 {
            let missing = if self.format.is_none() { "fmt" } else { "data" };
            let length = self.length;
            return Err(Error::invalid(format!(
                "the WAV file is truncated or damaged: no {missing} chunk in its {length} bytes"
            )));
        }
        Ok(None)
    }

    /// Refuses a file that does not begin like a WAV file, and goes to its first chunk.
    fn begin(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Err(Error::invalid("the file is empty; expected a WAV file"));
        }
        let Some(container) = Container::of(bytes) else {
            return Err(Error::invalid("not a WAV file: it does not begin with RIFF"));
        };
        let [header, _] = container.headers();
        if bytes.len() < header {
            return Err(Error::invalid(format!(
                "the WAV file is truncated: {} bytes, its first header alone has {header}",
                bytes.len()
            )));
        }
        let (kind, announced) = match container {
            Container::Wave64 => (bytes[24..header] == WAVE64_KIND, u64_at(bytes, 16)),
            _ => (&bytes[8..header] == b"WAVE", u64::from(u32_at(bytes, 4, container.big_endian())) + 8),
        };
        if !kind {
            return Err(Error::invalid("not a WAV file: a RIFF file, but of another kind than WAVE"));
        }
        (self.container, self.announced, self.at) = (container, announced, header as u64);
        Ok(())
    }

    /// The sound whose data begins at `start` and is `claimed` bytes long according to the file.
    fn sound(&self, format: Format, start: u64, claimed: u64) -> Result<WavSound> {
        let present = self.length - start;
        let claimed = match self.long_data {
            Some(size) if claimed == u64::from(u32::MAX) => size,
            _ => claimed,
        };
        // A recorder that crashed leaves a length of zero. If the file is exactly as long as its header says, it really
        // has no sound.
        let is_whole = self.announced.abs_diff(self.length) <= 1;
        let open = (claimed == 0 && !is_whole) || OPEN_LENGTHS.iter().any(|lengths| lengths.contains(&claimed));
        if claimed <= present && !(open && claimed == 0) {
            return WavSound::new(format, start..start + claimed, claimed, false);
        }
        WavSound::new(format, start..self.length, claimed, open)
    }
}

fn overlong_chunk(name: &[u8], claimed: u64, present: u64) -> Error {
    let name = name.escape_ascii().to_string();
    let name = name.trim_end();
    Error::invalid(format!(
        "the WAV file is truncated or damaged: its {name} chunk claims {claimed} bytes but only \
         {present} follow"
    ))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let halves = [0, 4].map(|half| u64::from(u32_at(bytes, at + half, false)));
    halves[1] << 32 | halves[0]
}
