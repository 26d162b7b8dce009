//! From a chosen file to a recording: WAV through the core, everything else through the browser's decoder.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AudioBuffer, Blob, OfflineAudioContext};

use crate::failure::{Failure, Result, message};
use crate::sound::{self, Frames, Sound};
use crate::{file_rate, format};

/// Largest recording that the browser decodes: it does so as a whole, and a page can address 4 GiB. WAV files have no limit.
const MAX_DECODED_BYTES: f64 = 640e6;
/// Rate at which the browser decodes a file that does not say its own first; it resamples what has another. High enough
/// for every model, and every browser has it.
const DECODER_RATE: u32 = 48_000;
/// Rates that every browser can decode to, in Hz (Web Audio API, 1.41.2: at least 8 to 96 kHz).
const DECODER_RATES: std::ops::RangeInclusive<u32> = 8_000..=96_000;

/// The bytes of a file, if there are not too many.
///
/// # Errors
/// A file that is empty, too large, or cannot be read.
pub async fn bytes(file: &Blob, limit: f64) -> Result<Vec<u8>> {
    if file.size() == 0.0 {
        return Err(Failure::reason("the file is empty, it has 0 bytes"));
    }
    if file.size() > limit {
        let (size, limit) = (format::bytes(file.size() as u64), format::bytes(limit as u64));
        return Err(Failure::reason(format!(
            "the file has {size}: at most {limit} can be read, cut it into shorter ones"
        )));
    }
    let buffer = JsFuture::from(file.array_buffer()).await;
    let buffer = buffer.map_err(|error| Failure::reason(format!("the file cannot be read: {}", message(&error))))?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// Opens a recording.
///
/// # Errors
/// Why it is none.
pub async fn open(file: &Blob) -> Result<Sound> {
    if !is_wav(&sound::bytes(file, 0..4).await?) {
        let decoded = by_browser(&bytes(file, MAX_DECODED_BYTES).await?).await?;
        return decoded.map(Sound::Memory).map_err(|reason| {
            Failure::reason(format!(
                "this browser cannot decode it ({reason}): expected a WAV file or another kind of audio that the browser \
                 plays"
            ))
        });
    }
    match Sound::wav(file).await {
        // An encoding that only the browser may know, such as µ-law.
        Err(Failure::Unsupported(reason)) => {
            let decoded = by_browser(&bytes(file, MAX_DECODED_BYTES).await?).await?;
            decoded.map(Sound::Memory).map_err(|_| Failure::Unsupported(reason))
        }
        other => other,
    }
}

/// Whether this begins like a WAV file, whole or damaged.
fn is_wav(bytes: &[u8]) -> bool {
    matches!(bytes.get(..4), Some(b"RIFF" | b"RIFX" | b"RF64"))
}

/// What the browser's decoder makes of it; the inner error is the decoder's refusal.
async fn by_browser(bytes: &[u8]) -> Result<std::result::Result<Frames, String>> {
    let own = file_rate::declared(bytes).filter(|rate| DECODER_RATES.contains(rate));
    let rate = own.unwrap_or(DECODER_RATE) as f32;
    let decoded = async {
        let context = OfflineAudioContext::new_with_number_of_channels_and_length_and_sample_rate(1, 1, rate)?;
        let copy: ArrayBuffer = Uint8Array::from(bytes).buffer();
        let buffer = JsFuture::from(context.decode_audio_data(&copy)?).await?;
        buffer.dyn_into::<AudioBuffer>()
    };
    let buffer = match decoded.await {
        Ok(buffer) => buffer,
        Err(error) => return Ok(Err(message(&error))),
    };
    let channels = buffer.number_of_channels();
    let mut interleaved = vec![0.0; buffer.length() as usize * channels as usize];
    for channel in 0..channels {
        let samples = buffer.get_channel_data(channel).map_err(|error| Failure::reason(message(&error)))?;
        let places = interleaved.iter_mut().skip(channel as usize).step_by(channels as usize);
        places.zip(samples).for_each(|(place, sample)| *place = sample);
    }
    Ok(Ok(Frames { samples: interleaved, channels: channels as usize, sample_rate: buffer.sample_rate() as u32 }))
}
