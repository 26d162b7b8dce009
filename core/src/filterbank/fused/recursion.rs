//! Gammatones as recursions: the cost of an output does not depend on the number of taps.
//!
//! With z = e^(−2πβ/fs + 2πi f/fs), a kernel is `gain/fs^(n−1) · Re k^(n−1) z^k`, and k^(n−1) is a sum of the
//! polynomials P_i(k) = C(k + ⌊(i−1)/2⌋, i−1), i = 1..n (only of the odd ones where n is even). P_i(k) z^k is the
//! response of i one-pole filters in a row, of which every second one sees its predecessor one step late. A kernel ends
//! after K taps: from each stage i, the contribution P_i(K) z^K of a sample is subtracted when the sample leaves the
//! kernel.
//!
//! The filters are correlations, so the recursion runs from the end of a stretch to its start.

use std::f64::consts::TAU;
use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::blocks::audible;
use super::frames::{Segment, Segments};
use super::parts::{Part, write};
use super::{Plan, Shape};
use crate::filterbank::config::{FilterbankConfig, Framing};
use crate::filterbank::gammatone::FilterParameters;
use crate::math::Aligned;
use crate::math::fft::{Point, points, points_mut};

/// Samples that all filters process before the next ones, so that these stay in the first-level cache.
const BLOCK: usize = 2048;
/// Largest error that rounding may cause, as a fraction of the loudest possible output.
const ACCURACY: f64 = 1e-12;
/// Fewest taps of a kernel that recurs. The samples of a shorter one may miss nearly all of its area: its first tap is
/// zero where its order is above 1, and a carrier may pass through zero at the others.
const FEWEST_TAPS: usize = 32;

/// The poles of a bank of gammatones.
#[derive(Clone, Debug)]
pub struct Recursion {
    order: usize,
    /// Weights of the stages in the output; that of the last one is 1.
    weights: [f64; 8],
    /// For each group of filters its pole, and what each stage loses when a sample leaves: `[groups, 1 + n, 2, lanes]`.
    poles: Aligned,
    /// Factors from a squared output of the recursion to the energy, `[groups, lanes]`.
    scales: Aligned,
    /// Whether the kernels of a group are larger than rounding at their last tap, so that it must be subtracted.
    tails: Vec<bool>,
}

impl Recursion {
    /// The recursion of some filters. `None` where it would lose digits, because a pole near the unit circle keeps
    /// rounding errors long after the kernel has ended, or because there are few taps; also where carriers have phases,
    /// which it cannot compute.
    pub(super) fn new(config: &FilterbankConfig, filters: &[FilterParameters], lanes: usize) -> Option<Self> {
        let order = usize::try_from(config.order).ok().filter(|order| (1..=8).contains(order))?;
        if config.taps < FEWEST_TAPS {
            return None;
        }
        let rate = f64::from(config.sample_rate);
        let polynomials = power(order);
        let groups = filters.len().div_ceil(lanes);
        let mut poles = Aligned::zeros(groups * (1 + order) * 2 * lanes);
        let mut scales = Aligned::zeros(groups * lanes);
        let mut tails = vec![false; groups];
        for (number, filter) in filters.iter().enumerate() {
            let (group, lane) = (number / lanes, number % lanes);
            let [decay, turn] = [filter.bandwidth_hz, filter.centre_hz].map(|hz| TAU * hz / rate);
            let fraction = fraction_within(order, decay * config.taps as f64);
            let error = f64::EPSILON * order as f64 / ((1.0 - (-decay).exp()) * fraction);
            if !(filter.phase_rad == 0.0
                && decay > 0.0
                && turn.is_finite()
                && filter.gain.is_finite()
                && error < ACCURACY)
            {
                return None;
            }
            let mut set = |row: usize, length: f64, angle: f64| {
                let place = (group * (1 + order) + row) * 2 * lanes + lane;
                (poles[place], poles[place + lanes]) = (length * angle.cos(), length * angle.sin());
            };
            set(0, (-decay).exp(), turn);
            if fraction < 1.0 {
                tails[group] = true;
                let end = config.taps as f64;
                let left = (-decay * end).exp();
                let mut before = 0.0;
                for stage in 1..=order {
                    let value = polynomial(stage, end);
                    // An odd stage sees the one before it without delay, so it also takes over its loss.
                    let taken = if stage % 2 == 1 { value - before } else { value };
                    set(stage, -taken * left, turn * end);
                    before = value;
                }
            }
            let scale = filter.gain * rate.powi(1 - config.order as i32) * polynomials[order - 1];
            scales[group * lanes + lane] = scale * scale;
        }
        let weights = polynomials.map(|weight| weight / polynomials[order - 1]);
        Some(Self { order, weights, poles, scales, tails })
    }

    /// Cost of an output, in the unit of the cost of transforms: 5 for each stage, and 1.5 more in groups whose kernels
    /// end before they have decayed. Measured, see docs/PERFORMANCE.md.
    pub(super) fn cost(&self) -> f64 {
        let ends = self.tails.iter().filter(|&&tail| tail).count() as f64 / self.tails.len() as f64;
        (5.0 + 1.5 * ends) * self.order as f64
    }

    /// Computes the images of some parts.
    pub(super) fn forward(&self, plan: &Plan, parts: Vec<Part>) {
        let (shape, arch) = (plan.shape, plan.arch);
        match self.order {
            1 => arch.dispatch(Forward::<1> { shape, recursion: self, parts }),
            2 => arch.dispatch(Forward::<2> { shape, recursion: self, parts }),
            3 => arch.dispatch(Forward::<3> { shape, recursion: self, parts }),
            4 => arch.dispatch(Forward::<4> { shape, recursion: self, parts }),
            5 => arch.dispatch(Forward::<5> { shape, recursion: self, parts }),
            6 => arch.dispatch(Forward::<6> { shape, recursion: self, parts }),
            7 => arch.dispatch(Forward::<7> { shape, recursion: self, parts }),
            _ => arch.dispatch(Forward::<8> { shape, recursion: self, parts }),
        }
    }
}

/// P_stage(k) = C(k + ⌊(stage−1)/2⌋, stage−1).
fn polynomial(stage: usize, k: f64) -> f64 {
    let top = k + ((stage - 1) / 2) as f64;
    (0..stage - 1).fold(1.0, |product, i| product * (top - i as f64) / (i + 1) as f64)
}

/// The weights of P_1, P_2, … in their sum k^(order−1).
fn power(order: usize) -> [f64; 8] {
    let mut sum = [0.0; 8];
    sum[0] = 1.0;
    for _ in 1..order {
        let mut next = [0.0; 8];
        for stage in 1..8 {
            // k P_i = i P_(i+1) + (i−1)/2 P_i where i is odd, i P_(i+1) − i/2 P_i where it is even.
            let weight = sum[stage - 1];
            let same = if stage % 2 == 1 { (stage - 1) as f64 / 2.0 } else { stage as f64 / -2.0 };
            next[stage] += stage as f64 * weight;
            next[stage - 1] += same * weight;
        }
        sum = next;
    }
    sum
}

/// Fraction of the envelope t^(n−1) e^(−t) that lies before `end`: 1 − e^(−end) Σ_(j<n) end^j / j!.
fn fraction_within(order: usize, end: f64) -> f64 {
    let terms = (1..order).scan(1.0, |term, j| {
        *term *= end / j as f64;
        Some(*term)
    });
    1.0 - (-end).exp() * (1.0 + terms.sum::<f64>())
}

/// The filters of one order.
struct Forward<'a, const N: usize> {
    shape: Shape,
    recursion: &'a Recursion,
    parts: Vec<Part<'a>>,
}

impl<const N: usize> WithSimd for Forward<'_, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Shape { framing, filters, taps } = self.shape;
        let lanes = S::F64_LANES;
        let groups = filters.div_ceil(lanes);
        let mut states = Aligned::zeros(groups * N * 2 * lanes);
        let mut samples = vec![0.0; BLOCK + taps];
        let (mut stretches, mut segments) = (Vec::new(), Vec::new());
        for part in self.parts {
            let Framing { window, hop } = framing;
            let mut sums = Aligned::zeros(groups * part.frames.len() * lanes);
            let outputs = part.frames.start * hop..(part.frames.end - 1) * hop + window;
            stretches.clear();
            audible(part.signal, taps, outputs, |stretch| stretches.push(stretch));
            for stretch in stretches.iter().rev() {
                states.fill(0.0);
                let mut end = seen_until(part.signal, taps, stretch);
                let last = end;
                while end > stretch.start {
                    let start = end.saturating_sub(BLOCK).max(stretch.start);
                    fill(&mut samples[..end - start + taps], &part.signal[start..last]);
                    segments.clear();
                    segments.extend(Segments::new(framing, start..end.min(stretch.end), part.frames.clone()));
                    if end > stretch.end {
                        segments.push(Segment { outputs: start.max(stretch.end)..end, frames: 0..0 });
                    }
                    let states = states.chunks_exact_mut(N * 2 * lanes);
                    let sums = sums.chunks_exact_mut(part.frames.len() * lanes);
                    for (group, (state, sums)) in states.zip(sums).enumerate() {
                        let bank = Group::<S, N>::new(simd, self.recursion, group);
                        let state: &mut [Point<S>] = points_mut::<S>(state);
                        let Some(state) = state.first_chunk_mut::<N>() else { continue };
                        let sums = S::as_mut_simd_f64s(sums).0;
                        let block = Block { start, samples: &samples, taps, first_frame: part.frames.start };
                        if self.recursion.tails[group] {
                            bank.run::<true>(simd, &block, &segments, state, sums);
                        } else {
                            bank.run::<false>(simd, &block, &segments, state, sums);
                        }
                    }
                    end = start;
                }
            }
            write::<S>(filters, &sums, part.image, part.energies);
        }
    }
}

/// One past the last sample that is not zero and that an output of a stretch sees.
fn seen_until(signal: &[f32], taps: usize, stretch: &Range<usize>) -> usize {
    let end = (stretch.end + taps - 1).min(signal.len());
    let seen = signal[stretch.start..end].iter().rposition(|&sample| sample != 0.0);
    seen.map_or(end, |last| stretch.start + last + 1).max(stretch.end)
}

/// Copies the samples to `places`, and zeros after them.
#[inline(always)]
fn fill(places: &mut [f64], samples: &[f32]) {
    let (now, later) = places.split_at_mut(samples.len().min(places.len()));
    now.iter_mut().zip(samples).for_each(|(place, &sample)| *place = f64::from(sample));
    later.fill(0.0);
}

/// Some samples, and those that leave the kernels at the same time.
struct Block<'a> {
    start: usize,
    samples: &'a [f64],
    taps: usize,
    first_frame: usize,
}

/// As many filters as a register has lanes.
struct Group<S: Simd, const N: usize> {
    pole: Point<S>,
    taken: [Point<S>; N],
    weights: [S::f64s; N],
    scale: S::f64s,
}

impl<S: Simd, const N: usize> Group<S, N> {
    #[inline(always)]
    fn new(simd: S, recursion: &Recursion, group: usize) -> Self {
        let poles = &points::<S>(&recursion.poles)[group * (1 + N)..(group + 1) * (1 + N)];
        Self {
            pole: poles[0],
            taken: std::array::from_fn(|stage| poles[1 + stage]),
            weights: std::array::from_fn(|stage| simd.splat_f64s(recursion.weights[stage])),
            scale: S::as_simd_f64s(&recursion.scales).0[group],
        }
    }

    /// Processes the segments, the last one first, and adds the squares of the outputs to their frames.
    #[inline(always)]
    fn run<const TAIL: bool>(
        &self,
        simd: S,
        block: &Block,
        segments: &[Segment],
        kept: &mut [Point<S>; N],
        sums: &mut [S::f64s],
    ) {
        let mut state = *kept;
        for segment in segments.iter().rev() {
            let range = segment.outputs.start - block.start..segment.outputs.end - block.start;
            let new = &block.samples[range.clone()];
            let old = &block.samples[range.start + block.taps..range.end + block.taps];
            let mut sum = simd.splat_f64s(0.0);
            for (&new, &old) in new.iter().zip(old).rev() {
                self.step::<TAIL>(simd, &mut state, simd.splat_f64s(new), simd.splat_f64s(old));
                let output = self.output(simd, &state);
                sum = simd.mul_add_e_f64s(output, output, sum);
            }
            for frame in segment.frames.clone() {
                let energy = &mut sums[frame - block.first_frame];
                *energy = simd.mul_add_e_f64s(sum, self.scale, *energy);
            }
        }
        *kept = state;
    }

    #[inline(always)]
    fn step<const TAIL: bool>(&self, simd: S, state: &mut [Point<S>; N], new: S::f64s, old: S::f64s) {
        let mut before = [simd.splat_f64s(0.0); 2];
        for stage in 0..N {
            let now = state[stage];
            // What comes in beside what the pole keeps.
            let mut input = [simd.splat_f64s(0.0); 2];
            let mut kept = now;
            if stage == 0 {
                input[0] = new;
            } else if stage % 2 == 1 {
                kept = [simd.add_f64s(now[0], before[0]), simd.add_f64s(now[1], before[1])];
            } else {
                input = state[stage - 1];
            }
            if TAIL {
                input = match (stage, stage % 2) {
                    (0, _) => [simd.mul_add_e_f64s(self.taken[0][0], old, new), simd.mul_f64s(self.taken[0][1], old)],
                    (_, 1) => self.taken[stage].map(|taken| simd.mul_f64s(taken, old)),
                    _ => [0, 1].map(|part| simd.mul_add_e_f64s(self.taken[stage][part], old, input[part])),
                };
            }
            let [re, im] = self.pole;
            if TAIL || stage % 2 == 0 {
                let real = simd.negate_mul_add_e_f64s(im, kept[1], input[0]);
                let imaginary = simd.mul_add_e_f64s(im, kept[0], input[1]);
                state[stage][0] = simd.mul_add_e_f64s(re, kept[0], real);
                state[stage][1] = simd.mul_add_e_f64s(re, kept[1], imaginary);
            } else {
                state[stage] = crate::math::fft::product(simd, self.pole, kept);
            }
            before = now;
        }
    }

    #[inline(always)]
    fn output(&self, simd: S, state: &[Point<S>; N]) -> S::f64s {
        let mut output = state[N - 1][0];
        for (stage, (weight, point)) in self.weights.iter().zip(state).enumerate().take(N - 1).skip(1) {
            // The weights of the other stages are 0.
            if N % 2 == 1 || stage % 2 == 1 {
                output = simd.mul_add_e_f64s(*weight, point[0], output);
            }
        }
        output
    }
}

#[cfg(test)]
mod tests;
