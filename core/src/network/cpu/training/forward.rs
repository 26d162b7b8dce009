//! From images to features.

use super::batch::{Scratch, by_group, of};
use super::buffer::Buffer;
use super::norm::{Moments, Norm};
use super::passes::{Affine, activate, moments};
use super::stack::{Layer, Stack};
use super::windows::Residual;
use crate::network::cpu::{Convolution, Image};

/// What a forward pass stores for the backward pass.
#[derive(Debug)]
pub struct Tape {
    pub(super) batch: usize,
    /// Outputs of the convolutions, `[batch, rows, columns, channels]`.
    pub(super) outputs: Vec<Buffer>,
    pub(super) norms: Vec<Norm>,
    /// Inputs of the blocks from the second one on, and the output of the last one where it is pooled.
    pub(super) inputs: Vec<Buffer>,
}

impl Tape {
    /// Number of images.
    pub fn batch(&self) -> usize {
        self.batch
    }
}

/// The result of a forward pass.
#[derive(Debug)]
pub struct Forward {
    /// Features `[batch, channels × rows × columns]`.
    pub features: Vec<f32>,
    /// Means and variances over the batch, in the order of [`Stack`].
    pub statistics: Vec<f32>,
    /// What [`Stack::backward`] needs.
    pub tape: Tape,
}

impl Stack {
    /// Forward pass of `images` `[batch, rows, columns]` with `parameters` in the order of [`Stack`]. `masks`
    /// `[layer][batch, channels]` are the factors of dropout, not negative, for each layer of the blocks, image and
    /// output channel; `None` drops nothing.
    ///
    /// # Panics
    /// If the sizes do not fit each other.
    pub fn forward(&self, images: &[f32], parameters: &[f32], masks: Option<&[f32]>) -> Forward {
        let values = self.image().iter().product::<usize>();
        let batch = images.len() / values.max(1);
        assert_eq!(parameters.len(), self.parameters(), "number of parameters");
        assert_eq!(images.len(), batch * values, "size of the images");
        let mut tape = Tape { batch, outputs: Vec::new(), norms: Vec::new(), inputs: Vec::new() };
        let mut statistics = Vec::with_capacity(self.statistics());
        for (index, layer) in self.layers.iter().enumerate() {
            let block = index.div_ceil(2);
            let keeps = index >= 3 && index % 2 == 1;
            let mut output = Buffer::new(batch * layer.values());
            let mut input = Buffer::new(if keeps { batch * self.block_values(block - 1) } else { 0 });
            let convolution = convolution(layer, parameters);
            let moments = by_group(batch, [&mut output, &mut input], |scratch, images_of_group, [outputs, inputs]| {
                let mut total = Moments::none(layer.channels[1]);
                let inputs_of = inputs.len() / images_of_group.len();
                for (at, image) in images_of_group.enumerate() {
                    let z = &mut outputs[at * layer.values()..(at + 1) * layer.values()];
                    if keeps {
                        let stored = &mut inputs[at * inputs_of..(at + 1) * inputs_of];
                        self.block(&tape, masks, block - 1, image, scratch, stored);
                        scratch.input.reset(layer.input, layer.channels[0], layer.window.padding);
                        scratch.input.copy_from(stored);
                    } else {
                        self.input(&tape, images, masks, index, image, &mut scratch.input);
                    }
                    convolution.forward_plain(&scratch.input, z);
                    total.merge(&moments(z, layer));
                }
                total
            });
            let mut total = Moments::none(layer.channels[1]);
            moments.iter().for_each(|moments| total.merge(moments));
            let norm = Norm::new(layer, &total, parameters);
            statistics.extend(norm.mean.iter().chain(&norm.variance));
            tape.outputs.push(output);
            tape.norms.push(norm);
            if keeps {
                tape.inputs.push(input);
            }
        }
        let features = self.last(&mut tape, masks);
        Forward { features, statistics, tape }
    }

    /// The output of the last block as features.
    fn last(&self, tape: &mut Tape, masks: Option<&[f32]>) -> Vec<f32> {
        let blocks = self.blocks();
        let values = self.block_values(blocks);
        let ([rows, columns], channels) = self.block_output(blocks);
        let mut features = vec![0.0; tape.batch * self.features()];
        let mut output = Buffer::new(tape.batch * values);
        by_group(tape.batch, [&mut features, &mut output], |scratch, images, [features, outputs]| {
            for (at, image) in images.enumerate() {
                let output = &mut outputs[at * values..(at + 1) * values];
                self.block(tape, masks, blocks, image, scratch, output);
                let pooled = rows / self.last_pool;
                let features = &mut features[at * self.features()..(at + 1) * self.features()];
                for (place, feature) in features.iter_mut().enumerate() {
                    let (channel, row, column) =
                        (place / (pooled * columns), place / columns % pooled, place % columns);
                    let taps = (0..self.last_pool)
                        .map(|tap| output[((row * self.last_pool + tap) * columns + column) * channels + channel]);
                    *feature = taps.fold(f32::NEG_INFINITY, |a, b| if a > b { a } else { b });
                }
            }
        });
        if self.last_pool > 1 {
            tape.inputs.push(output);
        }
        features
    }

    /// Writes the input of a layer for one image, with its border. For the first layer of a block, the input of the
    /// block must have been computed.
    pub(super) fn input(
        &self,
        tape: &Tape,
        images: &[f32],
        masks: Option<&[f32]>,
        layer: usize,
        image: usize,
        input: &mut Image,
    ) {
        let Layer { window, channels, input: size, .. } = self.layers[layer];
        input.reset(size, channels[0], window.padding);
        match layer {
            0 => input.copy_from(of(images, image, size[0] * size[1])),
            _ if layer.is_multiple_of(2) => {
                let z = of(&tape.outputs[layer - 1], image, self.layers[layer - 1].values());
                activate(z, &self.affine(tape, masks, layer - 1, image), input);
            }
            _ => self.block_input(tape, layer / 2 + 1, image, input),
        }
    }

    /// Writes the input of a block to an image of the right size.
    fn block_input(&self, tape: &Tape, block: usize, image: usize, input: &mut Image) {
        match block {
            1 => activate(
                of(&tape.outputs[0], image, self.layers[0].values()),
                &Affine::new(&tape.norms[0], None),
                input,
            ),
            _ => input.copy_from(of(&tape.inputs[block - 2], image, self.block_values(block - 1))),
        }
    }

    /// Computes the output of a block whose layers have been computed.
    fn block(
        &self,
        tape: &Tape,
        masks: Option<&[f32]>,
        block: usize,
        image: usize,
        scratch: &mut Scratch,
        output: &mut [f32],
    ) {
        let (size, channels) = self.block_output(block - 1);
        scratch.input.reset(size, channels, [0, 0]);
        self.block_input(tape, block, image, &mut scratch.input);
        let layer = &self.layers[2 * block];
        let z = of(&tape.outputs[2 * block], image, layer.values());
        let affine = self.affine(tape, masks, 2 * block, image);
        Residual { z, layer, affine: &affine, pools: self.pools(block), input: &scratch.input, output }.run();
    }

    /// Normalisation and dropout of a layer for an image.
    pub(super) fn affine(&self, tape: &Tape, masks: Option<&[f32]>, layer: usize, image: usize) -> Affine {
        Affine::new(&tape.norms[layer], self.mask_of(tape, masks, layer, image))
    }

    /// The factors of dropout of a layer for an image.
    pub(super) fn mask_of<'a>(
        &self,
        tape: &Tape,
        masks: Option<&'a [f32]>,
        layer: usize,
        image: usize,
    ) -> Option<&'a [f32]> {
        (layer > 0).then_some(masks?).map(|masks| &masks[self.mask(layer, tape.batch, image)])
    }
}

/// `[out, in, taps]` → `[taps, in, out]`.
pub(super) fn channels_last(layer: &Layer, parameters: &[f32]) -> Vec<f32> {
    let [inputs, outputs] = layer.channels;
    let taps = layer.window.taps();
    let weights = &parameters[layer.weights()];
    let mut turned = vec![0.0; weights.len()];
    for (output, weights) in weights.chunks_exact(inputs * taps).enumerate() {
        for (input, weights) in weights.chunks_exact(taps).enumerate() {
            for (tap, &weight) in weights.iter().enumerate() {
                turned[(tap * inputs + input) * outputs + output] = weight;
            }
        }
    }
    turned
}

fn convolution(layer: &Layer, parameters: &[f32]) -> Convolution {
    let [bias, ..] = layer.vectors();
    Convolution::new(layer.window, layer.channels, &channels_last(layer, parameters), &parameters[bias])
}
