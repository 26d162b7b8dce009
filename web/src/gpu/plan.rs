//! What the graphics device is asked to do for a model: one list of weights, buffers, and steps.
//!
//! A step is one dispatch of a shader; its `sizes` are the numbers of the shader's `Shape`, in that order. Steps come in a
//! fixed order and every window takes all of them, so that any number of windows is one submission.

use spectnet_core::model::operations::ConvLayout;
use spectnet_core::model::{Geometry, Operation};
use spectnet_core::network::cpu::Normalised;
use spectnet_core::network::cpu::engine::{Layer, Network};

use super::maps::Maps;

/// Invocations of a workgroup along the first axis, in every shader but [`Shader::Linear`].
const WORKGROUP: usize = 64;
/// Rows that one invocation of the convolution has.
const ROWS: usize = 8;
/// Channels that one invocation of the convolution has.
const CHANNELS: usize = 8;
/// Filters, outputs and weights are taken in vectors of four.
const VECTOR: usize = 4;
/// Most multiply-adds with which the device filters a window tap by tap. Beyond, the CPU makes the image with Fourier
/// transforms, whose time hardly depends on the taps, and the device gets that.
const MAX_DIRECT: usize = 100_000_000;

/// The shaders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shader {
    /// Signals to energies of blocks.
    Energies,
    /// Energies of blocks to the log-energy image.
    Levels,
    /// Log-energy image to what the network sees.
    Scale,
    /// Convolution, bias, ReLU.
    Convolution,
    /// Max-pooling and the sum with the shortcut.
    Pool,
    /// Mean over the rows.
    Average,
    /// Linear layer.
    Linear,
}

impl Shader {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 7] =
        [Self::Energies, Self::Levels, Self::Scale, Self::Convolution, Self::Pool, Self::Average, Self::Linear];

    /// The source, in WGSL.
    pub fn source(self) -> &'static str {
        match self {
            Self::Energies => include_str!("shaders/energies.wgsl"),
            Self::Levels => include_str!("shaders/levels.wgsl"),
            Self::Scale => include_str!("shaders/scale.wgsl"),
            Self::Convolution => include_str!("shaders/convolution.wgsl"),
            Self::Pool => include_str!("shaders/pool.wgsl"),
            Self::Average => include_str!("shaders/average.wgsl"),
            Self::Linear => include_str!("shaders/linear.wgsl"),
        }
    }
}

/// What a step reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The weights of the whole model.
    Weights,
    /// A buffer, by its place in [`Plan::buffers`].
    Buffer(usize),
}

/// One dispatch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What runs.
    pub shader: Shader,
    /// Bindings 0 and 1.
    pub sources: [Source; 2],
    /// Binding 2, by its place in [`Plan::buffers`].
    pub target: usize,
    /// The numbers of the shader's `Shape`.
    pub sizes: Vec<usize>,
    /// Workgroups along the first two axes; the third has one for each window.
    pub groups: [usize; 2],
}

/// All of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Every weight, kernels of the filters included.
    pub weights: Vec<f32>,
    /// Values that each buffer holds for one window. The first is for what comes in: the signals `[windows, samples]`, or
    /// the image where there is no front-end.
    pub buffers: Vec<usize>,
    /// What is done.
    pub steps: Vec<Step>,
    /// The steps at the beginning that make the image; none where the CPU makes it.
    pub front_end: usize,
    /// The image.
    pub image: Maps,
    /// The buffer of the logits `[windows, classes]`; none for a classifier that is too small for the device.
    pub logits: Option<usize>,
}

impl Plan {
    /// Lays out a model.
    pub fn new(network: &Network) -> Self {
        Self::with_front_end(network, direct_work(network) <= MAX_DIRECT)
    }

    fn with_front_end(network: &Network, on_device: bool) -> Self {
        let size = [network.frames, network.front_end.filters, 1];
        let image = Maps::bordered(usize::from(on_device), size, border(&network.layers).unwrap_or_default());
        let mut plan =
            Self { weights: Vec::new(), buffers: Vec::new(), steps: Vec::new(), front_end: 0, image, logits: None };
        if on_device {
            plan.buffer(network.samples);
        }
        plan.buffer(image.window);
        if on_device {
            plan.front_end(network);
            plan.front_end = plan.steps.len();
        }
        // What the classifier of the heart cycle does after the image takes no time.
        if network.phases().is_none() {
            plan.classifier(network);
        }
        plan
    }

    /// From the image to the logits.
    fn classifier(&mut self, network: &Network) {
        let mut x = self.scale(network);
        let (mut shortcut, mut pooling) = (None, [1, 1]);
        for (index, layer) in network.layers.iter().enumerate() {
            let behind = &network.layers[index + 1..];
            let adds = behind.first().is_some_and(|next| next.step.operation == Operation::Add);
            match &layer.step.operation {
                Operation::Convolution(conv) => {
                    x = self.convolution(layer, conv, x, border(behind).unwrap_or_default())
                }
                Operation::Shortcut => shortcut = Some(x),
                // One step pools and adds.
                Operation::MaxPool { size, .. } if adds => pooling = *size,
                Operation::MaxPool { size, .. } => x = self.pool(x, *size, None, border(behind)),
                Operation::Add => {
                    x = self.pool(x, pooling, shortcut.take(), border(behind));
                    pooling = [1, 1];
                }
                Operation::MeanOverRows => x = self.average(x),
                Operation::Linear(linear) => x = self.linear(layer, x, linear.rectified),
                // Layers that the device classifies with are none of the others.
                _ => {}
            }
        }
        self.logits = Some(x.buffer);
    }

    /// Bytes that one window takes, all buffers together.
    pub fn window_bytes(&self) -> usize {
        self.buffers.iter().sum::<usize>() * size_of::<f32>()
    }

    /// Bytes of the largest buffer for one window.
    pub fn largest_bytes(&self) -> usize {
        self.buffers.iter().max().map_or(0, |values| values * size_of::<f32>())
    }

    /// Whether images come in instead of signals.
    pub fn takes_images(&self) -> bool {
        self.front_end == 0
    }

    fn front_end(&mut self, network: &Network) {
        let config = &network.front_end;
        let Blocks { whole, head, used, blocks, groups } = Blocks::new(network);

        let kernels: Vec<Vec<f64>> = network.filters.iter().map(|&filter| config.gammatone(filter).kernel()).collect();
        let mut taps = Vec::with_capacity(groups * config.taps * VECTOR);
        for group in kernels.chunks(VECTOR) {
            for tap in 0..config.taps {
                taps.extend((0..VECTOR).map(|i| group.get(i).map_or(0.0, |kernel| kernel[tap] as f32)));
            }
        }
        let kernels = self.put(&taps);
        let energies = self.buffer(2 * VECTOR * groups * blocks);
        self.steps.push(Step {
            shader: Shader::Energies,
            sources: [Source::Buffer(0), Source::Weights],
            target: energies,
            sizes: vec![kernels, config.taps, network.samples, config.framing.hop, head, used, blocks, groups],
            groups: [blocks.div_ceil(WORKGROUP), groups],
        });
        let Maps { buffer, origin, row, window, .. } = self.image;
        self.steps.push(Step {
            shader: Shader::Levels,
            sources: [Source::Buffer(energies), Source::Weights],
            target: buffer,
            sizes: vec![config.filters, network.frames, whole, blocks, groups, origin, row, window],
            groups: [network.frames.div_ceil(WORKGROUP), groups],
        });
    }

    /// The image as the first convolution wants it.
    fn scale(&mut self, network: &Network) -> Maps {
        let (scaling, image) = (&network.scaling, self.image);
        if scaling.is_identity() {
            return image;
        }
        let filters = network.front_end.filters;
        let (zeros, ones) = (vec![0.0; filters], vec![1.0; filters]);
        let (means, factors) = match &scaling.normalised {
            Normalised::Data { mean, deviation } => {
                (mean, &deviation.iter().map(|deviation| 1.0 / deviation).collect())
            }
            Normalised::Not | Normalised::Window => (&zeros, &ones),
        };
        let numbers = [
            scaling.floor.as_ref().unwrap_or(&zeros),
            scaling.exponents.as_ref().unwrap_or(&ones),
            means,
            factors,
            &vec![scaling.least_variance],
        ];
        let places = numbers.map(|numbers| self.put(numbers));
        let scaled = self.maps(|buffer| Maps { buffer, ..image });
        let floored = usize::from(scaling.floor.is_some());
        let powers = usize::from(scaling.exponents.is_some());
        let over_window = usize::from(scaling.normalised == Normalised::Window);
        let Maps { origin, row, window, .. } = image;
        let mut sizes = vec![filters, network.frames, floored, powers, over_window];
        sizes.extend(places);
        sizes.extend([origin, row, window]);
        self.steps.push(Step {
            shader: Shader::Scale,
            sources: [Source::Buffer(image.buffer), Source::Weights],
            target: scaled.buffer,
            sizes,
            groups: [filters.div_ceil(WORKGROUP), 1],
        });
        scaled
    }

    /// The mean over the rows of maps for a linear layer.
    fn average(&mut self, x: Maps) -> Maps {
        let y = self.maps(|buffer| Maps::flat(buffer, [1, x.columns, x.channels]));
        self.steps.push(Step {
            shader: Shader::Average,
            sources: [Source::Buffer(x.buffer), Source::Weights],
            target: y.buffer,
            sizes: vec![x.rows, x.row],
            groups: [x.row.div_ceil(WORKGROUP), 1],
        });
        y
    }

    /// A convolution, into maps with a border for the next one. A ReLU follows: where the network has one only behind
    /// the pooling that comes next, the result is the same.
    fn convolution(&mut self, layer: &Layer, conv: &ConvLayout, x: Maps, border: [usize; 2]) -> Maps {
        let Geometry { kernel, stride, padding, dilation } = conv.geometry;
        let [inputs, outputs] = conv.channels;
        let y = self.maps(|buffer| Maps::bordered(buffer, layer.step.output, border));
        let [rows, columns] = [y.rows, y.columns];
        let (weights, bias) = (self.put(&layer.weights), self.put(&layer.bias));
        let sizes = [
            &[rows, columns, inputs, outputs][..],
            &[kernel[0], kernel[1], stride[0], stride[1], dilation[0], dilation[1], weights, bias],
            &[x.corner(padding), x.row, x.plane, x.window, y.origin, y.row, y.plane, y.window],
        ];
        self.steps.push(Step {
            shader: Shader::Convolution,
            sources: [Source::Buffer(x.buffer), Source::Weights],
            target: y.buffer,
            sizes: sizes.concat(),
            groups: [(rows.div_ceil(ROWS) * columns).div_ceil(WORKGROUP), outputs / CHANNELS],
        });
        y
    }

    /// Pooling and the sum with a shortcut, into maps with a border; without one, into maps for a linear layer.
    fn pool(
        &mut self,
        x: Maps,
        [height, width]: [usize; 2],
        shortcut: Option<Maps>,
        border: Option<[usize; 2]>,
    ) -> Maps {
        let size = [x.rows / height, x.columns / width, x.channels];
        let y = self.maps(|buffer| match border {
            Some(border) => Maps::bordered(buffer, size, border),
            None => Maps::flat(buffer, size),
        });
        let added = shortcut.map_or([0; 5], |s| [s.channels, s.origin, s.row, s.plane, s.window]);
        let sizes = [
            &[y.rows, y.columns, height, width, x.origin, x.row, x.plane, x.window][..],
            &added,
            &[y.origin, y.row, y.column, y.plane, y.window],
        ];
        self.steps.push(Step {
            shader: Shader::Pool,
            sources: [Source::Buffer(x.buffer), shortcut.map_or(Source::Weights, |s| Source::Buffer(s.buffer))],
            target: y.buffer,
            sizes: sizes.concat(),
            groups: [(y.rows * y.columns).div_ceil(WORKGROUP), y.channels],
        });
        y
    }

    fn linear(&mut self, layer: &Layer, x: Maps, rectified: bool) -> Maps {
        let (inputs, outputs) = (layer.step.input.iter().product::<usize>(), layer.bias.len());
        let padded = |rows: &[f32]| -> Vec<f32> {
            let vectors = |row: &[f32]| {
                (0..outputs.next_multiple_of(VECTOR)).map(|i| row.get(i).copied().unwrap_or(0.0)).collect::<Vec<_>>()
            };
            rows.chunks(outputs).flat_map(vectors).collect()
        };
        let (weights, bias) = (self.put(&padded(&layer.weights)), self.put(&padded(&layer.bias)));
        let y = self.maps(|buffer| Maps::flat(buffer, layer.step.output));
        self.steps.push(Step {
            shader: Shader::Linear,
            sources: [Source::Buffer(x.buffer), Source::Weights],
            target: y.buffer,
            sizes: vec![inputs, outputs, weights, bias, usize::from(rectified)],
            groups: [outputs.div_ceil(VECTOR), 1],
        });
        y
    }

    /// Adds weights, a multiple of four; their place in vectors of four.
    fn put(&mut self, values: &[f32]) -> usize {
        let place = self.weights.len() / VECTOR;
        self.weights.extend_from_slice(values);
        self.weights.resize(self.weights.len().next_multiple_of(VECTOR), 0.0);
        place
    }

    fn buffer(&mut self, values: usize) -> usize {
        self.buffers.push(values);
        self.buffers.len() - 1
    }

    fn maps(&mut self, make: impl FnOnce(usize) -> Maps) -> Maps {
        let maps = make(self.buffers.len());
        self.buffer(maps.window);
        maps
    }
}

/// The zeros that these layers want around the maps that go in; none where the first that reads them wants them
/// channels last and without any.
fn border(layers: &[Layer]) -> Option<[usize; 2]> {
    let mut operations = layers.iter().map(|layer| &layer.step.operation);
    match operations.find(|operation| **operation != Operation::Shortcut)? {
        Operation::Convolution(conv) => Some(conv.geometry.padding),
        Operation::MaxPool { .. } | Operation::Add => Some([0, 0]),
        _ => None,
    }
}

/// How the front-end's shaders divide a window.
struct Blocks {
    /// Blocks that a frame has entirely.
    whole: usize,
    /// Outputs of the next block that it has too.
    head: usize,
    /// Outputs of a block that belong to any frame.
    used: usize,
    /// Blocks, each one hop long.
    blocks: usize,
    /// Groups of filters.
    groups: usize,
}

impl Blocks {
    fn new(network: &Network) -> Self {
        let framing = network.front_end.framing;
        let (whole, head) = (framing.window / framing.hop, framing.window % framing.hop);
        let used = if whole > 0 { framing.hop } else { head };
        Self { whole, head, used, blocks: network.frames + whole, groups: network.front_end.filters.div_ceil(VECTOR) }
    }
}

/// Multiply-adds of filtering a window tap by tap.
fn direct_work(network: &Network) -> usize {
    let Blocks { used, blocks, groups, .. } = Blocks::new(network);
    (blocks * used).saturating_mul(network.front_end.taps).saturating_mul(groups * VECTOR)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::reference::run;
    use super::*;
    use spectnet_core::filterbank::Framing;
    use spectnet_core::heart::Parts;
    use spectnet_core::model::{ClassifierConfig, Compression, ModelConfig, Normalisation, Scaling, Task, Weights};
    use spectnet_core::network::cpu::engine::CpuEngine;

    /// A model with weights that are different everywhere and neither vanish nor explode.
    pub(in crate::gpu) fn network(config: &ModelConfig) -> Network {
        let mut state = 1u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
        };
        let start = config.front_end.initial_filters().unwrap();
        let mut weights = Weights::new();
        for (name, shape) in config.tensors().unwrap() {
            let count: usize = shape.iter().product();
            let fan_in = match name.ends_with("conv.weight") {
                true => shape[1..].iter().product(),
                false => shape[0],
            };
            let values = (0..count).map(|i| match name.as_str() {
                "front_end.centre_frequency" => config.front_end.to_unconstrained(&start[i])[0] as f32,
                "front_end.bandwidth" => config.front_end.to_unconstrained(&start[i])[1] as f32,
                "front_end.gain" => config.front_end.to_unconstrained(&start[i])[2] as f32,
                "scaling.mean" => random() - 8.0,
                "scaling.deviation" => 3.0 + random(),
                name if name.ends_with("running_var") => 1.0 + random(),
                name if name.ends_with("weight") => random() * (12.0 / fan_in as f32).sqrt(),
                name if name.ends_with("gamma") => 1.0 + 0.5 * random(),
                _ => 0.3 * random(),
            });
            let values = values.collect();
            weights.insert(name, values);
        }
        Network::new(config, &weights).unwrap()
    }

    pub(in crate::gpu) fn config(blocks: usize, filters: usize, classes: usize) -> ModelConfig {
        Task::Heart.model((0..classes).map(|class| format!("class {class}")).collect(), filters, blocks)
    }

    pub(in crate::gpu) fn pooled(blocks: usize, filters: usize, classes: usize) -> ModelConfig {
        ModelConfig {
            classifier: ClassifierConfig::Pooled { blocks, dropout: 0.0 },
            scaling: Scaling {
                compression: Compression::Power,
                normalisation: Normalisation::Data,
                ..Scaling::default()
            },
            ..config(2, filters, classes)
        }
    }

    /// A sound with something in every filter, two windows long.
    pub(in crate::gpu) fn windows(network: &Network) -> Vec<f32> {
        let sample = |i: usize| ((i * i) as f32 * 1e-4).sin() * 0.02 + (i as f32 * 0.05).sin() * 0.05;
        (0..2 * network.samples).map(sample).collect()
    }

    fn agrees(config: &ModelConfig) {
        let network = network(config);
        agrees_with(network.clone(), true);
        agrees_with(network, false);
    }

    pub(in crate::gpu) fn agrees_with(network: Network, on_device: bool) {
        let windows = windows(&network);
        let plan = Plan::with_front_end(&network, on_device);
        assert_eq!(plan.takes_images(), !on_device);
        let cpu = CpuEngine::new(network).unwrap();
        let input: Vec<f32> = if on_device {
            windows.clone()
        } else {
            let images = cpu.images(&windows, cpu.network().samples).unwrap();
            images.chunks(images.len() / 2).flat_map(|image| plan.image.laid_out(image)).collect()
        };
        let buffers = run(&plan, &input, 2);
        for (index, window) in windows.chunks(cpu.network().samples).enumerate() {
            let maps = &plan.image;
            let image = maps.values(&buffers[maps.buffer][index * maps.window..][..maps.window]);
            let expected = cpu.image(window).unwrap();
            assert_eq!(image.len(), expected.len());
            for (got, expected) in image.iter().zip(&expected) {
                assert!((got - expected).abs() < 1e-3, "image: {got} {expected}");
            }
            let classes = cpu.network().classes();
            let expected = cpu.logits(&image, None, None).unwrap();
            let Some(logits) = plan.logits else { continue };
            for (got, expected) in buffers[logits][index * classes..][..classes].iter().zip(expected) {
                assert!((got - expected).abs() < 1e-4 * expected.abs().max(1.0), "logit: {got} {expected}");
            }
        }
    }

    #[test]
    fn every_step_has_the_numbers_that_its_shader_names() {
        let [paper, pooled] = [config(4, 15, 3), pooled(3, 9, 4)].map(|config| Plan::new(&network(&config)));
        for shader in Shader::ALL {
            let (_, shape) = shader.source().split_once("struct Shape {").unwrap();
            let (fields, _) = shape.split_once('}').unwrap();
            let names = fields.lines().filter(|line| line.contains(": u32,")).count();
            let steps = paper.steps.iter().chain(&pooled.steps);
            let steps: Vec<_> = steps.filter(|step| step.shader == shader).collect();
            assert!(!steps.is_empty() && steps.iter().all(|step| step.sizes.len() == names), "{shader:?}");
        }
    }

    #[test]
    fn every_size_of_network_answers_as_on_the_cpu() {
        for (blocks, filters, classes) in [(2, 3, 2), (2, 8, 5), (3, 7, 3), (3, 16, 2), (4, 15, 15)] {
            agrees(&config(blocks, filters, classes));
        }
    }

    #[test]
    fn the_pooled_network_answers_as_on_the_cpu() {
        for (blocks, filters, classes) in [(1, 3, 2), (2, 5, 5), (3, 46, 10), (3, 64, 15), (2, 149, 3), (4, 17, 2)] {
            let plain = pooled(blocks, filters, classes);
            agrees(&plain);
            for normalisation in [Normalisation::Window, Normalisation::Data] {
                let scaling = Scaling { normalisation, ..Scaling::default() };
                agrees(&ModelConfig { scaling, ..plain.clone() });
            }
            agrees(&ModelConfig { scaling: Scaling::default(), ..plain });
        }
    }

    /// Floor, compression and normalisation in every combination, with and without the front-end on the device.
    #[test]
    fn every_scaling_of_the_image_answers_as_on_the_cpu() {
        let plain = pooled(1, 5, 3);
        let mut answers: Vec<Vec<f32>> = Vec::new();
        for (compression, normalisation, floor_db, least_variance) in [Compression::Log, Compression::Power]
            .into_iter()
            .flat_map(|c| [Normalisation::None, Normalisation::Window, Normalisation::Data].map(|n| (c, n)))
            .flat_map(|(c, n)| [None, Some(20.0)].map(|floor| (c, n, floor)))
            .flat_map(|(c, n, floor)| [1e-3, 0.5].map(|variance| (c, n, floor, variance)))
        {
            let scaling = Scaling { compression, normalisation, floor_db, least_variance };
            let mut config = ModelConfig { scaling, ..plain.clone() };
            config.conditioning.target_rms = Some(0.05);
            agrees(&config);
            let cpu = CpuEngine::new(network(&config)).unwrap();
            let images = cpu.images(&windows(cpu.network()), cpu.network().samples).unwrap();
            answers.push(cpu.logits(&images, None, None).unwrap());
        }
        // The variance matters over the window alone; everything else makes another answer, or nothing would be tested.
        for (number, pair) in answers.chunks(2).enumerate() {
            assert_eq!(pair[0] != pair[1], number / 2 % 3 == 1, "{number}");
        }
        for pair in answers.chunks(4) {
            assert_ne!(pair[0], pair[2]);
        }
    }

    #[test]
    fn of_a_small_classifier_the_device_makes_the_image() {
        let config = ModelConfig {
            classifier: ClassifierConfig::States { dropout: 0.5, parts: Parts::default() },
            ..config(3, 13, 2)
        };
        let network = network(&config);
        assert_eq!(Plan::new(&network).logits, None);
        agrees_with(network, true);
    }

    #[test]
    fn long_kernels_are_left_to_the_cpu_and_short_ones_are_not() {
        let heart = network(&config(3, 16, 2));
        assert_eq!(direct_work(&heart), 242 * 10 * 81 * 16);
        assert!(!Plan::new(&heart).takes_images());
        assert!(!Plan::new(&network(&pooled(3, 149, 2))).takes_images());
        let mut config = pooled(3, 46, 10);
        config.front_end.taps = 1103;
        config.front_end.framing = Framing { window: 882, hop: 441 };
        config.windowing.samples = config.front_end.samples(48);
        config.windowing.hop = config.windowing.samples;
        let plan = Plan::new(&network(&config));
        assert!(plan.takes_images() && plan.buffers[0] == plan.image.window);
        agrees_with(network(&config), false);
    }

    #[test]
    fn frames_of_any_length_and_distance_are_summed_right() {
        let plain = config(2, 4, 2);
        for (window, hop) in [(25, 10), (30, 10), (7, 10), (10, 10), (26, 25), (1, 10)] {
            let mut config = plain.clone();
            config.front_end.framing = Framing { window, hop };
            config.windowing.samples = config.front_end.samples(if hop == 25 { 96 } else { 240 });
            config.windowing.hop = config.windowing.samples;
            agrees(&config);
        }
    }
}
