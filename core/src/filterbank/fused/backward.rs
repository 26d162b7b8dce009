//! Gradients of a loss with respect to kernels and signals: [`Plan::backward`].

use std::iter;
use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::blocks::{Blocks, Spectra, Stretch, blocks};
use super::forward::filter;
use super::frames::Segments;
use super::parts::ENERGY_FLOOR;
use super::{Plan, Transforms};
use crate::math::Aligned;
use crate::math::fft::{Point, conjugate_product, points, points_mut, product, splat};
use crate::{Error, Result, threads};

/// Some outputs of the filters on one signal.
struct Part<'a> {
    signal: &'a [f32],
    energies: &'a [f64],
    image_gradient: &'a [f32],
    outputs: Range<usize>,
    signal_gradient: Option<&'a mut [f32]>,
}

impl Plan {
    /// Gradient with respect to the kernels, `[filters, taps]`; where `signal_gradient` is given, that with respect to
    /// the signals is written there.
    ///
    /// Shapes: `signals` and `signal_gradient` `[batch, samples]`; `energies`, as
    /// [`forward_with_energies`](Self::forward_with_energies) gives them, and `image_gradient` `[batch, frames,
    /// filters]`.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) if one of them has another size.
    pub fn backward(
        &self,
        signals: &[f32],
        samples: usize,
        energies: &[f64],
        image_gradient: &[f32],
        signal_gradient: Option<&mut [f32]>,
    ) -> Result<Vec<f64>> {
        let size = self.image_size(signals, samples)?;
        if energies.len() != size || image_gradient.len() != size {
            let (energies, gradient) = (energies.len(), image_gradient.len());
            return Err(Error::invalid(format!("{energies} energies and {gradient} gradients for an image of {size}")));
        }
        if signal_gradient.as_ref().is_some_and(|gradient| gradient.len() != signals.len()) {
            return Err(Error::invalid(format!("a gradient of another size than {} samples", signals.len())));
        }
        if size == 0 {
            if let Some(gradient) = signal_gradient {
                gradient.fill(0.0);
            }
            return Ok(vec![0.0; self.shape.filters * self.shape.taps]);
        }
        let plan = self.transforms();
        let each = self.frames(samples) * plan.filters;
        let batch = signals.len() / samples;
        let mut signal_gradients = signal_gradient.map(|gradient| gradient.chunks_exact_mut(samples));
        // The parts of a signal overlap in its gradient. So where that is asked for, each signal is one part.
        let parts: Vec<Range<usize>> = match signal_gradients {
            Some(_) => iter::once(0..self.frames(samples)).collect(),
            None => self.parts(batch, samples, plan.least()).collect(),
        };
        let mut work = Vec::new();
        let images = energies.chunks_exact(each).zip(image_gradient.chunks_exact(each));
        for (signal, (energies, image_gradient)) in signals.chunks_exact(samples).zip(images) {
            let mut signal_gradient = signal_gradients.as_mut().and_then(Iterator::next);
            for frames in &parts {
                let signal_gradient = signal_gradient.take();
                let outputs = self.outputs_of(frames, samples);
                work.push(Part { signal, energies, image_gradient, outputs, signal_gradient });
            }
        }
        let sums = threads::parts(work, |parts| self.arch.dispatch(Backward { plan, parts }));
        let sum = sums.into_iter().reduce(|mut sum, other| {
            sum.iter_mut().zip(other.iter()).for_each(|(sum, other)| *sum += other);
            sum
        });
        Ok(match sum {
            Some(spectra) => self.arch.dispatch(Kernels { plan, spectra }),
            None => vec![0.0; plan.filters * plan.taps],
        })
    }

    /// The outputs from the start of some frames to the start of the frame after them, so that parts do not overlap.
    fn outputs_of(&self, frames: &Range<usize>, samples: usize) -> Range<usize> {
        let end = if frames.end == self.frames(samples) {
            (frames.end - 1) * self.shape.framing.hop + self.shape.framing.window
        } else {
            frames.end * self.shape.framing.hop
        };
        frames.start * self.shape.framing.hop..end
    }
}

struct Backward<'a> {
    plan: &'a Transforms,
    parts: Vec<Part<'a>>,
}

impl WithSimd for Backward<'_> {
    /// Spectra of the kernels' gradients, `[groups, length, 2, lanes]`.
    type Output = Aligned;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Aligned {
        let plan = self.plan;
        let groups = plan.filters.div_ceil(plan.lanes);
        let mut spectra = Spectra::new(plan);
        let mut work = Aligned::zeros(plan.group());
        let mut kernels = Aligned::zeros(groups * plan.group());
        let mut weights = Aligned::zeros(0);
        for mut part in self.parts {
            let frames = part.energies.len() / plan.filters;
            let length = groups * frames * plan.lanes;
            if weights.len() != length {
                weights = Aligned::zeros(length);
            }
            weigh::<S>(plan.filters, part.energies, part.image_gradient, &mut weights);
            let mut signal_gradient =
                part.signal_gradient.as_ref().map(|_| SignalGradient::new(plan, part.signal.len()));
            let mut blocks = blocks(plan, part.outputs);
            while spectra.fill(simd, plan, part.signal, &mut blocks) {
                let kernels = kernels.chunks_exact_mut(plan.group());
                let weights = weights.chunks_exact(frames * plan.lanes);
                for ((group, kernels), weights) in plan.spectra.chunks_exact(plan.group()).zip(kernels).zip(weights) {
                    let weights = S::as_simd_f64s(weights).0;
                    let kernels = &mut points_mut::<S>(kernels)[..plan.fft.length()];
                    for (number, (stretches, spectrum)) in spectra.iter().enumerate() {
                        filter(simd, plan, group, spectrum, &mut work);
                        weigh_outputs(simd, plan, stretches, weights, points_mut::<S>(&mut work));
                        let spectrum = &spectrum[..plan.fft.length()];
                        let points = points_mut::<S>(&mut work);
                        match &mut signal_gradient {
                            None => plan.fft.forward(
                                simd,
                                points,
                                #[inline(always)]
                                |place, value| {
                                    add_product(simd, &mut kernels[place], value, spectrum[place]);
                                },
                            ),
                            Some(gradient) => plan.fft.forward(
                                simd,
                                points,
                                #[inline(always)]
                                |place, value| {
                                    add_product(simd, &mut kernels[place], value, spectrum[place]);
                                    gradient.add(simd, group, number, place, value);
                                },
                            ),
                        }
                    }
                }
                if let Some(gradient) = &mut signal_gradient {
                    gradient.finish(simd, plan, spectra.blocks());
                }
            }
            if let (Some(out), Some(gradient)) = (part.signal_gradient.take(), signal_gradient) {
                out.iter_mut().zip(gradient.samples).for_each(|(out, value)| *out = value as f32);
            }
        }
        kernels
    }
}

/// Factor of an output in a frame: d ln(p + 10⁻¹⁶) / dy = 2 y / (p + 10⁻¹⁶), times the gradient of the frame.
#[inline(always)]
fn weight(energy: f64, gradient: f32) -> f64 {
    2.0 * f64::from(gradient) / (energy + ENERGY_FLOOR)
}

/// The [`weight`] of every frame, into `[groups, frames, lanes]`.
#[inline(always)]
fn weigh<S: Simd>(filters: usize, energies: &[f64], image_gradient: &[f32], weights: &mut [f64]) {
    let lanes = S::F64_LANES;
    let frames = energies.len() / filters;
    for (group, weights) in weights.chunks_exact_mut(frames * lanes).enumerate() {
        let rows = energies.chunks_exact(filters).zip(image_gradient.chunks_exact(filters));
        for (weights, (energies, gradient)) in weights.chunks_exact_mut(lanes).zip(rows) {
            let (energies, gradient) = (&energies[group * lanes..], &gradient[group * lanes..]);
            // Two equal branches: a loop of known length becomes one division of a register.
            if energies.len() >= lanes {
                for lane in 0..lanes {
                    weights[lane] = weight(energies[lane], gradient[lane]);
                }
            } else {
                for (place, (energy, gradient)) in weights.iter_mut().zip(energies.iter().zip(gradient)) {
                    *place = weight(*energy, *gradient);
                }
            }
        }
    }
}

/// Turns outputs of the filters into the gradients with respect to them, in place; zero outside the stretches.
#[inline(always)]
fn weigh_outputs<S: Simd>(
    simd: S,
    plan: &Transforms,
    stretches: &[Stretch],
    weights: &[S::f64s],
    points: &mut [Point<S>],
) {
    let zero = simd.splat_f64s(0.0);
    let points = &mut points[..plan.fft.length()];
    let mut done = [0; 2];
    for Stretch { part, start, outputs } in stretches {
        for point in &mut points[done[*part]..outputs.start - start] {
            point[*part] = zero;
        }
        for segment in Segments::new(plan.framing, outputs.clone(), 0..weights.len()) {
            let mut factor = zero;
            for weight in weights.get(segment.frames).unwrap_or_default() {
                factor = simd.add_f64s(factor, *weight);
            }
            for point in &mut points[segment.outputs.start - start..segment.outputs.end - start] {
                point[*part] = simd.mul_f64s(point[*part], factor);
            }
        }
        done[*part] = outputs.end - start;
    }
    for (part, done) in done.into_iter().enumerate() {
        for point in &mut points[done..] {
            point[part] = zero;
        }
    }
}

/// Adds conj(outputs)·input to the spectrum of the kernels' gradient.
#[inline(always)]
fn add_product<S: Simd>(simd: S, sum: &mut Point<S>, outputs: Point<S>, input: [f64; 2]) {
    let [re, im] = conjugate_product(simd, outputs, splat(simd, input));
    *sum = [simd.add_f64s(sum[0], re), simd.add_f64s(sum[1], im)];
}

/// The gradient with respect to one signal, while it is summed over filters and blocks.
struct SignalGradient {
    length: usize,
    /// Spectra of the pairs being worked on, `[pairs, length]`.
    spectra: Vec<[f64; 2]>,
    work: Aligned,
    samples: Vec<f64>,
}

impl SignalGradient {
    fn new(plan: &Transforms, samples: usize) -> Self {
        Self {
            length: plan.fft.length(),
            spectra: vec![[0.0; 2]; plan.lanes * plan.fft.length()],
            work: Aligned::zeros(plan.group()),
            samples: vec![0.0; samples],
        }
    }

    /// Adds the gradients with respect to the outputs of one group of filters, at one frequency.
    #[inline(always)]
    fn add<S: Simd>(&mut self, simd: S, group: &[f64], pair: usize, place: usize, outputs: Point<S>) {
        let [re, im] = product(simd, outputs, points::<S>(group)[place]);
        let [sum_re, sum_im] = &mut self.spectra[pair * self.length + place];
        *sum_re += simd.reduce_sum_f64s(re);
        *sum_im += simd.reduce_sum_f64s(im);
    }

    /// Adds the result for the current pairs to the samples, and makes room for the next ones.
    #[inline(always)]
    fn finish<'a, S: Simd>(&mut self, simd: S, plan: &Transforms, pairs: impl Iterator<Item = &'a Blocks>) {
        let lanes = S::F64_LANES;
        let mut source = Aligned::zeros(self.work.len());
        for (lane, spectrum) in self.spectra.chunks_exact(self.length).enumerate() {
            for (point, [re, im]) in source.chunks_exact_mut(2 * lanes).zip(spectrum) {
                (point[lane], point[lanes + lane]) = (*re, *im);
            }
        }
        let source = points::<S>(&source);
        plan.fft.inverse(
            simd,
            points_mut::<S>(&mut self.work),
            #[inline(always)]
            |place| source[place],
        );
        for (lane, pair) in pairs.enumerate() {
            for (part, block) in pair.iter().enumerate().filter(|(_, block)| !block.is_empty()) {
                let values = self.work[part * lanes + lane..].iter().step_by(2 * lanes);
                for (sample, value) in self.samples[block.start..].iter_mut().zip(values) {
                    *sample += value;
                }
            }
        }
        self.spectra.fill([0.0; 2]);
    }
}

/// From spectra of the gradients of the kernels to these gradients, `[filters, taps]`.
struct Kernels<'a> {
    plan: &'a Transforms,
    spectra: Aligned,
}

impl WithSimd for Kernels<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f64> {
        let (plan, lanes) = (self.plan, S::F64_LANES);
        let scale = 1.0 / plan.fft.length() as f64;
        let mut kernels = vec![0.0; plan.filters * plan.taps];
        let mut work = Aligned::zeros(plan.group());
        let groups = kernels.chunks_mut(lanes * plan.taps);
        for (kernels, spectra) in groups.zip(self.spectra.chunks_exact(plan.group())) {
            let spectra = points::<S>(spectra);
            plan.fft.inverse(
                simd,
                points_mut::<S>(&mut work),
                #[inline(always)]
                |place| spectra[place],
            );
            for (lane, kernel) in kernels.chunks_exact_mut(plan.taps).enumerate() {
                for (tap, point) in kernel.iter_mut().zip(work.chunks_exact(2 * lanes)) {
                    *tap = point[lane] * scale;
                }
            }
        }
        kernels
    }
}
