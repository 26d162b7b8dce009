//! The gradient of a convolution with respect to its input.

use super::Image;
use super::tile::{Multiply, Packed, Run, Steps};
use crate::model::Geometry;

/// Computes the gradient with respect to a convolution's input from that with respect to its output.
///
/// Input pixels at a distance of one stride see the same taps. So each of the `stride rows × stride columns` phases is
/// a convolution of its own over the gradient of the output, with stride 1 and only the taps that reach it.
#[derive(Clone, Debug)]
pub struct Transposed {
    window: Geometry,
    phases: Vec<Phase>,
    bias: Vec<f32>,
}

#[derive(Clone, Debug)]
struct Phase {
    /// First input pixel of the phase.
    first: [usize; 2],
    /// Where the taps begin, in output pixels from the phase's own pixel; this may be in the border.
    origin: [isize; 2],
    weights: Packed,
}

/// A tap along one axis: its index, and the output pixel that it reaches from pixel 0 of the phase.
type Tap = (usize, isize);

impl Transposed {
    /// Takes weights `[kernel rows, kernel columns, in, out]` and `channels` `[in, out]` of the convolution itself.
    pub fn new(window: Geometry, channels: [usize; 2], weights: &[f32]) -> Self {
        let [inputs, outputs] = channels;
        assert_eq!(weights.len(), window.taps() * inputs * outputs, "weights");
        let phases: Vec<Phase> = (0..window.stride[0])
            .flat_map(|row| (0..window.stride[1]).map(move |column| [row, column]))
            .map(|first| {
                let [rows, columns] = [0, 1].map(|axis| taps(window, axis, first[axis]));
                let origin = [&rows, &columns].map(|taps| taps.first().map_or(0, |tap| tap.1));
                let mut runs = Vec::new();
                let mut turned = Vec::with_capacity(rows.len() * columns.len() * inputs * outputs);
                for &(row, y) in &rows {
                    for &(column, x) in &columns {
                        let tap = &weights[(row * window.kernel[1] + column) * inputs * outputs..][..inputs * outputs];
                        turned.extend((0..outputs).flat_map(|o| (0..inputs).map(move |i| tap[i * outputs + o])));
                        append(&mut runs, (y - origin[0]).unsigned_abs(), (x - origin[1]).unsigned_abs());
                    }
                }
                Phase { first, origin, weights: Packed::new(runs, outputs, inputs, &turned) }
            })
            .collect();
        let bias = phases.first().map_or(Vec::new(), |phase| phase.weights.pad(&vec![0.0; inputs]));
        Self { window, phases, bias }
    }

    /// Width `[rows, columns]` of the border that the gradient of the output needs, for an input of `[rows, columns]`.
    pub fn border(&self, input: [usize; 2]) -> [usize; 2] {
        let output = self.window.output(input);
        std::array::from_fn(|axis| {
            let stride = self.window.stride[axis];
            let taps = (0..stride.min(input[axis])).flat_map(|first| {
                let last = ((input[axis] - 1 - first) / stride) as isize;
                let edge = output[axis] as isize - 1;
                taps(self.window, axis, first).into_iter().map(move |(_, offset)| (-offset).max(last + offset - edge))
            });
            taps.max().unwrap_or(0).max(0).unsigned_abs()
        })
    }

    /// Computes the inside of `input`, the gradient with respect to the convolution's input, from `output`, the
    /// gradient with respect to its output.
    ///
    /// # Panics
    /// If the sizes do not fit, or the border of `output` is narrower than [`Transposed::border`].
    pub fn forward(&self, output: &Image, input: &mut Image) {
        let border = self.border(input.size());
        assert_eq!(output.size(), self.window.output(input.size()), "size of the output");
        assert!(border[0] <= output.border()[0] && border[1] <= output.border()[1], "border of the output");
        let [row_step, column_step] = [output.row_stride(), output.channels()];
        for Phase { first, origin, weights } in &self.phases {
            assert_eq!([output.channels(), input.channels()], [weights.inputs(), weights.outputs()], "channels");
            let [rows, columns] =
                [0, 1].map(|axis| input.size()[axis].saturating_sub(first[axis]).div_ceil(self.window.stride[axis]));
            if rows * columns == 0 {
                continue;
            }
            let origin = origin[0] * row_step as isize + origin[1] * column_step as isize;
            Multiply {
                pixels: [rows, columns],
                input: output.values(),
                origin: Steps { start: output.start(0).strict_add_signed(origin), row: row_step, column: column_step },
                input_row: row_step,
                weights,
                bias: &self.bias,
                floor: f32::NEG_INFINITY,
                target: Steps {
                    start: input.start(first[0]) + first[1] * input.channels(),
                    row: self.window.stride[0] * input.row_stride(),
                    column: self.window.stride[1] * input.channels(),
                },
                output: input.values_mut(),
            }
            .run();
        }
    }
}

/// The taps along an axis that the input pixels of a phase see, in the order of the output pixels that they reach.
///
/// Output `o` sees input `i` through tap `k` where `i + padding = stride · o + dilation · k`.
fn taps(window: Geometry, axis: usize, first: usize) -> Vec<Tap> {
    let stride = window.stride[axis] as isize;
    let place = |tap: usize| (first + window.padding[axis]) as isize - (window.dilation[axis] * tap) as isize;
    let hits = (0..window.kernel[axis]).rev().map(|tap| (tap, place(tap)));
    hits.filter(|(_, place)| place % stride == 0).map(|(tap, place)| (tap, place / stride)).collect()
}

/// Adds a pixel to the last run where it continues it, or begins a new run.
fn append(runs: &mut Vec<Run>, row: usize, column: usize) {
    match runs.last_mut() {
        Some(run) if run.row == row && run.column + run.pixels == column => run.pixels += 1,
        _ => runs.push(Run { row, column, pixels: 1 }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::network::cpu::testing::{image, numbers, window};
    use crate::network::cpu::{Activation, Convolution};

    proptest! {
        /// ⟨conv(x), g⟩ = ⟨x, convᵀ(g)⟩ for every pixel: x runs through the unit images.
        #[test]
        fn is_the_adjoint_of_the_convolution(
            window in window(),
            size in [1usize..9, 1usize..8],
            channels in prop_oneof![[1usize..4, 1usize..7], [1usize..40, 1usize..3]],
            seed: u64,
        ) {
            let weights = numbers(window.taps() * channels[0] * channels[1], seed);
            let transposed = Transposed::new(window, channels, &weights);
            let gradient = image(window.output(size), channels[1], transposed.border(size), seed ^ 1);
            let mut result = image(size, channels[0], [1, 0], seed ^ 2);
            transposed.forward(&gradient, &mut result);
            let convolution = Convolution::new(window, channels, &weights, &vec![0.0; channels[1]]);
            let mut unit = Image::zeros(size, channels[0], window.padding);
            let mut output = Image::zeros(window.output(size), channels[1], [0, 0]);
            // At most one term a tap and channel, each at most 1.
            let terms = (window.taps() * channels[1]) as f64;
            let tolerance = terms * terms * f64::from(f32::EPSILON) / 2.0;
            for row in 0..size[0] {
                for place in 0..size[1] * channels[0] {
                    unit.row_mut(row)[place] = 1.0;
                    convolution.forward(&unit, Activation::None, &mut output);
                    unit.row_mut(row)[place] = 0.0;
                    let products = output.to_vec().into_iter().zip(gradient.to_vec());
                    let expected: f64 = products.map(|(a, b)| f64::from(a) * f64::from(b)).sum();
                    let value = f64::from(result.row(row)[place]);
                    prop_assert!((value - expected).abs() <= tolerance, "{} {}", value, expected);
                }
            }
        }
    }
}
