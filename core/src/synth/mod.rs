//! Synthesised recordings whose truth is known: for tests, demonstrations and set-up without data.
//!
//! Levels and spectra of the heart sounds follow 552 normal recordings of the PhysioNet/CinC Challenge 2016 with good
//! sound and with states corrected by hand. Compared were the powers of S1, systole, S2 and diastole in five bands from
//! 25 to 400 Hz, in dB relative to the power of S1: the median over 30 synthesised recordings is within 7 dB of the
//! real one, and between its 10th and 90th percentile.
//!
//! All randomness comes from a seed through ChaCha, so a seed gives the same recording everywhere (up to the last bit
//! of the platform's sine and exponential). Nothing here replaces real recordings: a model trained on these knows
//! nothing about patients or places.

mod heart;
mod murmur;
mod noise;
mod rhythm;
mod scene;
mod sensor;
mod valves;

pub use heart::{HeartOptions, HeartSound, heart, heart_at};
pub use murmur::Murmur;
pub(crate) use noise::white;
pub use rhythm::Beat;
pub use scene::{SCENES, scene};

use rand::{Rng, RngExt};

use crate::audio::Recording;
use crate::error::{Error, Result};

/// Longest synthesised recording in seconds: an hour, far beyond any use in a test or a demo.
const MAX_SECONDS: f64 = 3600.0;

/// Number of samples in `seconds` at `sample_rate` Hz, after both were checked.
fn checked_length(seconds: f64, sample_rate: u32, lowest_rate: u32) -> Result<usize> {
    if !(seconds > 0.0 && seconds <= MAX_SECONDS) {
        return Err(Error::invalid(format!(
            "cannot synthesise {seconds} s of sound; expected more than 0 and at most {MAX_SECONDS} s"
        )));
    }
    if sample_rate < lowest_rate {
        return Err(Error::invalid(format!(
            "cannot synthesise this sound at {sample_rate} Hz; expected at least {lowest_rate} Hz"
        )));
    }
    crate::audio::check_rate(sample_rate)?;
    let length = ((seconds * f64::from(sample_rate)).round() as usize).max(1);
    crate::audio::check_length(length)?;
    Ok(length)
}

/// Scales `signal` so that its peak is `peak` (full scale 1).
fn finish(signal: &[f64], peak: f64, sample_rate: u32) -> Result<Recording> {
    let highest = signal.iter().fold(0.0, |highest: f64, x| highest.max(x.abs()));
    let gain = if highest > 0.0 { peak / highest } else { 0.0 };
    Recording::new(signal.iter().map(|x| (x * gain) as f32).collect(), sample_rate)
}

/// The samples of `signal` that lie within `start_s..start_s + length_s`, each with its time since
/// `start_s` in seconds. The interval may lie partly or wholly outside.
fn stretch(signal: &mut [f64], start_s: f64, length_s: f64, sample_rate: u32) -> impl Iterator<Item = (f64, &mut f64)> {
    let rate = f64::from(sample_rate);
    // Casts of negative values give 0.
    let first = ((start_s * rate).ceil() as usize).min(signal.len());
    let end = (((start_s + length_s) * rate).ceil() as usize).clamp(first, signal.len());
    signal[first..end].iter_mut().enumerate().map(move |(k, x)| ((first + k) as f64 / rate - start_s, x))
}

/// A positive number between `low` and `high` whose logarithm is uniformly distributed, because levels differ by
/// factors.
fn level(rng: &mut impl Rng, [low, high]: [f64; 2]) -> f64 {
    rng.random_range(low.ln()..high.ln()).exp()
}

/// Rises to 1 at `peak` and falls again, for `part` from 0 to 1.
fn crescendo_decrescendo(part: f64, peak: f64) -> f64 {
    let distance = if part < peak { part / peak } else { (1.0 - part) / (1.0 - peak) };
    (distance * std::f64::consts::FRAC_PI_2).sin()
}
