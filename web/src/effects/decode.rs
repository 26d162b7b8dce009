//! From a chosen file to a recording: WAV by the core, everything else by the decoder, and what neither reads by the
//! browser's own decoder.

use js_sys::{Array, ArrayBuffer, Promise, RangeError, Uint8Array};
use spectnet_core::audio::{is_wav, needs_aac, tag_length};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AudioBuffer, Blob, HtmlAudioElement, OfflineAudioContext, Url};

use super::decoder::Decoder;
use super::sound::{self, Sound};
use crate::failure::{Failure, Result, message};
use crate::format;

/// Bytes that tell what a file is.
const HEAD: u64 = 64;
/// Longest recording in seconds that is left to the browser, which decodes it as a whole: two channels of it take 230 MB.
const MOST_BROWSER_S: f64 = 600.0;
/// Largest file in bytes that is left to the browser where it does not say how long it is: ten minutes at 24 kbit/s.
const MOST_BROWSER_BYTES: f64 = 1.8e6;
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
    let head = head(file, 0).await?;
    if is_wav(&head) {
        return match Sound::wav(file).await {
            // An encoding that only the browser may know, such as ADPCM.
            Err(Failure::Unsupported(reason)) => by_browser(file, reason, "").await,
            other => other,
        };
    }
    let tag = tag_length(&head);
    let aac = needs_aac(&if tag > 0 { self::head(file, tag).await? } else { head });
    let decoder = match Decoder::start(aac).await {
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

/// The first bytes of a file, behind a tag of that length.
async fn head(file: &Blob, tag: u64) -> Result<Vec<u8>> {
    let size = file.size() as u64;
    sound::bytes(file, tag.min(size)..tag.saturating_add(HEAD).min(size)).await
}

/// What the browser's own decoder makes of a file that nothing else reads. Where that is nothing, the reason is why nothing
/// else does: it says what to do. `before` is what must be said first of a file that is read.
async fn by_browser(file: &Blob, reason: String, before: &str) -> Result<Sound> {
    check_fits(file, &reason).await?;
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
            "the browser has not enough memory to decode all of these {} at once ({}); cut the recording into shorter ones",
            format::bytes(file.size() as u64),
            message(&error)
        ))),
        Err(_) => Err(Failure::Unsupported(reason)),
    }
}

/// Refuses what would take too much memory as a whole.
async fn check_fits(file: &Blob, reason: &str) -> Result<()> {
    let why = match duration_s(file).await {
        Some(seconds) if seconds > MOST_BROWSER_S => format!("this one has {:.0} minutes", seconds / 60.0),
        None if file.size() > MOST_BROWSER_BYTES => {
            format!("it does not say how long these {} are", format::bytes(file.size() as u64))
        }
        _ => return Ok(()),
    };
    Err(Failure::Unsupported(format!(
        "{reason}. The browser’s own decoder is given at most {:.0} minutes, because it decodes them all at once; {why}",
        MOST_BROWSER_S / 60.0
    )))
}

/// How long a recording is by the browser's player, which does not decode it; none where it does not know.
async fn duration_s(file: &Blob) -> Option<f64> {
    let address = Url::create_object_url_with_blob(file).ok()?;
    let player = HtmlAudioElement::new().ok()?;
    player.set_preload("metadata");
    let known = Promise::new(&mut |known, unknown| {
        player.set_onloadedmetadata(Some(&known));
        player.set_onerror(Some(&unknown));
    });
    player.set_src(&address);
    let known = JsFuture::from(known).await;
    let seconds = player.duration();
    player.set_onloadedmetadata(None);
    player.set_onerror(None);
    // What cannot be revoked goes with the page.
    drop(Url::revoke_object_url(&address));
    known.ok().map(|_| seconds).filter(|seconds| seconds.is_finite())
}
