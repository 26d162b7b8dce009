//! Examples: what they are, and their samples for the learner.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use js_sys::{Array, Float32Array};

use super::super::slice::{BIT_S, Slice};
use super::super::sound::Sound;
use super::super::{inside, open_recording};
use crate::failure::{Failure, Result};
use crate::state::learn::{MOST_S, Material, OpenedExample};

/// Samples of all channels that are read at a time, at most: some milliseconds of work.
const SAMPLES: u64 = 1 << 18;

/// What an example is. It is let go again.
///
/// # Errors
/// Why it is none.
pub async fn open(material: &Material) -> Result<OpenedExample> {
    let sound = sound(material).await?;
    let (sample_rate, channels, length_s) = (sound.sample_rate(), sound.channels(), sound.duration_s());
    let first = sound.read(0, SAMPLES / channels.max(1) as u64).await?;
    if first.is_empty() {
        return Err(Failure::reason("it holds no sound"));
    }
    let sounds = first.iter().any(|sample| *sample != 0.0);
    let identity = sounds.then(|| identity(&first, sample_rate, channels, length_s));
    Ok(OpenedExample { sample_rate, channels, length_s, identity })
}

/// What no other sound has, by all likelihood: how it begins, and how long it is.
fn identity(first: &[f32], sample_rate: u32, channels: usize, length_s: Option<f64>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (sample_rate, channels, length_s.map(f64::to_bits)).hash(&mut hasher);
    first.iter().for_each(|sample| sample.to_bits().hash(&mut hasher));
    hasher.finish()
}

/// The samples of an example, an array for each channel, outside of the program's memory.
///
/// # Errors
/// A file that cannot be read any more, or is damaged.
pub async fn samples(material: &Material, slice: &mut Slice) -> Result<Array> {
    let sound = sound(material).await?;
    let (rate, channels) = (f64::from(sound.sample_rate()), sound.channels().max(1));
    let length_s = sound.duration_s().map_or(MOST_S, |length_s| length_s.min(MOST_S));
    let (all, step) = ((length_s * rate).round() as u64, (SAMPLES / channels as u64).max(1));
    let arrays: Vec<Float32Array> = (0..channels).map(|_| Float32Array::new_with_length(all as u32)).collect();
    let mut at = 0;
    while at < all {
        slice.room(BIT_S).await;
        let interleaved = sound.read(at, step.min(all - at)).await?;
        let frames = (interleaved.len() / channels) as u64;
        if frames == 0 {
            break;
        }
        for (channel, array) in arrays.iter().enumerate() {
            let samples: Vec<f32> =
                interleaved.iter().skip(channel).step_by(channels).take(frames as usize).copied().collect();
            array.subarray(at as u32, (at + frames) as u32).copy_from(&samples);
        }
        at += frames;
    }
    if at == 0 {
        return Err(Failure::reason("it holds no sound"));
    }
    let of_channels = Array::new();
    for array in &arrays {
        // What ends before its file says has no silence behind it.
        let array = if at < all { array.slice(0, at as u32) } else { array.clone() };
        of_channels.push(&array.into());
    }
    Ok(of_channels)
}

/// Opens an example.
async fn sound(material: &Material) -> Result<Rc<Sound>> {
    match material {
        Material::Open(sound) => inside::<Sound>(sound),
        Material::Source(source) => Ok(Rc::new(open_recording(source.clone()).await?)),
    }
}
