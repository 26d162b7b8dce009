//! The segmentation as a whole: hearts whose beats are known, and what no heart makes.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::audio::Recording;
use crate::synth::{HeartOptions, Murmur, heart, heart_at};

/// A conditioned synthesised heart and its states.
fn made_up(seed: u64, seconds: f64, murmur: Option<Murmur>) -> (Recording, Annotation) {
    let sound = heart(&HeartOptions { seed, seconds, sample_rate: 2000, murmur }).unwrap();
    let recording = conditioning().apply(&sound.recording).unwrap();
    let annotation = Annotation::of_beats(&sound.beats, recording.duration_s()).unwrap();
    (recording, annotation)
}

/// How far apart onsets may be that are the same, in seconds.
const TOLERANCE_S: f64 = 0.1;

/// Onsets that are known and found, known, and found.
#[derive(Debug, Default)]
struct Agreement {
    both: usize,
    known: usize,
    found: usize,
}

impl Agreement {
    /// Adds those of one state, but for onsets where nothing is known.
    fn add(&mut self, known: &Annotation, found: &Segmentation, state: State) {
        let known_onsets: Vec<f64> = known.onsets(state).filter(|(_, is_one)| *is_one).map(|(at, _)| at).collect();
        let found: Vec<f64> = found.onsets(state).collect();
        let near = |at: f64, others: &[f64]| others.iter().any(|other| (other - at).abs() <= TOLERANCE_S);
        self.both += known_onsets.iter().filter(|at| near(**at, &found)).count();
        self.known += known_onsets.len();
        let counts = |at: &&f64| near(**at, &known_onsets) || !known.is_unknown(**at, TOLERANCE_S);
        self.found += found.iter().filter(counts).count();
    }

    /// Harmonic mean of sensitivity and precision.
    fn f1(&self) -> f64 {
        2.0 * self.both as f64 / (self.known + self.found) as f64
    }
}

fn recording(samples: Vec<f32>) -> Recording {
    Recording::new(samples, SAMPLE_RATE).unwrap()
}

/// Checks what holds for every segmentation.
fn check(found: &Segmentation, recording: &Recording) {
    let states = &found.states;
    assert_eq!(states[0].start_s, 0.0);
    assert_eq!(states[states.len() - 1].end_s, recording.duration_s());
    for pair in states.windows(2) {
        assert_eq!(pair[0].end_s, pair[1].start_s);
        assert_eq!(pair[0].state.next(), pair[1].state);
    }
    assert!(states.iter().all(|s| s.start_s < s.end_s && (0.0..=1.0).contains(&s.probability)));
    let Confidence { heart_rate, systolic_interval, states } = found.confidence;
    assert!([heart_rate, systolic_interval, states].iter().all(|c| (0.0..=1.0).contains(c)));
    assert!((20.0..400.0).contains(&found.heart_rate_bpm), "{}", found.heart_rate_bpm);
    assert!((0.0..2.0).contains(&found.systolic_interval_s), "{}", found.systolic_interval_s);
    for cycle in found.cycles() {
        assert!(cycle.start_s < cycle.s2_s && cycle.s2_s < cycle.end_s && cycle.end_s <= recording.duration_s());
    }
}

#[test]
fn beats_of_made_up_hearts_are_found() {
    let (mut s1, mut s2) = (Agreement::default(), Agreement::default());
    for seed in 0..24 {
        let murmur = [None, Some(Murmur::Systolic), None, Some(Murmur::Diastolic)][seed as usize % 4];
        let (recording, known) = made_up(seed, 20.0, murmur);
        let found = segment(&recording).unwrap();
        check(&found, &recording);
        s1.add(&known, &found, State::S1);
        s2.add(&known, &found, State::S2);
        if murmur.is_none() {
            assert!(found.plausible, "seed {seed}: {:?}", found.confidence);
            let rate = 60.0 / known.rhythm().unwrap().cycle_s;
            assert!((found.heart_rate_bpm / rate - 1.0).abs() < 0.05, "seed {seed}: {} {rate}", found.heart_rate_bpm);
        }
    }
    assert!(s1.f1() > 0.95 && s2.f1() > 0.95, "{s1:?} {s2:?}");
}

#[test]
fn hearts_from_30_to_220_a_minute_are_found() {
    let mut plausible = 0;
    let rates: Vec<u32> = (30..=220).step_by(5).collect();
    for (seed, rate) in (0..).zip(&rates) {
        let options = HeartOptions { seed, seconds: 15.0, sample_rate: 2000, murmur: None };
        let sound = heart_at(&options, f64::from(*rate)).unwrap();
        let found = segment(&conditioning().apply(&sound.recording).unwrap()).unwrap();
        // Its rate varies.
        let mut cycles: Vec<f64> = sound.beats.windows(2).map(|pair| pair[1].s1_s - pair[0].s1_s).collect();
        cycles.sort_by(f64::total_cmp);
        let known = 60.0 / cycles[cycles.len() / 2];
        let near = |found: f64| (found / known - 1.0).abs() < 0.06;
        let said = near(found.heart_rate_bpm) || found.alternative_bpm.is_some_and(near);
        assert!(said, "{known}: {} {:?}", found.heart_rate_bpm, found.alternative_bpm);
        plausible += usize::from(found.plausible);
    }
    assert!(10 * plausible >= 9 * rates.len(), "{plausible} of {}", rates.len());
}

#[test]
fn equal_sounds_at_even_intervals_are_not_said_to_be_either_rate_for_sure() {
    // S1 and S2 cannot be told apart: 100 a minute, or 200 with a silent sound each.
    let mut samples = vec![0.0; 12_000];
    for sound in 0..40 {
        for (k, x) in samples[100 + 300 * sound..].iter_mut().take(90).enumerate() {
            let t = k as f32 / 1000.0;
            *x = (std::f32::consts::TAU * 50.0 * t).sin() * (-t / 0.02).exp();
        }
    }
    let found = segment(&conditioning().apply(&recording(samples)).unwrap()).unwrap();
    let mut rates = [found.heart_rate_bpm, found.alternative_bpm.expect("another rate is as likely")];
    rates.sort_by(f64::total_cmp);
    assert!((rates[0] - 100.0).abs() < 3.0 && (rates[1] - 200.0).abs() < 6.0, "{rates:?}");
}

#[test]
fn two_seconds_do_not_repeat_themselves_after_two_seconds() {
    // One sound in the middle: the last frames are like the first ones, and of longer lags they are all there is.
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let mut samples: Vec<f32> = (0..2200).map(|_| random.random_range(-1e-3..1e-3)).collect();
    samples[900..1000].iter_mut().for_each(|x| *x = random.random_range(-1.0..1.0));
    let found = segment(&conditioning().apply(&recording(samples)).unwrap()).unwrap();
    assert!(found.confidence.heart_rate < 0.2 && found.heart_rate_bpm > 40.0, "{found:?}");
}

#[test]
fn cycles_reach_from_s1_to_s1_and_the_last_is_not_lost() {
    let (recording, known) = made_up(2, 15.0, None);
    let found = segment(&recording).unwrap();
    let cycles: Vec<Cycle> = found.cycles().collect();
    let (last, whole) = cycles.split_last().unwrap();
    assert!(whole.iter().all(|cycle| cycle.whole));
    assert!(whole.windows(2).all(|pair| pair[0].end_s == pair[1].start_s));
    assert_eq!(cycles[0].start_s, found.onsets(State::S1).next().unwrap());
    // What follows the last cycle is not a cycle that reaches its S2.
    assert!(last.whole || last.end_s == recording.duration_s());
    assert!(found.onsets(State::S2).all(|s2| s2 < cycles[0].start_s || cycles.iter().any(|c| c.s2_s == s2)));
    assert!(cycles.len() + 2 > known.onsets(State::S2).count());

    let windows = found.cycle_windows(recording.samples().len()).unwrap();
    assert_eq!(windows.len(), cycles.len());
    for (window, cycle) in windows.iter().zip(&cycles) {
        assert_eq!(window.start, (1000.0 * cycle.start_s).round() as usize);
        assert_eq!(window.end, (1000.0 * cycle.end_s).round() as usize);
    }
    assert_eq!(Segmentation { plausible: false, ..found }.cycle_windows(15_000), None);
}

#[test]
fn the_level_and_the_sign_do_not_matter() {
    let (loud, _) = made_up(6, 8.0, None);
    let found = segment(&loud).unwrap();
    for gain in [-1.0, 1e-6, 1e6] {
        let other = recording(loud.samples().iter().map(|x| gain * x).collect());
        assert_eq!(
            segment(&other).unwrap().onsets(State::S1).collect::<Vec<_>>(),
            found.onsets(State::S1).collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_heart_that_changes_its_rate_is_followed_from_piece_to_piece() {
    // Of two rates at least a third apart.
    let rate = |recording: &Recording| segment(recording).unwrap().heart_rate_bpm;
    let hearts: Vec<(Recording, Annotation)> = (30..50).map(|seed| made_up(seed, 60.0, None)).collect();
    let known = |(_, annotation): &&(Recording, Annotation)| annotation.rhythm().unwrap().cycle_s;
    let slow = hearts.iter().max_by(|a, b| known(a).total_cmp(&known(b))).unwrap();
    let fast = hearts.iter().min_by(|a, b| known(a).total_cmp(&known(b))).unwrap();
    assert!(rate(&fast.0) > 1.3 * rate(&slow.0));
    let both = recording([slow.0.samples(), fast.0.samples()].concat());
    let found = segment(&both).unwrap();
    check(&found, &both);
    let in_part = |from: f64, to: f64| found.onsets(State::S1).filter(|at| (from..to).contains(at)).count() as f64;
    assert!((in_part(5.0, 55.0) * known(&slow) / 50.0 - 1.0).abs() < 0.05);
    assert!((in_part(65.0, 115.0) * known(&fast) / 50.0 - 1.0).abs() < 0.05);
}

#[test]
fn noise_has_no_rhythm() {
    for seed in 0..6 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let noise = recording((0..20_000).map(|_| random.random_range(-1.0..1.0)).collect());
        let noise = conditioning().apply(&noise).unwrap();
        let found = segment(&noise).unwrap();
        check(&found, &noise);
        assert!(!found.plausible, "{:?}", found.confidence);
    }
}

#[test]
fn what_holds_no_heart_cycle_is_refused_with_the_reason() {
    let reason = |samples: Vec<f32>| segment(&recording(samples)).unwrap_err().to_string();
    assert!(reason(vec![0.0; 5000]).contains("silent"));
    assert!(reason(vec![0.1; 1999]).contains("2.0 s; at least 2 s"));
    let other_rate = Recording::new(vec![0.1; 8000], 2000).unwrap();
    assert!(segment(&other_rate).unwrap_err().to_string().contains("has 2000 Hz"));
    let mut features = Features::default();
    features.add(&recording(vec![0.1; 30])).unwrap();
    assert!(features.add(&recording(vec![0.1; 40])).unwrap_err().to_string().contains("multiples of 20"));
}

#[test]
fn a_silent_minute_does_not_spoil_the_others() {
    let (sound, _) = made_up(11, 60.0, None);
    let with_silence = recording([sound.samples(), &[0.0; 60_000], sound.samples()].concat());
    let found = segment(&with_silence).unwrap();
    check(&found, &with_silence);
    let alone: Vec<f64> = segment(&sound).unwrap().onsets(State::S1).filter(|at| *at < 55.0).collect();
    let first: Vec<f64> = found.onsets(State::S1).filter(|at| *at < 55.0).collect();
    assert_eq!(first, alone);
}

#[test]
fn parameters_survive_their_file_and_damaged_ones_are_refused() {
    let shipped = Parameters::shipped().unwrap();
    assert_eq!(Parameters::from_json(&shipped.to_json().unwrap()).unwrap(), shipped);
    assert!(shipped.provenance.recordings > 1000 && shipped.provenance.command.starts_with("spectnet segment --train"));
    let json = shipped.to_json().unwrap();
    for (from, to, expected) in [
        ("\"version\":2", "\"version\":1", "version 1"),
        ("\"offsets\":[-17,", "\"offsets\":[", "weights; expected"),
        ("\"offsets\":[-17,", "\"offsets\":[-1700,", "weights; expected"),
        ("\"exponent\":0.2", "\"exponent\":0", "exponent"),
        ("\"s1\":[", "\"s1\":[-", "deviations more than 0"),
        ("\"ln_cycle\":[-", "\"ln_cycle\":[9", "below 10 s"),
        ("\"s2\":", "\"s3\":", "no parameters of heart cycles"),
    ] {
        let damaged = json.replacen(from, to, 1);
        assert_ne!(damaged, json, "{from}");
        let message = Parameters::from_json(&damaged).unwrap_err().to_string();
        assert!(message.contains(expected), "{from}: {message}");
    }
}

#[test]
fn known_onsets_that_cannot_be_are_refused() {
    for (onsets, reason) in [
        (vec![], "no onsets"),
        (vec![(f64::NAN, None)], "an onset at NaN s"),
        (vec![(10.0, None)], "the recording has 10 s"),
        (vec![(2.0, None), (2.0, Some(State::S1))], "an onset at 2 s after one at 2 s"),
    ] {
        assert!(Annotation::new(onsets, 10.0).unwrap_err().to_string().contains(reason), "{reason}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_sound_is_segmented_without_gaps_or_refused(
        seed: u64, seconds in 0.5f64..12.0, kind in 0..5, exponent in -38i32..38,
    ) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let size = 10f32.powi(exponent);
        let every = random.random_range(1..3000);
        let samples: Vec<f32> = (0..(1000.0 * seconds) as usize)
            .map(|k| {
                size * match kind {
                    0 => random.random_range(-1.0..1.0),
                    1 => if k % every == 0 { 1.0 } else { 0.0 },
                    2 => if k / every % 2 == 0 { 1.0 } else { -1.0 },
                    3 => 1.0,
                    _ => if random.random_range(0..every) == 0 { f32::MAX / size } else { random.random_range(-1.0..1.0) },
                }
            })
            .map(|x: f32| if x.is_finite() { x } else { f32::MAX })
            .collect();
        let recording = recording(samples);
        match segment(&recording) {
            Ok(found) => check(&found, &recording),
            Err(_) => prop_assert!(seconds < 2.0 || recording.samples().iter().all(|x| *x == 0.0)),
        }
    }
}
