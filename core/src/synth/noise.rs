//! Coloured noise.

use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

use crate::audio::{filter, high_pass, low_pass};
use crate::error::Result;

/// Highest corner as a fraction of the sampling rate; above it the bilinear transform distorts.
const HIGHEST_CORNER: f64 = 0.45;

/// White Gaussian noise of RMS 1.
pub(crate) fn white(rng: &mut impl Rng, length: usize) -> Vec<f64> {
    rng.sample_iter(StandardNormal).take(length).collect()
}

/// Gaussian noise of RMS 1 between `low_hz` and `high_hz`, falling by 12 dB per octave outside. A corner that is too
/// high for `sample_rate` (in Hz) is lowered.
pub(super) fn band(
    rng: &mut impl Rng,
    length: usize,
    [low_hz, high_hz]: [f64; 2],
    sample_rate: u32,
) -> Result<Vec<f64>> {
    let highest = HIGHEST_CORNER * f64::from(sample_rate);
    let mut noise = white(rng, length);
    filter(high_pass(low_hz.min(highest), sample_rate)?, &mut noise);
    filter(low_pass(high_hz.min(highest), sample_rate)?, &mut noise);
    let rms = (noise.iter().map(|x| x * x).sum::<f64>() / length as f64).sqrt();
    if rms > 0.0 {
        noise.iter_mut().for_each(|x| *x /= rms);
    }
    Ok(noise)
}

/// A slow random walk between about 0 and 1 that changes over `period_s` seconds, for gusts of wind and swell.
pub(super) fn slow(rng: &mut impl Rng, length: usize, period_s: f64, sample_rate: u32) -> Vec<f64> {
    let step = period_s * f64::from(sample_rate);
    let points = (length as f64 / step) as usize + 2;
    let levels: Vec<f64> = (0..points).map(|_| rng.random()).collect();
    (0..length)
        .map(|k| {
            let position = k as f64 / step;
            let (point, between) = (position as usize, position.fract());
            // Cosine interpolation has no kinks, which would be audible.
            let weight = (1.0 - (std::f64::consts::PI * between).cos()) / 2.0;
            levels[point] * (1.0 - weight) + levels[point + 1] * weight
        })
        .collect()
}
