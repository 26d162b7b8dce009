//! What is spared and what is not, on hearts and clicks whose places are known.

use std::f64::consts::TAU;

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::audio::spikes::SpikeRule;
use crate::stride::at_once;

const RATE: u32 = 1000;

/// All of it at once.
fn remove(signal: &mut [f64], sample_rate: u32) {
    at_once(super::remove(signal, sample_rate, &mut Stride::endless()));
}

/// A heart with a faint noise: S1 with a peak near 1, ±30 % with respiration, and S2 a third of the cycle later.
fn heart(per_minute: f64, s2: f64, seconds: f64) -> Vec<f64> {
    let cycle_s = 60.0 / per_minute;
    let mut signal: Vec<f64> =
        (0..(1000.0 * seconds) as u64).map(|k| 2e-3 * ((k * k % 101) as f64 / 50.0 - 1.0)).collect();
    for beat in 0..(seconds / cycle_s) as usize {
        let at_s = beat as f64 * cycle_s;
        let breath = 1.0 + 0.3 * (TAU * 0.25 * at_s).sin();
        for (at_s, level) in [(at_s + 0.02, breath), (at_s + 0.02 + cycle_s / 3.0, s2 * breath)] {
            for (k, x) in signal[(1000.0 * at_s) as usize..].iter_mut().take(80).enumerate() {
                let t = k as f64 / 1000.0;
                *x += 1.6 * level * (TAU * 45.0 * t).sin() * (-t / 0.015).exp();
            }
        }
    }
    signal
}

/// Puts a click of 8 ms there.
fn click(signal: &mut [f64], at: usize, level: f64) {
    for (k, x) in signal[at..].iter_mut().take(8).enumerate() {
        *x = level * (TAU * (k as f64 + 0.5) / 16.0).sin();
    }
}

fn blanked(rule: SpikeRule, mut signal: Vec<f64>) -> f64 {
    at_once(rule.apply(&mut signal, RATE, &mut Stride::endless()))
}

#[test]
fn a_slow_heart_with_a_quiet_s2_keeps_its_sounds() {
    for (per_minute, s2) in [(40.0, 0.1), (32.0, 0.2), (50.0, 0.05)] {
        let signal = heart(per_minute, s2, 12.0);
        assert!(blanked(SpikeRule::Published, signal.clone()) > 0.8, "{per_minute}: the published rule");
        assert_eq!(blanked(SpikeRule::SparingBeats, signal), 0.0, "{per_minute}");
    }
}

#[test]
fn a_teaching_recording_at_exactly_60_a_minute_keeps_its_sounds() {
    // S1 and S2 fall into the same half of every second.
    let signal = heart(60.0, 0.6, 10.5);
    assert!(blanked(SpikeRule::Published, signal.clone()) > 0.9);
    assert_eq!(blanked(SpikeRule::SparingBeats, signal), 0.0);
}

#[test]
fn a_heart_that_is_heard_in_a_third_of_a_recording_keeps_its_sounds() {
    let mut signal = heart(72.0, 0.4, 4.0);
    signal.extend(heart(72.0, 0.4, 8.0).iter().map(|x| 0.01 * x));
    assert!(blanked(SpikeRule::Published, signal.clone()) > 0.9);
    assert_eq!(blanked(SpikeRule::SparingBeats, signal.clone()), 0.0);
    // A click among them is none of them.
    let clean = signal.clone();
    click(&mut signal, 9_000, 10.0);
    remove(&mut signal, RATE);
    assert!(signal[9_000..9_008].iter().all(|&x| x == 0.0) && signal[..8_900] == clean[..8_900]);
}

#[test]
fn a_rub_of_many_lobes_is_blanked() {
    let clean = heart(70.0, 0.5, 20.0);
    let mut signal = clean.clone();
    for (k, x) in signal[7000..7200].iter_mut().enumerate() {
        *x = 20.0 * (TAU * 0.2 * k as f64).sin();
    }
    remove(&mut signal, RATE);
    assert!(signal[7000..7200].iter().all(|x| x.abs() < 4.0));
    assert!(signal[..6950] == clean[..6950] && signal[7250..] == clean[7250..]);
}

#[test]
fn half_a_dozen_clicks_at_random_places_hardly_ever_make_a_rhythm() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (mut left, trials) = (0, 200);
    for _ in 0..trials {
        let mut signal = heart(75.0, 0.5, 20.0);
        (0..6).for_each(|_| click(&mut signal, random.random_range(0..19_990), random.random_range(5.0..20.0)));
        remove(&mut signal, RATE);
        left += usize::from(peak(&signal) > 4.0);
    }
    assert!(left <= trials / 20, "{left} of {trials}");
}

#[test]
fn too_little_and_silence_come_through() {
    for n in [0, 1, 999, 1999] {
        let mut signal = vec![1.0; n];
        remove(&mut signal, RATE);
        assert_eq!(signal, vec![1.0; n]);
    }
    let mut silence = vec![0.0; 5000];
    remove(&mut silence, RATE);
    assert_eq!(silence, vec![0.0; 5000]);
    assert_eq!(blanked(SpikeRule::SparingBeats, silence), 0.0);
}

/// A heart with up to three clicks: fewer than any rhythm has.
fn with_clicks() -> impl Strategy<Value = (Vec<f64>, Vec<usize>, Vec<f64>)> {
    let clicks = proptest::collection::vec((0usize..19_990, 5.0f64..100.0), 1..4);
    (30.0f64..200.0, 0.05f64..1.0, clicks).prop_map(|(per_minute, s2, clicks)| {
        let clean = heart(per_minute, s2, 20.0);
        let mut signal = clean.clone();
        clicks.iter().for_each(|(at, level)| click(&mut signal, *at, *level));
        (clean, clicks.into_iter().map(|(at, _)| at).collect(), signal)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn clicks_are_blanked_and_the_heart_is_not((clean, clicks, mut signal) in with_clicks()) {
        let before = signal.clone();
        let share = at_once(SpikeRule::SparingBeats.apply(&mut signal, RATE, &mut Stride::endless()));
        prop_assert!(peak(&signal) <= 4.0, "{}", peak(&signal));
        prop_assert!(share > 0.0 && share < 1.0);
        for (k, x) in signal.iter().enumerate() {
            let near = clicks.iter().any(|&at| (at.saturating_sub(60)..at + 60).contains(&k));
            if near {
                prop_assert!(*x == before[k] || *x == 0.0);
            } else {
                prop_assert_eq!(*x, clean[k]);
            }
        }
    }

    #[test]
    fn silence_in_front_and_behind_changes_nothing(
        (_, _, signal) in with_clicks(), front in 0usize..5000, behind in 0usize..30_000,
    ) {
        let mut padded = [vec![0.0; front], signal.clone(), vec![0.0; behind]].concat();
        let mut signal = signal;
        remove(&mut signal, RATE);
        remove(&mut padded, RATE);
        prop_assert!(padded[front..front + signal.len()] == signal);
    }

    #[test]
    fn the_level_and_the_sign_do_not_matter((_, _, signal) in with_clicks(), gain in -30i32..30, negative: bool) {
        let gain = 2f64.powi(gain) * if negative { -1.0 } else { 1.0 };
        let mut scaled: Vec<f64> = signal.iter().map(|x| gain * x).collect();
        let mut signal = signal;
        remove(&mut signal, RATE);
        remove(&mut scaled, RATE);
        // A zero counts as positive, so a lobe may lose or gain one.
        prop_assert!(scaled.iter().zip(&signal).all(|(a, b)| *a == gain * b));
    }

    #[test]
    fn whatever_is_put_in_only_loses_lobes(
        signal in proptest::collection::vec(
            prop_oneof![8 => -1.0f64..1.0, 1 => -1e6f64..1e6, 1 => Just(0.0)], 0..4000),
    ) {
        // Stretches of 200 samples.
        let mut after = signal.clone();
        remove(&mut after, 100);
        prop_assert!(after.iter().zip(&signal).all(|(a, b)| a == b || *a == 0.0));
    }
}
