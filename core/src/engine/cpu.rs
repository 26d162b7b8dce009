//! The executor for a CPU.

use super::network::{Block, Conv, Linear, Network};
use crate::classifier::Rows;
use crate::filterbank::fused::Plan;
use crate::network::{self, Activation, Convolution, Image, add_max_pool, max_pool};
use crate::{Result, threads};

/// Windows that go through the classifier together: the weights of the hidden layer, three quarters of all, are then
/// read once for all of them.
const GROUP: usize = 8;

/// A model ready to run on the CPU.
#[derive(Clone, Debug)]
pub struct CpuEngine {
    network: Network,
    front_end: Plan,
    stem: Convolution,
    blocks: Vec<BlockKernels>,
    hidden: network::Linear,
    output: network::Linear,
}

#[derive(Clone, Debug)]
struct BlockKernels {
    first: Convolution,
    second: Convolution,
    pooled: bool,
}

impl CpuEngine {
    /// Prepares a model.
    ///
    /// # Errors
    /// A front-end without filters or frames.
    pub fn new(network: Network) -> Result<Self> {
        let conv =
            |Conv { layout, weights, bias }: &Conv| Convolution::new(layout.window, layout.channels, weights, bias);
        let linear =
            |Linear { weights, bias }: &Linear| network::Linear::new(weights.len() / bias.len().max(1), weights, bias);
        let block = |block: &Block| BlockKernels {
            first: conv(&block.first),
            second: conv(&block.second),
            pooled: block.pooled,
        };
        Ok(Self {
            front_end: Plan::gammatones(&network.front_end, &network.filters)?,
            stem: conv(&network.stem),
            blocks: network.blocks.iter().map(block).collect(),
            hidden: linear(&network.hidden),
            output: linear(&network.output),
            network,
        })
    }

    /// The model.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Log-energy image `[frames, filters]` of one signal of any length.
    ///
    /// # Errors
    /// None that a signal can cause; a filterbank that does not fit the model.
    pub fn image(&self, signal: &[f32]) -> Result<Vec<f32>> {
        self.images(signal, signal.len())
    }

    /// Log-energy images `[signals, frames, filters]` of signals `[signals, samples]`.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) for an incomplete last signal.
    pub fn images(&self, signals: &[f32], samples: usize) -> Result<Vec<f32>> {
        let count = signals.len().checked_div(samples).unwrap_or(0);
        let mut images = vec![0.0; count * self.front_end.frames(samples) * self.network.front_end.filters];
        self.front_end.forward(signals, samples, &mut images)?;
        Ok(images)
    }

    /// Probabilities `[windows, classes]` of windows that stand row by row.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) for an incomplete last window.
    pub fn probabilities(&self, windows: &[f32]) -> Result<Vec<f32>> {
        Ok(self.probabilities_of(&self.images(windows, self.network.samples)?))
    }

    /// Probabilities `[images, classes]` of images `[images, frames, filters]`.
    pub fn probabilities_of(&self, images: &[f32]) -> Vec<f32> {
        let mut probabilities = self.logits(images);
        probabilities.chunks_exact_mut(self.network.classes()).for_each(softmax);
        probabilities
    }

    /// Logits `[images, classes]` of images `[images, frames, filters]`.
    pub fn logits(&self, images: &[f32]) -> Vec<f32> {
        let size = self.network.frames * self.network.front_end.filters;
        let images: Vec<&[f32]> = images.chunks_exact(size).collect();
        threads::runs(images, |run| run.chunks(GROUP).flat_map(|group| self.group_logits(group)).collect::<Vec<_>>())
            .concat()
    }

    fn group_logits(&self, images: &[&[f32]]) -> Vec<f32> {
        let (size, count) = ([self.network.frames, self.network.front_end.filters], images.len());
        let mut features = Vec::with_capacity(count * self.hidden.features()[0]);
        let mut activations = Activations::default();
        for image in images {
            features.extend(self.features(image, size, &mut activations).rows().flatten());
        }
        let mut hidden = vec![0.0; count * self.hidden.features()[1]];
        self.hidden.forward(&features, Activation::Relu, &mut hidden);
        let mut logits = vec![0.0; count * self.network.classes()];
        self.output.forward(&hidden, Activation::None, &mut logits);
        logits
    }

    /// What the head sees of one image.
    fn features<'a>(&self, image: &[f32], size: [usize; 2], activations: &'a mut Activations) -> &'a Image {
        activations.next = 0;
        let input = activations.take(size, 1, self.stem.window().padding);
        match self.network.scaling.apply(image, size[1]) {
            Some(scaled) => activations.images[input].copy_from(&scaled),
            None => activations.images[input].copy_from(image),
        }
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
        match self.network.rows {
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

/// Turns logits into probabilities: `e^logit` over their sum.
pub fn softmax(logits: &mut [f32]) {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    logits.iter_mut().for_each(|value| *value = (*value - largest).exp());
    let sum: f32 = logits.iter().sum();
    logits.iter_mut().for_each(|value| *value /= sum);
}

#[cfg(all(test, feature = "burn"))]
mod tests {
    use super::*;
    use crate::spectnet::SpectNet;
    use crate::task::Task;
    use burn::tensor::{Device, Distribution, Tensor, TensorData};

    /// Every size of network answers as the module it was taken from does.
    #[test]
    fn the_engine_answers_as_the_module() {
        let device = Device::flex();
        device.seed(3);
        for (blocks, filters) in [(2, 3), (2, 4), (3, 7), (3, 16), (4, 15), (4, 16)] {
            let config = Task::Heart.model(["a", "b", "c"].map(String::from).to_vec(), filters, blocks);
            let mut weights = SpectNet::new(&config, &device).unwrap().weights().unwrap();
            // A normalisation that has seen data.
            for (name, values) in weights.iter_mut().filter(|(name, _)| name.contains("norm") || name.contains("bias"))
            {
                let least = if name.ends_with("running_var") { 0.5 } else { -0.3 };
                values
                    .iter_mut()
                    .enumerate()
                    .for_each(|(i, value)| *value = least + 0.6 * ((i * i) as f32).sin().abs());
            }
            let model = SpectNet::with_weights(&config, &weights, &device).unwrap();
            let windows = Tensor::<2>::random([2, config.windowing.samples], Distribution::Normal(0.0, 0.05), &device);
            let signal = windows.clone().try_into_vec_as::<f32>().unwrap();
            let engine = CpuEngine::new(Network::new(&config, &weights).unwrap()).unwrap();
            let image = model.front_end.forward(windows.clone()).try_into_vec_as::<f32>().unwrap();
            let ours = engine.images(&signal, config.windowing.samples).unwrap();
            assert_eq!(image.len(), ours.len());
            for (plain, ours) in image.iter().zip(&ours) {
                assert!((plain - ours).abs() < 5e-4, "{plain} {ours}");
            }
            let image = TensorData::new(ours.clone(), [2, 1, config.frames(), filters]);
            let plain = model.classifier.forward(Tensor::from_data(image, &device)).try_into_vec_as::<f32>().unwrap();
            for (plain, ours) in plain.iter().zip(engine.logits(&ours)) {
                assert!((plain - ours).abs() < 1e-4 * plain.abs().max(1.0), "{blocks} {filters}: {plain} {ours}");
            }
            let plain = model.probabilities(windows).try_into_vec_as::<f32>().unwrap();
            for (plain, ours) in plain.iter().zip(engine.probabilities(&signal).unwrap()) {
                assert!((plain - ours).abs() < 1e-3, "{blocks} {filters}: {plain} {ours}");
            }
        }
    }
}
