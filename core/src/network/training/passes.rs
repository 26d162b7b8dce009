//! What happens to the values of one image between two convolutions, each in one pass while they are in the caches.
//!
//! Numbers of a channel are repeated along a whole row ([`along`]), so that rows are plain loops over equally long
//! slices, which the compiler vectorises for the instructions that dispatch found.

use pulp::Arch;

use super::norm::{Chain, Moments, Norm, Sums};
use super::stack::Layer;
use crate::network::Image;

/// Channels are multiples of this many, so that windows are arrays.
const LANES: usize = 16;
type Lanes = [f32; LANES];

/// One number for each channel, repeated for each column.
fn along(channels: &[f32], columns: usize) -> Vec<f32> {
    channels.repeat(columns)
}

/// Normalisation and the factors of dropout as one multiplication and one addition: factors are not negative, so that
/// they may go in front of a ReLU.
pub(super) struct Affine {
    factor: Vec<f32>,
    offset: Vec<f32>,
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

/// Adds up what was summed along a row, for each channel.
fn fold(row: &[f32], channels: usize) -> Vec<f64> {
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
            // Distances are taken from the rounded mean; what that makes their squares too large is taken off again.
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

/// `max(0, z · factor + offset)` into an image.
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

/// The output of a block, `[rows, columns, channels]`: the main path, pooled where the block pools, through a ReLU, and
/// the pooled input added to its first channels.
pub(super) fn residual(z: &[f32], layer: &Layer, affine: &Affine, pools: bool, input: &Image, output: &mut [f32]) {
    let channels = layer.channels[1];
    let columns = if pools { layer.output[1] / 2 } else { layer.output[1] };
    let z_row = layer.output[1] * channels;
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let (factor, _) = affine.factor.as_chunks::<LANES>();
            let (offset, _) = affine.offset.as_chunks::<LANES>();
            let (blocks, shared) = (channels / LANES, input.channels() / LANES);
            for (row, output) in output.chunks_exact_mut(columns * channels).enumerate() {
                let main = if pools { [2 * row, 2 * row + 1] } else { [row, row] };
                let main = main.map(|row| z[row * z_row..(row + 1) * z_row].as_chunks::<LANES>().0);
                let short = [2 * row, 2 * row + 1].map(|row| input.row(row).as_chunks::<LANES>().0);
                for (column, output) in output.chunks_exact_mut(channels).enumerate() {
                    for (block, output) in output.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                        let value = |z: &Lanes| affine_of(z, &factor[block], &offset[block]);
                        let mut sum = if pools {
                            maximum(window(main, column, block, blocks).map(value))
                        } else {
                            value(&main[0][column * blocks + block])
                        };
                        sum = sum.map(relu);
                        if block < shared {
                            let short = maximum(window(short, column, block, shared).map(|lanes| *lanes));
                            for lane in 0..LANES {
                                sum[lane] += short[lane];
                            }
                        }
                        *output = sum;
                    }
                }
            }
        },
    );
}

#[inline(always)]
fn affine_of(z: &Lanes, factor: &Lanes, offset: &Lanes) -> Lanes {
    std::array::from_fn(|lane| z[lane] * factor[lane] + offset[lane])
}

/// Some channels of the four pixels that a pixel is pooled from.
#[inline(always)]
fn window<'a>(rows: [&'a [Lanes]; 2], column: usize, block: usize, blocks: usize) -> [&'a Lanes; 4] {
    let place = |row: usize, right: usize| &rows[row][(2 * column + right) * blocks + block];
    [place(0, 0), place(0, 1), place(1, 0), place(1, 1)]
}

#[inline(always)]
fn maximum([a, b, c, d]: [Lanes; 4]) -> Lanes {
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    std::array::from_fn(|lane| larger(larger(a[lane], b[lane]), larger(c[lane], d[lane])))
}

/// Which of the four has the maximum of each channel, the first where they are equal: 1 there, 0 elsewhere.
#[inline(always)]
fn winner(values: &[Lanes; 4]) -> [Lanes; 4] {
    let maximum = maximum(*values);
    let mut open = [1.0; LANES];
    values.map(|value| {
        std::array::from_fn(|lane| {
            let wins = if value[lane] == maximum[lane] { open[lane] } else { 0.0 };
            open[lane] -= wins;
            wins
        })
    })
}

/// The gradient of a block's pooled main path in front of pooling, ReLU and mask: `gradient` `[rows / 2, columns / 2,
/// channels]` goes to where the maximum came from, if that was positive, times the mask.
pub(super) fn pool_gradient(
    gradient: &[f32],
    z: &[f32],
    layer: &Layer,
    affine: &Affine,
    mask: Option<&[f32]>,
    output: &mut Image,
) {
    let channels = layer.channels[1];
    let columns = layer.output[1] / 2;
    let z_row = layer.output[1] * channels;
    let ones = vec![1.0; channels];
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let (factor, _) = affine.factor.as_chunks::<LANES>();
            let (offset, _) = affine.offset.as_chunks::<LANES>();
            let (mask, _) = mask.unwrap_or(&ones).as_chunks::<LANES>();
            let blocks = channels / LANES;
            output.values_mut().fill(0.0);
            for (row, gradient) in gradient.chunks_exact(columns * channels).enumerate() {
                let main = [2 * row, 2 * row + 1].map(|row| z[row * z_row..(row + 1) * z_row].as_chunks::<LANES>().0);
                let target = &mut output.values_mut()[2 * row * z_row..(2 * row + 2) * z_row];
                let (target, _) = target.as_chunks_mut::<LANES>();
                let below = z_row / LANES;
                for (column, gradient) in gradient.chunks_exact(channels).enumerate() {
                    for (block, gradient) in gradient.as_chunks::<LANES>().0.iter().enumerate() {
                        let value = |z: &Lanes| affine_of(z, &factor[block], &offset[block]);
                        let values = window(main, column, block, blocks).map(value);
                        let wins = winner(&values);
                        let first = 2 * column * blocks + block;
                        for (at, place) in
                            [first, first + blocks, first + below, first + below + blocks].into_iter().enumerate()
                        {
                            target[place] = std::array::from_fn(|lane| {
                                let passes =
                                    if values[at][lane] > 0.0 { wins[at][lane] * mask[block][lane] } else { 0.0 };
                                gradient[lane] * passes
                            });
                        }
                    }
                }
            }
        },
    );
}

/// Adds the gradient that comes through the pooled shortcut: the first channels of `gradient` `[rows / 2, columns / 2,
/// channels]` go to where the maximum of `input` came from.
pub(super) fn shortcut_gradient(gradient: &[f32], channels: usize, input: &Image, output: &mut [f32]) {
    let columns = input.size()[1] / 2;
    let row_values = input.size()[1] * input.channels();
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let shared = input.channels() / LANES;
            let below = row_values / LANES;
            for (row, gradient) in gradient.chunks_exact(columns * channels).enumerate() {
                let rows = [2 * row, 2 * row + 1].map(|row| input.row(row).as_chunks::<LANES>().0);
                let (target, _) = output[2 * row * row_values..(2 * row + 2) * row_values].as_chunks_mut::<LANES>();
                for (column, gradient) in gradient.chunks_exact(channels).enumerate() {
                    for (block, gradient) in gradient.as_chunks::<LANES>().0[..shared].iter().enumerate() {
                        let wins = winner(&window(rows, column, block, shared).map(|lanes| *lanes));
                        let first = 2 * column * shared + block;
                        for (wins, place) in
                            wins.iter().zip([first, first + shared, first + below, first + below + shared])
                        {
                            let target = &mut target[place];
                            for lane in 0..LANES {
                                target[lane] += gradient[lane] * wins[lane];
                            }
                        }
                    }
                }
            }
        },
    );
}

/// Takes `gradient` of an activation back in front of mask and ReLU.
pub(super) fn gate(
    gradient: &[f32],
    z: &[f32],
    affine: &Affine,
    mask: Option<&[f32]>,
    columns: usize,
    output: &mut [f32],
) {
    let (factor, offset) = (along(&affine.factor, columns), along(&affine.offset, columns));
    let row = factor.len();
    let mask = mask.map_or_else(|| vec![1.0; row], |mask| along(mask, columns));
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let inputs = gradient.chunks_exact(row).zip(z.chunks_exact(row));
            for (output, (gradient, z)) in output.chunks_exact_mut(row).zip(inputs) {
                let (factor, offset, mask) = (&factor[..row], &offset[..row], &mask[..row]);
                for i in 0..row {
                    let open = if z[i] * factor[i] + offset[i] > 0.0 { mask[i] } else { 0.0 };
                    output[i] = gradient[i] * open;
                }
            }
        },
    );
}

/// What the gradient of a normalised value sums up to in each channel.
pub(super) fn sums(gradient: &[f32], z: &[f32], norm: &Norm, columns: usize) -> Sums {
    let mean = along(&norm.mean, columns);
    let row = mean.len();
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let mut totals = vec![0.0; row];
            let mut products = vec![0.0; row];
            for (gradient, z) in gradient.chunks_exact(row).zip(z.chunks_exact(row)) {
                let (totals, products, mean) = (&mut totals[..row], &mut products[..row], &mean[..row]);
                for i in 0..row {
                    totals[i] += gradient[i];
                    products[i] += gradient[i] * (z[i] - mean[i]);
                }
            }
            let channels = norm.mean.len();
            Sums { gradient: fold(&totals, channels), product: fold(&products, channels) }
        },
    )
}

/// The chain rule through the normalisation, into an image.
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
