//! From the gradient of the features to the gradients of the parameters and the images.

use super::batch::{Scratch, by_group, of};
use super::buffer::Buffer;
use super::forward::{Tape, channels_last};
use super::norm::Sums;
use super::passes::{Affine, gate, norm_gradient};
use super::stack::{Layer, Stack};
use super::windows::{PoolGradient, ShortcutGradient};
use crate::network::cpu::{Transposed, WeightGradient};

/// The result of a backward pass.
#[derive(Clone, Debug)]
pub struct Gradients {
    /// Gradient with respect to the parameters, in their order.
    pub parameters: Vec<f32>,
    /// Gradient with respect to the images `[batch, rows, columns]`; empty if it was not asked for.
    pub images: Vec<f32>,
}

/// One backward pass: what its steps have in common.
struct Pass<'a> {
    stack: &'a Stack,
    tape: &'a Tape,
    images: &'a [f32],
    parameters: &'a [f32],
    masks: Option<&'a [f32]>,
    gradients: Vec<f32>,
}

impl Stack {
    /// Backward pass of [`forward`](Self::forward), from its arguments, its tape and the gradient `features` with
    /// respect to its features `[batch, channels × rows × columns]`. The gradient with respect to the images is
    /// computed only if `wants_images`.
    ///
    /// # Panics
    /// If the sizes do not fit those of the forward pass.
    pub fn backward(
        &self,
        tape: &Tape,
        images: &[f32],
        parameters: &[f32],
        masks: Option<&[f32]>,
        features: &[f32],
        wants_images: bool,
    ) -> Gradients {
        assert_eq!(features.len(), tape.batch * self.features(), "size of the gradient");
        let gradients = vec![0.0; self.parameters()];
        let mut pass = Pass { stack: self, tape, images, parameters, masks, gradients };
        let (mut gradient, mut of_main) = pass.last(features);
        for block in (1..=self.blocks()).rev() {
            (gradient, of_main) = pass.block(block, &gradient, &of_main);
        }
        let images = pass.stem(&gradient, &of_main, wants_images);
        Gradients { parameters: pass.gradients, images }
    }
}

impl Pass<'_> {
    /// The gradient with respect to the output of the last block, `[batch, rows, columns, channels]`, and the sums of
    /// that of its normalised main path.
    fn last(&self, features: &[f32]) -> (Buffer, Sums) {
        let Self { stack, tape, .. } = *self;
        let blocks = stack.blocks();
        let values = stack.block_values(blocks);
        let ([rows, columns], channels) = stack.block_output(blocks);
        let pooled = rows / stack.last_pool;
        let mut gradients = Buffer::new(tape.batch * values);
        let sums = by_group(tape.batch, [&mut gradients, &mut []], |scratch, images, [gradients, _]| {
            let mut total = Sums::zero(channels);
            for (at, image) in images.enumerate() {
                let features = of(features, image, stack.features());
                let gradient = &mut gradients[at * values..(at + 1) * values];
                gradient.fill(0.0);
                for (place, &feature) in features.iter().enumerate() {
                    let (channel, row, column) =
                        (place / (pooled * columns), place / columns % pooled, place % columns);
                    let tap = |tap: usize| ((row * stack.last_pool + tap) * columns + column) * channels + channel;
                    let first = if stack.last_pool == 1 {
                        tap(0)
                    } else {
                        let output = of(&tape.inputs[blocks - 1], image, values);
                        (1..stack.last_pool).map(tap).fold(tap(0), |a, b| if output[b] > output[a] { b } else { a })
                    };
                    gradient[first] = feature;
                }
                total.merge(&self.main(blocks, image, gradient, scratch));
            }
            total
        });
        (gradients, merge(sums, channels))
    }

    /// From the gradient of a block's output to that of its input, and to the sums of the layer before it.
    fn block(&mut self, block: usize, gradient: &[f32], of_main: &Sums) -> (Buffer, Sums) {
        let (of_first, sums) = self.second(block, gradient, of_main);
        self.first(block, gradient, &of_first, &sums)
    }

    /// Back through the second layer of a block, to the gradient of its first normalisation.
    fn second(&mut self, block: usize, gradient: &[f32], sums: &Sums) -> (Buffer, Sums) {
        let Self { stack, tape, .. } = *self;
        let (index, layer, before) = (2 * block, &stack.layers[2 * block], &stack.layers[2 * block - 1]);
        let (chain, gamma) = tape.norms[index].chain(sums);
        let transposed = Transposed::new(layer.window, layer.channels, &channels_last(layer, self.parameters));
        let border = transposed.border(layer.input);
        let mut results = Buffer::new(tape.batch * before.values());
        let groups = by_group(tape.batch, [&mut results, &mut []], |scratch, images, [results, _]| {
            let mut weights = WeightGradient::new(layer.window, layer.channels);
            let mut total = Sums::zero(before.channels[1]);
            for (at, image) in images.enumerate() {
                let values = stack.block_values(block);
                self.main(block, image, of(gradient, image, values), scratch);
                scratch.result.reset(layer.output, layer.channels[1], border);
                let z = of(&tape.outputs[index], image, layer.values());
                norm_gradient(scratch.other.values(), z, &tape.norms[index], &chain, &mut scratch.result);
                stack.input(tape, self.images, self.masks, index, image, &mut scratch.input);
                weights.add(&scratch.input, &scratch.result);
                scratch.other.reset(layer.input, layer.channels[0], [0, 0]);
                transposed.forward(&scratch.result, &mut scratch.other);
                let result = &mut results[at * before.values()..(at + 1) * before.values()];
                let z = of(&tape.outputs[index - 1], image, before.values());
                let affine = stack.affine(tape, self.masks, index - 1, image);
                let mask = stack.mask_of(tape, self.masks, index - 1, image);
                let norm = &tape.norms[index - 1];
                total.merge(&gate(scratch.other.values(), z, &affine, mask, norm, before, result));
            }
            (weights, total)
        });
        let (weights, totals): (Vec<_>, Vec<_>) = groups.into_iter().unzip();
        self.store(layer, weights, &gamma, sums);
        (results, merge(totals, before.channels[1]))
    }

    /// Back through the first layer of a block and its shortcut, to the gradient of its input.
    fn first(&mut self, block: usize, gradient: &[f32], of_first: &[f32], sums: &Sums) -> (Buffer, Sums) {
        let Self { stack, tape, .. } = *self;
        let (index, layer) = (2 * block - 1, &stack.layers[2 * block - 1]);
        let (chain, gamma) = tape.norms[index].chain(sums);
        let transposed = Transposed::new(layer.window, layer.channels, &channels_last(layer, self.parameters));
        let border = transposed.border(layer.input);
        let values = stack.block_values(block - 1);
        let mut results = Buffer::new(tape.batch * values);
        let groups = by_group(tape.batch, [&mut results, &mut []], |scratch, images, [results, _]| {
            let mut weights = WeightGradient::new(layer.window, layer.channels);
            let mut total = Sums::zero(layer.channels[0]);
            for (at, image) in images.enumerate() {
                let z = of(&tape.outputs[index], image, layer.values());
                scratch.result.reset(layer.output, layer.channels[1], border);
                norm_gradient(of(of_first, image, layer.values()), z, &tape.norms[index], &chain, &mut scratch.result);
                stack.input(tape, self.images, self.masks, index, image, &mut scratch.input);
                weights.add(&scratch.input, &scratch.result);
                scratch.other.reset(layer.input, layer.channels[0], [0, 0]);
                transposed.forward(&scratch.result, &mut scratch.other);
                let of_output = of(gradient, image, stack.block_values(block));
                ShortcutGradient {
                    gradient: of_output,
                    channels: stack.block_output(block).1,
                    input: &scratch.input,
                    output: scratch.other.values_mut(),
                }
                .run();
                let result = &mut results[at * values..(at + 1) * values];
                if block == 1 {
                    let z = of(&tape.outputs[0], image, values);
                    let affine = Affine::new(&tape.norms[0], None);
                    let (norm, stem) = (&tape.norms[0], &stack.layers[0]);
                    total.merge(&gate(scratch.other.values(), z, &affine, None, norm, stem, result));
                } else {
                    result.copy_from_slice(scratch.other.values());
                    total.merge(&self.main(block - 1, image, result, scratch));
                }
            }
            (weights, total)
        });
        let (weights, totals): (Vec<_>, Vec<_>) = groups.into_iter().unzip();
        self.store(layer, weights, &gamma, sums);
        (results, merge(totals, layer.channels[0]))
    }

    /// Back through the stem to the images.
    fn stem(&mut self, gradient: &[f32], sums: &Sums, wants_images: bool) -> Vec<f32> {
        let Self { stack, tape, .. } = *self;
        let layer = &stack.layers[0];
        let (chain, gamma) = tape.norms[0].chain(sums);
        let transposed = Transposed::new(layer.window, layer.channels, &channels_last(layer, self.parameters));
        let border = transposed.border(layer.input);
        let values = if wants_images { layer.input[0] * layer.input[1] } else { 0 };
        let mut results = vec![0.0; tape.batch * values];
        let weights = by_group(tape.batch, [&mut results, &mut []], |scratch, images, [results, _]| {
            let mut weights = WeightGradient::new(layer.window, layer.channels);
            for (at, image) in images.enumerate() {
                let z = of(&tape.outputs[0], image, layer.values());
                scratch.result.reset(layer.output, layer.channels[1], border);
                norm_gradient(of(gradient, image, layer.values()), z, &tape.norms[0], &chain, &mut scratch.result);
                stack.input(tape, self.images, self.masks, 0, image, &mut scratch.input);
                weights.add(&scratch.input, &scratch.result);
                if wants_images {
                    scratch.other.reset(layer.input, layer.channels[0], [0, 0]);
                    transposed.forward(&scratch.result, &mut scratch.other);
                    results[at * values..(at + 1) * values].copy_from_slice(scratch.other.values());
                }
            }
            weights
        });
        self.store(layer, weights, &gamma, sums);
        results
    }

    /// The gradient of the normalised values at the end of a block's main path, written to `scratch.other`, and its
    /// sums.
    fn main(&self, block: usize, image: usize, gradient: &[f32], scratch: &mut Scratch) -> Sums {
        let Self { stack, tape, masks, .. } = *self;
        let (index, layer) = (2 * block, &stack.layers[2 * block]);
        let z = of(&tape.outputs[index], image, layer.values());
        let affine = stack.affine(tape, masks, index, image);
        let mask = stack.mask_of(tape, masks, index, image);
        let norm = &tape.norms[index];
        scratch.other.reset(layer.output, layer.channels[1], [0, 0]);
        let output = scratch.other.values_mut();
        if stack.pools(block) {
            PoolGradient { gradient, z, layer, affine: &affine, mask, norm, output }.run()
        } else {
            gate(gradient, z, &affine, mask, norm, layer, output)
        }
    }

    /// Stores the gradients of a layer at their places. A bias before a normalisation has no gradient.
    fn store(&mut self, layer: &Layer, weights: Vec<WeightGradient>, gamma: &[f32], sums: &Sums) {
        let [_, factor, offset] = layer.vectors();
        self.gradients[factor].copy_from_slice(gamma);
        self.gradients[offset].iter_mut().zip(&sums.gradient).for_each(|(beta, &sum)| *beta = sum as f32);
        let Some(total) = weights.into_iter().reduce(|mut total, other| {
            total.merge(&other);
            total
        }) else {
            return;
        };
        let [inputs, _] = layer.channels;
        let taps = layer.window.taps();
        for (output, weights) in self.gradients[layer.weights()].chunks_exact_mut(inputs * taps).enumerate() {
            for (input, weights) in weights.chunks_exact_mut(taps).enumerate() {
                for (tap, weight) in weights.iter_mut().enumerate() {
                    *weight = total.get(tap * inputs + input, output);
                }
            }
        }
    }
}

fn merge(groups: Vec<Sums>, channels: usize) -> Sums {
    let mut total = Sums::zero(channels);
    groups.iter().for_each(|sums| total.merge(sums));
    total
}
