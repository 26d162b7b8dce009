//! Synthesised heart sounds: beats, valves, murmurs, and what a sensor adds.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::murmur::{Murmur, add_murmur};
use super::rhythm::{Beat, Rhythm};
use super::sensor::add_sensor;
use super::valves::Valves;
use super::{checked_length, finish};
use crate::audio::Recording;
use crate::error::{Error, Result};

/// Lowest sampling rate in Hz: murmurs reach up to 350 Hz.
const LOWEST_RATE: u32 = 1000;

/// What to synthesise. Options that differ only in the murmur give the same heart.
#[derive(Clone, Debug, PartialEq)]
pub struct HeartOptions {
    /// Seed of all randomness.
    pub seed: u64,
    /// Duration in seconds, more than 0 and at most 3600.
    pub seconds: f64,
    /// Sampling rate in Hz, at least 1000.
    pub sample_rate: u32,
    /// The murmur, if there is to be one. With a murmur the recording is abnormal.
    pub murmur: Option<Murmur>,
}

/// A synthesised heart sound and the truth about it.
#[derive(Clone, Debug, PartialEq)]
pub struct HeartSound {
    /// The recording, with its peak below full scale.
    pub recording: Recording,
    /// `"abnormal"` with a murmur, `"normal"` without.
    pub label: &'static str,
    /// The beats whose two onsets are within the recording, in order of time.
    pub beats: Vec<Beat>,
}

/// Synthesises a heart recording: 50 to 100 beats a minute with respiratory and random variability, S1 and S2 of two
/// damped components and a snap each (respiration changes the split of S2 and the loudness), the murmur, noise of
/// breath and sensor, friction in some recordings, and a random band and level of the sensor.
///
/// # Errors
/// [`Error::Invalid`] for a duration outside 0 to 3600 s, or a sampling rate below 1000 Hz or out of range.
pub fn heart(options: &HeartOptions) -> Result<HeartSound> {
    sound(options, None)
}

/// As [`heart`], with a mean heart rate of `per_minute` beats a minute, 20 to 250. The systole is as long as is usual
/// at that rate.
///
/// # Errors
/// Those of [`heart`], or [`Error::Invalid`] for another rate.
pub fn heart_at(options: &HeartOptions, per_minute: f64) -> Result<HeartSound> {
    if !(20.0..=250.0).contains(&per_minute) {
        return Err(Error::invalid(format!(
            "cannot synthesise a heart of {per_minute} beats a minute; expected 20 to 250"
        )));
    }
    sound(options, Some(per_minute))
}

fn sound(options: &HeartOptions, per_minute: Option<f64>) -> Result<HeartSound> {
    let length = checked_length(options.seconds, options.sample_rate, LOWEST_RATE)?;
    let (signal, beats, peak) = render(options, per_minute, length)?;
    let within = |beat: &Beat| beat.s1_s >= 0.0 && beat.s2_s < options.seconds;
    Ok(HeartSound {
        recording: finish(&signal, peak, options.sample_rate)?,
        label: if options.murmur.is_some() { "abnormal" } else { "normal" },
        beats: beats.into_iter().filter(within).collect(),
    })
}

/// The signal before its level is set, all beats that are audible in it, and that level.
fn render(options: &HeartOptions, per_minute: Option<f64>, length: usize) -> Result<(Vec<f64>, Vec<Beat>, f64)> {
    let rate = options.sample_rate;
    // One random stream for each part, so that a murmur changes nothing else.
    let stream = |number| {
        let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
        rng.set_stream(number);
        rng
    };
    let drawn = Rhythm::draw(&mut stream(0));
    let rhythm = match per_minute {
        Some(per_minute) => drawn.at_rate(per_minute),
        None => drawn,
    };
    let beats = rhythm.beats(&mut stream(1), options.seconds);
    let mut signal = vec![0.0; length];
    Valves::draw(&mut stream(2)).sound(&mut stream(3), &beats, &rhythm, rate, &mut signal);
    if let Some(murmur) = options.murmur {
        add_murmur(murmur, &mut stream(4), &beats, &rhythm, rate, &mut signal)?;
    }
    let peak = add_sensor(&mut stream(5), &rhythm, rate, &mut signal)?;
    Ok((signal, beats, peak))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::audio::{filter, high_pass, low_pass};

    fn options(seed: u64, murmur: Option<Murmur>) -> HeartOptions {
        HeartOptions { seed, seconds: 20.0, sample_rate: 2000, murmur }
    }

    /// Mean square of `samples` within `start_s..end_s`.
    fn power(samples: &[f64], start_s: f64, end_s: f64) -> f64 {
        let part = &samples[(start_s * 2000.0) as usize..(end_s * 2000.0) as usize];
        part.iter().map(|x| x * x).sum::<f64>() / part.len() as f64
    }

    fn samples(sound: &HeartSound) -> Vec<f64> {
        sound.recording.samples().iter().map(|&x| f64::from(x)).collect()
    }

    #[test]
    fn a_seed_is_one_sound_and_another_seed_another() {
        for murmur in [None, Some(Murmur::Systolic), Some(Murmur::Diastolic)] {
            let sound = heart(&options(7, murmur)).unwrap();
            assert_eq!(sound, heart(&options(7, murmur)).unwrap());
            assert_ne!(sound.recording, heart(&options(8, murmur)).unwrap().recording);
        }
    }

    #[test]
    fn the_label_says_whether_there_is_a_murmur_and_the_heart_is_the_same() {
        let normal = heart(&options(3, None)).unwrap();
        let abnormal = heart(&options(3, Some(Murmur::Systolic))).unwrap();
        assert_eq!((normal.label, abnormal.label), ("normal", "abnormal"));
        assert_eq!(normal.beats, abnormal.beats);
    }

    #[test]
    fn beats_come_at_a_heart_rate_and_vary() {
        for seed in 0..50 {
            let sound = heart(&options(seed, None)).unwrap();
            let onsets: Vec<f64> = sound.beats.iter().map(|beat| beat.s1_s).collect();
            let intervals: Vec<f64> = onsets.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let mean = intervals.iter().sum::<f64>() / intervals.len() as f64;
            assert!((48.0..115.0).contains(&(60.0 / mean)), "{mean} s");
            assert!(intervals.iter().any(|x| (x / mean - 1.0).abs() > 0.005));
            assert!(intervals.iter().all(|x| (x / mean - 1.0).abs() < 0.2));
            for (beat, next) in sound.beats.iter().zip(onsets.iter().skip(1)) {
                let systole = beat.s2_s - beat.s1_s;
                let diastole = next - beat.s2_s;
                assert!((0.18..0.45).contains(&systole), "{systole} s");
                assert!(diastole > 0.2, "{diastole} s");
            }
        }
    }

    #[test]
    fn the_sound_is_loudest_right_after_the_onsets() {
        for seed in 0..20 {
            let sound = heart(&options(seed, None)).unwrap();
            let samples = samples(&sound);
            let n = sound.beats.len() as f64;
            let mean = |power_of: &dyn Fn(&Beat) -> f64| sound.beats.iter().map(power_of).sum::<f64>() / n;
            // Between the sounds, when both have died away.
            let quiet = mean(&|b| power(&samples, b.s2_s - 0.05, b.s2_s));
            let s1 = mean(&|b| power(&samples, b.s1_s, b.s1_s + 0.1));
            let s2 = mean(&|b| power(&samples, b.s2_s, (b.s2_s + 0.06).min(20.0)));
            assert!(s1 > 10.0 * quiet, "seed {seed}: S1 {s1}, between {quiet}");
            assert!(s2 > 10.0 * quiet, "seed {seed}: S2 {s2}, between {quiet}");
        }
    }

    /// Energy of `samples` by the part of the heart cycle it falls into.
    fn energy_in(samples: &[f64], parts: impl Iterator<Item = (f64, f64)>) -> f64 {
        parts.map(|(start_s, end_s)| power(samples, start_s, end_s) * (end_s - start_s) * 2000.0).sum()
    }

    #[test]
    fn s1_and_s2_lie_in_their_bands_and_last_as_long_as_they_do() {
        for seed in 0..20 {
            // The valves alone: 40 beats, noise aside.
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let rhythm = Rhythm::draw(&mut rng);
            let mut beats = rhythm.beats(&mut rng, 20.0);
            beats.retain(|beat| beat.s1_s >= 0.0 && beat.s2_s < 19.7);
            let mut sound = vec![0.0; 40_000];
            Valves::draw(&mut rng).sound(&mut rng, &beats, &rhythm, 2000, &mut sound);
            let s1 = || beats.iter().map(|b| (b.s1_s, b.s1_s + 0.15));
            let s2 = || beats.iter().map(|b| (b.s2_s, b.s2_s + 0.12));
            let all: f64 = sound.iter().map(|x| x * x).sum();
            let of_sounds = energy_in(&sound, s1()) + energy_in(&sound, s2());
            assert!(of_sounds > 0.99 * all, "seed {seed}: {}", of_sounds / all);
            let mut above = sound.clone();
            filter(high_pass(150.0, 2000).unwrap(), &mut above);
            assert!(energy_in(&above, s1()) < 0.05 * energy_in(&sound, s1()), "seed {seed}");
            assert!(energy_in(&above, s2()) < 0.1 * energy_in(&sound, s2()), "seed {seed}");
        }
    }

    #[test]
    fn a_murmur_fills_its_part_of_the_cycle_and_only_that() {
        for seed in 0..20 {
            let rendered = |murmur| render(&options(seed, murmur), None, 40_000).unwrap();
            let (normal, beats, _) = rendered(None);
            let pairs: Vec<(Beat, Beat)> = beats
                .windows(2)
                .map(|pair| (pair[0], pair[1]))
                .filter(|(beat, next)| beat.s1_s >= 0.0 && next.s1_s < 20.0)
                .collect();
            // Everything but the murmur is the same, and the sensor is linear.
            let share_in_systole = |murmur| {
                let (abnormal, ..) = rendered(Some(murmur));
                let murmur: Vec<f64> = abnormal.iter().zip(&normal).map(|(a, b)| a - b).collect();
                let parts = |part: fn(&(Beat, Beat)) -> (f64, f64)| pairs.iter().map(part);
                let systole = energy_in(&murmur, parts(|(beat, _)| (beat.s1_s, beat.s2_s)));
                let diastole = energy_in(&murmur, parts(|(beat, next)| (beat.s2_s, next.s1_s)));
                assert!(systole + diastole > 1.0, "seed {seed}: the murmur is not to be heard");
                let mut band = murmur.clone();
                filter(high_pass(60.0, 2000).unwrap(), &mut band);
                filter(low_pass(450.0, 2000).unwrap(), &mut band);
                let whole = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
                assert!(whole(&band) > 0.7 * whole(&murmur), "seed {seed}");
                systole / (systole + diastole)
            };
            let systolic = share_in_systole(Murmur::Systolic);
            let diastolic = share_in_systole(Murmur::Diastolic);
            assert!(systolic > 0.98, "seed {seed}: {systolic}");
            assert!(diastolic < 0.02, "seed {seed}: {diastolic}");
        }
    }

    #[test]
    fn the_level_does_not_give_the_label_away() {
        let mean_rms = |murmur| {
            (0..60)
                .map(|seed| power(&samples(&heart(&options(seed, murmur)).unwrap()), 0.0, 20.0))
                .map(f64::sqrt)
                .sum::<f64>()
                / 60.0
        };
        let (normal, abnormal) = (mean_rms(None), mean_rms(Some(Murmur::Systolic)));
        assert!((abnormal / normal - 1.0).abs() < 0.3, "{normal} {abnormal}");
    }

    #[test]
    fn impossible_options_are_refused() {
        for seconds in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
            let message = heart(&HeartOptions { seconds, ..options(0, None) });
            assert!(message.unwrap_err().to_string().contains("cannot synthesise"));
        }
        for sample_rate in [0, 999, 4_000_000_000] {
            assert!(heart(&HeartOptions { sample_rate, ..options(0, None) }).is_err());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn samples_stay_within_full_scale(
            seed: u64, seconds in 0.001f64..8.0, sample_rate in 1000u32..9000, kind in 0..3,
        ) {
            let murmur = [None, Some(Murmur::Systolic), Some(Murmur::Diastolic)][kind as usize];
            let sound = heart(&HeartOptions { seed, seconds, sample_rate, murmur }).unwrap();
            prop_assert!(sound.recording.samples().iter().all(|x| x.abs() <= 1.0));
            prop_assert!((sound.recording.duration_s() - seconds).abs() <= 1e-3);
            prop_assert!(sound.beats.iter().all(|b| 0.0 <= b.s1_s && b.s2_s < seconds));
        }
    }
}
