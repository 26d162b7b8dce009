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
    fn taps_for(self, fraction: f64) -> Vec<f32> {
        let (taps, length) = (self.taps(), self.length as f64);
        let first = -((taps / 2 - 1) as f64 + fraction);
        // For one sample that goes in, the sinc and the window turn by these angles.
        let [sinc, window] = [1.0 - LOBE / length, 2.0 / length].map(|turns| PI * turns / self.stretch());
        let (mut sines, mut cosines) = (Turning::new(sinc, first), Turning::new(window, first));
        let mut values = Vec::with_capacity(taps);
        for tap in 0..taps {
            let at = first + tap as f64;
            let ([sine, _], [_, cosine]) = (sines.next(), cosines.next());
            let sinc = if at == 0.0 { 1.0 } else { sine / (sinc * at) };
            values.push(if (window * at).abs() < PI { sinc * blackman_harris(cosine) } else { 0.0 });
        }
        let sum: f64 = values.iter().sum();
        values.into_iter().map(|value| (value / sum) as f32).collect()
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
            let middle = near[taps / 2 - 1];
            *result = middle + above(simd, near, middle, &table[before..before + taps]);
            if rest > 0 {
                let next = middle + above(simd, near, middle, &table[after..after + taps]);
                *result += rest as f32 / pass.to as f32 * (next - *result);
            }
        }
    }
}

/// Sine and cosine of an angle that grows by the same step every time: one rotation in place of two series.
struct Turning {
    /// Sine and cosine of the angle,
    angle: [f64; 2],
    /// and of the step.
    step: [f64; 2],
}

impl Turning {
    /// From so many steps on.
    fn new(step: f64, first: f64) -> Self {
        let of = |angle: f64| [angle.sin(), angle.cos()];
        Self { angle: of(step * first), step: of(step) }
    }

    /// Sine and cosine, after which the angle grows.
    fn next(&mut self) -> [f64; 2] {
        let ([sine, cosine], [by_sine, by_cosine]) = (self.angle, self.step);
        self.angle = [sine * by_cosine + cosine * by_sine, cosine * by_cosine - sine * by_sine];
        [sine, cosine]
    }
}

/// The window of Harris (1978, "On the use of windows") with four terms, from the cosine of an angle that is 0 in the middle and
/// π at the ends.
fn blackman_harris(cosine: f64) -> f64 {
    let square = cosine * cosine;
    let (double, triple) = (2.0 * square - 1.0, (4.0 * square - 3.0) * cosine);
    0.35875 + 0.48829 * cosine + 0.14128 * double + 0.01168 * triple
}

/// Σ (sample − middle) · tap of slices of whole [`LANES`], in as many sums. An offset adds nothing to it, so it comes through to
/// the last bit. Products are not fused with sums, which not every processor can.
#[inline(always)]
fn above<S: Simd>(simd: S, samples: &[f32], middle: f32, taps: &[f32]) -> f32 {
    match LANES / S::F32_LANES {
        2 => above_in::<S, 2>(simd, samples, middle, taps),
        4 => above_in::<S, 4>(simd, samples, middle, taps),
        8 => above_in::<S, 8>(simd, samples, middle, taps),
        _ => above_in::<S, LANES>(simd, samples, middle, taps),
    }
}

/// The same with the sums in so many registers.
#[inline(always)]
fn above_in<S: Simd, const REGISTERS: usize>(simd: S, samples: &[f32], middle: f32, taps: &[f32]) -> f32 {
    let middle = simd.splat_f32s(middle);
    let mut sums = [simd.splat_f32s(0.0); REGISTERS];
    let (samples, taps) = (S::as_simd_f32s(samples).0, S::as_simd_f32s(taps).0);
    for (samples, taps) in samples.as_chunks::<REGISTERS>().0.iter().zip(taps.as_chunks::<REGISTERS>().0) {
        for ((sum, sample), tap) in sums.iter_mut().zip(samples).zip(taps) {
            *sum = simd.add_f32s(*sum, simd.mul_f32s(simd.sub_f32s(*sample, middle), *tap));
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
mod tests;
