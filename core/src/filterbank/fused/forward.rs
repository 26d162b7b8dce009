//! From signals to log-energy images: [`Plan::forward`].

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::blocks::{Spectra, Stretch, blocks};
use super::frames::Segments;
use super::parts::{Part, write};
use super::recursion::Recursion;
use super::{Plan, RECURSIONS, Transforms};
use crate::filterbank::config::Framing;
use crate::math::Aligned;
use crate::math::fft::{Point, conjugate_product, points, points_mut, splat};
use crate::{Error, Result, threads};

/// Runs of frames that a few signals are divided into. A page has one thread, and two runs for the caches.
const RUNS: usize = if cfg!(target_arch = "wasm32") { 2 } else { threads::PARTS };

impl Plan {
    /// Log-energy images `[batch, frames, filters]` of signals `[batch, samples]`, written to `image`.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) if `signals` is not a whole number of signals, or `image` does not
    /// have the size of their images.
    pub fn forward(&self, signals: &[f32], samples: usize, image: &mut [f32]) -> Result<()> {
        self.run_forward(signals, samples, image, None, self.recursion(samples))
    }

    /// [`forward`](Self::forward) that also writes the energies, of the shape of the image, which
    /// [`backward`](Self::backward) needs.
    ///
    /// # Errors
    /// Those of [`forward`](Self::forward), or `energies` of another size than `image`.
    pub fn forward_with_energies(
        &self,
        signals: &[f32],
        samples: usize,
        image: &mut [f32],
        energies: &mut [f64],
    ) -> Result<()> {
        self.run_forward(signals, samples, image, Some(energies), self.recursion(samples))
    }

    pub(super) fn run_forward(
        &self,
        signals: &[f32],
        samples: usize,
        image: &mut [f32],
        energies: Option<&mut [f64]>,
        recursion: Option<&Recursion>,
    ) -> Result<()> {
        let size = self.image_size(signals, samples)?;
        if image.len() != size || energies.as_ref().is_some_and(|energies| energies.len() != size) {
            return Err(Error::invalid(format!("room for {} values of an image of {size}", image.len())));
        }
        if size == 0 {
            return Ok(());
        }
        let batch = signals.len() / samples;
        // A recursion would carry a NaN or an infinity through the rest of the signal.
        let recursion = recursion.filter(|_| RECURSIONS && signals.iter().all(|sample| sample.is_finite()));
        let least = recursion.map_or_else(|| self.transforms().least(), |_| 8 * self.shape.taps);
        let each = self.frames(samples) * self.shape.filters;
        let mut energies = energies.map(|energies| energies.chunks_exact_mut(each));
        let mut parts = Vec::new();
        for (signal, mut image) in signals.chunks_exact(samples).zip(image.chunks_exact_mut(each)) {
            let mut energies = energies.as_mut().and_then(Iterator::next);
            for frames in self.parts(batch, samples, least) {
                let numbers = frames.len() * self.shape.filters;
                let (part, rest) = image.split_at_mut(numbers);
                image = rest;
                let both = energies.take().map(|energies| energies.split_at_mut(numbers));
                let own = both.map(|(part, rest)| {
                    energies = Some(rest);
                    part
                });
                parts.push(Part { signal, frames, image: part, energies: own });
            }
        }
        match recursion {
            Some(recursion) => threads::parts(parts, |parts| recursion.forward(self, parts)),
            None => {
                let plan = self.transforms();
                threads::parts(parts, |parts| self.arch.dispatch(Forward { plan, parts }))
            }
        };
        Ok(())
    }

    /// Number of values in the images of these signals.
    pub(super) fn image_size(&self, signals: &[f32], samples: usize) -> Result<usize> {
        match signals.len().checked_div(samples) {
            _ if signals.is_empty() => Ok(0),
            Some(batch) if batch * samples == signals.len() => Ok(batch * self.frames(samples) * self.shape.filters),
            _ => Err(Error::invalid(format!("{} samples for signals of {samples}", signals.len()))),
        }
    }

    /// The frames of a signal in as many runs as it takes to keep threads busy with `batch` signals; each run has at
    /// least `least` samples if the signal has so many. Where a run begins moves the last digits of a level, so it does
    /// not depend on how many threads there are.
    pub(super) fn parts(
        &self,
        batch: usize,
        samples: usize,
        least: usize,
    ) -> impl Iterator<Item = Range<usize>> + use<> {
        let frames = self.frames(samples);
        // Every part filters the overlap with the first frame of the next one a second time.
        let least = least.max(4 * self.shape.framing.window);
        let most = frames.saturating_mul(self.shape.framing.hop) / least;
        let parts = RUNS.div_ceil(batch).min(most).clamp(1, frames.max(1));
        (0..parts).map(move |part| frames * part / parts..frames * (part + 1) / parts)
    }
}

impl Transforms {
    /// Least samples of a part for which a thread pays off: a smaller one leaves lanes of the transform empty, and is
    /// done before another thread has woken up.
    pub(super) fn least(&self) -> usize {
        2 * self.lanes * self.step()
    }
}

struct Forward<'a> {
    plan: &'a Transforms,
    parts: Vec<Part<'a>>,
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let plan = self.plan;
        let mut spectra = Spectra::new(plan);
        let mut work = Aligned::zeros(plan.group());
        let groups = plan.filters.div_ceil(plan.lanes);
        let most = self.parts.iter().map(|part| part.frames.len()).max().unwrap_or(0);
        let mut sums = Aligned::zeros(groups * most * plan.lanes);
        for part in self.parts {
            let Framing { window, hop } = plan.framing;
            let outputs = part.frames.start * hop..(part.frames.end - 1) * hop + window;
            let sums = &mut sums[..groups * part.frames.len() * plan.lanes];
            sums.fill(0.0);
            let mut blocks = blocks(plan, outputs);
            while spectra.fill(simd, plan, part.signal, &mut blocks) {
                let rows = sums.chunks_exact_mut(part.frames.len() * plan.lanes);
                for (group, sums) in plan.spectra.chunks_exact(plan.group()).zip(rows) {
                    let sums = S::as_mut_simd_f64s(sums).0;
                    for (stretches, spectrum) in spectra.iter() {
                        filter(simd, plan, group, spectrum, &mut work);
                        add_energies(simd, plan.framing, stretches, points::<S>(&work), part.frames.clone(), sums);
                    }
                }
            }
            write::<S>(plan.filters, sums, part.image, part.energies);
        }
    }
}

/// The outputs of one group of filters on a pair of blocks, as real and imaginary part, written to `work`.
#[inline(always)]
pub(super) fn filter<S: Simd>(simd: S, plan: &Transforms, group: &[f64], spectrum: &[[f64; 2]], work: &mut [f64]) {
    let group = &points::<S>(group)[..plan.fft.length()];
    let spectrum = &spectrum[..plan.fft.length()];
    plan.fft.inverse(
        simd,
        points_mut::<S>(work),
        #[inline(always)]
        |place| conjugate_product(simd, group[place], splat(simd, spectrum[place])),
    );
}

/// Adds the squares of the outputs to the sums `[frames]` of the frames they lie in.
#[inline(always)]
fn add_energies<S: Simd>(
    simd: S,
    framing: Framing,
    stretches: &[Stretch],
    outputs: &[Point<S>],
    frames: Range<usize>,
    sums: &mut [S::f64s],
) {
    for Stretch { part, start, outputs: stretch } in stretches {
        for segment in Segments::new(framing, stretch.clone(), frames.clone()) {
            let mut sum = simd.splat_f64s(0.0);
            for output in &outputs[segment.outputs.start - start..segment.outputs.end - start] {
                sum = simd.mul_add_e_f64s(output[*part], output[*part], sum);
            }
            for frame in segment.frames {
                let energy = &mut sums[frame - frames.start];
                *energy = simd.add_f64s(*energy, sum);
            }
        }
    }
}
