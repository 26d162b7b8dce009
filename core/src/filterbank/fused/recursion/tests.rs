//! Powers as sums of the stages' polynomials, then the recursion against direct sums.

use std::cell::Cell;

use proptest::prelude::*;

use super::super::tests::{Case, levels, waves};
use super::*;
use crate::model::Task;

#[test]
fn stages_add_up_to_powers() {
    for order in 1..=8 {
        let weights = power(order);
        for k in 0..40 {
            let sum: f64 = (1..=8).map(|stage| weights[stage - 1] * polynomial(stage, f64::from(k))).sum();
            let expected = f64::from(k).powi(order as i32 - 1);
            assert!((sum - expected).abs() <= 1e-11 * expected.max(1.0), "{k}^{}: {sum}", order - 1);
        }
        for (stage, weight) in weights.iter().enumerate() {
            let counts = stage + 1 == order || (stage > 0 && stage < order && (order % 2 == 1 || stage % 2 == 1));
            assert!(counts || *weight == 0.0, "order {order}, stage {stage}: {weight}");
        }
    }
}

#[test]
fn fractions_are_those_of_the_sums() {
    for order in 1..=8 {
        for end in [3.0, 12.0, 40.0] {
            let envelope = |t: f64| t.powi(order as i32 - 1) * (-t).exp();
            let sum = |to: f64| (0..(to * 1e3) as usize).map(|i| envelope((i as f64 + 0.5) / 1e3)).sum::<f64>();
            let expected = sum(end) / sum(100.0);
            assert!((fraction_within(order, end) - expected).abs() < 1e-5, "order {order}, {end}: {expected}");
        }
    }
}

/// A bank and signals; energies of the recursion must be those of the direct sum, on every level of instructions.
fn check(config: &FilterbankConfig, filters: &[FilterParameters], samples: usize, signals: Vec<f32>) -> Option<()> {
    let kernels = filters.iter().flat_map(|&filter| config.gammatone(filter).kernel()).collect();
    let case = Case::new(filters.len(), config.taps, config.framing, samples, kernels, signals);
    let plain = case.plain();
    // What each filter could add up to at most in a frame.
    let loudest = case.loudest();
    for arch in levels() {
        let plan = Plan::gammatones_with_arch(arch, config, filters).unwrap();
        let recursion = Some(plan.recursion.as_ref()?);
        let (mut image, mut energies) = (vec![f32::NAN; plain.len()], vec![f64::NAN; plain.len()]);
        plan.run_forward(&case.signals, samples, &mut image, Some(&mut energies), recursion).unwrap();
        for (place, (energy, plain)) in energies.iter().zip(&plain).enumerate() {
            let (got, expected, loudest) = (energy.sqrt(), plain.sqrt(), loudest[place % filters.len()]);
            assert!((got - expected).abs() <= 1e-12 * loudest, "amplitude {got}, expected {expected} of {loudest}");
            assert!(*plain != 0.0 || *energy == 0.0, "{energy} where there is silence");
        }
    }
    Some(())
}

fn case() -> impl Strategy<Value = (FilterbankConfig, Vec<FilterParameters>, usize, Vec<f32>)> {
    let sizes = (1..20usize, 1..400usize, 1..60usize, 1..60usize, 0..900usize, 1..3usize, 1..9u32);
    sizes.prop_flat_map(|(count, taps, window, hop, extra, batch, order)| {
        let config = FilterbankConfig { taps, order, framing: Framing { window, hop }, ..Task::Heart.front_end(count) };
        let samples = config.samples(1) + extra;
        let centre = prop_oneof![Just(0.0), Just(500.0), 0.0..500.0];
        let filter = (centre, 0.5f64..200.0, -1e6f64..1e6);
        let filters = proptest::collection::vec(filter, count);
        let signals = proptest::collection::vec(super::super::tests::signal(samples, taps), batch);
        let numbers =
            |(centre_hz, bandwidth_hz, gain)| FilterParameters { centre_hz, bandwidth_hz, gain, phase_rad: 0.0 };
        (Just(config), filters, Just(samples), signals).prop_map(move |(config, filters, samples, signals)| {
            (config, filters.into_iter().map(numbers).collect(), samples, signals.concat())
        })
    })
}

#[test]
fn energies_are_those_of_the_direct_sum() {
    let compared = Cell::new(0);
    proptest!(ProptestConfig::with_cases(96), |((config, filters, samples, signals) in case())| {
        let found = check(&config, &filters, samples, signals);
        compared.set(compared.get() + u32::from(found.is_some()));
    });
    // Of one bank in ten a pole is too near the unit circle.
    assert!(compared.get() >= 48, "only {} banks recur", compared.get());
}

fn scene(taps: usize, filters: usize) -> FilterbankConfig {
    FilterbankConfig {
        sample_rate: 22_050,
        taps,
        range_hz: [0.0, 11_025.0],
        bandwidth: crate::filterbank::Bandwidth::Erb,
        framing: Framing { window: 551, hop: 220 },
        ..Task::Heart.front_end(filters)
    }
}

/// Several blocks and threads, lowest and highest frequency included.
#[test]
fn a_long_scene_is_the_direct_sum() {
    for taps in [275, 1103] {
        let config = scene(taps, 9);
        let filters = config.initial_filters().unwrap();
        let mut signal: Vec<f32> = waves(60_000).map(|x| x as f32).collect();
        signal[20_000..30_000].fill(0.0);
        signal[30_000..40_000].iter_mut().for_each(|x| *x *= 1e-6);
        check(&config, &filters, 60_000, signal).expect("as accurate as it must be");
    }
}

/// The tail that is taken away again leaves rounding behind, which must not be visible where there is next to nothing.
#[test]
fn quiet_beside_loud_is_the_image_of_the_direct_sum() {
    let config = scene(551, 8);
    let filters = config.initial_filters().unwrap();
    let mut signal: Vec<f32> = waves(12_000).map(|x| x as f32).collect();
    signal[..6000].iter_mut().for_each(|x| *x *= 3e-5);
    let kernels = filters.iter().flat_map(|&filter| config.gammatone(filter).kernel()).collect();
    let case = Case::new(8, 551, config.framing, 12_000, kernels, signal);
    let plan = Plan::gammatones(&config, &filters).unwrap();
    let mut image = vec![0.0; case.plain().len()];
    plan.run_forward(&case.signals, 12_000, &mut image, None, plan.recursion.as_ref()).unwrap();
    for (got, plain) in image.iter().zip(case.plain()) {
        let expected = (plain + crate::filterbank::fused::ENERGY_FLOOR).ln() as f32;
        assert!((got - expected).abs() < 1e-5 * expected.abs().max(1.0), "{got}, expected {expected}");
    }
}

#[test]
fn poles_too_near_the_unit_circle_are_left_to_transforms() {
    let config = scene(275, 1);
    let recursion = |bandwidth_hz, gain| {
        Recursion::new(&config, &[FilterParameters { centre_hz: 500.0, bandwidth_hz, gain, phase_rad: 0.0 }], 8)
    };
    assert!(recursion(100.0, 1.0).is_some());
    for bandwidth_hz in [0.01, 0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(recursion(bandwidth_hz, 1.0).is_none(), "{bandwidth_hz} Hz");
    }
    assert!(recursion(100.0, f64::NAN).is_none());
}

/// The only tap of a second-order kernel is zero: what rounding leaves of a recursion would be all of the output.
#[test]
fn kernels_of_few_taps_are_left_to_transforms() {
    let recursion = |taps| {
        let config = FilterbankConfig { order: 2, ..scene(taps, 1) };
        let filter = FilterParameters { centre_hz: 500.0, bandwidth_hz: 1500.0, gain: 1.0, phase_rad: 0.0 };
        Recursion::new(&config, &[filter], 8)
    };
    for taps in [1, 2, 3, FEWEST_TAPS - 1] {
        assert!(recursion(taps).is_none(), "{taps} taps");
    }
    assert!(recursion(FEWEST_TAPS).is_some());
}

#[test]
fn carriers_with_phases_are_left_to_transforms() {
    let config = scene(275, 1);
    let recursion = |phase_rad| {
        let filter = FilterParameters { centre_hz: 500.0, bandwidth_hz: 100.0, gain: 1.0, phase_rad };
        Recursion::new(&config, &[filter], 8)
    };
    assert!(recursion(0.0).is_some());
    for phase_rad in [1e-9, -0.5, std::f64::consts::PI, f64::NAN] {
        assert!(recursion(phase_rad).is_none(), "{phase_rad} rad");
    }
}

/// Of kernels so long that they would recur without their phases.
#[test]
fn the_image_of_long_kernels_with_phases_is_the_direct_sum() {
    let config = scene(551, 6);
    let initial = config.initial_filters().unwrap().into_iter();
    let filters: Vec<_> = initial
        .enumerate()
        .map(|(number, filter)| FilterParameters { phase_rad: 0.9 * number as f64, ..filter })
        .collect();
    let signal: Vec<f32> = waves(12_000).map(|x| x as f32).collect();
    let kernels = filters.iter().flat_map(|&filter| config.gammatone(filter).kernel()).collect();
    let case = Case::new(6, 551, config.framing, 12_000, kernels, signal);
    let plan = Plan::gammatones(&config, &filters).unwrap();
    let mut image = vec![0.0; case.plain().len()];
    plan.forward(&case.signals, 12_000, &mut image).unwrap();
    for (got, plain) in image.iter().zip(case.plain()) {
        let expected = (plain + crate::filterbank::fused::ENERGY_FLOOR).ln() as f32;
        assert!((got - expected).abs() < 1e-5 * expected.abs().max(1.0), "{got}, expected {expected}");
    }
}

#[test]
fn long_kernels_recur_and_short_ones_do_not() {
    let recurs = |taps, samples, hop| {
        let config = FilterbankConfig { framing: Framing { window: 551, hop }, ..scene(taps, 46) };
        let plan = Plan::gammatones(&config, &config.initial_filters().unwrap()).unwrap();
        plan.recursion(samples).is_some()
    };
    let fused = Plan::new(&[1.0], 1, Framing { window: 1, hop: 1 }).unwrap().lanes >= super::super::FUSED_LANES;
    assert_eq!(recurs(1103, 220_500, 220), fused);
    assert_eq!(recurs(1103, 1700, 220), fused, "a transform is as long for a short signal");
    assert!(!recurs(81, 220_500, 220));
    assert!(!recurs(1103, 220_500, 5000), "most lies between the frames");
}

#[test]
fn what_is_no_number_stays_near() {
    let config = scene(551, 3);
    let plan = Plan::gammatones(&config, &config.initial_filters().unwrap()).unwrap();
    for odd in [f32::NAN, f32::INFINITY] {
        let mut signal = vec![0.1; 30_000];
        signal[25_000] = odd;
        let mut image = vec![0.0; plan.frames(30_000) * 3];
        plan.run_forward(&signal, 30_000, &mut image, None, plan.recursion.as_ref()).unwrap();
        assert!(image[..180].iter().all(|value| value.is_finite()));
    }
}
