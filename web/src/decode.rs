//! From a chosen file to a recording: WAV by the core, everything else by the decoder, and what neither reads by the
//! browser's own decoder.

use js_sys::{Array, ArrayBuffer, RangeError, Uint8Array};
use spectnet_core::audio::is_wav;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AudioBuffer, Blob, OfflineAudioContext};

use crate::decoder::Decoder;
use crate::failure::{Failure, Result, message};
use crate::format;
use crate::sound::{self, Sound};

/// Bytes that tell a WAV file from others.
const HEAD: u64 = 16;
/// Largest recording that is left to the browser, which decodes it as a whole. Nothing else has a limit.
const MAX_DECODED_BYTES: f64 = 640e6;
/// Files of at most this size fit into any browser's memory once they are decoded: half an hour at 24 kbit/s takes 330 MB.
const EASY_BYTES: f64 = 5e6;
/// Rate in Hz to which the browser decodes: the only one of Opus, which is most of what is left to it.
const DECODER_RATE: f32 = 48_000.0;

/// The bytes of a file, if there are not too many.
///
/// # Errors
/// A file that is empty, too large, or cannot be read.
pub async fn bytes(file: &Blob, limit: f64) -> Result<Vec<u8>> {
    check_not_empty(file)?;
    if file.size() > limit {
        let (size, limit) = (format::bytes(file.size() as u64), format::bytes(limit as u64));
        return Err(Failure::reason(format!("the file has {size}: at most {limit} can be read")));
    }
    sound::bytes(file, 0..file.size() as u64).await
}

/// A file of these bytes.
///
/// # Errors
/// What the browser says.
pub fn blob(bytes: &[u8]) -> Result<Blob> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    Blob::new_with_u8_array_sequence(&parts).map_err(|error| Failure::reason(message(&error)))
}

/// Opens a recording.
///
/// # Errors
/// Why it is none.
pub async fn open(file: &Blob) -> Result<Sound> {
    check_not_empty(file)?;
    if is_wav(&sound::bytes(file, 0..HEAD.min(file.size() as u64)).await?) {
        return match Sound::wav(file).await {
            // An encoding that only the browser may know, such as ADPCM.
            Err(Failure::Unsupported(reason)) => by_browser(file, reason, "").await,
            other => other,
        };
    }
    let decoder = match Decoder::start().await {
        Ok(decoder) => decoder,
        Err(why) => {
            let reason =
                format!("the decoder could not be started ({why}), and this browser does not read the file itself");
            return by_browser(file, reason, &format!("The decoder could not be started ({why}). ")).await;
        }
    };
    match decoder.open(file).await {
        Ok(decoded) => Ok(Sound::Decoded(decoded)),
        Err(Failure::Unsupported(reason)) => by_browser(file, reason, "").await,
        Err(failure) => Err(failure),
    }
}

fn check_not_empty(file: &Blob) -> Result<()> {
    if file.size() > 0.0 { Ok(()) } else { Err(Failure::reason("the file is empty, it has 0 bytes")) }
}

/// What the browser's own decoder makes of a file that nothing else reads. Where that is nothing, the reason is why nothing
/// else does: it says what to do. `before` is what must be said first of a file that is read.
async fn by_browser(file: &Blob, reason: String, before: &str) -> Result<Sound> {
    let size = format::bytes(file.size() as u64);
    if file.size() > MAX_DECODED_BYTES {
        return Err(Failure::Unsupported(format!(
            "{reason}. With {size} it is too large for the browser’s own decoder"
        )));
    }
    let decoded = async {
        let context = OfflineAudioContext::new_with_number_of_channels_and_length_and_sample_rate(1, 1, DECODER_RATE)?;
        let bytes = JsFuture::from(file.array_buffer()).await?.dyn_into::<ArrayBuffer>()?;
        let buffer = JsFuture::from(context.decode_audio_data(&bytes)?).await?;
        buffer.dyn_into::<AudioBuffer>()
    };
    match decoded.await {
        Ok(buffer) => {
            let note =
                format!("{before}The browser’s own decoder read the file, at {DECODER_RATE} Hz whatever its own rate.");
            Ok(Sound::Browser(buffer, note))
        }
        Err(error) if error.is_instance_of::<RangeError>() => Err(Failure::reason(format!(
            "the browser has not enough memory to decode all of these {size} at once ({}); cut the recording into shorter ones",
            message(&error)
        ))),
        // Browsers do not say whether they lack the memory or the format.
        Err(_) if file.size() > EASY_BYTES => Err(Failure::Unsupported(format!(
            "{reason}. The browser’s own decoder gives up as well; where it knows the format, it lacks the memory to decode all \
             of these {size} at once: cut the recording into shorter ones"
        ))),
        Err(_) => Err(Failure::Unsupported(reason)),
    }
}
