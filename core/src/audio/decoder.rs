//! Recordings that are compressed or in a container other than WAV: FLAC, Ogg Vorbis, MP3, AAC, MP4 with AAC or
//! ALAC, AIFF and CAF, decoded packet by packet by Symphonia.

use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as DecoderError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;

use super::caf;
use super::channels::check_count;
use super::file_kind::{CONVERT, FileKind, tag_length};
use super::formats::Formats;
use super::recording::{EMPTY, check_rate};
use crate::error::{Error, Result};

/// How many bytes of the beginning are read to find out the kind of a file.
const HEAD: usize = 512;
/// A file is given up after this many damaged packets in a row: about a second of MP3.
const MOST_DAMAGED: usize = 40;
/// A file counts as cut short where it lacks this many seconds of its announced length: a smaller difference is the
/// padding of an encoder.
const LACKING_S: f64 = 0.2;

/// Reads the samples of a file in one of the formats that Symphonia decodes, packet by packet.
pub struct Decoder {
    kind: FileKind,
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    announced: Option<u64>,
    sample_rate: u32,
    channels: usize,
    /// Whether the first frames, which were decoded to find out the sampling rate, are still to be returned.
    first: bool,
    /// Frames returned so far.
    decoded: u64,
    interleaved: Vec<f32>,
    /// Number of the first frame of the file; negative where the file begins with an encoder's padding.
    start: i64,
    damaged: usize,
    /// Whether the file ended in the middle of a packet.
    broken_off: bool,
}

impl Decoder {
    /// Opens a file and decodes its first packet. The kind of the file follows from its first bytes, never from its
    /// name.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a file that is in no known format, is damaged at its beginning, or has no sound;
    /// [`Error::Unsupported`] for a known format that is not read, with what to do instead.
    pub fn open(source: Box<dyn MediaSource>) -> Result<Self> {
        Self::open_as(source, &Formats::all())
    }

    /// As [`open`](Self::open), but only with these formats. All others are refused as [`Error::Unsupported`].
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn open_as(mut source: Box<dyn MediaSource>, formats: &Formats) -> Result<Self> {
        // Tags stand before FLAC and MP3 files; the format follows from the bytes after them.
        let tag = tag_length(&head(source.as_mut())?);
        if tag > 0 {
            source = Box::new(Behind { source, start: tag });
        }
        let kind = FileKind::of(&head(source.as_mut())?)?;
        if kind == FileKind::Caf {
            caf::check(source.as_mut())?;
        }
        let broken = |error: DecoderError| describe(&error, kind);
        let unread = || {
            Error::unsupported(format!(
                "the {kind} file is damaged or of a kind that is not read here; copy it again, or {CONVERT}"
            ))
        };
        let probe = formats.probe(kind).ok_or_else(unread)?;
        let stream = MediaSourceStream::new(source, Default::default());
        let reader = probe.probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default()).map_err(
            |error| match error {
                // The reader does not recognise the file.
                DecoderError::Unsupported(_) => unread(),
                error => broken(error),
            },
        )?;
        let track = reader
            .default_track(TrackType::Audio)
            .ok_or_else(|| Error::invalid(format!("the {kind} file holds no sound that can be read")))?;
        let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
        let parameters =
            parameters.ok_or_else(|| Error::invalid(format!("the {kind} file does not describe its sound")))?;
        let decoder = formats.codecs.make_audio_decoder(parameters, &AudioDecoderOptions::default()).map_err(broken)?;
        let mut opened = Self {
            kind,
            track: track.id,
            announced: track.num_frames,
            reader,
            decoder,
            sample_rate: 0,
            channels: 0,
            first: false,
            decoded: 0,
            interleaved: Vec::new(),
            start: 0,
            damaged: 0,
            broken_off: false,
        };
        opened.first = opened.decode()?;
        if !opened.first {
            return Err(Error::invalid(EMPTY));
        }
        Ok(opened)
    }

    /// Sampling rate in Hz.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Number of frames that the file announces; `None` where it does not say.
    pub fn frames(&self) -> Option<u64> {
        self.announced
    }

    /// The next interleaved samples, at least one frame; `None` at the end of the file.
    ///
    /// # Errors
    /// [`Error::Invalid`] for too many damaged packets, for a number of channels or a sampling rate that changes within
    /// the file, and, in FLAC, for any damaged packet.
    pub fn next_frames(&mut self) -> Result<Option<&[f32]>> {
        let more = std::mem::take(&mut self.first) || self.decode()?;
        Ok(more.then_some(&self.interleaved))
    }

    /// Once [`next_frames`](Self::next_frames) has returned `None`: a sentence for people where the file holds less
    /// than it announces.
    pub fn cut_short(&self) -> Option<String> {
        let seconds = |frames: u64| frames as f64 / f64::from(self.sample_rate.max(1));
        let lacks = |announced: &u64| seconds(announced.saturating_sub(self.decoded)) > LACKING_S;
        // The length of an MP3 is an estimate.
        let announced = self.announced.filter(|_| self.kind != FileKind::Mpeg).filter(lacks);
        let there = seconds(self.decoded);
        match announced {
            Some(announced) => {
                let announced = seconds(announced);
                Some(format!("The file is cut short: it announces {announced:.1} s, {there:.1} s are there."))
            }
            None if self.broken_off => Some(format!("The file is cut short: {there:.1} s are there.")),
            None => None,
        }
    }

    /// A sentence for people about the packets that were skipped so far because they were damaged; `None` where there
    /// were none.
    pub fn left_out(&self) -> Option<String> {
        let packets = self.damaged;
        (packets > 0).then(|| format!("{packets} damaged packets of the file were left out."))
    }

    /// Decodes the next frames; `false` at the end of the file.
    fn decode(&mut self) -> Result<bool> {
        let kind = self.kind;
        let mut in_a_row = 0;
        loop {
            let packet = match self.reader.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(false),
                // What was decoded before the damage can still be used.
                Err(DecoderError::IoError(error))
                    if error.kind() == io::ErrorKind::UnexpectedEof && self.decoded > 0 =>
                {
                    self.broken_off = true;
                    return Ok(false);
                }
                Err(error) => return Err(describe(&error, kind)),
            };
            if packet.track_id != self.track {
                continue;
            }
            let sound = match self.decoder.decode(&packet) {
                Ok(sound) => sound,
                // In a FLAC file every sample is there or the file is damaged. In the other formats a lost packet is
                // common, and the next one is whole again.
                Err(DecoderError::DecodeError(_) | DecoderError::IoError(_))
                    if kind != FileKind::Flac && in_a_row < MOST_DAMAGED =>
                {
                    (self.damaged, in_a_row) = (self.damaged + 1, in_a_row + 1);
                    continue;
                }
                Err(DecoderError::IoError(_)) if self.decoded > 0 => {
                    self.broken_off = true;
                    return Ok(false);
                }
                Err(error) => return Err(describe(&error, kind)),
            };
            if sound.frames() == 0 {
                continue;
            }
            let form = form(&sound);
            if self.decoded == 0 {
                check_rate(form.0)?;
                check_count(form.1)?;
                (self.sample_rate, self.channels) = form;
                self.start = packet.pts.get();
            }
            // The reader skips what it does not understand.
            if kind == FileKind::Flac && packet.pts.get().wrapping_sub(self.start) != self.decoded as i64 {
                return Err(Error::invalid(format!(
                    "the FLAC file is damaged: samples are missing after the first {}; copy it again",
                    self.decoded
                )));
            }
            if (self.sample_rate, self.channels) != form {
                return Err(Error::unsupported("the sampling rate or the channels change within the file"));
            }
            self.decoded += sound.frames() as u64;
            sound.copy_to_vec_interleaved(&mut self.interleaved);
            return Ok(true);
        }
    }
}

/// A file without its first bytes: without the tag in front of it.
struct Behind {
    source: Box<dyn MediaSource>,
    start: u64,
}

impl Read for Behind {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.source.read(buffer)
    }
}

impl Seek for Behind {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => SeekFrom::Start(at.saturating_add(self.start)),
            other => other,
        };
        self.source.seek(to).map(|at| at.saturating_sub(self.start))
    }
}

impl MediaSource for Behind {
    fn is_seekable(&self) -> bool {
        self.source.is_seekable()
    }

    fn byte_len(&self) -> Option<u64> {
        self.source.byte_len().map(|length| length.saturating_sub(self.start))
    }
}

/// Reads the first bytes of a file, and goes back to its beginning.
fn head(source: &mut dyn MediaSource) -> Result<Vec<u8>> {
    let unreadable = |error: io::Error| Error::invalid(format!("the file cannot be read: {error}"));
    let mut bytes = Vec::new();
    source.rewind().map_err(unreadable)?;
    (&mut *source).take(HEAD as u64).read_to_end(&mut bytes).map_err(unreadable)?;
    source.rewind().map_err(unreadable)?;
    Ok(bytes)
}

/// Sampling rate in Hz and number of channels.
fn form(sound: &GenericAudioBufferRef) -> (u32, usize) {
    (sound.spec().rate(), sound.spec().channels().count())
}

fn describe(error: &DecoderError, kind: FileKind) -> Error {
    match error {
        DecoderError::IoError(_) => {
            Error::invalid(format!("the {kind} file is cut off where its sound begins; copy it again"))
        }
        DecoderError::Unsupported(what) => Error::unsupported(format!("the {kind} file needs {what}; {}", CONVERT)),
        DecoderError::LimitError(what) => Error::limit(format!("the {kind} file: {what}")),
        other => Error::invalid(format!("the {kind} file is damaged: {other}")),
    }
}
