//! The executor for a CPU.

use super::network::{Block, Conv, Linear, Network};

/// A model ready to run on the CPU.
#[derive(Clone, Debug)]
pub struct CpuEngine {
    network: Network,
    kernels: Vec<Vec<f64>>,
}

/// Rows, columns and channels.
type Size = [usize; 3];

impl CpuEngine {
    /// Prepares a model.
    pub fn new(network: Network) -> Self {
        let kernels = network.filters.iter().map(|filter| network.front_end.gammatone(*filter).kernel()).collect();
        Self { network, kernels }
    }

    /// The model.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Log-energy image of one signal of any length: `[frames, filters]`.
    pub fn image(&self, signal: &[f32]) -> Vec<f32> {
        let config = &self.network.front_end;
        let frames = config.frames(signal.len());
        let mut image = vec![0.0; frames * config.filters];
        for (filter, kernel) in self.kernels.iter().enumerate() {
            for frame in 0..frames {
                let start = frame * config.framing.hop;
                let energy: f64 = (start..start + config.framing.window)
                    .map(|m| kernel.iter().zip(&signal[m..]).map(|(g, &x)| g * f64::from(x)).sum::<f64>().powi(2))
                    .sum();
                image[frame * config.filters + filter] = (energy + 1e-16).ln() as f32;
            }
        }
        image
    }

    /// Probabilities of windows that stand row by row: `[windows, classes]`.
    pub fn probabilities(&self, windows: &[f32]) -> Vec<f32> {
        windows
            .chunks_exact(self.network.samples)
            .flat_map(|window| softmax(&self.logits(&self.image(window))))
            .collect()
    }

    /// Logits of one image `[frames, filters]`.
    pub fn logits(&self, image: &[f32]) -> Vec<f32> {
        let network = &self.network;
        let size = [network.frames, network.front_end.filters, 1];
        let (mut x, mut size) = convolve(&network.stem, image, size);
        relu(&mut x);
        for block in &network.blocks {
            (x, size) = run_block(block, &x, size);
        }
        if network.pooled_rows {
            (x, _) = pool(&x, size, [2, 1]);
        }
        let mut hidden = linear(&network.hidden, &x);
        relu(&mut hidden);
        linear(&network.output, &hidden)
    }
}

fn run_block(block: &Block, x: &[f32], size: Size) -> (Vec<f32>, Size) {
    let (mut main, inner) = convolve(&block.first, x, size);
    relu(&mut main);
    let (mut main, mut inner) = convolve(&block.second, &main, inner);
    if block.pooled {
        (main, inner) = pool(&main, inner, [2, 2]);
    }
    relu(&mut main);
    let (shortcut, [_, _, channels]) = pool(x, size, [2, 2]);
    for (place, values) in main.chunks_exact_mut(inner[2]).zip(shortcut.chunks_exact(channels)) {
        place.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }
    (main, inner)
}

fn convolve(conv: &Conv, x: &[f32], [rows, columns, inputs]: Size) -> (Vec<f32>, Size) {
    let layout = &conv.layout;
    let side = |axis: usize, length: usize| {
        (length + 2 * layout.padding[axis] - layout.dilation[axis] * (layout.kernel[axis] - 1) - 1)
            / layout.stride[axis]
            + 1
    };
    let size @ [height, width, outputs] = [side(0, rows), side(1, columns), layout.channels[1]];
    let mut y = Vec::with_capacity(height * width * outputs);
    for row in 0..height {
        for column in 0..width {
            let mut sums = conv.bias.clone();
            for (tap, weights) in conv.weights.chunks_exact(inputs * outputs).enumerate() {
                let r = row * layout.stride[0] + tap / layout.kernel[1] * layout.dilation[0];
                let c = column * layout.stride[1] + tap % layout.kernel[1] * layout.dilation[1];
                let inside = |place: usize, axis: usize, length: usize| {
                    place.checked_sub(layout.padding[axis]).filter(|&place| place < length)
                };
                let (Some(r), Some(c)) = (inside(r, 0, rows), inside(c, 1, columns)) else { continue };
                let values = &x[(r * columns + c) * inputs..][..inputs];
                for (value, weights) in values.iter().zip(weights.chunks_exact(outputs)) {
                    sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += value * weight);
                }
            }
            y.extend_from_slice(&sums);
        }
    }
    (y, size)
}

fn pool(x: &[f32], [rows, columns, channels]: Size, [height, width]: [usize; 2]) -> (Vec<f32>, Size) {
    let size = [rows / height, columns / width, channels];
    let mut y = Vec::with_capacity(size.iter().product());
    for row in 0..size[0] {
        for column in 0..size[1] {
            for channel in 0..channels {
                let at = |i: usize| {
                    let (r, c) = (row * height + i / width, column * width + i % width);
                    x[(r * columns + c) * channels + channel]
                };
                y.push((0..height * width).map(at).fold(f32::NEG_INFINITY, f32::max));
            }
        }
    }
    (y, size)
}

fn relu(x: &mut [f32]) {
    x.iter_mut().for_each(|value| *value = value.max(0.0));
}

fn linear(layer: &Linear, x: &[f32]) -> Vec<f32> {
    let mut y = layer.bias.clone();
    for (value, weights) in x.iter().zip(layer.weights.chunks_exact(layer.bias.len())) {
        y.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += value * weight);
    }
    y
}

/// Probabilities of logits: `e^logit` over their sum.
pub fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|logit| (logit - largest).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

#[cfg(test)]
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
            let engine = CpuEngine::new(Network::new(&config, &weights).unwrap());
            let image = model.front_end.forward(windows.clone()).try_into_vec_as::<f32>().unwrap();
            let ours: Vec<f32> =
                signal.chunks(config.windowing.samples).flat_map(|window| engine.image(window)).collect();
            assert_eq!(image.len(), ours.len());
            for (plain, ours) in image.iter().zip(&ours) {
                assert!((plain - ours).abs() < 1e-3, "{plain} {ours}");
            }
            let image = TensorData::new(ours.clone(), [2, 1, config.frames(), filters]);
            let plain = model.classifier.forward(Tensor::from_data(image, &device)).try_into_vec_as::<f32>().unwrap();
            let logits = ours.chunks(ours.len() / 2).flat_map(|image| engine.logits(image));
            for (plain, ours) in plain.iter().zip(logits) {
                assert!((plain - ours).abs() < 1e-4 * plain.abs().max(1.0), "{blocks} {filters}: {plain} {ours}");
            }
            let plain = model.probabilities(windows).try_into_vec_as::<f32>().unwrap();
            for (plain, ours) in plain.iter().zip(engine.probabilities(&signal)) {
                assert!((plain - ours).abs() < 1e-3, "{blocks} {filters}: {plain} {ours}");
            }
        }
    }
}
