//! What is done to the values of one image between two convolutions, each in one pass while they are in the caches.
//!
//! The numbers of a channel are repeated along a whole row ([`along`]), so that rows are plain loops over slices of
//! equal length, which the compiler turns into vector instructions.

use pulp::Arch;

use super::norm::{Chain, Moments, Norm, Sums};
use super::stack::Layer;
use crate::network::cpu::Image;

/// One number for each channel, repeated for each column.
fn along(channels: &[f32], columns: usize) -> Vec<f32> {
    channels.repeat(columns)
}

/// Normalisation and the factors of dropout as one multiplication and one addition. The factors are not negative, so
/// they can come before a ReLU.
pub(super) struct Affine {
    pub factor: Vec<f32>,
    pub offset: Vec<f32>,
}

impl Affine {
    pub fn new(norm: &Norm, mask: Option<&[f32]>) -> Self {
        let masked = |values: &[f32]| match mask {
            Some(mask) => values.iter().zip(mask).map(|(value, mask)| value * mask).collect(),
            None => values.to_vec(),
        };
        Self { factor: masked(&norm.factor), offset: masked(&norm.offset) }
    }
}

/// Adds up, for each channel, what was summed along a row.
pub(super) fn fold(row: &[f32], channels: usize) -> Vec<f64> {
    let mut folded = vec![0.0; channels];
    for pixel in row.chunks_exact(channels) {
        folded.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += f64::from(value));
    }
    folded
}

/// Moments of a layer's output `z` `[rows, columns, channels]`.
pub(super) fn moments(z: &[f32], layer: &Layer) -> Moments {
    let ([rows, columns], channels) = (layer.output, layer.channels[1]);
    let pixels = (rows * columns) as f64;
    let row = columns * channels;
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let mut sums = vec![0.0; row];
            for z in z.chunks_exact(row) {
                sums.iter_mut().zip(z).for_each(|(sum, &z)| *sum += z);
            }
            let mean: Vec<f64> = fold(&sums, channels).into_iter().map(|sum| sum / pixels).collect();
            // Distances are computed from the rounded mean; the resulting excess of their squares is subtracted
            // afterwards.
            let rounded: Vec<f32> = mean.iter().map(|&mean| mean as f32).collect();
            let center = along(&rounded, columns);
            sums.fill(0.0);
            for z in z.chunks_exact(row) {
                for ((sum, &z), &center) in sums.iter_mut().zip(z).zip(&center) {
                    let distance = z - center;
                    *sum += distance * distance;
                }
            }
            let excess = mean.iter().zip(&rounded).map(|(mean, &rounded)| pixels * (mean - f64::from(rounded)).powi(2));
            let squares = fold(&sums, channels).into_iter().zip(excess).map(|(all, excess)| (all - excess).max(0.0));
            Moments { count: pixels, squares: squares.collect(), mean }
        },
    )
}

#[inline(always)]
fn relu(value: f32) -> f32 {
    if value < 0.0 { 0.0 } else { value }
}

/// Writes `max(0, z · factor + offset)` to an image.
pub(super) fn activate(z: &[f32], affine: &Affine, output: &mut Image) {
    let [rows, columns] = output.size();
    let row = columns * output.channels();
    let (factor, offset) = (along(&affine.factor, columns), along(&affine.offset, columns));
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for (y, z) in (0..rows).zip(z.chunks_exact(row)) {
                let output = &mut output.row_mut(y)[..row];
                let (factor, offset) = (&factor[..row], &offset[..row]);
                for i in 0..row {
                    output[i] = relu(z[i] * factor[i] + offset[i]);
                }
            }
        },
    );
}

/// From the `gradient` after ReLU and mask to that before them, and its sums.
pub(super) fn gate(
    gradient: &[f32],
    z: &[f32],
    affine: &Affine,
    mask: Option<&[f32]>,
    norm: &Norm,
    layer: &Layer,
    output: &mut [f32],
) -> Sums {
    let ([_, columns], channels) = (layer.output, layer.channels[1]);
    let [factor, offset, mean] = [&affine.factor, &affine.offset, &norm.mean].map(|values| along(values, columns));
    let row = mean.len();
    let mask = mask.map_or_else(|| vec![1.0; row], |mask| along(mask, columns));
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let (mut totals, mut products) = (vec![0.0; row], vec![0.0; row]);
            let inputs = gradient.chunks_exact(row).zip(z.chunks_exact(row));
            for (output, (gradient, z)) in output.chunks_exact_mut(row).zip(inputs) {
                let (factor, offset, mask, mean) = (&factor[..row], &offset[..row], &mask[..row], &mean[..row]);
                let (totals, products) = (&mut totals[..row], &mut products[..row]);
                for i in 0..row {
                    let open = if z[i] * factor[i] + offset[i] > 0.0 { mask[i] } else { 0.0 };
                    let value = gradient[i] * open;
                    output[i] = value;
                    totals[i] += value;
                    products[i] += value * (z[i] - mean[i]);
                }
            }
            Sums { gradient: fold(&totals, channels), product: fold(&products, channels) }
        },
    )
}

/// The chain rule through the normalisation, written to an image.
pub(super) fn norm_gradient(gradient: &[f32], z: &[f32], norm: &Norm, chain: &Chain, output: &mut Image) {
    let [rows, columns] = output.size();
    let [mean, factor, slope, constant] =
        [&norm.mean, &chain.gradient, &chain.distance, &chain.constant].map(|values| along(values, columns));
    let row = mean.len();
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for (y, (gradient, z)) in (0..rows).zip(gradient.chunks_exact(row).zip(z.chunks_exact(row))) {
                let output = &mut output.row_mut(y)[..row];
                let (mean, factor, slope, constant) = (&mean[..row], &factor[..row], &slope[..row], &constant[..row]);
                for i in 0..row {
                    output[i] = gradient[i] * factor[i] + (z[i] - mean[i]) * slope[i] + constant[i];
                }
            }
        },
    );
}
