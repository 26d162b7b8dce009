//! Recordings from files, decoded a part at a time: WAV by the core's reader, everything else by its decoder.
//!
//! Only what is needed is decoded: of a file that is longer than a model judges, damage beyond that goes unnoticed.
//! `spectnet data verify` decodes everything.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use spectnet_core::audio::{
    Agreement, Channels, Decoder, Downmix, MAX_SAMPLES, MediaSource, Pieces, Recording, WavScan, WavSound, check_head,
    is_wav,
};
use spectnet_core::prediction::FileNotes;
use spectnet_core::recognise::Pass;
use tempfile::NamedTempFile;

use crate::error::{Error, Result};
use crate::output::open_file;

/// Bytes of a WAV file that are decoded at a time.
const WAV_BYTES: u64 = 1 << 18;
/// What comes from a pipe cannot be read twice: it is copied into a temporary file of at most so many bytes. An hour of the
/// best stereo has half of that.
const MAX_PIPE_BYTES: u64 = 4 << 30;
/// Bytes of a pipe that tell whether it is a recording at all.
const HEAD: u64 = 512;
/// The name that stands for standard input.
const STDIN: &str = "-";

/// Extensions of the files that are taken for recordings when a folder is searched.
pub const EXTENSIONS: [&str; 15] =
    ["wav", "wave", "rf64", "bw64", "w64", "flac", "ogg", "oga", "mp3", "m4a", "aac", "aif", "aiff", "aifc", "caf"];

/// One downmix of a recording in a file. As an iterator it gives the samples, some thousands at a time.
pub struct AudioFile {
    path: PathBuf,
    /// The copy of what came from a pipe.
    copy: Option<Arc<NamedTempFile>>,
    sound: Sound,
    downmix: Downmix,
    /// What the channels have in common, as far as they were read.
    agreement: Agreement,
    /// Decoded frames that were not given yet.
    waiting: Vec<f32>,
    /// Samples given so far.
    given: u64,
    ended: bool,
}

enum Sound {
    Wav(File, WavSound),
    Decoded(Box<Decoder>),
}

impl AudioFile {
    /// Opens a recording, to be taken as the mean of its channels; `-` is standard input. The format is told by the first
    /// bytes, not by the name.
    ///
    /// # Errors
    /// A file that cannot be read, is not a supported recording, or is damaged where it begins. As with all errors here
    /// it is the caller who puts the file's name in front.
    pub fn open(path: &Path) -> Result<Self> {
        if path.as_os_str() == STDIN {
            return Self::of_copy(path, Arc::new(copy_of(io::stdin().lock())?));
        }
        let (file, about) = open_file(path)?;
        if about.is_file() { Self::new(path, file, None) } else { Self::of_copy(path, Arc::new(copy_of(file)?)) }
    }

    /// The same recording from its beginning, and this downmix of it. It is opened again only where something was read.
    ///
    /// # Errors
    /// Those of [`AudioFile::open`].
    pub fn downmixed(self, downmix: Downmix) -> Result<Self> {
        let file = match &self.copy {
            _ if self.given == 0 && !self.ended => self,
            Some(copy) => Self::of_copy(&self.path, copy.clone())?,
            None => Self::open(&self.path)?,
        };
        Ok(Self { downmix, ..file })
    }

    /// What a pass reads of the same recording: a downmix of it from a frame on.
    ///
    /// # Errors
    /// Those of [`AudioFile::open`], or damage before that frame.
    pub fn at(self, pass: &Pass) -> Result<Self> {
        let mut file = self.downmixed(pass.downmix)?;
        file.leave_out(pass.start)?;
        Ok(file)
    }

    /// Leaves out the first frames of a recording of which nothing was given.
    fn leave_out(&mut self, frames: u64) -> Result<()> {
        match &mut self.sound {
            Sound::Wav(_, sound) => self.given = frames.min(sound.frames()),
            // What is compressed is decoded to be left out.
            Sound::Decoded(decoder) => {
                let channels = decoder.channels().max(1);
                while self.given < frames {
                    let Some(samples) = decoder.next_frames()? else { break };
                    let count = ((samples.len() / channels) as u64).min(frames - self.given);
                    self.given += count;
                    self.waiting = samples[count as usize * channels..].to_vec();
                }
            }
        }
        Ok(())
    }

    /// What a model takes of it, downmix by downmix; there is at least one.
    pub fn downmixes(&self, channels: Channels) -> Vec<Downmix> {
        channels.downmixes(self.channels())
    }

    fn of_copy(path: &Path, copy: Arc<NamedTempFile>) -> Result<Self> {
        let file = copy.reopen().map_err(|error| Error::io("read what came from a pipe", path, error))?;
        Self::new(path, file, Some(copy))
    }

    fn new(path: &Path, mut file: File, copy: Option<Arc<NamedTempFile>>) -> Result<Self> {
        let failed = |error| Error::io("read the file", path, error);
        let length = file.metadata().map_err(failed)?.len();
        let head = read(&mut file, 0..length.min(16), path)?;
        let sound = if is_wav(&head) {
            let mut scan = WavScan::new(length);
            loop {
                if let Some(sound) = scan.read(&read(&mut file, scan.wants(), path)?)? {
                    break Sound::Wav(file, sound);
                }
            }
        } else {
            file.rewind().map_err(failed)?;
            let source: Box<dyn MediaSource> = Box::new(file);
            Sound::Decoded(Box::new(Decoder::open(source)?))
        };
        let agreement = Agreement::default();
        let (path, downmix, waiting) = (path.into(), Downmix::Mean, Vec::new());
        Ok(Self { path, copy, sound, downmix, agreement, waiting, given: 0, ended: false })
    }

    /// Samples per second.
    pub fn sample_rate(&self) -> u32 {
        match &self.sound {
            Sound::Wav(_, sound) => sound.sample_rate(),
            Sound::Decoded(decoder) => decoder.sample_rate(),
        }
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        match &self.sound {
            Sound::Wav(_, sound) => usize::from(sound.channels()),
            Sound::Decoded(decoder) => decoder.channels(),
        }
    }

    /// Bits of a sample, where the format stores samples.
    pub fn bits(&self) -> Option<u16> {
        match &self.sound {
            Sound::Wav(_, sound) => Some(sound.bits()),
            Sound::Decoded(_) => None,
        }
    }

    /// Samples in the file: as it says, or as were found where all of it has been decoded.
    pub fn samples(&self) -> Option<u64> {
        match &self.sound {
            _ if self.ended => Some(self.given),
            Sound::Wav(_, sound) => Some(sound.frames()),
            Sound::Decoded(decoder) => decoder.frames(),
        }
    }

    /// The length in seconds, where [`samples`](Self::samples) are known.
    pub fn duration_s(&self) -> Option<f64> {
        self.samples().map(|samples| samples as f64 / f64::from(self.sample_rate()))
    }

    /// Where the file announces more than there is: how much of it is there, in a sentence. Of what is compressed it is known
    /// at the end.
    pub fn cut_short(&self) -> Option<String> {
        match &self.sound {
            Sound::Wav(_, sound) => sound.cut_short().map(str::to_owned),
            Sound::Decoded(decoder) => decoder.cut_short().filter(|_| self.ended),
        }
    }

    /// The same recording, unless it is known to be cut short.
    ///
    /// # Errors
    /// How much of it is there.
    pub fn refuse_cut(&self) -> Result<()> {
        self.cut_short().map_or(Ok(()), |cut| Err(Error::input(format!("{cut} Copy it again."))))
    }

    /// What a person should know of how it was read so far.
    pub fn notes(&self) -> FileNotes {
        let of_file = match &self.sound {
            Sound::Wav(_, sound) => FileNotes::from(sound),
            Sound::Decoded(decoder) => {
                let file = decoder.left_out().into_iter().collect();
                FileNotes { cut_short: self.cut_short(), file, channels: None }
            }
        };
        of_file.with_channels(self.downmix, &self.agreement, "Choose one with --channel 1 or --channel 2.")
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
        let channels = self.channels();
        let decoded;
        let interleaved = match &mut self.sound {
            Sound::Decoded(_) if !self.waiting.is_empty() => {
                decoded = std::mem::take(&mut self.waiting);
                decoded.as_slice()
            }
            Sound::Decoded(decoder) => match decoder.next_frames()? {
                Some(samples) => samples,
                None => return Ok(None),
            },
            Sound::Wav(file, sound) => {
                let count = (WAV_BYTES / sound.frame_bytes()).max(1);
                let part = sound.bytes_of(self.given, count);
                if part.is_empty() {
                    return Ok(None);
                }
                decoded = sound.interleaved(&read(file, part, &self.path)?)?;
                &decoded
            }
        };
        self.agreement.add(interleaved, channels);
        Ok(Some(self.downmix.of(interleaved, channels)?))
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

/// Reads the first `max_seconds` of one downmix of a recording, or all of it.
///
/// # Errors
/// A file that cannot be read, is not a supported recording, is damaged, or is too long; the message begins with the file's
/// name.
pub fn read_recording(path: &Path, downmix: Downmix, max_seconds: Option<f64>) -> Result<Recording> {
    let read = || {
        let mut file = AudioFile::open(path)?.downmixed(downmix)?;
        let too_long = |samples: u64| {
            let limit = format!("the recording has more than {MAX_SAMPLES} samples; cut it into shorter ones");
            if samples > MAX_SAMPLES as u64 { Err(Error::Limit(limit)) } else { Ok(()) }
        };
        let rate = f64::from(file.sample_rate());
        let most = max_seconds.map_or(u64::MAX, |seconds| ((seconds * rate).ceil() as u64).max(1));
        too_long(file.samples().unwrap_or(0).min(most))?;
        let mut samples = Vec::new();
        for next in &mut file {
            samples.extend(next?);
            too_long(samples.len() as u64)?;
            if samples.len() as u64 >= most {
                samples.truncate(most as usize);
                break;
            }
        }
        file.notes().notes().iter().for_each(|note| say!("{}: {}", path.display(), note.detail));
        Ok(Recording::new(samples, file.sample_rate())?)
    };
    read().map_err(|error: Error| error.at(path.display()))
}

/// Whether the name is that of a recording.
pub fn is_recording(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// Copies all that comes from a pipe into a file that is removed with its last user.
fn copy_of(mut pipe: impl Read) -> Result<NamedTempFile> {
    let failed = |source| Error::Io { place: "a temporary file".into(), action: "write", source };
    let mut head = Vec::new();
    pipe.by_ref().take(HEAD).read_to_end(&mut head).map_err(failed)?;
    check_head(&head)?;
    let mut file = NamedTempFile::new().map_err(failed)?;
    let length = io::copy(&mut head.as_slice().chain(pipe).take(MAX_PIPE_BYTES + 1), &mut file).map_err(failed)?;
    if length > MAX_PIPE_BYTES {
        let limit = MAX_PIPE_BYTES >> 30;
        return Err(Error::Limit(format!(
            "this is no file, and more than {limit} GiB come from it; save it as a file"
        )));
    }
    Ok(file)
}

/// Some bytes of a file.
fn read(file: &mut File, range: Range<u64>, path: &Path) -> Result<Vec<u8>> {
    let mut bytes = vec![0; (range.end - range.start) as usize];
    file.seek(SeekFrom::Start(range.start))
        .and_then(|_| file.read_exact(&mut bytes))
        .map_err(|error| Error::io("read the file", path, error))?;
    Ok(bytes)
}
