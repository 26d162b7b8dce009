//! Recordings from files, decoded a part at a time: WAV by the core's reader, FLAC and Ogg Vorbis by Symphonia.
//!
//! Only what is needed is decoded: of a file that is longer than a model judges, damage beyond that goes unnoticed.
//! `spectnet data verify` decodes everything.

mod packets;

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use spectnet_core::audio::{Channels, MAX_SAMPLES, Pieces, Recording, View, WavScan, WavSound};
use symphonia::core::io::MediaSource;

use crate::error::{Error, Result};
use crate::output::open_file;
use packets::{FLAC, Packets};

/// Bytes of a WAV file that are decoded at a time.
const WAV_BYTES: u64 = 1 << 18;
/// What comes from a pipe cannot be read twice: it is kept in memory, up to this many bytes.
const MAX_PIPE_BYTES: u64 = 1 << 30;

/// Extensions of the files that are taken for recordings when a folder is searched.
pub const EXTENSIONS: [&str; 4] = ["wav", "flac", "ogg", "oga"];

/// One view of a recording in a file. As an iterator it gives the samples, some thousands at a time.
pub struct AudioFile {
    path: PathBuf,
    /// What came from a pipe.
    kept: Option<Arc<[u8]>>,
    sound: Sound,
    view: View,
    /// Samples given so far.
    given: u64,
    ended: bool,
}

enum Sound {
    Wav(Box<dyn MediaSource>, WavSound),
    Packets(Box<Packets>),
}

impl AudioFile {
    /// Opens a recording, to be heard as the mean of its channels. The format is told by the first bytes, not by the name.
    ///
    /// # Errors
    /// A file that cannot be read, is not a supported recording, or is damaged where it begins. As with all errors here
    /// it is the caller who puts the file's name in front.
    pub fn open(path: &Path) -> Result<Self> {
        let (file, about) = open_file(path)?;
        if about.is_file() {
            return Self::new(path, Box::new(file), about.len(), None);
        }
        let bytes = read_pipe(file, path)?;
        Self::new(path, Box::new(Cursor::new(bytes.clone())), bytes.len() as u64, Some(bytes))
    }

    /// The same recording from its beginning, and this view of it.
    ///
    /// # Errors
    /// Those of [`AudioFile::open`].
    pub fn hear(&self, view: View) -> Result<Self> {
        let file = match &self.kept {
            Some(bytes) => {
                let source = Box::new(Cursor::new(bytes.clone()));
                Self::new(&self.path, source, bytes.len() as u64, Some(bytes.clone()))?
            }
            None => Self::open(&self.path)?,
        };
        Ok(Self { view, ..file })
    }

    /// What a model hears of it, view by view; there is at least one.
    pub fn views(&self, channels: Channels) -> Vec<View> {
        channels.views(self.channels())
    }

    fn new(path: &Path, mut source: Box<dyn MediaSource>, length: u64, kept: Option<Arc<[u8]>>) -> Result<Self> {
        let kind = read(source.as_mut(), 0..length.min(4), path)?;
        source.rewind().map_err(|error| Error::io("read the file", path, error))?;
        let sound = match &kind[..] {
            [] => return Err(Error::input("the file is empty; expected a WAV, FLAC or Ogg Vorbis recording")),
            b"fLaC" => Sound::Packets(Box::new(Packets::open(source, FLAC)?)),
            b"OggS" => Sound::Packets(Box::new(Packets::open(source, "Ogg Vorbis")?)),
            b"RIFF" | b"RIFX" | b"RF64" => {
                let mut scan = WavScan::new(length);
                loop {
                    if let Some(sound) = scan.read(&read(source.as_mut(), scan.wants(), path)?)? {
                        break Sound::Wav(source, sound);
                    }
                }
            }
            _ => {
                return Err(Error::input("this is not a recording that can be read; expected WAV, FLAC or Ogg Vorbis"));
            }
        };
        Ok(Self { path: path.into(), kept, sound, view: View::Mean, given: 0, ended: false })
    }

    /// Samples per second.
    pub fn sample_rate(&self) -> u32 {
        match &self.sound {
            Sound::Wav(_, sound) => sound.sample_rate(),
            Sound::Packets(packets) => packets.sample_rate(),
        }
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        match &self.sound {
            Sound::Wav(_, sound) => usize::from(sound.channels()),
            Sound::Packets(packets) => packets.channels(),
        }
    }

    /// Bits of a sample, where the format stores samples.
    pub fn bits(&self) -> Option<u16> {
        match &self.sound {
            Sound::Wav(_, sound) => Some(sound.bits()),
            Sound::Packets(_) => None,
        }
    }

    /// Samples in the file: as it says, or as were found where all of it has been decoded.
    pub fn samples(&self) -> Option<u64> {
        match &self.sound {
            _ if self.ended => Some(self.given),
            Sound::Wav(_, sound) => Some(sound.frames()),
            Sound::Packets(packets) => packets.declared(),
        }
    }

    /// The length in seconds, where [`samples`](Self::samples) are known.
    pub fn duration_s(&self) -> Option<f64> {
        self.samples().map(|samples| samples as f64 / f64::from(self.sample_rate()))
    }

    /// The pieces of the first `max_seconds` that have not been given yet.
    ///
    /// # Errors
    /// A sampling rate out of range.
    pub fn pieces(&mut self, max_seconds: Option<f64>) -> Result<Pieces<&mut Self>> {
        let rate = self.sample_rate();
        Ok(Pieces::new(self, rate, max_seconds)?)
    }

    fn next_samples(&mut self) -> Result<Option<Vec<f32>>> {
        match &mut self.sound {
            Sound::Packets(packets) => packets.next_samples(self.view),
            Sound::Wav(source, sound) => {
                let count = (WAV_BYTES / sound.frame_bytes()).max(1);
                let part = sound.bytes_of(self.given, count);
                if part.is_empty() {
                    return Ok(None);
                }
                Ok(Some(sound.decode(&read(source.as_mut(), part, &self.path)?, self.view)?))
            }
        }
    }
}

impl Iterator for AudioFile {
    type Item = Result<Vec<f32>>;

    fn next(&mut self) -> Option<Self::Item> {
        let samples = self.next_samples().transpose();
        match &samples {
            Some(Ok(samples)) => self.given += samples.len() as u64,
            Some(Err(_)) => {}
            None => self.ended = true,
        }
        samples
    }
}

/// Reads a recording as a whole.
///
/// # Errors
/// A file that cannot be read, is not a supported recording, is damaged or cut off, or is too long; the message begins
/// with the file's name.
pub fn read_recording(path: &Path) -> Result<Recording> {
    let read = || {
        let mut file = AudioFile::open(path)?;
        let too_long = |samples: u64| {
            let limit = format!("the recording has more than {MAX_SAMPLES} samples; cut it into shorter ones");
            if samples > MAX_SAMPLES as u64 { Err(Error::Limit(limit)) } else { Ok(()) }
        };
        too_long(file.samples().unwrap_or(0))?;
        let mut samples = Vec::new();
        for next in &mut file {
            samples.extend(next?);
            too_long(samples.len() as u64)?;
        }
        Ok(Recording::new(samples, file.sample_rate())?)
    };
    read().map_err(|error: Error| error.at(path.display()))
}

/// Whether the name is that of a recording.
pub fn is_recording(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// All that comes from a pipe.
fn read_pipe(pipe: File, path: &Path) -> Result<Arc<[u8]>> {
    let mut bytes = Vec::new();
    let taken = pipe.take(MAX_PIPE_BYTES + 1).read_to_end(&mut bytes);
    let length = taken.map_err(|error| Error::io("read the file", path, error))? as u64;
    if length > MAX_PIPE_BYTES {
        let limit = MAX_PIPE_BYTES >> 20;
        return Err(Error::Limit(format!(
            "this is no file, and more than {limit} MiB come from it; save it as a file"
        )));
    }
    Ok(bytes.into())
}

/// Some bytes of a file.
fn read(source: &mut dyn MediaSource, range: Range<u64>, path: &Path) -> Result<Vec<u8>> {
    let mut bytes = vec![0; (range.end - range.start) as usize];
    source
        .seek(SeekFrom::Start(range.start))
        .and_then(|_| source.read_exact(&mut bytes))
        .map_err(|error| Error::io("read the file", path, error))?;
    Ok(bytes)
}
