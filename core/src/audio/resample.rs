//! Changing the sampling rate of a whole recording.

use std::borrow::Cow;
use std::f64::consts::PI;

use pulp::{Arch, Simd, WithSimd};

use super::Recording;
use super::recording::{check_length, check_rate};
use crate::error::Result;
use crate::stride::{Stride, at_once};

/// Length of the sharp filter in samples of the slower rate. Its cut-off then lies 1.6 % below the lower Nyquist frequency,
/// and what is above that frequency is 92 dB down.
const SHARP: usize = 512;
/// The same of a filter whose rates are both at least twice the slower one of all: half of the band is its margin.
const SHORT: usize = 32;
/// How far below the Nyquist frequency a filter of one sample would cut off, as a fraction of it: half of the main lobe of
/// the window.
const LOBE: f64 = 8.0;
/// Most places between two samples for which there are taps: 1024 times 2048 of them take 8 MiB. Where results lie at more
/// places, taps are interpolated, with an error below 10⁻⁶.
const PLACES: u64 = 1024;
/// Sums that are made beside each other: those of two of the widest registers. So the result is the same with every width.
const LANES: usize = 32;
/// Multiplications that take as long as a unit of a [stride](Stride).
const UNIT: usize = 32;
/// About how many multiplications are one bit of work.
const BIT: usize = 1 << 19;

/// Resamples to `sample_rate` Hz, band-limited to the lower of the two Nyquist frequencies.
///
/// Nothing moves in time: sample 0 stays at time 0, and the result has `round(samples × ratio)` samples, at least one.
/// The ends are mirrored, so that an offset does not click. The same rate gives a copy.
///
/// # Errors
/// [`Error::Invalid`] for a rate out of range, [`Error::Limit`] for a result that would be too long.
pub fn resample(recording: &Recording, sample_rate: u32) -> Result<Recording> {
    at_once(resampled(recording, sample_rate, &mut Stride::endless()))
}

/// As [`resample`], with a pause after every stride.
///
/// # Errors
/// Those of [`resample`].
pub(super) async fn resampled(recording: &Recording, sample_rate: u32, stride: &mut Stride) -> Result<Recording> {
    check_rate(sample_rate)?;
    if sample_rate == recording.sample_rate() {
        return Ok(recording.clone());
    }
    let ratio = f64::from(sample_rate) / f64::from(recording.sample_rate());
    let length = ((recording.samples().len() as f64 * ratio).round() as usize).max(1);
    check_length(length)?;
    let mut resampled = Cow::Borrowed(recording.samples());
    for pass in passes(u64::from(recording.sample_rate()), u64::from(sample_rate)) {
        resampled = Cow::Owned(pass.run(&resampled, stride).await);
    }
    let mut resampled = resampled.into_owned();
    resampled.truncate(length);
    Recording::new(resampled, sample_rate)
}

/// The changes of the rate that lead from one to another. Where one is many times the other, the filter that cuts off sharply
/// works at the lower of them or twice that, and a short one does the rest: at the higher rate the sharp one would have
/// thousands of taps, or be used for each of many results.
fn passes(from: u64, to: u64) -> Vec<Pass> {
    if from >= 4 * to {
        let coarse = from / (2 * to);
        vec![Pass::new(coarse, 1, SHORT), Pass::new(from, coarse * to, SHARP)]
    } else if to >= 4 * from {
        vec![Pass::new(1, 2, SHARP), Pass::new(2 * from, to, SHORT)]
    } else {
        vec![Pass::new(from, to, SHARP)]
    }
}

/// One change of the rate, `to` samples for every `from`, by a windowed sinc (Smith & Gossett 1984, "A flexible sampling-rate
/// conversion method").
#[derive(Clone, Copy, Debug)]
struct Pass {
    /// Without a common divisor with `to`.
    from: u64,
    to: u64,
    /// Length of the filter in samples of the slower rate.
    length: usize,
}

impl Pass {
    fn new(from: u64, to: u64, length: usize) -> Self {
        let divisor = greatest_common_divisor(from, to);
        Self { from: from / divisor, to: to / divisor, length }
    }

    /// Samples that go in for one of the slower rate.
    fn stretch(self) -> f64 {
        (self.from as f64 / self.to as f64).max(1.0)
    }

    /// Number of taps.
    fn taps(self) -> usize {
        ((self.length as f64 * self.stretch()).ceil() as usize).next_multiple_of(LANES)
    }

    /// Places between two samples for which there are taps.
    fn places(self) -> u64 {
        self.to.min(PLACES)
    }

    /// The taps for a result that lies a fraction of a sample, 0 to 1, behind the sample in the middle, that is before the
    /// second half. Their sum is 1, so that an offset stays as it is at every place.
    fn taps_for(self, fraction: f64) -> impl Iterator<Item = f32> {
        let (middle, stretch, length) = (self.taps() / 2 - 1, self.stretch(), self.length as f64);
        let cutoff = 1.0 - LOBE / length;
        let tap = move |tap: usize| {
            let t = (tap as f64 - middle as f64 - fraction) / stretch;
            sinc(cutoff * t) * blackman_harris(2.0 * t / length)
        };
        let sum: f64 = (0..self.taps()).map(tap).sum();
        (0..self.taps()).map(move |number| (tap(number) / sum) as f32)
    }

    /// As many samples as reach to the end.
    async fn run(self, samples: &[f32], stride: &mut Stride) -> Vec<f32> {
        let (taps, places) = (self.taps(), self.places());
        let mut table = Vec::with_capacity(taps * (places as usize + 1));
        for place in 0..=places {
            table.extend(self.taps_for(place as f64 / places as f64));
            stride.done(taps).await;
        }
        let count = (samples.len() as f64 * self.to as f64 / self.from as f64).ceil() as usize;
        let mut results = vec![0.0; count];
        let bit = (BIT / taps).max(1);
        for (number, results) in results.chunks_mut(bit).enumerate() {
            Arch::new().dispatch(Block { pass: self, samples, table: &table, first: number * bit, results });
            stride.done(results.len() * taps / UNIT).await;
        }
        results
    }
}

/// Results from number `first` on.
struct Block<'a> {
    pass: Pass,
    samples: &'a [f32],
    /// Taps of all places.
    table: &'a [f32],
    first: usize,
    results: &'a mut [f32],
}

impl WithSimd for Block<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { pass, samples, table, first, results } = self;
        let (taps, places) = (pass.taps(), pass.places());
        let mut beside = vec![0.0; taps];
        for (number, result) in (first as u64..).zip(results) {
            let (sample, place) = (number * pass.from / pass.to, number * pass.from % pass.to);
            let begin = sample as i64 - (taps as i64 / 2 - 1);
            let inside = usize::try_from(begin).ok().and_then(|begin| samples.get(begin..begin + taps));
            let near = inside.unwrap_or_else(|| {
                beside.iter_mut().zip(begin..).for_each(|(to, k)| *to = mirrored(samples, k));
                &beside
            });
            let (before, rest) = (place * places / pass.to, place * places % pass.to);
            let [before, after] = [before, before + 1].map(|place| place as usize * taps);
            *result = dot(simd, near, &table[before..before + taps]);
            if rest > 0 {
                let next = dot(simd, near, &table[after..after + taps]);
                *result += rest as f32 / pass.to as f32 * (next - *result);
            }
        }
    }
}

/// sin(πx) / (πx).
fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// The window of Harris (1978, "On the use of windows") with four terms, from −1 to 1; 0 outside.
fn blackman_harris(x: f64) -> f64 {
    let terms = [0.35875, 0.48829, 0.14128, 0.01168];
    let sum = (0..).zip(terms).map(|(order, term)| term * (PI * f64::from(order) * x).cos()).sum();
    if x.abs() < 1.0 { sum } else { 0.0 }
}

/// Σ a · b of slices of whole [`LANES`], in as many sums. Products are not fused with sums, which not every processor can.
#[inline(always)]
fn dot<S: Simd>(simd: S, a: &[f32], b: &[f32]) -> f32 {
    match LANES / S::F32_LANES {
        2 => dot_in::<S, 2>(simd, a, b),
        4 => dot_in::<S, 4>(simd, a, b),
        8 => dot_in::<S, 8>(simd, a, b),
        _ => dot_in::<S, LANES>(simd, a, b),
    }
}

/// The same with the sums in so many registers.
#[inline(always)]
fn dot_in<S: Simd, const REGISTERS: usize>(simd: S, a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [simd.splat_f32s(0.0); REGISTERS];
    let (a, b) = (S::as_simd_f32s(a).0, S::as_simd_f32s(b).0);
    for (a, b) in a.as_chunks::<REGISTERS>().0.iter().zip(b.as_chunks::<REGISTERS>().0) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum = simd.add_f32s(*sum, simd.mul_f32s(*a, *b));
        }
    }
    let mut lanes = [0.0; LANES];
    S::as_mut_simd_f32s(&mut lanes).0.copy_from_slice(&sums);
    lanes.iter().sum()
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Sample `k` of a recording that is continued in both directions by mirroring at its ends.
fn mirrored(samples: &[f32], k: i64) -> f32 {
    let n = samples.len() as i64;
    if (0..n).contains(&k) {
        return samples[k as usize];
    }
    let k = k.rem_euclid(2 * n);
    samples[k.min(2 * n - 1 - k) as usize]
}

#[cfg(test)]
mod tests {
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
            let recording = Recording::new(vec![0.5; 3 * from as usize], from).unwrap();
            let resampled = resample(&recording, to).unwrap();
            assert!(resampled.samples().iter().all(|x| (x - 0.5).abs() < 1e-5));
        }
    }

    /// Every result by its definition: all samples within reach, each times the windowed sinc at its distance.
    fn by_definition(pass: Pass, samples: &[f32], number: u64) -> f64 {
        let at = number as f64 * pass.from as f64 / pass.to as f64;
        let (stretch, length) = (pass.stretch(), pass.length as f64);
        let reach = (0.5 * length * stretch).ceil() as i64;
        let (mut sum, mut weights) = (0.0, 0.0);
        for k in at.floor() as i64 - reach..=at.ceil() as i64 + reach {
            let t = (k as f64 - at) / stretch;
            let weight = sinc((1.0 - LOBE / length) * t) * blackman_harris(2.0 * t / length);
            sum += weight * f64::from(mirrored(samples, k));
            weights += weight;
        }
        sum / weights
    }

    #[test]
    fn every_pass_gives_what_its_definition_says() {
        let samples: Vec<f32> =
            (0..6000).map(|k| (0.37 * k as f32).sin() + (0.0021 * k as f32 * k as f32).cos()).collect();
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
                dot(simd, &self.0[0], &self.0[1])
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
            prop_assert!(resampled.samples().iter().all(|x| (x - 0.25).abs() < 1e-3));
        }
    }
}
