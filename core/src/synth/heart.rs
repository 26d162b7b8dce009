//! Heart sounds: S1 and S2 of varying beats, murmurs, and what a sensor adds.

use std::f64::consts::TAU;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use super::{checked_length, finish, noise, stretch};
use crate::audio::{Recording, filter, high_pass, low_pass};
use crate::error::Result;

/// Lowest sampling rate in Hz: murmurs reach up to 350 Hz.
const LOWEST_RATE: u32 = 1000;
/// Longest a single component of S1 or S2 rings, in seconds.
const RING_S: f64 = 0.3;

/// The part of the heart cycle that holds a murmur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Murmur {
    /// Between S1 and S2, rising and falling, as over a narrow aortic valve.
    Systolic,
    /// After S2, falling, as over a leaking aortic valve.
    Diastolic,
}

/// What to synthesise. Two options that differ only in the murmur give the same heart.
#[derive(Clone, Debug, PartialEq)]
pub struct HeartOptions {
    /// Everything random follows from it.
    pub seed: u64,
    /// Duration in seconds.
    pub seconds: f64,
    /// Sampling rate in Hz, at least 1000.
    pub sample_rate: u32,
    /// The murmur, if there is to be one; it makes the recording abnormal.
    pub murmur: Option<Murmur>,
}

/// Onsets of one beat in seconds from the beginning of the recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beat {
    /// Onset of S1, when the mitral valve closes.
    pub s1_s: f64,
    /// Onset of S2, when the aortic valve closes.
    pub s2_s: f64,
}

/// A synthesised heart sound and the truth about it.
#[derive(Clone, Debug, PartialEq)]
pub struct HeartSound {
    /// The sound, peak below full scale.
    pub recording: Recording,
    /// `"abnormal"` with a murmur, `"normal"` without.
    pub label: &'static str,
    /// The beats that have both onsets within the recording, in order.
    pub beats: Vec<Beat>,
}

/// Synthesises a heart sound: 50-110 beats/min with respiratory and random variability, S1 and S2
/// of two damped components each (the split of S2 and the loudness follow respiration), the
/// murmur, breath and sensor noise, friction in some recordings, a random sensor band and level.
///
/// # Errors
/// A duration outside 0-3600 s or a sampling rate below 1000 Hz or out of range.
pub fn heart(options: &HeartOptions) -> Result<HeartSound> {
    let length = checked_length(options.seconds, options.sample_rate, LOWEST_RATE)?;
    let (signal, beats, peak) = render(options, length)?;
    let within = |beat: &Beat| beat.s1_s >= 0.0 && beat.s2_s < options.seconds;
    Ok(HeartSound {
        recording: finish(&signal, peak, options.sample_rate)?,
        label: if options.murmur.is_some() { "abnormal" } else { "normal" },
        beats: beats.into_iter().filter(within).collect(),
    })
}

/// The sound before its level is set, all beats that can be heard in it, and that level.
fn render(options: &HeartOptions, length: usize) -> Result<(Vec<f64>, Vec<Beat>, f64)> {
    let rate = options.sample_rate;
    // One stream for each part, so that a murmur changes nothing else.
    let stream = |number| {
        let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
        rng.set_stream(number);
        rng
    };
    let rhythm = Rhythm::draw(&mut stream(0));
    let beats = rhythm.beats(&mut stream(1), options.seconds);
    let mut signal = vec![0.0; length];
    Valves::draw(&mut stream(2)).sound(&mut stream(3), &beats, &rhythm, rate, &mut signal);
    if let Some(murmur) = options.murmur {
        add_murmur(murmur, &mut stream(4), &beats, &rhythm, rate, &mut signal)?;
    }
    let peak = add_sensor(&mut stream(5), &rhythm, rate, &mut signal)?;
    Ok((signal, beats, peak))
}

/// Heart rate and respiration of one person.
struct Rhythm {
    /// Mean interval between beats in seconds.
    interval_s: f64,
    /// Respiratory sinus arrhythmia, as a fraction of the interval.
    arrhythmia: f64,
    /// Random variability of the interval, standard deviation as a fraction of it.
    jitter: f64,
    respiration_hz: f64,
    respiration_phase: f64,
    /// How far respiration changes loudness, as a fraction.
    loudness: f64,
}

impl Rhythm {
    fn draw(rng: &mut impl Rng) -> Self {
        Self {
            interval_s: 60.0 / rng.random_range(50.0..110.0),
            arrhythmia: rng.random_range(0.01..0.06),
            jitter: rng.random_range(0.005..0.02),
            respiration_hz: rng.random_range(0.18..0.35),
            respiration_phase: rng.random_range(0.0..TAU),
            loudness: rng.random_range(0.05..0.25),
        }
    }

    /// Respiration at `time_s`: +1 fully breathed in, −1 fully breathed out.
    fn respiration(&self, time_s: f64) -> f64 {
        (TAU * self.respiration_hz * time_s + self.respiration_phase).sin()
    }

    fn loudness(&self, time_s: f64) -> f64 {
        1.0 - self.loudness * self.respiration(time_s)
    }

    /// All beats that can be heard within `seconds`; the first begins before the recording does.
    fn beats(&self, rng: &mut impl Rng, seconds: f64) -> Vec<Beat> {
        let mut beats = Vec::new();
        let mut s1_s = -self.interval_s * rng.random_range(0.0..1.0);
        while s1_s < seconds {
            let varied = 1.0 - self.arrhythmia * self.respiration(s1_s) + self.jitter * clipped_normal(rng);
            let interval_s = self.interval_s * varied;
            // Systole shortens with the heart rate (2.1 ms per beat/min, Weissler et al. 1968,
            // "Systolic time intervals in heart failure in man", Circulation 37(2)).
            let systole_s = 0.45 - 0.0021 * 60.0 / interval_s + 0.005 * clipped_normal(rng);
            beats.push(Beat { s1_s, s2_s: s1_s + systole_s });
            s1_s += interval_s;
        }
        beats
    }
}

/// A standard normal value, at most 3 away from 0: no beat may come at an impossible time.
fn clipped_normal(rng: &mut impl Rng) -> f64 {
    rng.sample::<f64, _>(StandardNormal).clamp(-3.0, 3.0)
}

/// One decaying oscillation.
#[derive(Clone, Copy)]
struct Component {
    amplitude: f64,
    frequency_hz: f64,
    decay_s: f64,
    phase: f64,
}

impl Component {
    fn add(&self, start_s: f64, gain: f64, rate: u32, signal: &mut [f64]) {
        for (t, x) in stretch(signal, start_s, RING_S, rate) {
            // Rises within about a quarter of the decay time: a valve does not click.
            let envelope = (1.0 - (-4.0 * t / self.decay_s).exp()) * (-t / self.decay_s).exp();
            let oscillation = (TAU * self.frequency_hz * t + self.phase).sin();
            *x += gain * self.amplitude * envelope * oscillation;
        }
    }
}

/// How the valves of one heart sound at one place of the chest.
struct Valves {
    mitral: Component,
    tricuspid: Component,
    /// Delay of the tricuspid after the mitral component in seconds.
    s1_split_s: f64,
    aortic: Component,
    pulmonary: Component,
    /// Delay of the pulmonary after the aortic component, breathed out, in seconds.
    s2_split_s: f64,
    /// How much later it comes when breathed in, in seconds.
    s2_split_change_s: f64,
}

impl Valves {
    fn draw(rng: &mut impl Rng) -> Self {
        let mut component = |amplitude: f64, hz: [f64; 2], decay_s: [f64; 2]| Component {
            amplitude: amplitude * rng.random_range(0.8..1.2),
            frequency_hz: rng.random_range(hz[0]..hz[1]),
            decay_s: rng.random_range(decay_s[0]..decay_s[1]),
            phase: rng.random_range(0.0..TAU),
        };
        let mitral = component(1.0, [30.0, 50.0], [0.025, 0.035]);
        let tricuspid = component(0.7, [50.0, 80.0], [0.02, 0.03]);
        let mut aortic = component(1.0, [55.0, 85.0], [0.014, 0.02]);
        let mut pulmonary = component(0.6, [50.0, 75.0], [0.014, 0.02]);
        // S1 is louder near the apex of the heart, S2 near its base.
        let s2_level = rng.random_range(0.5..1.3);
        aortic.amplitude *= s2_level;
        pulmonary.amplitude *= s2_level;
        Self {
            mitral,
            tricuspid,
            s1_split_s: rng.random_range(0.015..0.03),
            aortic,
            pulmonary,
            s2_split_s: rng.random_range(0.01..0.02),
            s2_split_change_s: rng.random_range(0.015..0.03),
        }
    }

    fn sound(&self, rng: &mut impl Rng, beats: &[Beat], rhythm: &Rhythm, rate: u32, signal: &mut [f64]) {
        for beat in beats {
            let gain = rhythm.loudness(beat.s1_s) * (1.0 + 0.06 * clipped_normal(rng));
            self.mitral.add(beat.s1_s, gain, rate, signal);
            self.tricuspid.add(beat.s1_s + self.s1_split_s, gain, rate, signal);
            let gain = rhythm.loudness(beat.s2_s) * (1.0 + 0.06 * clipped_normal(rng));
            let breathed_in = (1.0 + rhythm.respiration(beat.s2_s)) / 2.0;
            let split_s = self.s2_split_s + self.s2_split_change_s * breathed_in;
            self.aortic.add(beat.s2_s, gain, rate, signal);
            self.pulmonary.add(beat.s2_s + split_s, gain, rate, signal);
        }
    }
}

fn add_murmur(
    murmur: Murmur,
    rng: &mut impl Rng,
    beats: &[Beat],
    rhythm: &Rhythm,
    rate: u32,
    signal: &mut [f64],
) -> Result<()> {
    let low_hz = rng.random_range(80.0..150.0);
    let high_hz = rng.random_range(200.0..350.0);
    let turbulence = noise::band(rng, signal.len(), [low_hz, high_hz], rate)?;
    let level = rng.random_range(0.06..0.22);
    // Where a systolic murmur is loudest, and how much of diastole a diastolic one lasts.
    let shape = rng.random_range(0.35..0.65);
    let mut murmurs = vec![0.0; signal.len()];
    for (beat, next) in beats.iter().zip(beats.iter().skip(1)) {
        let (start_s, end_s) = match murmur {
            Murmur::Systolic => (beat.s1_s + 0.04, beat.s2_s),
            Murmur::Diastolic => (beat.s2_s + 0.04, next.s1_s),
        };
        let length_s = end_s - start_s;
        let gain = level * rhythm.loudness(start_s) * (1.0 + 0.1 * clipped_normal(rng));
        for (t, x) in stretch(&mut murmurs, start_s, length_s, rate) {
            let part = t / length_s;
            *x = gain
                * match murmur {
                    Murmur::Systolic => crescendo_decrescendo(part, shape),
                    Murmur::Diastolic => decrescendo(part, 1.4 * shape),
                };
        }
    }
    for ((x, envelope), turbulence) in signal.iter_mut().zip(murmurs).zip(turbulence) {
        *x += envelope * turbulence;
    }
    Ok(())
}

/// Rises to 1 at `peak` and falls again, over `part` in 0-1.
fn crescendo_decrescendo(part: f64, peak: f64) -> f64 {
    let distance = if part < peak { part / peak } else { (1.0 - part) / (1.0 - peak) };
    (distance * TAU / 4.0).sin()
}

/// Sets in quickly and falls to 0 at `end`, over `part` in 0-1.
fn decrescendo(part: f64, end: f64) -> f64 {
    (part / 0.05).min(1.0) * (1.0 - part / end).max(0.0)
}

/// Breath, which lies in the band of murmurs but follows respiration and not the beats; noise of
/// the body and the amplifier; friction in every third recording; and the sensor's band.
/// Returns the peak level at which the recording was made.
fn add_sensor(rng: &mut impl Rng, rhythm: &Rhythm, rate: u32, signal: &mut [f64]) -> Result<f64> {
    let length = signal.len();
    let breath = noise::band(rng, length, [100.0, 400.0], rate)?;
    let body = noise::band(rng, length, [15.0, 90.0], rate)?;
    let hiss = noise::white(rng, length);
    let breath_level = rng.random_range(0.0..0.08);
    let body_level = rng.random_range(0.005..0.04);
    let hiss_level = rng.random_range(0.002..0.03);
    for (k, x) in signal.iter_mut().enumerate() {
        // Air flows fastest halfway between breathed in and breathed out.
        let flow = 1.0 - rhythm.respiration(k as f64 / f64::from(rate)).powi(2);
        *x += breath_level * flow * breath[k] + body_level * body[k] + hiss_level * hiss[k];
    }
    if rng.random_bool(1.0 / 3.0) {
        let seconds = length as f64 / f64::from(rate);
        let rub = noise::band(rng, length, [60.0, 400.0], rate)?;
        for _ in 0..=(seconds / 12.0) as usize {
            let start_s = rng.random_range(0.0..seconds);
            let length_s = rng.random_range(0.05..0.25);
            let gain = rng.random_range(0.05..0.4);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
            let heard = energy_in(&sound, s1()) + energy_in(&sound, s2());
            assert!(heard > 0.99 * all, "seed {seed}: {}", heard / all);
            let mut above = sound.clone();
            filter(high_pass(150.0, 2000).unwrap(), &mut above);
            assert!(energy_in(&above, s1()) < 0.05 * energy_in(&sound, s1()), "seed {seed}");
            assert!(energy_in(&above, s2()) < 0.1 * energy_in(&sound, s2()), "seed {seed}");
        }
    }

    #[test]
    fn a_murmur_fills_its_part_of_the_cycle_and_only_that() {
        for seed in 0..20 {
            let rendered = |murmur| render(&options(seed, murmur), 40_000).unwrap();
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
