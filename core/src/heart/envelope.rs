//! Envelopes of a conditioned recording, 50 frames a second: the input of the observation model.

use std::f64::consts::PI;

use crate::audio::{Recording, high_pass, low_pass, zero_phase, zero_phase_abreast};
use crate::error::{Error, Result};
use crate::stride::Stride;

/// Sampling rate that the envelopes are computed at, in Hz.
pub const SAMPLE_RATE: u32 = 1000;
/// Samples of a frame: 20 ms, as in Springer et al. 2016.
pub(crate) const FRAME: usize = 20;
/// Length of a frame in seconds.
pub(crate) const FRAME_S: f64 = FRAME as f64 / SAMPLE_RATE as f64;
/// Number of envelopes of a frame.
pub const CHANNELS: usize = 7;
/// Number of the envelope whose autocorrelation gives the rhythm: the homomorphic envelope, as a logarithm.
pub(crate) const HOMOMORPHIC: usize = 0;

/// Bands whose amplitude is followed, in Hz: below, at and above the main band of S1 and S2, and the band of murmurs.
/// The second is that of Springer et al. 2016, the third that of their wavelet (detail 3 at 1 kHz).
const BANDS_HZ: [[f64; 2]; 4] = [[25.0, 40.0], [40.0, 60.0], [60.0, 125.0], [125.0, 250.0]];
/// Corner of the homomorphic envelope's low-pass in Hz (Schmidt et al. 2010).
const HOMOMORPHIC_HZ: f64 = 8.0;
/// Corner of the low-pass over the power of a band in Hz: as fast as S1 and S2 come and go.
const POWER_HZ: f64 = 12.0;
/// Half the length of the Hilbert transformer in samples.
const HILBERT: usize = 45;
/// Lowest value of an envelope, as a fraction of its mean (−40 dB): what is quieter is noise of the sensor.
const FLOOR: f64 = 1e-2;
/// Normalised values are limited to this many standard deviations.
const LARGEST: f64 = 5.0;
/// What the logarithm of a sample costs, in units of a [stride](Stride).
const LOGARITHM_COST: usize = 3;

/// Number of the sample of a conditioned recording at this time.
pub(crate) fn sample_at(seconds: f64) -> usize {
    (seconds * f64::from(SAMPLE_RATE)).round() as usize
}

/// The envelopes of one frame of 20 ms, each in standard deviations, −5 to 5.
pub type Frame = [f32; CHANNELS];

/// Envelopes of a conditioned piece of a recording, each with mean 0 and standard deviation 1. A remainder of less than
/// a frame is left out. `None` for a silent piece.
///
/// # Errors
/// A sampling rate other than [`SAMPLE_RATE`].
pub(super) async fn envelopes(piece: &Recording, stride: &mut Stride) -> Result<Option<Vec<Frame>>> {
    if piece.sample_rate() != SAMPLE_RATE {
        return Err(Error::invalid(format!(
            "heart cycles are looked for at {SAMPLE_RATE} Hz, but the recording has {} Hz; condition it first",
            piece.sample_rate()
        )));
    }
    let peak = piece.samples().iter().fold(0.0, |peak: f32, x| peak.max(x.abs()));
    if peak == 0.0 {
        return Ok(None);
    }
    let signal: Vec<f64> = piece.samples().iter().map(|&x| f64::from(x) / f64::from(peak)).collect();
    let envelope = hilbert_envelope(&signal, stride).await;
    stride.done(LOGARITHM_COST * envelope.len()).await;

    let mut slow = envelope.clone();
    logarithm(&mut slow);
    stride.done(LOGARITHM_COST * slow.len()).await;
    zero_phase(low_pass(HOMOMORPHIC_HZ, SAMPLE_RATE)?, &mut slow, stride).await;
    let slow = means(&slow);
    let exponential = slow.iter().map(|x| x.exp()).collect();
    let mut quick = means(&envelope);
    logarithm(&mut quick);
    let mut channels = vec![slow, exponential, quick];
    for power in band_powers(&signal, stride).await? {
        let mut amplitude: Vec<f64> = power.iter().map(|power| power.max(0.0).sqrt()).collect();
        logarithm(&mut amplitude);
        channels.push(amplitude);
    }

    let mut frames = vec![[0.0; CHANNELS]; signal.len() / FRAME];
    for (number, channel) in channels.iter_mut().enumerate() {
        normalise(channel);
        frames.iter_mut().zip(channel).for_each(|(frame, x)| frame[number] = *x as f32);
    }
    Ok(Some(frames))
}

/// The power in each of the [bands](BANDS_HZ) in every frame, all bands abreast.
async fn band_powers(signal: &[f64], stride: &mut Stride) -> Result<[Vec<f64>; BANDS_HZ.len()]> {
    let power = low_pass(POWER_HZ, SAMPLE_RATE)?;
    let (mut above, mut below) = ([power; BANDS_HZ.len()], [power; BANDS_HZ.len()]);
    for (number, [low, high]) in BANDS_HZ.into_iter().enumerate() {
        above[number] = high_pass(low, SAMPLE_RATE)?;
        below[number] = low_pass(high, SAMPLE_RATE)?;
    }
    let mut bands: Vec<[f64; BANDS_HZ.len()]> = signal.iter().map(|&x| [x; BANDS_HZ.len()]).collect();
    zero_phase_abreast(above, &mut bands, stride).await;
    zero_phase_abreast(below, &mut bands, stride).await;
    bands.as_flattened_mut().iter_mut().for_each(|x| *x *= *x);
    zero_phase_abreast([power; BANDS_HZ.len()], &mut bands, stride).await;
    Ok(std::array::from_fn(|number| means(&bands.iter().map(|samples| samples[number]).collect::<Vec<f64>>())))
}

/// Magnitude of the analytic signal. Its imaginary part comes from a windowed Hilbert transformer of finite length:
/// that is enough for the frequencies of heart sounds, and time and memory stay linear.
async fn hilbert_envelope(signal: &[f64], stride: &mut Stride) -> Vec<f64> {
    // The odd half of the taps; the even ones are 0, and the other half has the opposite sign.
    let taps: Vec<(usize, f64)> = (1..=HILBERT)
        .step_by(2)
        .map(|k| {
            let place = PI * k as f64 / (HILBERT + 1) as f64;
            (k, 2.0 / (PI * k as f64) * (0.54 + 0.46 * place.cos()))
        })
        .collect();
    let mut padded = vec![0.0; HILBERT];
    padded.extend_from_slice(signal);
    padded.extend([0.0; HILBERT]);
    let mut imaginary = vec![0.0; signal.len()];
    for (k, tap) in taps {
        let (before, after) = (&padded[HILBERT - k..], &padded[HILBERT + k..]);
        for ((sum, before), after) in imaginary.iter_mut().zip(before).zip(after) {
            *sum += tap * (before - after);
        }
        stride.done(signal.len()).await;
    }
    imaginary.iter().zip(signal).map(|(im, re)| im.hypot(*re)).collect()
}

/// Natural logarithm of values ≥ 0, with a lowest value relative to their mean.
fn logarithm(values: &mut [f64]) {
    let floor = FLOOR * values.iter().sum::<f64>() / values.len().max(1) as f64;
    // One envelope may be all zeros where another is not.
    let floor = floor.max(f64::MIN_POSITIVE);
    values.iter_mut().for_each(|x| *x = (*x + floor).ln());
}

/// Mean of each whole frame.
fn means(signal: &[f64]) -> Vec<f64> {
    signal.chunks_exact(FRAME).map(|samples| samples.iter().sum::<f64>() / FRAME as f64).collect()
}

/// Brings values to mean 0 and standard deviation 1; a constant becomes 0.
fn normalise(values: &mut [f64]) {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let deviation = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt();
    let scale = if deviation > 1e-9 { 1.0 / deviation } else { 0.0 };
    values.iter_mut().for_each(|x| *x = ((*x - mean) * scale).clamp(-LARGEST, LARGEST));
}
