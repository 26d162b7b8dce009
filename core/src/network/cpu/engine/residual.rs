//! The residual classifiers on a CPU.

use super::network::{Block, Conv, Linear, Residual};
use crate::model::Rows;
use crate::network::cpu::{self, Activation, Convolution, Image, Scaled, add_max_pool, max_pool};
use crate::threads;

/// Windows that go through the classifier together: the weights of the hidden layer, three quarters of all, are then
/// read once for all of them.
const GROUP: usize = 8;

/// A residual classifier ready to run on the CPU.
#[derive(Clone, Debug)]
pub(super) struct ResidualKernels {
    scaling: Scaled,
    stem: Convolution,
    blocks: Vec<BlockKernels>,
    rows: Rows,
    hidden: cpu::Linear,
    output: cpu::Linear,
}

#[derive(Clone, Debug)]
struct BlockKernels {
    first: Convolution,
    second: Convolution,
    pooled: bool,
}

/// The kernel of a linear layer.
pub(super) fn linear(Linear { weights, bias }: &Linear) -> cpu::Linear {
    cpu::Linear::new(weights.len() / bias.len().max(1), weights, bias)
}

impl ResidualKernels {
    pub(super) fn new(scaling: &Scaled, classifier: &Residual) -> Self {
        let conv =
            |Conv { layout, weights, bias }: &Conv| Convolution::new(layout.window, layout.channels, weights, bias);
        let block = |block: &Block| BlockKernels {
            first: conv(&block.first),
            second: conv(&block.second),
            pooled: block.pooled,
        };
        Self {
            scaling: scaling.clone(),
            stem: conv(&classifier.stem),
            blocks: classifier.blocks.iter().map(block).collect(),
            rows: classifier.rows,
            hidden: linear(&classifier.hidden),
            output: linear(&classifier.output),
        }
    }

    /// Logits `[images, classes]` of images of `[frames, filters]`, each with the number of its frames that hold sound, on
    /// all cores.
    pub(super) fn logits(&self, images: Vec<(&[f32], usize)>, size: [usize; 2]) -> Vec<f32> {
        let logits = |run: Vec<(&[f32], usize)>| {
            run.chunks(GROUP).flat_map(|group| self.group_logits(group, size)).collect::<Vec<_>>()
        };
        threads::runs(images, logits).concat()
    }

    fn group_logits(&self, images: &[(&[f32], usize)], size: [usize; 2]) -> Vec<f32> {
        let count = images.len();
        let mut features = Vec::with_capacity(count * self.hidden.features()[0]);
        let mut activations = Activations::default();
        for &(image, sounding) in images {
            features.extend(self.features(image, sounding, size, &mut activations).rows().flatten());
        }
        let mut hidden = vec![0.0; count * self.hidden.features()[1]];
        self.hidden.forward(&features, Activation::Relu, &mut hidden);
        let mut logits = vec![0.0; count * self.output.features()[1]];
        self.output.forward(&hidden, Activation::None, &mut logits);
        logits
    }

    /// What the head sees of one image.
    fn features<'a>(
        &self,
        image: &[f32],
        sounding: usize,
        size: [usize; 2],
        activations: &'a mut Activations,
    ) -> &'a Image {
        activations.next = 0;
        let input = activations.take(size, 1, self.stem.window().padding);
        let scaled = self.scaling.apply(image, size[1], sounding);
        activations.images[input].copy_from(scaled.as_deref().unwrap_or(image));
        let first_padding = self.blocks.first().map_or([0, 0], |block| block.first.window().padding);
        let mut x = activations.convolve(&self.stem, Activation::Relu, input, first_padding);
        for (index, block) in self.blocks.iter().enumerate() {
            let padding = self.blocks.get(index + 1).map_or([0, 0], |next| next.first.window().padding);
            let inner = activations.convolve(&block.first, Activation::Relu, x, block.second.window().padding);
            let main = if block.pooled {
                let main = activations.convolve(&block.second, Activation::None, inner, [0, 0]);
                activations.pool([2, 2], Activation::Relu, main, padding)
            } else {
                activations.convolve(&block.second, Activation::Relu, inner, padding)
            };
            let (shortcut, sum) = activations.pair(x, main);
            add_max_pool(shortcut, [2, 2], sum);
            x = main;
        }
        match self.rows {
            Rows::Kept => {}
            Rows::Halved => x = activations.pool([2, 1], Activation::None, x, [0, 0]),
            Rows::Averaged => x = activations.average_rows(x),
        }
        &activations.images[x]
    }
}

/// The images between the layers. They are the same for every window, so the next window finds them allocated.
#[derive(Default)]
struct Activations {
    images: Vec<Image>,
    next: usize,
}

impl Activations {
    /// Place of the next image, allocated on the first window.
    fn take(&mut self, size: [usize; 2], channels: usize, border: [usize; 2]) -> usize {
        if self.next == self.images.len() {
            self.images.push(Image::zeros(size, channels, border));
        }
        self.next += 1;
        self.next - 1
    }

    /// An earlier image, and a later one to be written.
    fn pair(&mut self, earlier: usize, later: usize) -> (&Image, &mut Image) {
        let (before, after) = self.images.split_at_mut(later);
        (&before[earlier], &mut after[0])
    }

    fn convolve(&mut self, conv: &Convolution, then: Activation, input: usize, border: [usize; 2]) -> usize {
        let size = conv.window().output(self.images[input].size());
        let output = self.take(size, conv.channels()[1], border);
        let (input, image) = self.pair(input, output);
        conv.forward(input, then, image);
        output
    }

    /// The mean over the rows, as an image of one row.
    fn average_rows(&mut self, input: usize) -> usize {
        let ([rows, columns], channels) = (self.images[input].size(), self.images[input].channels());
        let output = self.take([1, columns], channels, [0, 0]);
        let (input, image) = self.pair(input, output);
        let mean = image.row_mut(0);
        mean.fill(0.0);
        for row in input.rows() {
            mean.iter_mut().zip(row).for_each(|(mean, value)| *mean += value);
        }
        mean.iter_mut().for_each(|mean| *mean /= rows as f32);
        output
    }

    fn pool(&mut self, size: [usize; 2], then: Activation, input: usize, border: [usize; 2]) -> usize {
        let [rows, columns] = self.images[input].size();
        let channels = self.images[input].channels();
        let output = self.take([rows / size[0], columns / size[1]], channels, border);
        let (input, image) = self.pair(input, output);
        max_pool(input, size, then, image);
        output
    }
}
