//! The layers of the residual classifier, and where their numbers lie.

use std::ops::Range;

use crate::model::Geometry;

/// A convolution with the batch normalisation behind it.
#[derive(Clone, Debug)]
pub struct Layer {
    /// What it sees of its input.
    pub window: Geometry,
    /// `[in, out]`.
    pub channels: [usize; 2],
    /// `[rows, columns]` of the input.
    pub input: [usize; 2],
    /// `[rows, columns]` of the output.
    pub output: [usize; 2],
    /// Index of its first parameter.
    pub(super) parameters: usize,
    /// Index of its first statistic: means, then variances.
    pub(super) statistics: usize,
    /// Epsilon of the normalisation.
    pub(super) epsilon: f64,
}

impl Layer {
    /// Weights `[out, in, kernel rows, kernel columns]`.
    pub fn weights(&self) -> Range<usize> {
        let count = self.window.taps() * self.channels[0] * self.channels[1];
        self.parameters..self.parameters + count
    }

    /// Bias of the convolution, then factor and offset of the normalisation, `[out]` each.
    pub fn vectors(&self) -> [Range<usize>; 3] {
        let start = self.weights().end;
        [0, 1, 2].map(|i| start + i * self.channels[1]..start + (i + 1) * self.channels[1])
    }

    /// Values of one image's output.
    pub(super) fn values(&self) -> usize {
        self.output[0] * self.output[1] * self.channels[1]
    }
}

/// The stem and the residual blocks in front of the head.
///
/// Parameters are one vector: for each layer the weights `[out, in, kernel rows, kernel columns]`, the bias, and factor
/// and offset of the normalisation. Statistics are one vector: for each layer the means and the variances of its
/// channels over the batch.
#[derive(Clone, Debug)]
pub struct Stack {
    /// The stem, then two for each block.
    pub(super) layers: Vec<Layer>,
    /// Rows that the last pooling makes one.
    pub(super) last_pool: usize,
}

impl Stack {
    /// Layers as `(window, [in, out], epsilon)`, the stem first, then two for each block; images of
    /// `[rows, columns]`; rows that the last pooling makes one (1: none).
    ///
    /// All channels but the image's one have to be multiples of 16, those of a block twice those before it.
    pub fn new(layers: &[(Geometry, [usize; 2], f64)], image: [usize; 2], last_pool: usize) -> Self {
        assert!(layers.len() % 2 == 1 && last_pool > 0, "a stem and two layers for each block");
        let mut stack = Self { layers: Vec::new(), last_pool };
        let (mut size, mut parameters, mut statistics) = (image, 0, 0);
        for (index, &(window, channels, epsilon)) in layers.iter().enumerate() {
            assert!(channels[1] % 16 == 0, "channels come in sixteens");
            let output = window.output(size);
            let layer = Layer { window, channels, input: size, output, parameters, statistics, epsilon };
            parameters = layer.vectors()[2].end;
            statistics += 2 * channels[1];
            stack.layers.push(layer);
            size = match index {
                0 => output,
                _ if index % 2 == 1 => output,
                _ => stack.block_output(index / 2).0,
            };
        }
        stack
    }

    /// The layers, the stem first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Number of residual blocks.
    pub fn blocks(&self) -> usize {
        self.layers.len() / 2
    }

    /// `[rows, columns]` of the images.
    pub fn image(&self) -> [usize; 2] {
        self.layers[0].input
    }

    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.vectors()[2].end)
    }

    /// Number of statistics.
    pub fn statistics(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.statistics + 2 * layer.channels[1])
    }

    /// Features of one image, `[channels, rows, columns]`.
    pub fn features(&self) -> usize {
        let ([rows, columns], channels) = self.block_output(self.blocks());
        rows / self.last_pool * columns * channels
    }

    /// Size and channels of a block's output; those of the stem's for block 0.
    pub(super) fn block_output(&self, block: usize) -> ([usize; 2], usize) {
        let layer = &self.layers[2 * block];
        let size = if self.pools(block) { layer.output.map(|side| side / 2) } else { layer.output };
        (size, layer.channels[1])
    }

    /// Whether the main path of a block ends in pooling: where no convolution of it strides itself.
    pub(super) fn pools(&self, block: usize) -> bool {
        block > 0 && self.layers[2 * block - 1..=2 * block].iter().all(|layer| layer.window.stride == [1, 1])
    }

    /// Values of one image in a block's output.
    pub(super) fn block_values(&self, block: usize) -> usize {
        let ([rows, columns], channels) = self.block_output(block);
        rows * columns * channels
    }

    /// Where a layer's mask lies for an image: `[layers of the blocks][batch, out]`. The stem has none.
    pub(super) fn mask(&self, layer: usize, batch: usize, image: usize) -> Range<usize> {
        let before: usize = self.layers[1..layer].iter().map(|layer| layer.channels[1]).sum();
        let channels = self.layers[layer].channels[1];
        let start = before * batch + image * channels;
        start..start + channels
    }
}
