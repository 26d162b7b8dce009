//! The classifier on a CPU.

use super::network::{Layer, Network};
use crate::model::Operation;
use crate::model::operations::SHORTCUT_POOL;
use crate::network::cpu::moments::moments;
use crate::network::cpu::{Activation, Convolution, Image, Linear, Scaled, add_max_pool, max_pool};
use crate::threads;

/// Windows that go through the classifier together: the weights of the hidden layer, three quarters of all weights, are
/// then read once for all of them.
const GROUP: usize = 8;

/// The input of the classifier for one window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input<'a> {
    /// The image `[frames, filters]` of the front-end.
    pub image: &'a [f32],
    /// Number of frames that hold sound; the others are padding.
    pub sounding: usize,
    /// Weights `[phases, frames]` of its frames in the phases of the heart cycle.
    pub states: Option<&'a [f32]>,
}

/// A classifier ready to run on the CPU.
#[derive(Clone, Debug)]
pub(super) struct Kernels {
    scaling: Scaled,
    /// Size `[rows, columns]` of an image.
    size: [usize; 2],
    /// Width of the border of zeros around it.
    border: [usize; 2],
    /// The operations up to the features of one window, each with the width of the border around its output.
    body: Vec<(Kernel, [usize; 2])>,
    /// The linear layers after them, which process several windows at once.
    head: Vec<(Linear, Activation)>,
}

#[derive(Clone, Debug)]
enum Kernel {
    Convolution(Convolution, Activation),
    MaxPool([usize; 2], Activation),
    Shortcut,
    Add,
    MeanOverRows,
    Moments(usize),
}

impl Kernels {
    pub(super) fn new(network: &Network) -> Self {
        let relu = |rectified: bool| if rectified { Activation::Relu } else { Activation::None };
        let (mut body, mut head) = (Vec::new(), Vec::new());
        for (index, Layer { step, weights, bias }) in network.layers.iter().enumerate() {
            let kernel = match &step.operation {
                Operation::Convolution(layer) => Kernel::Convolution(
                    Convolution::new(layer.geometry, layer.channels, weights, bias),
                    relu(layer.rectified),
                ),
                Operation::MaxPool { size, rectified } => Kernel::MaxPool(*size, relu(*rectified)),
                Operation::Shortcut => Kernel::Shortcut,
                Operation::Add => Kernel::Add,
                Operation::MeanOverRows => Kernel::MeanOverRows,
                Operation::Moments { phases } => Kernel::Moments(*phases),
                Operation::Linear(layer) => {
                    let linear = Linear::new(step.input.iter().product(), weights, bias);
                    head.push((linear, relu(layer.rectified)));
                    continue;
                }
                // A network that has an engine has none of the other layers.
                _ => continue,
            };
            body.push((kernel, border(&network.layers[index + 1..])));
        }
        let size = [network.frames, network.front_end.filters];
        Self { scaling: network.scaling.clone(), size, border: border(&network.layers), body, head }
    }

    /// Logits `[windows, classes]`, computed on all cores.
    pub(super) fn logits(&self, inputs: Vec<Input>) -> Vec<f32> {
        let logits = |run: Vec<Input>| run.chunks(GROUP).flat_map(|group| self.group_logits(group)).collect::<Vec<_>>();
        threads::runs(inputs, logits).concat()
    }

    fn group_logits(&self, inputs: &[Input]) -> Vec<f32> {
        let features = self.head.first().map_or(0, |(linear, _)| linear.features()[0]);
        let mut values = Vec::with_capacity(inputs.len() * features);
        let mut activations = Activations::default();
        for input in inputs {
            values.extend(self.features(input, &mut activations).rows().flatten());
        }
        for (linear, then) in &self.head {
            let mut output = vec![0.0; inputs.len() * linear.features()[1]];
            linear.forward(&values, *then, &mut output);
            values = output;
        }
        values
    }

    /// The input of the head for one window.
    fn features<'a>(&self, input: &Input, activations: &'a mut Activations) -> &'a Image {
        activations.next = 0;
        let mut x = activations.take(self.size, 1, self.border);
        let scaled = self.scaling.apply(input.image, self.size[1], input.sounding);
        activations.images[x].copy_from(scaled.as_deref().unwrap_or(input.image));
        let mut shortcut = x;
        for (kernel, border) in &self.body {
            match kernel {
                Kernel::Convolution(conv, then) => x = activations.convolve(conv, *then, x, *border),
                Kernel::MaxPool(size, then) => x = activations.pool(*size, *then, x, *border),
                Kernel::Shortcut => shortcut = x,
                Kernel::Add => {
                    let (shortcut, sum) = activations.pair(shortcut, x);
                    add_max_pool(shortcut, SHORTCUT_POOL, sum);
                }
                Kernel::MeanOverRows => x = activations.average_rows(x),
                Kernel::Moments(phases) => x = activations.moments(*phases, input.states, x),
            }
        }
        &activations.images[x]
    }
}

/// The border that these layers need around their input: the padding of the convolution that reads it first.
fn border(layers: &[Layer]) -> [usize; 2] {
    // A sum is computed in place.
    let reads = |operation: &&Operation| !matches!(operation, Operation::Shortcut | Operation::Add);
    match layers.iter().map(|layer| &layer.step.operation).find(reads) {
        Some(Operation::Convolution(layer)) => layer.geometry.padding,
        _ => [0, 0],
    }
}

/// The images between the layers. They have the same sizes for every window, so their memory is used again.
#[derive(Default)]
struct Activations {
    images: Vec<Image>,
    next: usize,
}

impl Activations {
    /// Index of the next image, which is allocated for the first window.
    fn take(&mut self, size: [usize; 2], channels: usize, border: [usize; 2]) -> usize {
        if self.next == self.images.len() {
            self.images.push(Image::zeros(size, channels, border));
        }
        self.next += 1;
        self.next - 1
    }

    /// An earlier image to read, and a later one to write.
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

    /// Mean and standard deviation in every phase, as an image of one pixel.
    fn moments(&mut self, phases: usize, weights: Option<&[f32]>, input: usize) -> usize {
        let image = &self.images[input];
        let found = moments(&image.to_vec(), image.size()[1], phases, weights);
        let output = self.take([1, 1], found.len(), [0, 0]);
        self.images[output].copy_from(&found);
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
