//! What is added between a heart and its recording: breath, noise, friction and the response of the sensor.

use rand::{Rng, RngExt};

use super::rhythm::Rhythm;
use super::{crescendo_decrescendo, level, noise, stretch};
use crate::audio::{filter, high_pass, low_pass};
use crate::error::Result;

/// Adds breath, which is in the band of murmurs but follows respiration instead of the beats; noise of the body and the
/// amplifier; friction in every third recording; and the band of the sensor. Returns the peak level of the recording.
pub(super) fn add_sensor(rng: &mut impl Rng, rhythm: &Rhythm, rate: u32, signal: &mut [f64]) -> Result<f64> {
    let length = signal.len();
    // Their sum falls by some 10 dB an octave, as the noise between the sounds of real recordings does.
    let breath = noise::band(rng, length, [80.0, 250.0], rate)?;
    let body = noise::band(rng, length, [15.0, 50.0], rate)?;
    let hiss = noise::white(rng, length);
    let breath_level = level(rng, [0.001, 0.01]);
    let body_level = level(rng, [0.012, 0.045]);
    let hiss_level = level(rng, [0.0002, 0.002]);
    for (k, x) in signal.iter_mut().enumerate() {
        // Air flows fastest halfway through a breath.
        let flow = 1.0 - rhythm.respiration(k as f64 / f64::from(rate)).powi(2);
        *x += breath_level * flow * breath[k] + body_level * body[k] + hiss_level * hiss[k];
    }
    if rng.random_bool(1.0 / 3.0) {
        let seconds = length as f64 / f64::from(rate);
        let rub = noise::band(rng, length, [60.0, 400.0], rate)?;
        for _ in 0..=(seconds / 12.0) as usize {
            let start_s = rng.random_range(0.0..seconds);
            let length_s = rng.random_range(0.05..0.25);
            let gain = level(rng, [0.02, 0.15]);
            let first = ((start_s * f64::from(rate)).ceil() as usize).min(length);
            for ((t, x), rub) in stretch(signal, start_s, length_s, rate).zip(&rub[first..]) {
                *x += gain * crescendo_decrescendo(t / length_s, 0.3) * rub;
            }
        }
    }
    let highest_hz = (0.45 * f64::from(rate)).min(rng.random_range(350.0..800.0));
    filter(high_pass(rng.random_range(12.0..28.0), rate)?, signal);
    filter(low_pass(highest_hz, rate)?, signal);
    Ok(rng.random_range(0.15..0.95))
}
