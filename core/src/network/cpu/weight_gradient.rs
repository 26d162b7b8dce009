//! The gradient of a convolution with respect to its weights.

use pulp::{Arch, Simd, WithSimd};

use super::Image;
use super::convolution::runs;
use super::tile::{self, Run};
use crate::model::Geometry;

/// Values of input and gradient that a tile processes at once: few enough to stay in the innermost caches while all
/// tiles use them.
const CHUNK: usize = 16 * 1024;

/// Gradient with respect to the weights of a convolution: `Σ input[pixel's origin + tap] · gradient[pixel]` over pixels
/// and images.
///
/// A tile of neighbouring inputs × output channels keeps its sums in registers while it processes the pixels.
#[derive(Clone, Debug)]
pub struct WeightGradient {
    window: Geometry,
    channels: [usize; 2],
    runs: Vec<Run>,
    /// Output channels of a tile.
    width: usize,
    /// `[tiles, kernel rows × kernel columns × in, width]`.
    sums: Vec<f32>,
}

impl WeightGradient {
    /// A gradient of zeros; `channels` = `[in, out]` are those of the convolution.
    pub fn new(window: Geometry, channels: [usize; 2]) -> Self {
        let width = tile::width(channels[1]);
        let sums = vec![0.0; channels[1].div_ceil(width) * window.taps() * channels[0] * width];
        Self { window, channels, runs: runs(window), width, sums }
    }

    /// Adds one image: the input of the convolution and the gradient with respect to its output.
    ///
    /// # Panics
    /// If the sizes do not fit, or the border of `input` is narrower than the padding.
    pub fn add(&mut self, input: &Image, gradient: &Image) {
        let padding = self.window.padding;
        assert_eq!([input.channels(), gradient.channels()], self.channels, "channels");
        assert_eq!(gradient.size(), self.window.output(input.size()), "size of the gradient");
        assert!(padding[0] <= input.border()[0] && padding[1] <= input.border()[1], "border of the input");
        if gradient.size().contains(&0) || self.channels.contains(&0) {
            return;
        }
        Arch::new().dispatch(Add { sums: self, input, gradient });
    }

    /// Adds the sums of another gradient of the same convolution.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!([self.window, other.window].map(|w| w.kernel), [self.window.kernel; 2], "kernel");
        assert_eq!(self.channels, other.channels, "channels");
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, &other)| *sum += other);
    }

    /// The gradient with respect to weight `[kernel row, kernel column, in, out]`: `tap_and_input` is its index among
    /// `[taps, in]`.
    pub fn get(&self, tap_and_input: usize, output: usize) -> f32 {
        let depth = self.window.taps() * self.channels[0];
        self.sums[(output / self.width * depth + tap_and_input) * self.width + output % self.width]
    }
}

struct Add<'a> {
    sums: &'a mut WeightGradient,
    input: &'a Image,
    gradient: &'a Image,
}

impl WithSimd for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match tile::shape::<S>(self.sums.channels[1]) {
            [6, 4] => self.tiles::<S, 6, 4>(simd),
            [8, 2] => self.tiles::<S, 8, 2>(simd),
            [8, 1] => self.tiles::<S, 8, 1>(simd),
            [6, 2] => self.tiles::<S, 6, 2>(simd),
            _ => self.tiles::<S, 2, 4>(simd),
        }
    }
}

impl Add<'_> {
    #[inline(always)]
    fn tiles<S: Simd, const I: usize, const V: usize>(self, simd: S) {
        let Self { sums: WeightGradient { window, channels, runs, width, sums }, input, gradient } = self;
        assert_eq!(*width, V * S::F32_LANES);
        let depth = window.taps() * channels[0];
        let [rows, _] = gradient.size();
        let row_values = gradient.row_stride() + window.stride[0] * input.row_stride();
        let chunk = (CHUNK / row_values.max(1)).max(1);
        let origin = input.start(0) - window.padding[0] * input.row_stride() - window.padding[1] * channels[0];
        let (sums, _) = S::as_mut_simd_f32s(sums);
        let (sums, _) = sums.as_chunks_mut::<V>();
        for first in (0..rows).step_by(chunk) {
            for (tile, sums) in sums.chunks_exact_mut(depth).enumerate() {
                let mut rest = sums;
                for run in &*runs {
                    let (sums, after) = rest.split_at_mut(run.pixels * channels[0]);
                    rest = after;
                    let mut pass = Pass {
                        input: input.values(),
                        start: origin + run.row * input.row_stride() + run.column * channels[0],
                        steps: [window.stride[0] * input.row_stride(), window.stride[1] * channels[0]],
                        gradient,
                        rows: [first, (first + chunk).min(rows)],
                        outputs: [tile * *width, (channels[1] - tile * *width).min(*width)],
                    };
                    let (whole, single) = sums.as_chunks_mut::<I>();
                    for tile in whole {
                        pass.run(simd, tile);
                        pass.start += I;
                    }
                    for tile in single.as_chunks_mut::<1>().0 {
                        pass.run(simd, tile);
                        pass.start += 1;
                    }
                }
            }
        }
    }
}

/// The way of one tile through some rows of pixels.
struct Pass<'a> {
    input: &'a [f32],
    /// Index of the tile's first input for pixel 0.
    start: usize,
    /// Distance between the inputs of neighbouring rows and of neighbouring columns of pixels.
    steps: [usize; 2],
    gradient: &'a Image,
    rows: [usize; 2],
    /// First output channel, and how many.
    outputs: [usize; 2],
}

impl Pass<'_> {
    #[inline(always)]
    fn run<S: Simd, const I: usize, const V: usize>(&self, simd: S, tile: &mut [[S::f32s; V]; I]) {
        let mut sums = *tile;
        let channels = self.gradient.channels();
        let [first, outputs] = self.outputs;
        for row in self.rows[0]..self.rows[1] {
            let input = &self.input[self.start + row * self.steps[0]..];
            let pixels = self.gradient.row(row).chunks_exact(channels);
            for (column, gradient) in pixels.enumerate() {
                let Some(input) = input.get(column * self.steps[1]..).and_then(|input| input.first_chunk::<I>()) else {
                    return;
                };
                let gradient = &gradient[first..first + outputs];
                let gradient: [S::f32s; V] = if outputs == V * S::F32_LANES {
                    let (gradient, _) = S::as_simd_f32s(gradient);
                    std::array::from_fn(|v| gradient[v])
                } else {
                    let mut lanes = gradient.chunks(S::F32_LANES);
                    std::array::from_fn(|_| simd.partial_load_f32s(lanes.next().unwrap_or_default()))
                };
                for i in 0..I {
                    let input = simd.splat_f32s(input[i]);
                    for v in 0..V {
                        sums[i][v] = simd.mul_add_e_f32s(input, gradient[v], sums[i][v]);
                    }
                }
            }
        }
        *tile = sums;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::network::cpu::testing::{image, window};
    use crate::network::cpu::{Activation, Convolution};

    proptest! {
        /// The convolution is linear in its weights: the gradient of ⟨conv(x), g⟩ is its value for unit weights.
        #[test]
        fn is_the_value_for_unit_weights(
            window in window(),
            size in [1usize..9, 1usize..8],
            channels in prop_oneof![[1usize..4, 1usize..7], [1usize..8, 1usize..70]],
            images in 1usize..3,
            seed: u64,
        ) {
            let inputs: Vec<Image> = (0..images).map(|i| image(size, channels[0], window.padding, seed ^ i as u64)).collect();
            let gradient = |i: usize| image(window.output(size), channels[1], [i, 1], !seed ^ i as u64);
            let mut sums = vec![WeightGradient::new(window, channels); 2];
            inputs.iter().enumerate().for_each(|(i, input)| sums[i % 2].add(input, &gradient(i)));
            let [mut total, other] = <[WeightGradient; 2]>::try_from(sums).unwrap();
            total.merge(&other);
            let count = window.taps() * channels[0];
            let terms = (images * window.output(size).iter().product::<usize>()) as f64;
            let tolerance = (terms + 1.0).powi(2) * f64::from(f32::EPSILON) / 2.0;
            let mut output = Image::zeros(window.output(size), channels[1], [0, 0]);
            let step = (count * channels[1]).div_ceil(60);
            for weight in (0..count * channels[1]).step_by(step) {
                let mut weights = vec![0.0; count * channels[1]];
                weights[weight] = 1.0;
                let convolution = Convolution::new(window, channels, &weights, &vec![0.0; channels[1]]);
                let mut expected = 0.0;
                for (i, input) in inputs.iter().enumerate() {
                    convolution.forward(input, Activation::None, &mut output);
                    let products = output.to_vec().into_iter().zip(gradient(i).to_vec());
                    expected += products.map(|(a, b)| f64::from(a) * f64::from(b)).sum::<f64>();
                }
                let value = f64::from(total.get(weight / channels[1], weight % channels[1]));
                prop_assert!((value - expected).abs() <= tolerance, "{} {}", value, expected);
            }
        }
    }
}
