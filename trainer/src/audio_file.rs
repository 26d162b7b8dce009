//! Recordings from files: WAV by the core's reader, FLAC and Ogg Vorbis by Symphonia.

use std::io::Cursor;
use std::path::Path;

use spectnet_core::audio::{MAX_SAMPLES, Recording, read_wav};
use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error as DecoderError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use crate::error::{Error, Result};
use crate::output::read_file;

/// Largest file that is read: more than an hour of 8-channel, 24-bit sound at 48 kHz.
const MAX_FILE_BYTES: u64 = 1 << 32;

/// Extensions of the files that are taken for recordings when a folder is searched.
pub const EXTENSIONS: [&str; 4] = ["wav", "flac", "ogg", "oga"];

/// Reads a recording, mixed to mono. The format is told by the first bytes, not by the name.
///
/// # Errors
/// A file that cannot be read, is not a supported recording, is damaged or cut off, or is too large; the message begins
/// with the file's name.
pub fn read_recording(path: &Path) -> Result<Recording> {
    let bytes = read_file(path, MAX_FILE_BYTES)?;
    decode(bytes).map_err(|error| error.at(path.display()))
}

/// Whether the name is that of a recording.
pub fn is_recording(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known))
}

fn decode(bytes: Vec<u8>) -> Result<Recording> {
    match bytes.get(..4) {
        _ if bytes.is_empty() => Err(Error::input("the file is empty; expected a WAV, FLAC or Ogg Vorbis recording")),
        Some(b"fLaC") => decode_compressed(bytes, "FLAC"),
        Some(b"OggS") => decode_compressed(bytes, "Ogg Vorbis"),
        Some(b"RIFF" | b"RIFX" | b"RF64") => Ok(read_wav(&bytes)?),
        _ => Err(Error::input("this is not a recording that can be read; expected WAV, FLAC or Ogg Vorbis")),
    }
}

fn decode_compressed(bytes: Vec<u8>, format: &str) -> Result<Recording> {
    let broken = |error: DecoderError| describe(error, format);
    let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
    let mut reader = symphonia::default::get_probe()
        .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(broken)?;
    let track = reader
        .default_track(TrackType::Audio)
        .ok_or_else(|| Error::input(format!("the {format} file holds no sound that can be read")))?;
    let (id, declared) = (track.id, track.num_frames);
    if declared.is_some_and(|frames| frames > MAX_SAMPLES as u64) {
        return Err(too_long());
    }
    let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
    let parameters =
        parameters.ok_or_else(|| Error::input(format!("the {format} file does not describe its sound")))?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(broken)?;
    let mut mono = Mono::default();
    while let Some(packet) = reader.next_packet().map_err(broken)? {
        if packet.track_id == id {
            mono.add(decoder.decode(&packet).map_err(broken)?)?;
        }
    }
    if let Some(frames) = declared.filter(|&frames| frames > mono.samples.len() as u64) {
        let found = mono.samples.len();
        return Err(Error::input(format!(
            "the {format} file is cut off: it holds {found} of the {frames} samples it declares; copy it again"
        )));
    }
    Ok(Recording::new(mono.samples, mono.sample_rate)?)
}

/// The mean over the channels of what was decoded so far.
#[derive(Default)]
struct Mono {
    samples: Vec<f32>,
    sample_rate: u32,
    channels: usize,
    interleaved: Vec<f32>,
}

impl Mono {
    fn add(&mut self, packet: GenericAudioBufferRef) -> Result<()> {
        let (sample_rate, channels) = (packet.spec().rate(), packet.spec().channels().count());
        if self.samples.is_empty() {
            (self.sample_rate, self.channels) = (sample_rate, channels);
        }
        if (self.sample_rate, self.channels) != (sample_rate, channels) || channels == 0 {
            return Err(Error::unsupported("the sample rate or the channels change within the file"));
        }
        if self.samples.len() + packet.frames() > MAX_SAMPLES {
            return Err(too_long());
        }
        packet.copy_to_vec_interleaved(&mut self.interleaved);
        let mean = |frame: &[f32]| frame.iter().sum::<f32>() / channels as f32;
        self.samples.extend(self.interleaved.chunks_exact(channels).map(mean));
        Ok(())
    }
}

fn too_long() -> Error {
    Error::Limit(format!("the recording has more than {MAX_SAMPLES} samples; cut it into shorter ones"))
}

fn describe(error: DecoderError, format: &str) -> Error {
    match error {
        DecoderError::IoError(_) => Error::input(format!("the {format} file is cut off; copy it again")),
        DecoderError::Unsupported(what) => Error::unsupported(format!("the {format} file needs {what}")),
        DecoderError::LimitError(what) => Error::Limit(format!("the {format} file: {what}")),
        other => Error::input(format!("the {format} file is damaged: {other}")),
    }
}
