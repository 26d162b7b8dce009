//! Convolution of an image whose values are channels-last.

use super::Image;
use super::tile::{Multiply, Packed, Run, Steps};
use crate::model::Geometry;

/// What follows the convolution and its bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    None,
    /// Negative values become zero.
    Relu,
}

impl Activation {
    /// The smallest value in the result.
    pub(super) fn floor(self) -> f32 {
        match self {
            Self::None => f32::NEG_INFINITY,
            Self::Relu => 0.0,
        }
    }
}

/// Cross-correlation with a kernel, which networks call convolution: `[rows, columns, in]` → `[rows, columns, out]`.
#[derive(Clone, Debug)]
pub struct Convolution {
    window: Geometry,
    weights: Packed,
    bias: Vec<f32>,
}

impl Convolution {
    /// A convolution with weights `[kernel rows, kernel columns, in, out]`, `channels` = `[in, out]` and a `bias` for
    /// each output channel.
    ///
    /// # Panics
    /// If the numbers of weights and biases do not fit.
    pub fn new(window: Geometry, channels: [usize; 2], weights: &[f32], bias: &[f32]) -> Self {
        let weights = Packed::new(runs(window), channels[0], channels[1], weights);
        Self { window, bias: weights.pad(bias), weights }
    }

    /// Which pixels of its input it sees for each output.
    pub fn window(&self) -> Geometry {
        self.window
    }

    /// Number of channels `[in, out]`.
    pub fn channels(&self) -> [usize; 2] {
        [self.weights.inputs(), self.weights.outputs()]
    }

    /// Computes the inside of `output`. The border of `output` may hold anything.
    ///
    /// # Panics
    /// If the size of `output` is not [`Geometry::output`] of the input's, or the border of `input` is narrower than
    /// the padding.
    pub fn forward(&self, input: &Image, activation: Activation, output: &mut Image) {
        assert_eq!(output.channels(), self.channels()[1], "channels of the output");
        assert_eq!(output.size(), self.window.output(input.size()), "size of the output");
        let target = Steps { start: output.start(0), row: output.row_stride(), column: output.channels() };
        self.run(input, activation, output.values_mut(), target);
    }

    /// As [`forward`](Self::forward), to `[rows, columns, out]` without a border.
    pub(super) fn forward_plain(&self, input: &Image, output: &mut [f32]) {
        let ([_, columns], channels) = (self.window.output(input.size()), self.channels()[1]);
        self.run(input, Activation::None, output, Steps { start: 0, row: columns * channels, column: channels });
    }

    fn run(&self, input: &Image, activation: Activation, output: &mut [f32], target: Steps) {
        let Geometry { stride, padding, .. } = self.window;
        assert_eq!(input.channels(), self.channels()[0], "channels of the input");
        assert!(padding[0] <= input.border()[0] && padding[1] <= input.border()[1], "border of the input");
        Multiply {
            pixels: self.window.output(input.size()),
            input: input.values(),
            origin: Steps {
                start: input.start(0) - padding[0] * input.row_stride() - padding[1] * input.channels(),
                row: stride[0] * input.row_stride(),
                column: stride[1] * input.channels(),
            },
            input_row: input.row_stride(),
            weights: &self.weights,
            bias: &self.bias,
            floor: activation.floor(),
            target,
            output,
        }
        .run();
    }
}

/// The taps in the order of the weights; without dilation the taps of a row are one run.
pub(super) fn runs(window: Geometry) -> Vec<Run> {
    let Geometry { kernel: [rows, columns], dilation, .. } = window;
    let pixels = if dilation[1] == 1 { columns } else { 1 };
    let run = |row, column| Run { row: row * dilation[0], column: column * dilation[1], pixels };
    (0..rows).flat_map(|row| (0..columns).step_by(pixels).map(move |column| run(row, column))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::network::cpu::testing::{image, numbers, window};

    /// The definition, in f64.
    fn slow(window: Geometry, input: &Image, weights: &[f32], bias: &[f32]) -> Vec<f64> {
        let [rows, columns] = window.output(input.size());
        let outputs = bias.len();
        let mut result = Vec::new();
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            for (output, &bias) in bias.iter().enumerate() {
                let mut sum = f64::from(bias);
                for (tap_row, tap_column) in
                    (0..window.kernel[0]).flat_map(|r| (0..window.kernel[1]).map(move |c| (r, c)))
                {
                    let y = (row * window.stride[0] + tap_row * window.dilation[0]).checked_sub(window.padding[0]);
                    let x =
                        (column * window.stride[1] + tap_column * window.dilation[1]).checked_sub(window.padding[1]);
                    let (Some(y), Some(x)) = (y, x) else { continue };
                    if y >= input.size()[0] || x >= input.size()[1] {
                        continue;
                    }
                    for channel in 0..input.channels() {
                        let weight = ((tap_row * window.kernel[1] + tap_column) * input.channels() + channel) * outputs;
                        let value = input.row(y)[x * input.channels() + channel];
                        sum += f64::from(value) * f64::from(weights[weight + output]);
                    }
                }
                result.push(sum);
            }
        }
        result
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(
            window in window(),
            size in [1usize..14, 1usize..10],
            channels in prop_oneof![[1usize..5, 1usize..9], [1usize..20, 1usize..140]],
            extra in [0usize..2, 0usize..3],
            seed: u64,
        ) {
            let border = [window.padding[0] + extra[0], window.padding[1] + extra[1]];
            let input = image(size, channels[0], border, seed);
            let weights = numbers(window.taps() * channels[0] * channels[1], seed ^ 1);
            let bias = numbers(channels[1], seed ^ 2);
            let convolution = Convolution::new(window, channels, &weights, &bias);
            let expected = slow(window, &input, &weights, &bias);
            // Each of the sum's terms is at most 1 and rounds once: half a unit in the last place of the partial sum.
            let terms = (window.taps() * channels[0] + 1) as f64;
            let tolerance = terms * terms * f64::from(f32::EPSILON) / 2.0;
            for activation in [Activation::None, Activation::Relu] {
                let mut output = Image::zeros(window.output(size), channels[1], extra);
                convolution.forward(&input, activation, &mut output);
                let values = output.to_vec();
                if activation == Activation::None {
                    let mut plain = vec![f32::NAN; values.len()];
                    convolution.forward_plain(&input, &mut plain);
                    prop_assert_eq!(&plain, &values);
                }
                prop_assert_eq!(values.len(), expected.len());
                for (&value, &expected) in values.iter().zip(&expected) {
                    let expected = expected.max(f64::from(activation.floor()));
                    prop_assert!((f64::from(value) - expected).abs() <= tolerance, "{} {}", value, expected);
                }
                let inside: f64 = values.iter().map(|&v| f64::from(v.abs())).sum();
                let all: f64 = output.values().iter().map(|&v| f64::from(v.abs())).sum();
                prop_assert!((all - inside).abs() <= 1e-12 * all, "the border stays zero");
            }
        }
    }

    #[test]
    fn numbers_that_are_not_a_number_stay_visible() {
        let window = Geometry { kernel: [1, 1], stride: [1, 1], padding: [0, 0], dilation: [1, 1] };
        let mut input = Image::zeros([1, 1], 1, [0, 0]);
        input.row_mut(0)[0] = f32::NAN;
        let mut output = Image::zeros([1, 1], 1, [0, 0]);
        Convolution::new(window, [1, 1], &[1.0], &[0.0]).forward(&input, Activation::Relu, &mut output);
        assert!(output.row(0)[0].is_nan());
    }
}
