//! Pooling of 2 × 2 pixels at the end of a block, forward and backward, for one image.
//!
//! The number of channels is a multiple of 16, and so of the lanes of any vector.

use pulp::{Arch, Simd, WithSimd};

use super::norm::{Norm, Sums};
use super::passes::{Affine, fold};
use super::stack::Layer;
use crate::network::cpu::Image;

/// The output of a block, `[rows, columns, channels]`: the main path, pooled where the block pools, through a ReLU, and
/// the pooled input added to its first channels.
pub(super) struct Residual<'a> {
    /// Output of the block's second convolution.
    pub z: &'a [f32],
    pub layer: &'a Layer,
    pub affine: &'a Affine,
    pub pools: bool,
    /// Input of the block.
    pub input: &'a Image,
    pub output: &'a mut [f32],
}

/// The gradient of a block's pooled main path before pooling, ReLU and mask: that of the block's output goes to the
/// pixel with the largest value, if this is positive, times the mask. Returns its sums.
pub(super) struct PoolGradient<'a> {
    /// Of the block's output `[rows / 2, columns / 2, channels]`.
    pub gradient: &'a [f32],
    /// Output of the block's second convolution.
    pub z: &'a [f32],
    pub layer: &'a Layer,
    pub affine: &'a Affine,
    pub mask: Option<&'a [f32]>,
    pub norm: &'a Norm,
    pub output: &'a mut [f32],
}

/// Adds the gradient through the pooled shortcut: the first channels of that of the block's output go to the pixel with
/// the largest value of the input.
pub(super) struct ShortcutGradient<'a> {
    /// Of the block's output `[rows / 2, columns / 2, channels]`.
    pub gradient: &'a [f32],
    /// Channels of the block's output.
    pub channels: usize,
    /// Input of the block.
    pub input: &'a Image,
    pub output: &'a mut [f32],
}

impl Residual<'_> {
    pub fn run(self) {
        Arch::new().dispatch(self);
    }
}

impl PoolGradient<'_> {
    pub fn run(self) -> Sums {
        Arch::new().dispatch(self)
    }
}

impl ShortcutGradient<'_> {
    pub fn run(self) {
        Arch::new().dispatch(self);
    }
}

/// Vectors of the two rows that a row of windows is pooled from.
struct Rows<'a, V> {
    rows: [&'a [V]; 2],
    /// Vectors of a pixel.
    step: usize,
}

impl<'a, V: Copy> Rows<'a, V> {
    #[inline(always)]
    fn new(values: &'a [V], columns: usize, step: usize) -> Self {
        let (above, below) = values.split_at(columns * step);
        Self { rows: [above, &below[..columns * step]], step }
    }

    /// The four pixels of a window, row by row.
    #[inline(always)]
    fn window(&self, column: usize, block: usize) -> [V; 4] {
        let left = 2 * column * self.step + block;
        let [above, below] = self.rows;
        [above[left], above[left + self.step], below[left], below[left + self.step]]
    }
}

#[inline(always)]
fn maximum<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> S::f32s {
    simd.max_f32s(simd.max_f32s(a, b), simd.max_f32s(c, d))
}

/// Gives `gradient` to the first of four values that is the largest; the others get zero.
#[inline(always)]
fn route<S: Simd>(simd: S, values: [S::f32s; 4], maximum: S::f32s, mut gradient: S::f32s) -> [S::f32s; 4] {
    let zero = simd.splat_f32s(0.0);
    values.map(|value| {
        let wins = simd.equal_f32s(value, maximum);
        let part = simd.select_f32s(wins, gradient, zero);
        gradient = simd.select_f32s(wins, zero, gradient);
        part
    })
}

impl WithSimd for Residual<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { z, layer, affine, pools, input, output } = self;
        let ([_, columns], channels) = (layer.output, layer.channels[1]);
        let [(factor, _), (offset, _), (z, _)] = [&affine.factor, &affine.offset, z].map(S::as_simd_f32s);
        let blocks = channels / S::F32_LANES;
        let shared = input.channels() / S::F32_LANES;
        let width = if pools { columns / 2 } else { columns };
        let zero = simd.splat_f32s(0.0);
        for (row, output) in output.chunks_exact_mut(width * channels).enumerate() {
            let (output, _) = S::as_mut_simd_f32s(output);
            let main = if pools { 2 * row } else { row } * columns * blocks;
            let short = [2 * row, 2 * row + 1].map(|row| S::as_simd_f32s(input.row(row)).0);
            let short = Rows { rows: short, step: shared };
            for (column, output) in output.chunks_exact_mut(blocks).enumerate() {
                for (block, output) in output.iter_mut().enumerate() {
                    let value = |z| simd.add_f32s(simd.mul_f32s(z, factor[block]), offset[block]);
                    let sum = if pools {
                        maximum(simd, Rows::new(&z[main..], columns, blocks).window(column, block).map(value))
                    } else {
                        value(z[main + column * blocks + block])
                    };
                    *output = simd.max_f32s(zero, sum);
                    if block < shared {
                        *output = simd.add_f32s(*output, maximum(simd, short.window(column, block)));
                    }
                }
            }
        }
    }
}

impl WithSimd for PoolGradient<'_> {
    type Output = Sums;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Sums {
        let Self { gradient, z, layer, affine, mask, norm, output } = self;
        let ([_, columns], channels) = (layer.output, layer.channels[1]);
        let ones = vec![1.0; channels];
        let [(factor, _), (offset, _), (mean, _), (mask, _), (z, _), (gradient, _)] =
            [&affine.factor, &affine.offset, &norm.mean, mask.unwrap_or(&ones), z, gradient].map(S::as_simd_f32s);
        output.fill(0.0);
        let (output, _) = S::as_mut_simd_f32s(output);
        let blocks = channels / S::F32_LANES;
        let width = columns / 2;
        let (mut totals, mut products) = (vec![0.0; width * channels], vec![0.0; width * channels]);
        let zero = simd.splat_f32s(0.0);
        {
            let [(totals, _), (products, _)] = [&mut totals, &mut products].map(|sums| S::as_mut_simd_f32s(sums));
            for (row, gradient) in gradient.chunks_exact(width * blocks).enumerate() {
                let start = 2 * row * columns * blocks;
                let rows = Rows::new(&z[start..], columns, blocks);
                let (above, below) = output[start..].split_at_mut(columns * blocks);
                for column in 0..width {
                    for block in 0..blocks {
                        let place = column * blocks + block;
                        let window = rows.window(column, block);
                        let value = |z| simd.add_f32s(simd.mul_f32s(z, factor[block]), offset[block]);
                        let values = window.map(value);
                        let maximum = maximum(simd, values);
                        let passes = simd.mul_f32s(gradient[place], mask[block]);
                        let passes = simd.select_f32s(simd.greater_than_f32s(maximum, zero), passes, zero);
                        let parts = route(simd, values, maximum, passes);
                        let left = 2 * column * blocks + block;
                        [above[left], above[left + blocks], below[left], below[left + blocks]] = parts;
                        totals[place] = simd.add_f32s(totals[place], passes);
                        for (part, z) in parts.into_iter().zip(window) {
                            let distance = simd.sub_f32s(z, mean[block]);
                            products[place] = simd.mul_add_e_f32s(part, distance, products[place]);
                        }
                    }
                }
            }
        }
        Sums { gradient: fold(&totals, channels), product: fold(&products, channels) }
    }
}

impl WithSimd for ShortcutGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { gradient, channels, input, output } = self;
        let ([_, columns], shared) = (input.size(), input.channels() / S::F32_LANES);
        let ((gradient, _), (output, _)) = (S::as_simd_f32s(gradient), S::as_mut_simd_f32s(output));
        let blocks = channels / S::F32_LANES;
        for (row, gradient) in gradient.chunks_exact(columns / 2 * blocks).enumerate() {
            let rows = [2 * row, 2 * row + 1].map(|row| S::as_simd_f32s(input.row(row)).0);
            let rows = Rows { rows, step: shared };
            let (above, below) = output[2 * row * columns * shared..].split_at_mut(columns * shared);
            for (column, gradient) in gradient.chunks_exact(blocks).enumerate() {
                for (block, &gradient) in gradient[..shared].iter().enumerate() {
                    let values = rows.window(column, block);
                    let [a, b, c, d] = route(simd, values, maximum(simd, values), gradient);
                    let left = 2 * column * shared + block;
                    above[left] = simd.add_f32s(above[left], a);
                    above[left + shared] = simd.add_f32s(above[left + shared], b);
                    below[left] = simd.add_f32s(below[left], c);
                    below[left + shared] = simd.add_f32s(below[left + shared], d);
                }
            }
        }
    }
}
