//! Raising the frequencies of a recording, so that a loudspeaker can play it that is too small for them.

use std::f64::consts::{PI, TAU};

use super::{Recording, resample};
use crate::error::{Error, Result};
use crate::math::fold::folded;

/// What is raised, in Hz from 0 on: all of a heart. The rest is left out.
const BAND_HZ: u32 = 1000;
/// Sampling rate of the result in Hz.
const RATE: u32 = 8000;
/// Most that frequencies are raised by, in Hz: the band then ends below half the rate.
const MOST_HZ: f64 = 2900.0;
/// Reach of the Hilbert transform either way, in samples at [`RATE`]: 128 ms, with which frequencies from 20 Hz on
/// leave nothing at their mirror image (below −60 dB).
const REACH: usize = 1023;

/// The first 1000 Hz of a recording, every frequency raised by `hz`; at 8 kHz.
///
/// `y(t) = x(t) · cos(2π·hz·t) − x̂(t) · sin(2π·hz·t)`, where x̂ is the Hilbert transform of x: modulation of a single
/// sideband. All frequencies move by the same number of Hz, so harmonics do not stay in proportion; but nothing moves
/// in time, which raising by playing faster, or by overlapping short pieces, does not give. `t` counts from `start_s`
/// before the recording's first sample on: parts of one recording that are raised each for itself join without a jump.
///
/// # Errors
/// [`Error::Invalid`] for less than 0 and more than 2900 Hz; those of [`resample`].
pub fn raise(recording: &Recording, hz: f64, start_s: f64) -> Result<Recording> {
    if !(0.0..=MOST_HZ).contains(&hz) {
        return Err(Error::invalid(format!("frequencies raised by {hz} Hz: expected 0 to {MOST_HZ} Hz")));
    }
    let band = resample(recording, recording.sample_rate().min(2 * BAND_HZ))?;
    let band = resample(&band, RATE)?;
    let turned = folded(band.samples(), &hilbert(), -1.0);
    let raised = band.samples().iter().zip(&turned).enumerate().map(|(k, (plain, turned))| {
        let (sin, cos) = (TAU * (hz * (start_s + k as f64 / f64::from(RATE))).fract()).sin_cos();
        (f64::from(*plain) * cos - f64::from(*turned) * sin) as f32
    });
    Recording::new(raised.collect(), RATE)
}

/// The taps of a Hilbert transform behind its middle, 2/(πk) at odd lags k, under a Blackman window.
fn hilbert() -> Vec<(usize, f32)> {
    let tap = |lag: usize| {
        let angle = PI * lag as f64 / (REACH + 1) as f64;
        let window = 0.42 + 0.5 * angle.cos() + 0.08 * (2.0 * angle).cos();
        (lag, (2.0 / (PI * lag as f64) * window) as f32)
    };
    (1..=REACH).step_by(2).map(tap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, seconds: f64, rate: u32) -> Recording {
        let samples = (0..(seconds * f64::from(rate)) as u32)
            .map(|k| (TAU * hz * f64::from(k) / f64::from(rate)).cos() as f32)
            .collect();
        Recording::new(samples, rate).unwrap()
    }

    /// Amplitude of the `hz` component, a whole number, over two seconds in the middle.
    fn amplitude(sound: &Recording, hz: f64) -> f64 {
        let (samples, second) = (sound.samples(), sound.sample_rate() as usize);
        let start = samples.len() / 2 - second;
        let (mut re, mut im) = (0.0, 0.0);
        for (k, x) in samples[start..start + 2 * second].iter().enumerate() {
            let (sin, cos) = (TAU * hz * k as f64 / second as f64).sin_cos();
            (re, im) = (re + f64::from(*x) * cos, im + f64::from(*x) * sin);
        }
        re.hypot(im) / second as f64
    }

    #[test]
    fn every_frequency_moves_by_the_same_number_of_hz_and_leaves_no_mirror_image() {
        for rate in [1000, 2000, 44_100] {
            for hz in [20.0, 50.0, 150.0, 400.0] {
                let raised = raise(&tone(hz, 6.0, rate), 300.0, 0.0).unwrap();
                assert_eq!(raised.sample_rate(), 8000);
                let (moved, mirrored) = (amplitude(&raised, 300.0 + hz), amplitude(&raised, 300.0 - hz));
                assert!((moved - 1.0).abs() < 0.01, "{hz} Hz at {rate} Hz: {moved}");
                assert!(mirrored < 1e-3 && amplitude(&raised, hz) < 1e-3, "{hz} Hz at {rate} Hz: {mirrored}");
            }
        }
    }

    #[test]
    fn what_lies_above_the_band_is_left_out() {
        let raised = raise(&tone(3000.0, 4.0, 16_000), 300.0, 0.0).unwrap();
        let samples = raised.samples();
        let rest = samples[8000..24_000].iter().fold(0f32, |peak, x| peak.max(x.abs()));
        assert!(rest < 1e-3, "{rest}");
    }

    #[test]
    fn nothing_moves_in_time() {
        let mut samples = vec![0.0; 8000];
        // A short sound of 100 Hz around 2 s.
        for (k, x) in samples.iter_mut().enumerate() {
            let t = (k as f64 - 4000.0) / 2000.0;
            *x = ((-(t / 0.02).powi(2)).exp() * (TAU * 100.0 * t).cos()) as f32;
        }
        let raised = raise(&Recording::new(samples, 2000).unwrap(), 300.0, 0.0).unwrap();
        let energy = |x: &f32| f64::from(*x).powi(2);
        let total: f64 = raised.samples().iter().map(energy).sum();
        let middle: f64 = raised.samples().iter().enumerate().map(|(k, x)| k as f64 * energy(x)).sum::<f64>() / total;
        assert!((middle / 8000.0 - 2.0).abs() < 1e-3, "{} s", middle / 8000.0);
    }

    #[test]
    fn parts_of_one_recording_join() {
        let whole = tone(70.0, 8.0, 2000);
        let part = Recording::new(whole.samples()[4000..].to_vec(), 2000).unwrap();
        let (whole, part) = (raise(&whole, 337.5, 0.0).unwrap(), raise(&part, 337.5, 2.0).unwrap());
        for k in 8000..24_000 {
            assert!((whole.samples()[16_000 + k] - part.samples()[k]).abs() < 1e-3, "sample {k}");
        }
    }

    #[test]
    fn what_would_leave_the_band_is_refused() {
        for hz in [-1.0, 3000.0, f64::NAN] {
            let message = raise(&tone(50.0, 1.0, 2000), hz, 0.0).unwrap_err().to_string();
            assert!(message.contains("expected 0 to 2900 Hz"), "{message}");
        }
    }
}
