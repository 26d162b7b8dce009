//! A linear layer.

use super::Activation;
use super::tile::{Multiply, Packed, Run, Steps};

/// A linear layer: `[batch, in]` → `[batch, out]`.
#[derive(Clone, Debug)]
pub struct Linear {
    weights: Packed,
    bias: Vec<f32>,
}

impl Linear {
    /// A layer with weights `[in, out]` and one bias for each output.
    pub fn new(inputs: usize, weights: &[f32], bias: &[f32]) -> Self {
        let weights = Packed::new(vec![Run { row: 0, column: 0, pixels: 1 }], inputs, bias.len(), weights);
        Self { bias: weights.pad(bias), weights }
    }

    /// Number of inputs and outputs, `[in, out]`.
    pub fn features(&self) -> [usize; 2] {
        [self.weights.inputs(), self.weights.outputs()]
    }

    /// Computes `output` `[batch, out]` from `input` `[batch, in]`. The weights are read once for several inputs, so a
    /// batch is faster than its inputs one by one.
    ///
    /// # Panics
    /// If the sizes do not fit each other.
    pub fn forward(&self, input: &[f32], activation: Activation, output: &mut [f32]) {
        let [inputs, outputs] = self.features();
        let batch = output.len() / outputs.max(1);
        assert_eq!([input.len(), output.len()], [batch * inputs, batch * outputs], "sizes of input and output");
        Multiply {
            pixels: [batch, 1],
            input,
            origin: Steps { start: 0, row: inputs, column: 0 },
            input_row: 0,
            weights: &self.weights,
            bias: &self.bias,
            floor: activation.floor(),
            target: Steps { start: 0, row: outputs, column: 0 },
            output,
        }
        .run();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::network::cpu::testing::numbers;

    proptest! {
        #[test]
        fn agrees_with_the_definition(inputs in 0usize..40, outputs in 1usize..110, batch in 0usize..20, seed: u64) {
            let input = numbers(batch * inputs, seed);
            let weights = numbers(inputs * outputs, seed ^ 1);
            let bias = numbers(outputs, seed ^ 2);
            let mut output = vec![f32::NAN; batch * outputs];
            Linear::new(inputs, &weights, &bias).forward(&input, Activation::Relu, &mut output);
            // Each of the sum's terms is at most 1 and rounds once: half a unit in the last place of the partial sum.
            let tolerance = (inputs + 1).pow(2) as f64 * f64::from(f32::EPSILON) / 2.0;
            for (i, &value) in output.iter().enumerate() {
                let (image, out) = (i / outputs, i % outputs);
                let product = |k: usize| f64::from(input[image * inputs + k]) * f64::from(weights[k * outputs + out]);
                let expected = (f64::from(bias[out]) + (0..inputs).map(product).sum::<f64>()).max(0.0);
                prop_assert!((f64::from(value) - expected).abs() <= tolerance, "{} {}", value, expected);
            }
        }
    }
}
