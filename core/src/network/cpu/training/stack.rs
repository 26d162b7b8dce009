//! The layers of the residual classifier, and the order of their parameters.

use std::ops::Range;

use crate::model::operations::{ConvLayout, Dropped, Step};
use crate::model::{Geometry, Layout, Operation};

/// A convolution with the batch normalisation after it.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Which pixels of its input it sees for each output.
    pub window: Geometry,
    /// Number of channels `[in, out]`.
    pub channels: [usize; 2],
    /// Size `[rows, columns]` of the input.
    pub input: [usize; 2],
    /// Size `[rows, columns]` of the output.
    pub output: [usize; 2],
    /// Index of its first parameter.
    pub(super) parameters: usize,
    /// Index of its first statistic: means, then variances.
    pub(super) statistics: usize,
}

impl Layer {
    /// Where the weights `[out, in, kernel rows, kernel columns]` are among all parameters.
    pub fn weights(&self) -> Range<usize> {
        let count = self.window.taps() * self.channels[0] * self.channels[1];
        self.parameters..self.parameters + count
    }

    /// Where the bias of the convolution, and the factor and offset of the normalisation, are among all parameters;
    /// `[out]` each.
    pub fn vectors(&self) -> [Range<usize>; 3] {
        let start = self.weights().end;
        [0, 1, 2].map(|i| start + i * self.channels[1]..start + (i + 1) * self.channels[1])
    }

    /// Number of values in the output for one image.
    pub(super) fn values(&self) -> usize {
        self.output[0] * self.output[1] * self.channels[1]
    }
}

/// The stem and the residual blocks before the head.
///
/// Parameters are one vector: for each layer the weights `[out, in, kernel rows, kernel columns]`, the bias, and the
/// factor and the offset of the normalisation. Statistics are one vector: for each layer the means and the variances of
/// its channels over the batch.
#[derive(Clone, Debug)]
pub struct Stack {
    /// The stem, then two for each block.
    pub(super) layers: Vec<Layer>,
    /// Whether the main path of each block ends in pooling.
    pooled: Vec<bool>,
    /// Number of rows that the last pooling reduces to one; 1 where there is none.
    pub(super) last_pool: usize,
    /// Number of operations of the layout that it computes, from the first one on.
    operations: usize,
}

impl Stack {
    /// The stem, the blocks and the pooling after them of a residual classifier; `None` for any other network.
    pub fn new(layout: &Layout) -> Option<Self> {
        let channels = Operation::Dropout(Dropped::Channels);
        let mut stack = Self { layers: Vec::new(), pooled: Vec::new(), last_pool: 1, operations: 0 };
        let (stem, mut rest) = layout.steps().split_first()?;
        stack.push(stem, true)?;
        while let [shortcut, first, dropped, second, dropped_too, tail @ ..] = rest
            && shortcut.operation == Operation::Shortcut
        {
            if dropped.operation != channels || dropped_too.operation != channels {
                return None;
            }
            let pool = Operation::MaxPool { size: [2, 2], rectified: true };
            let pooled = tail.first()?.operation == pool;
            let (add, tail) = tail.get(usize::from(pooled)..)?.split_first()?;
            stack.push(first, true)?;
            stack.push(second, !pooled)?;
            stack.pooled.push(pooled);
            if add.operation != Operation::Add {
                return None;
            }
            rest = tail;
        }
        if let [Step { operation: Operation::MaxPool { size: [rows, 1], rectified: false }, .. }, tail @ ..] = rest {
            stack.last_pool = *rows;
            rest = tail;
        }
        stack.operations = layout.steps().len() - rest.len();
        (!stack.pooled.is_empty()).then_some(stack)
    }

    /// Adds a convolution. Its channels must be a multiple of sixteen for the widest registers; otherwise `None`.
    fn push(&mut self, Step { operation, input, output }: &Step, relu: bool) -> Option<()> {
        let Operation::Convolution(ConvLayout { channels, geometry, groups: 1, bias: true, rectified, .. }) = operation
        else {
            return None;
        };
        let ([rows, columns, _], [output_rows, output_columns, _]) = (*input, *output);
        let layer = Layer {
            window: *geometry,
            channels: *channels,
            input: [rows, columns],
            output: [output_rows, output_columns],
            parameters: self.parameters(),
            statistics: self.statistics(),
        };
        self.layers.push(layer);
        (channels[1].is_multiple_of(16) && *rectified == relu).then_some(())
    }

    /// Number of operations of the layout that it computes, from the first one on.
    pub fn operations(&self) -> usize {
        self.operations
    }

    /// The layers in order, the stem first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Number of residual blocks.
    pub fn blocks(&self) -> usize {
        self.pooled.len()
    }

    /// Size `[rows, columns]` of the images.
    pub fn image(&self) -> [usize; 2] {
        self.layers[0].input
    }

    /// Length of the vector of parameters.
    pub fn parameters(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.vectors()[2].end)
    }

    /// Length of the vector of statistics.
    pub fn statistics(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.statistics + 2 * layer.channels[1])
    }

    /// Number of features of one image: channels × rows × columns.
    pub fn features(&self) -> usize {
        let ([rows, columns], channels) = self.block_output(self.blocks());
        rows / self.last_pool * columns * channels
    }

    /// Size and channels of a block's output; block 0 is the stem.
    pub(super) fn block_output(&self, block: usize) -> ([usize; 2], usize) {
        let layer = &self.layers[2 * block];
        let size = if self.pools(block) { layer.output.map(|side| side / 2) } else { layer.output };
        (size, layer.channels[1])
    }

    /// Whether the main path of a block ends in pooling; that of the stem, block 0, does not.
    pub(super) fn pools(&self, block: usize) -> bool {
        block > 0 && self.pooled[block - 1]
    }

    /// Number of values in a block's output for one image.
    pub(super) fn block_values(&self, block: usize) -> usize {
        let ([rows, columns], channels) = self.block_output(block);
        rows * columns * channels
    }

    /// Where the mask of a layer is for an image: `[layers of the blocks][batch, out]`. The stem has none.
    pub(super) fn mask(&self, layer: usize, batch: usize, image: usize) -> Range<usize> {
        let before: usize = self.layers[1..layer].iter().map(|layer| layer.channels[1]).sum();
        let channels = self.layers[layer].channels[1];
        let start = before * batch + image * channels;
        start..start + channels
    }
}
