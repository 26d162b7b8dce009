//! Synthesised acoustic scenes: noise for the place, and events that happen there.

use std::f64::consts::TAU;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::noise::{band, slow};
use super::{checked_length, finish, stretch};
use crate::audio::Recording;
use crate::error::{Error, Result};

/// Lowest sampling rate in Hz: birds and cups reach up to 3.5 kHz.
const LOWEST_RATE: u32 = 8000;

/// Names of the scenes that [`scene`] can synthesise.
pub const SCENES: [&str; 4] = ["beach", "cafe", "park", "street"];

/// Synthesises an acoustic scene of `seconds` seconds at `sample_rate` Hz (at least 8000), with its peak below full
/// scale:
/// - `beach`: surf that swells and breaks, gulls
/// - `cafe`: several voices at once, cups
/// - `park`: gusts in the leaves, birdsong
/// - `street`: rumble, vehicles passing, horns
///
/// The `seed` determines all randomness.
///
/// # Errors
/// [`Error::Invalid`] for a scene that is not in [`SCENES`], a duration outside 0 to 3600 s, or a sampling rate out of
/// range.
pub fn scene(scene: &str, seed: u64, seconds: f64, sample_rate: u32) -> Result<Recording> {
    let length = checked_length(seconds, sample_rate, LOWEST_RATE)?;
    let mut place =
        Place { rng: ChaCha8Rng::seed_from_u64(seed), signal: vec![0.0; length], seconds, rate: sample_rate };
    match scene {
        "beach" => place.beach()?,
        "cafe" => place.cafe()?,
        "park" => place.park()?,
        "street" => place.street()?,
        _ => {
            return Err(Error::invalid(format!("no scene is called {scene:?}; expected one of {}", SCENES.join(", "))));
        }
    }
    let peak = place.rng.random_range(0.15..0.95);
    finish(&place.signal, peak, sample_rate)
}

/// A recording while it is synthesised.
struct Place {
    rng: ChaCha8Rng,
    signal: Vec<f64>,
    seconds: f64,
    rate: u32,
}

impl Place {
    fn beach(&mut self) -> Result<()> {
        let period_s = self.rng.random_range(2.0..5.0);
        let swell = slow(&mut self.rng, self.signal.len(), period_s, self.rate);
        // Spectrum and swell follow the median of the sea waves of ESC-10.
        let surf_hz = [self.rng.random_range(150.0..300.0), self.rng.random_range(1200.0..2500.0)];
        self.texture(0.3, surf_hz, |k| 0.1 + swell[k])?;
        self.texture(0.06, [40.0, 150.0], |_| 1.0)?;
        // Foam hisses when a wave is highest.
        self.texture(0.2, [1500.0, 5000.0], |k| 0.05 + swell[k].powi(2))?;
        // Gulls are few and far away.
        for _ in 0..self.events(0.03) {
            let start_s = self.rng.random_range(0.0..self.seconds);
            let from_hz = self.rng.random_range(1400.0..2000.0);
            for call in 0..self.rng.random_range(1..4) {
                let start_s = start_s + 0.45 * f64::from(call);
                self.sweep(start_s, 0.3, [from_hz, 0.7 * from_hz], 0.04);
            }
        }
        Ok(())
    }

    fn cafe(&mut self) -> Result<()> {
        self.texture(0.08, [100.0, 3000.0], |_| 1.0)?;
        for _ in 0..self.rng.random_range(3..7) {
            self.voice()?;
        }
        for _ in 0..self.events(0.7) {
            let start_s = self.rng.random_range(0.0..self.seconds);
            let gain = self.rng.random_range(0.2..0.8);
            for _ in 0..3 {
                let hz = self.rng.random_range(2000.0..3500.0);
                self.tone(start_s, 0.2, gain, |t| ((-t / 0.03).exp(), hz * t));
            }
        }
        Ok(())
    }

    fn park(&mut self) -> Result<()> {
        let gusts = slow(&mut self.rng, self.signal.len(), 1.5, self.rate);
        self.texture(0.12, [50.0, 200.0], |_| 1.0)?;
        self.texture(0.12, [1000.0, 3500.0], |k| gusts[k].powi(2))?;
        for _ in 0..self.events(0.8) {
            let mut start_s = self.rng.random_range(0.0..self.seconds);
            let (low_hz, high_hz) = (self.rng.random_range(1800.0..2600.0), self.rng.random_range(2700.0..3500.0));
            let gain = self.rng.random_range(0.2..0.6);
            for _ in 0..self.rng.random_range(3..9) {
                self.sweep(start_s, 0.06, [low_hz, high_hz], gain);
                start_s += 0.1;
            }
        }
        Ok(())
    }

    fn street(&mut self) -> Result<()> {
        self.texture(0.25, [30.0, 200.0], |_| 1.0)?;
        self.texture(0.05, [200.0, 2000.0], |_| 1.0)?;
        for _ in 0..self.events(0.3) {
            let middle_s = self.rng.random_range(0.0..self.seconds);
            let width_s = self.rng.random_range(0.6..1.5);
            let rate = f64::from(self.rate);
            let passing = move |k: usize| {
                let distance = (k as f64 / rate - middle_s) / width_s;
                1.0 / (1.0 + distance * distance).powi(2)
            };
            self.texture(0.4, [150.0, 1200.0], passing)?;
            let engine_hz = self.rng.random_range(40.0..90.0);
            let start_s = middle_s - 2.0 * width_s;
            for harmonic in 1..5 {
                let hz = f64::from(harmonic) * engine_hz;
                self.tone(start_s, 4.0 * width_s, 0.2 / f64::from(harmonic), |t| {
                    let distance = (t - 2.0 * width_s) / width_s;
                    (1.0 / (1.0 + distance * distance).powi(2), hz * t)
                });
            }
        }
        for _ in 0..self.events(0.06) {
            let start_s = self.rng.random_range(0.0..self.seconds);
            for hz in [400.0, 500.0, 800.0, 1000.0] {
                self.tone(start_s, 0.5, 0.15, |t| (edges(t, 0.5), hz * t));
            }
        }
        Ok(())
    }

    /// Number of events at a rate of `rate_hz` per second; one more or less by chance.
    fn events(&mut self, rate_hz: f64) -> usize {
        (rate_hz * self.seconds + self.rng.random_range(0.0..1.5)) as usize
    }

    /// Adds noise of RMS `level` between two frequencies in Hz, shaped by an envelope over the samples.
    fn texture(&mut self, level: f64, band_hz: [f64; 2], envelope: impl Fn(usize) -> f64) -> Result<()> {
        let noise = band(&mut self.rng, self.signal.len(), band_hz, self.rate)?;
        for (k, (x, noise)) in self.signal.iter_mut().zip(noise).enumerate() {
            *x += level * envelope(k) * noise;
        }
        Ok(())
    }

    /// Adds a tone; `shape` gives its envelope and its phase (in turns) at a time (in seconds) from its start.
    fn tone(&mut self, start_s: f64, length_s: f64, gain: f64, shape: impl Fn(f64) -> (f64, f64)) {
        for (t, x) in stretch(&mut self.signal, start_s, length_s, self.rate) {
            let (envelope, turns) = shape(t);
            *x += gain * envelope * (TAU * turns).sin();
        }
    }

    /// Adds a tone that glides from one frequency to another, in Hz.
    fn sweep(&mut self, start_s: f64, length_s: f64, [from, to]: [f64; 2], gain: f64) {
        self.tone(start_s, length_s, gain, |t| {
            let turns = from * t + (to - from) * t * t / (2.0 * length_s);
            (edges(t, length_s), turns)
        });
    }

    /// Adds one person talking all the time: syllables with a pitch, and fricatives between.
    fn voice(&mut self) -> Result<()> {
        let pitch_hz = self.rng.random_range(90.0..230.0);
        let formant_hz = self.rng.random_range(400.0..900.0);
        let level = self.rng.random_range(0.05..0.15);
        let mut start_s = -self.rng.random_range(0.0..0.3);
        while start_s < self.seconds {
            let length_s = self.rng.random_range(0.1..0.28);
            let pitch_hz = pitch_hz * self.rng.random_range(0.9..1.15);
            for harmonic in 1..8 {
                let hz = f64::from(harmonic) * pitch_hz;
                let gain = level / (1.0 + ((hz - formant_hz) / 300.0).powi(2));
                self.tone(start_s, length_s, gain, |t| (edges(t, length_s), hz * t));
            }
            start_s += length_s + self.rng.random_range(0.02..0.2);
        }
        let syllables = slow(&mut self.rng, self.signal.len(), 0.12, self.rate);
        self.texture(0.3 * level, [1500.0, 3500.0], |k| syllables[k].powi(4))
    }
}

/// An envelope that rises and falls smoothly over `length_s` seconds.
fn edges(t: f64, length_s: f64) -> f64 {
    (TAU / 2.0 * t / length_s).sin().max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::audio::{filter, high_pass, low_pass};

    #[test]
    fn a_seed_is_one_sound_and_another_seed_another() {
        for name in SCENES {
            let sound = scene(name, 5, 3.0, 8000).unwrap();
            assert_eq!(sound, scene(name, 5, 3.0, 8000).unwrap());
            assert_ne!(sound, scene(name, 6, 3.0, 8000).unwrap());
            assert_eq!(sound.duration_s(), 3.0);
        }
    }

    /// Shares of the power below 250 Hz, from 250 to 1000 Hz and above, in dB.
    fn spectrum(name: &str, seed: u64) -> [f64; 3] {
        let recording = scene(name, seed, 10.0, 8000).unwrap();
        let power = |filters: &[biquad::Coefficients<f64>]| {
            let mut x: Vec<f64> = recording.samples().iter().map(|&x| f64::from(x)).collect();
            filters.iter().for_each(|&coefficients| filter(coefficients, &mut x));
            x.iter().map(|x| x * x).sum::<f64>()
        };
        let low = low_pass(250.0, 8000).unwrap();
        let middle = [high_pass(250.0, 8000).unwrap(), low_pass(1000.0, 8000).unwrap()];
        let high = high_pass(1000.0, 8000).unwrap();
        let total = power(&[]);
        [power(&[low]), power(&middle), power(&[high])].map(|p| 10.0 * (p / total).log10())
    }

    #[test]
    fn scenes_differ_by_spectrum_for_every_seed() {
        // Three bands cannot tell everything apart, but a scene must be nearer to the mean of its
        // own kind than to the others much more often than by chance (one in four).
        let all: Vec<Vec<[f64; 3]>> =
            SCENES.iter().map(|name| (0..12).map(|seed| spectrum(name, seed)).collect()).collect();
        let means: Vec<[f64; 3]> =
            all.iter().map(|kind| [0, 1, 2].map(|i| kind.iter().map(|s| s[i]).sum::<f64>() / 12.0)).collect();
        let distance = |a: &[f64; 3], b: &[f64; 3]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        let mut right = 0;
        for (truth, kind) in all.iter().enumerate() {
            for spectrum in kind {
                let nearest =
                    (0..4).min_by(|&a, &b| distance(spectrum, &means[a]).total_cmp(&distance(spectrum, &means[b])));
                right += usize::from(nearest == Some(truth));
            }
        }
        assert!(right >= 36, "{right} of 48");
    }

    #[test]
    fn unknown_scenes_and_impossible_options_are_refused() {
        let message = scene("moon", 0, 1.0, 8000).unwrap_err().to_string();
        assert!(message.contains("\"moon\"") && message.contains("beach, cafe, park, street"));
        assert!(scene("park", 0, 0.0, 8000).is_err());
        assert!(scene("park", 0, f64::NAN, 8000).is_err());
        assert!(scene("park", 0, 1.0, 4000).is_err());
        assert!(scene("park", 0, 1.0, 4_000_000_000).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn samples_stay_within_full_scale(
            name in proptest::sample::select(&SCENES[..]),
            seed: u64, seconds in 0.001f64..4.0, rate in 8000u32..30_000,
        ) {
            let recording = scene(name, seed, seconds, rate).unwrap();
            prop_assert!(recording.samples().iter().all(|x| x.abs() <= 1.0));
            prop_assert!((recording.duration_s() - seconds).abs() <= 1e-3);
        }
    }
}
