use std::f64::consts::TAU;

use proptest::prelude::*;

use super::*;

const PAIRS: [(u32, u32); 9] = [
    (44_100, 1000),
    (2000, 1000),
    (48_000, 8000),
    (44_100, 8000),
    (1000, 44_100),
    (8000, 11_025),
    (4001, 1000),
    (1000, 997),
    (96_000, 101),
];

fn tone(hz: f64, seconds: f64, rate: u32) -> Recording {
    let samples = (0..(seconds * f64::from(rate)) as u32)
        .map(|k| (TAU * hz * f64::from(k) / f64::from(rate)).sin() as f32)
        .collect();
    Recording::new(samples, rate).unwrap()
}

/// Largest absolute value over the middle half, away from the mirrored ends.
fn middle_peak(samples: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = samples.len();
    samples.skip(n / 4).take(n / 2).fold(0.0, |peak, x| peak.max(x.abs()))
}

#[test]
fn a_tone_in_the_band_keeps_its_level_and_its_time() {
    for (from, to) in PAIRS {
        let hz = 0.4 * f64::from(from.min(to));
        let resampled = resample(&tone(hz, 40.0, from), to).unwrap();
        assert_eq!(resampled.samples().len(), (40 * to) as usize);
        // The error against the ideal tone bounds level (0.1 dB is 0.0116) and delay at once.
        let error = resampled
            .samples()
            .iter()
            .enumerate()
            .map(|(k, &x)| f64::from(x) - (TAU * hz * k as f64 / f64::from(to)).sin());
        let error = middle_peak(error);
        assert!(error < 1e-3, "{hz} Hz from {from} to {to} Hz is off by {error}");
    }
}

#[test]
fn a_tone_above_the_new_nyquist_frequency_is_gone() {
    for (from, to) in PAIRS.into_iter().filter(|(from, to)| *from as f64 > 1.1 * *to as f64) {
        for hz in [0.52 * f64::from(to), 0.9 * f64::from(from) / 2.0] {
            let resampled = resample(&tone(hz, 40.0, from), to).unwrap();
            let rest = middle_peak(resampled.samples().iter().map(|&x| f64::from(x)));
            assert!(rest < 1e-3, "{hz} Hz from {from} to {to} Hz leaves {rest}");
        }
    }
}

#[test]
fn raising_the_rate_adds_no_images() {
    let resampled = resample(&tone(300.0, 4.0, 1000), 8000).unwrap();
    let back = resample(&resampled, 1000).unwrap();
    let original = tone(300.0, 4.0, 1000);
    let error = back.samples().iter().zip(original.samples());
    assert!(middle_peak(error.map(|(a, b)| f64::from(a - b))) < 1e-4);
    // An image of 300 Hz would lie at 700 Hz; without it the tone's peak is its amplitude.
    let peak = middle_peak(resampled.samples().iter().map(|&x| f64::from(x)));
    assert!((peak - 1.0).abs() < 1e-3, "{peak}");
}

#[test]
fn an_offset_stays_flat_up_to_the_ends() {
    for (from, to) in PAIRS {
        let recording = Recording::new(vec![0.7; 3 * from as usize], from).unwrap();
        let resampled = resample(&recording, to).unwrap();
        assert!(resampled.samples().iter().all(|&x| x == 0.7));
    }
}

/// sin(πx) / (πx).
fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// Harris's window with four terms, from −1 to 1; 0 outside.
fn window(x: f64) -> f64 {
    let terms = [0.35875, 0.48829, 0.14128, 0.01168];
    let sum = (0..).zip(terms).map(|(order, term)| term * (PI * f64::from(order) * x).cos()).sum();
    if x.abs() < 1.0 { sum } else { 0.0 }
}

/// Every result by its definition: all samples within reach, each times the windowed sinc at its distance.
fn by_definition(pass: Pass, samples: &[f32], number: u64) -> f64 {
    let at = number as f64 * pass.from as f64 / pass.to as f64;
    let (stretch, length) = (pass.stretch(), pass.length as f64);
    let reach = (0.5 * length * stretch).ceil() as i64;
    let (mut sum, mut weights) = (0.0, 0.0);
    for k in at.floor() as i64 - reach..=at.ceil() as i64 + reach {
        let t = (k as f64 - at) / stretch;
        let weight = sinc((1.0 - LOBE / length) * t) * window(2.0 * t / length);
        sum += weight * f64::from(mirrored(samples, k));
        weights += weight;
    }
    sum / weights
}

#[test]
fn every_pass_gives_what_its_definition_says() {
    let samples: Vec<f32> = (0..6000).map(|k| (0.37 * k as f32).sin() + (0.0021 * k as f32 * k as f32).cos()).collect();
    // Taps for every place, taps that are interpolated, a short filter, more samples than before.
    let all = [(441, 160, SHARP), (4001, 2000, SHARP), (22, 1, SHORT), (10, 441, SHORT), (767, 766, SHARP)];
    for (from, to, length) in all {
        let pass = Pass::new(from, to, length);
        let results = at_once(pass.run(&samples, &mut Stride::endless()));
        assert_eq!(results.len() as u64, (6000 * to).div_ceil(from));
        for (number, &result) in results.iter().enumerate().step_by(7) {
            let expected = by_definition(pass, &samples, number as u64);
            assert!((f64::from(result) - expected).abs() < 4e-6, "{from} to {to}: {result} is not {expected}");
        }
    }
}

#[test]
fn every_width_of_registers_gives_the_same_sum() {
    struct Sum([Vec<f32>; 2]);
    impl WithSimd for Sum {
        type Output = f32;
        fn with_simd<S: Simd>(self, simd: S) -> f32 {
            above(simd, &self.0[0], 0.3, &self.0[1])
        }
    }
    let sum = || Sum([3.7, 0.9].map(|step: f32| (0..1408).map(|k| (step * k as f32).sin()).collect()));
    assert_eq!(Arch::new().dispatch(sum()), Arch::Scalar.dispatch(sum()));
}

#[test]
fn the_same_rate_gives_the_same_samples() {
    let recording = tone(100.0, 0.1, 1000);
    assert_eq!(resample(&recording, 1000).unwrap(), recording);
}

#[test]
fn absurd_rates_and_lengths_are_refused() {
    let recording = tone(10.0, 1.0, 100);
    for rate in [0, 4_000_000_000] {
        assert!(resample(&recording, rate).is_err());
    }
    let hours = Recording::new(vec![0.0; 100_000], 100).unwrap();
    let message = resample(&hours, 768_000).unwrap_err().to_string();
    assert!(message.contains("limit reached"), "{message}");
}

#[test]
fn the_most_awkward_rates_take_bounded_blocks() {
    for (from, to) in [(100, 768_000), (768_000, 100), (767_999, 101), (767_957, 767_951)] {
        let taps = passes(from, to).into_iter().map(|pass| pass.taps() * (pass.places() as usize + 1));
        assert!(taps.sum::<usize>() <= 1 << 22);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn the_stride_changes_nothing(
        n in 1usize..4000, from in 100u32..20_000, to in 100u32..20_000, most in 1usize..90_000,
    ) {
        let recording = Recording::new((0..n).map(|k| (0.3 * k as f32).sin()).collect(), from).unwrap();
        let cut = at_once(resampled(&recording, to, &mut Stride::of(most))).unwrap();
        prop_assert_eq!(cut, resample(&recording, to).unwrap());
    }

    #[test]
    fn any_pair_of_rates_gives_the_rounded_length(
        n in 1usize..4000, from in 100u32..20_000, to in 100u32..20_000,
    ) {
        let recording = Recording::new(vec![0.25; n], from).unwrap();
        let resampled = resample(&recording, to).unwrap();
        let expected = (n as f64 * f64::from(to) / f64::from(from)).round() as usize;
        prop_assert_eq!(resampled.samples().len(), expected.max(1));
        prop_assert!(resampled.samples().iter().all(|&x| x == 0.25));
    }
}
