//! The fused operation against a version that is as slow and plain as the formulas.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use rayon::prelude::*;

use super::*;

/// Kernels, framing and signals `[batch, samples]`.
#[derive(Clone, Debug)]
pub struct Case {
    filters: usize,
    taps: usize,
    framing: Framing,
    samples: usize,
    kernels: Vec<f64>,
    pub(super) signals: Vec<f32>,
}

/// The levels of instructions that this machine has.
pub(super) fn levels() -> Vec<Arch> {
    let mut levels = vec![Arch::Scalar, Arch::new()];
    #[cfg(target_arch = "x86_64")]
    levels.extend(pulp::x86::V3::try_new().map(Arch::V3));
    levels
}

fn outputs(kernel: &[f64], signal: &[f32]) -> Vec<f64> {
    let output = |window: &[f32]| kernel.iter().zip(window).map(|(g, &x)| g * f64::from(x)).sum();
    signal.windows(kernel.len()).map(output).collect()
}

impl Case {
    pub(super) fn new(
        filters: usize,
        taps: usize,
        framing: Framing,
        samples: usize,
        kernels: Vec<f64>,
        signals: Vec<f32>,
    ) -> Self {
        Self { filters, taps, framing, samples, kernels, signals }
    }

    /// For each filter the largest that the root of a frame's energy can be.
    pub(super) fn loudest(&self) -> Vec<f64> {
        let largest = self.signals.iter().fold(0f32, |largest, x| largest.max(x.abs()));
        let loudest = |kernel: &[f64]| kernel.iter().map(|g| g.abs()).sum::<f64>() * f64::from(largest);
        self.kernels.chunks(self.taps).map(|kernel| loudest(kernel) * (self.framing.window as f64).sqrt()).collect()
    }

    fn frames(&self) -> usize {
        (self.samples + 1 - self.taps - self.framing.window) / self.framing.hop + 1
    }

    fn batch(&self) -> usize {
        self.signals.len() / self.samples
    }

    fn size(&self) -> usize {
        self.batch() * self.frames() * self.filters
    }

    /// Outputs of each filter on each signal, and for each frame its energy.
    pub(super) fn plain(&self) -> Vec<f64> {
        let mut energies = Vec::new();
        for signal in self.signals.chunks(self.samples) {
            let outputs: Vec<Vec<f64>> = self.kernels.chunks(self.taps).map(|kernel| outputs(kernel, signal)).collect();
            for frame in 0..self.frames() {
                let start = frame * self.framing.hop;
                let energy = |y: &Vec<f64>| y[start..start + self.framing.window].iter().map(|y| y * y).sum::<f64>();
                energies.extend(outputs.iter().map(energy));
            }
        }
        energies
    }

    /// Gradients of Σ image·weights to kernels and signals, and the sums of their terms without the signs.
    fn plain_gradients(&self, weights: &[f32]) -> [Vec<f64>; 4] {
        let energies = self.plain();
        let mut sums = [(); 4].map(|()| vec![0.0; self.kernels.len()]);
        sums[2] = vec![0.0; self.signals.len()];
        sums[3] = vec![0.0; self.signals.len()];
        for (number, signal) in self.signals.chunks(self.samples).enumerate() {
            for (filter, kernel) in self.kernels.chunks(self.taps).enumerate() {
                for (m, y) in outputs(kernel, signal).into_iter().enumerate() {
                    let mut r = 0.0;
                    for frame in 0..self.frames() {
                        let start = frame * self.framing.hop;
                        if (start..start + self.framing.window).contains(&m) {
                            let place = (number * self.frames() + frame) * self.filters + filter;
                            r += 2.0 * y * f64::from(weights[place]) / (energies[place] + 1e-16);
                        }
                    }
                    for k in 0..self.taps {
                        let to_tap = r * f64::from(signal[m + k]);
                        let to_sample = r * kernel[k];
                        sums[0][filter * self.taps + k] += to_tap;
                        sums[1][filter * self.taps + k] += to_tap.abs();
                        sums[2][number * self.samples + m + k] += to_sample;
                        sums[3][number * self.samples + m + k] += to_sample.abs();
                    }
                }
            }
        }
        sums
    }

    fn check(&self) {
        let weights: Vec<f32> = (0..self.size()).map(|i| (0.7 * i as f32 + 0.5).cos()).collect();
        let plain = self.plain();
        let [to_kernels, kernel_scale, to_signals, signal_scale] = self.plain_gradients(&weights);
        for arch in levels() {
            let plan = Plan::with_arch(arch, &self.kernels, self.filters, self.framing).unwrap();
            assert_eq!(plan.frames(self.samples), self.frames());
            let (mut image, mut alone) = (vec![f32::NAN; self.size()], vec![f32::NAN; self.size()]);
            let mut energies = vec![f64::NAN; self.size()];
            plan.forward_with_energies(&self.signals, self.samples, &mut image, &mut energies).unwrap();
            plan.forward(&self.signals, self.samples, &mut alone).unwrap();
            assert_eq!(image, alone);
            for ((got, energy), plain) in image.iter().zip(&energies).zip(&plain) {
                assert!((energy - plain).abs() <= 1e-9 * plain, "energy {energy}, expected {plain}");
                let expected = (plain + 1e-16).ln() as f32;
                assert!((got - expected).abs() <= 4e-7 * expected.abs().max(1.0), "{got}, expected {expected}");
            }
            let mut signal_gradient = vec![f32::NAN; self.signals.len()];
            let backward = |signal_gradient| {
                plan.backward(&self.signals, self.samples, &energies, &weights, signal_gradient).unwrap()
            };
            // A transform rounds relative to its largest values, also where silence leaves nothing of a tap.
            let largest = kernel_scale.iter().copied().fold(0.0, f64::max);
            for kernel_gradient in [backward(None), backward(Some(&mut signal_gradient))] {
                for ((got, expected), scale) in kernel_gradient.iter().zip(&to_kernels).zip(&kernel_scale) {
                    let limit = 1e-9 * scale + 1e-15 * largest;
                    assert!((got - expected).abs() <= limit, "tap {got}, expected {expected} of {scale}");
                }
            }
            let largest = signal_scale.iter().copied().fold(0.0, f64::max);
            for ((got, expected), scale) in signal_gradient.iter().zip(&to_signals).zip(&signal_scale) {
                let error = (f64::from(*got) - expected).abs();
                let limit = 1e-9 * scale + 1e-7 * expected.abs() + 1e-15 * largest;
                assert!(error <= limit, "sample {got}, expected {expected} of {scale}");
            }
        }
    }
}

/// Noise with stretches of silence, some long enough to silence outputs and some not.
pub(super) fn signal(samples: usize, taps: usize) -> impl Strategy<Value = Vec<f32>> {
    let silence = (0..samples, 0..2 * taps + samples / 4);
    let silences = proptest::collection::vec(silence, 0..3);
    (proptest::collection::vec(-1f32..1.0, samples), silences).prop_map(|(mut signal, silences)| {
        for (start, length) in silences {
            signal.iter_mut().skip(start).take(length).for_each(|sample| *sample = 0.0);
        }
        signal
    })
}

fn case() -> impl Strategy<Value = Case> {
    let filters = prop_oneof![Just(1usize), Just(3), Just(8), Just(46), 1..20usize];
    (filters, prop_oneof![Just(1usize), 2..90usize], 1..60usize, 1..60usize, 0..900usize, 1..4usize)
        .prop_flat_map(|(filters, taps, window, hop, extra, batch)| {
            let samples = window + taps - 1 + extra;
            let kernels = proptest::collection::vec(-1f64..1.0, filters * taps);
            let signals = proptest::collection::vec(signal(samples, taps), batch);
            (Just((filters, taps, Framing { window, hop }, samples)), kernels, signals)
        })
        .prop_map(|((filters, taps, framing, samples), kernels, signals)| Case {
            filters,
            taps,
            framing,
            samples,
            kernels,
            signals: signals.concat(),
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn forward_and_backward_are_the_plain_formulas(case in case()) {
        case.check();
    }
}

pub(super) fn waves(count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(|i| (0.37 * i as f64).sin() + 0.5 * (0.0001 * (i * i) as f64).cos())
}

/// Long enough that a signal is dealt out to threads in parts, with a block longer than what is kept in the cache.
#[test]
fn a_long_signal_is_the_plain_formulas() {
    for (taps, framing) in [(40, Framing { window: 30, hop: 20 }), (300, Framing { window: 90, hop: 130 })] {
        let (filters, samples) = (3, 30_000);
        let kernels = waves(filters * taps).collect();
        let signals = waves(samples).map(|x| x as f32).collect();
        Case { filters, taps, framing, samples, kernels, signals }.check();
    }
}

/// The first place at which the numbers are not the same, with both.
fn first_difference<T: Copy + PartialEq>(a: &[T], b: &[T]) -> Option<(usize, T, T)> {
    a.iter().zip(b).enumerate().find(|(_, (a, b))| a != b).map(|(place, (a, b))| (place, *a, *b))
}

/// Images and gradients are the same to the last bit.
#[test]
fn the_number_of_threads_changes_nothing() {
    let framing = Framing { window: 25, hop: 10 };
    let config = crate::model::Task::Heart.front_end(6);
    let kernels: Vec<f64> = waves(6 * 81).collect();
    let transforms = Plan::new(&kernels, 6, framing).unwrap();
    let recursions = Plan::gammatones(&config, &config.initial_filters().unwrap()).unwrap();
    for (signals, samples) in [(1, 30_000), (3, 2500), (40, 500)] {
        let signal: Vec<f32> = waves(signals * samples).map(|x| x as f32).collect();
        let computed = |plan: &Plan, threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let size = signals * plan.frames(samples) * 6;
                let (mut image, mut energies) = (vec![0.0; size], vec![0.0; size]);
                plan.forward_with_energies(&signal, samples, &mut image, &mut energies).unwrap();
                let weights: Vec<f32> = (0..size).map(|i| (0.7 * i as f32 + 0.5).cos()).collect();
                (image, plan.backward(&signal, samples, &energies, &weights, None).unwrap())
            })
        };
        for plan in [&transforms, &recursions] {
            let one = computed(plan, 1);
            for threads in [2, 3, 7] {
                let (image, gradient) = computed(plan, threads);
                assert_eq!(first_difference(&image, &one.0), None, "image, {signals} signals, {threads} threads");
                assert_eq!(first_difference(&gradient, &one.1), None, "gradient, {signals} signals, {threads} threads");
            }
        }
    }
}

/// Threads of a pool that all need the transforms of a plan which nobody has used yet: one that waits for its part of them
/// takes up work that needs them too, and must not wait for itself.
#[test]
fn a_plan_that_is_shared_before_its_first_use_holds_nobody_up() {
    let config = FilterbankConfig { taps: 2001, ..crate::model::Task::Heart.front_end(8) };
    let filters = config.initial_filters().unwrap();
    let signal: Vec<f32> = waves(2100).map(|x| x as f32).collect();
    let (done, all_done) = mpsc::channel();
    thread::spawn(move || {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(17).build().unwrap();
        for _ in 0..500 {
            let mut plan = Plan::gammatones(&config, &filters).unwrap();
            plan.recursion = None;
            pool.install(|| {
                (0..40).into_par_iter().for_each(|_| {
                    let mut image = vec![0.0; plan.frames(signal.len()) * filters.len()];
                    plan.forward(&signal, signal.len(), &mut image).unwrap();
                });
            });
        }
        done.send(()).unwrap();
    });
    // A second is what it takes; where threads wait for themselves it is for ever.
    assert!(all_done.recv_timeout(Duration::from_secs(120)).is_ok(), "the threads wait for each other");
}

#[test]
fn silence_is_the_logarithm_of_the_floor_exactly_also_beside_noise() {
    let framing = Framing { window: 25, hop: 10 };
    let kernels: Vec<f64> = waves(16 * 81).map(|g| 1e6 * g).collect();
    let plan = Plan::new(&kernels, 16, framing).unwrap();
    let mut signal: Vec<f32> = waves(2500).map(|x| 1e4 * x as f32).collect();
    signal[1000..].fill(0.0);
    let mut image = vec![0.0; 240 * 16];
    let silence = 1e-16f64.ln() as f32;
    plan.forward(&signal, 2500, &mut image).unwrap();
    assert!(image[..99 * 16].iter().all(|&value| value > 0.0));
    assert!(image[100 * 16..].iter().all(|&value| value == silence));
    plan.forward(&[0.0; 2500], 2500, &mut image).unwrap();
    assert!(image.iter().all(|&value| value == silence));
}

#[test]
fn gradients_to_the_filters_are_finite_differences() {
    let config = FilterbankConfig { form: super::super::Form::Bounded, ..crate::model::Task::Heart.front_end(5) };
    let filters = config.initial_filters().unwrap();
    let signal: Vec<f32> = waves(2500).map(|x| 0.05 * x as f32).collect();
    let frames = config.frames(2500);
    let weights: Vec<f32> = (0..frames * 5).map(|i| (0.013 * i as f32 + 0.5).cos()).collect();
    let energies_of = |filters: &[FilterParameters]| {
        let plan = Plan::gammatones(&config, filters).unwrap();
        let (mut image, mut energies) = (vec![0.0; frames * 5], vec![0.0; frames * 5]);
        plan.forward_with_energies(&signal, 2500, &mut image, &mut energies).unwrap();
        (plan, energies)
    };
    let loss = |filters: &[FilterParameters]| {
        let (_, energies) = energies_of(filters);
        let terms = energies.iter().zip(&weights).map(|(p, &w)| f64::from(w) * (p + ENERGY_FLOOR).ln());
        terms.sum::<f64>()
    };
    let (plan, energies) = energies_of(&filters);
    let taps = plan.backward(&signal, 2500, &energies, &weights, None).unwrap();
    for (filter, taps) in taps.chunks(config.taps).enumerate() {
        let gradient = config.gammatone(filters[filter]).gradient(taps);
        for (number, got) in gradient.into_iter().enumerate() {
            let moved = |share: f64| {
                let mut filters = filters.clone();
                let filter = &mut filters[filter];
                let value = match number {
                    0 => &mut filter.centre_hz,
                    1 => &mut filter.bandwidth_hz,
                    2 => &mut filter.gain,
                    _ => &mut filter.phase_rad,
                };
                // A phase may be 0.
                let step = 1e-5 * if number == 3 { 1.0 } else { value.abs() };
                *value += share * step;
                (loss(&filters), step)
            };
            let ((above, step), (below, _)) = (moved(1.0), moved(-1.0));
            let expected = (above - below) / (2.0 * step);
            // The loss is some hundreds, known to 15 digits.
            let limit = 1e-5 * expected.abs() + 1e-11 / step;
            assert!((got - expected).abs() < limit, "{filter} {number}: {got}, expected {expected}");
        }
    }
}

#[test]
fn wrong_sizes_are_refused() {
    let framing = Framing { window: 4, hop: 2 };
    assert!(Plan::new(&[1.0; 7], 2, framing).is_err());
    assert!(Plan::new(&[], 1, framing).is_err());
    assert!(Plan::new(&[1.0], 0, framing).is_err());
    assert!(Plan::new(&[1.0], 1, Framing { window: 0, hop: 2 }).is_err());
    assert!(Plan::new(&[1.0], 1, Framing { window: 4, hop: 0 }).is_err());
    let plan = Plan::new(&[1.0, 2.0], 1, framing).unwrap();
    assert!(plan.forward(&[0.0; 11], 10, &mut [0.0; 3]).is_err());
    assert!(plan.forward(&[0.0; 10], 10, &mut [0.0; 2]).is_err());
    assert!(plan.forward(&[0.0; 10], 0, &mut []).is_err());
    assert!(plan.backward(&[0.0; 10], 10, &[0.0; 2], &[0.0; 3], None).is_err());
    assert!(plan.backward(&[0.0; 10], 10, &[0.0; 3], &[0.0; 3], Some(&mut [0.0; 9])).is_err());
    // Too short for a frame: an image without frames.
    plan.forward(&[0.0; 4], 4, &mut []).unwrap();
    let mut gradient = [1.0; 4];
    assert_eq!(plan.backward(&[0.0; 4], 4, &[], &[], Some(&mut gradient)).unwrap(), [0.0, 0.0]);
    assert_eq!(gradient, [0.0; 4]);
}

#[test]
fn what_is_no_number_stays_near_and_nothing_panics() {
    let plan = Plan::new(&waves(3 * 20).collect::<Vec<_>>(), 3, Framing { window: 25, hop: 10 }).unwrap();
    for odd in [f32::NAN, f32::INFINITY, f32::MAX, f32::MIN_POSITIVE] {
        let mut signal = vec![0.1; 5000];
        signal[2500] = odd;
        let (mut image, mut energies) = (vec![0.0; plan.frames(5000) * 3], vec![0.0; plan.frames(5000) * 3]);
        plan.forward_with_energies(&signal, 5000, &mut image, &mut energies).unwrap();
        assert!(image[..300].iter().all(|value| value.is_finite()));
        plan.backward(&signal, 5000, &energies, &image, None).unwrap();
    }
}
