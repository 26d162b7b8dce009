//! FLAC and Ogg Vorbis, packet by packet.

use spectnet_core::audio::View;
use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as DecoderError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;

use crate::error::{Error, Result};

/// The sound of a compressed file.
pub struct Packets {
    /// What the format is called.
    format: &'static str,
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    declared: Option<u64>,
    sample_rate: u32,
    channels: usize,
    /// Whether the first samples wait to be given: they were decoded to know the sample rate.
    first: bool,
    decoded: u64,
    interleaved: Vec<f32>,
    /// Number of the first sample.
    start: i64,
}

/// The format whose packets say exactly which samples they hold.
pub const FLAC: &str = "FLAC";

impl Packets {
    /// Opens a file and decodes its first packet.
    ///
    /// # Errors
    /// A file that is not in a known format, is damaged where it begins, or has no sound.
    pub fn open(source: Box<dyn MediaSource>, format: &'static str) -> Result<Self> {
        let broken = |error: DecoderError| describe(error, format);
        let stream = MediaSourceStream::new(source, Default::default());
        let reader = symphonia::default::get_probe()
            .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
            .map_err(broken)?;
        let track = reader
            .default_track(TrackType::Audio)
            .ok_or_else(|| Error::input(format!("the {format} file holds no sound that can be read")))?;
        let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
        let parameters =
            parameters.ok_or_else(|| Error::input(format!("the {format} file does not describe its sound")))?;
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(parameters, &AudioDecoderOptions::default())
            .map_err(broken)?;
        let mut packets = Self {
            format,
            track: track.id,
            declared: track.num_frames,
            reader,
            decoder,
            sample_rate: 0,
            channels: 0,
            first: false,
            decoded: 0,
            interleaved: Vec::new(),
            start: 0,
        };
        packets.first = packets.decode()?;
        if !packets.first {
            return Err(Error::input(format!("the {format} file holds no sound")));
        }
        Ok(packets)
    }

    /// Samples per second.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// How many samples the file says it has.
    pub fn declared(&self) -> Option<u64> {
        self.declared
    }

    /// The next samples of this view, at least one; `None` at the end of the file.
    ///
    /// # Errors
    /// A damaged file, one that ends before the samples that it declares, or a view that needs more channels.
    pub fn next_samples(&mut self, view: View) -> Result<Option<Vec<f32>>> {
        if std::mem::take(&mut self.first) || self.decode()? {
            return Ok(Some(view.of(&self.interleaved, self.channels)?));
        }
        Ok(None)
    }

    /// Decodes the next frames; whether there were any.
    fn decode(&mut self) -> Result<bool> {
        let format = self.format;
        let broken = |error: DecoderError| describe(error, format);
        while let Some(packet) = self.reader.next_packet().map_err(broken)? {
            if packet.track_id != self.track {
                continue;
            }
            let sound = self.decoder.decode(&packet).map_err(broken)?;
            let form = form(&sound);
            if self.decoded == 0 {
                (self.sample_rate, self.channels) = form;
                self.start = packet.pts.get();
            }
            // The reader passes over what it does not understand.
            if format == FLAC && packet.pts.get().wrapping_sub(self.start) != self.decoded as i64 {
                let decoded = self.decoded;
                return Err(Error::input(format!(
                    "the FLAC file is damaged: samples are missing after the first {decoded}; copy it again"
                )));
            }
            if (self.sample_rate, self.channels) != form {
                return Err(Error::unsupported("the sample rate or the channels change within the file"));
            }
            if sound.frames() > 0 {
                self.decoded += sound.frames() as u64;
                sound.copy_to_vec_interleaved(&mut self.interleaved);
                return Ok(true);
            }
        }
        match self.declared {
            Some(declared) if declared > self.decoded => Err(Error::input(format!(
                "the {format} file is cut off: it holds {} of the {declared} samples it declares; copy it again",
                self.decoded
            ))),
            _ => Ok(false),
        }
    }
}

/// Sample rate and channels.
fn form(sound: &GenericAudioBufferRef) -> (u32, usize) {
    (sound.spec().rate(), sound.spec().channels().count())
}

fn describe(error: DecoderError, format: &str) -> Error {
    match error {
        DecoderError::IoError(_) => Error::input(format!("the {format} file is cut off; copy it again")),
        DecoderError::Unsupported(what) => Error::unsupported(format!("the {format} file needs {what}")),
        DecoderError::LimitError(what) => Error::Limit(format!("the {format} file: {what}")),
        other => Error::input(format!("the {format} file is damaged: {other}")),
    }
}
