//! One operation of a classifier in both directions, on the values `[rows, columns, channels]` of one window.

use super::super::network::Layer;
use crate::model::Operation;
use crate::model::operations::{MOMENTS, SHORTCUT_POOL, Shape};
use crate::network::cpu::moments::moments;
use crate::network::cpu::{Activation, Convolution, Image, Transposed};

/// An operation at its place.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    /// What is done.
    pub kernel: Kernel,
    /// Shape of its input.
    pub input: Shape,
    output: Shape,
}

/// What is done.
#[derive(Clone, Debug)]
pub(super) enum Kernel {
    Convolution { forward: Convolution, back: Box<Transposed>, rectified: bool },
    MaxPool { size: [usize; 2], rectified: bool },
    Shortcut,
    Add,
    MeanOverRows,
    Moments(usize),
    Linear { weights: Vec<f32>, bias: Vec<f32>, rectified: bool },
}

/// The values that go around the main path of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stored<'a> {
    pub values: &'a [f32],
    pub shape: Shape,
}

impl Stage {
    /// An operation with its numbers; none for one that no network with an engine has.
    pub fn new(layer: &Layer) -> Option<Self> {
        let Layer { step, weights, bias } = layer;
        let kernel = match &step.operation {
            Operation::Convolution(conv) => Kernel::Convolution {
                forward: Convolution::new(conv.geometry, conv.channels, weights, bias),
                back: Box::new(Transposed::new(conv.geometry, conv.channels, weights)),
                rectified: conv.rectified,
            },
            Operation::MaxPool { size, rectified } => Kernel::MaxPool { size: *size, rectified: *rectified },
            Operation::Shortcut => Kernel::Shortcut,
            Operation::Add => Kernel::Add,
            Operation::MeanOverRows => Kernel::MeanOverRows,
            Operation::Moments { phases } => Kernel::Moments(*phases),
            Operation::Linear(linear) => {
                Kernel::Linear { weights: weights.clone(), bias: bias.clone(), rectified: linear.rectified }
            }
            _ => return None,
        };
        Some(Self { kernel, input: step.input, output: step.output })
    }

    /// What the operation leaves of `x`.
    pub fn forward(&self, x: &[f32], stored: Option<&Stored>, states: Option<&[f32]>) -> Vec<f32> {
        let [rows, columns, channels] = self.input;
        match &self.kernel {
            Kernel::Convolution { forward, rectified, .. } => {
                let [height, width, outputs] = self.output;
                let mut input = Image::zeros([rows, columns], channels, forward.window().padding);
                input.copy_from(x);
                let mut output = Image::zeros([height, width], outputs, [0, 0]);
                forward.forward(&input, if *rectified { Activation::Relu } else { Activation::None }, &mut output);
                output.to_vec()
            }
            Kernel::MaxPool { size, rectified } => {
                let mut pooled: Vec<f32> = largest(x, self.input, *size).into_iter().map(|place| x[place]).collect();
                rectify(&mut pooled, *rectified);
                pooled
            }
            Kernel::Shortcut => x.to_vec(),
            Kernel::Add => {
                let mut sum = x.to_vec();
                if let Some(Stored { values, shape }) = stored {
                    let winners = largest(values, *shape, SHORTCUT_POOL).into_iter().enumerate();
                    winners.for_each(|(number, place)| sum[in_front(number, shape[2], channels)] += values[place]);
                }
                sum
            }
            Kernel::MeanOverRows => {
                let mut mean = vec![0.0; columns * channels];
                for row in x.chunks_exact(mean.len().max(1)) {
                    mean.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / rows as f32);
                }
                mean
            }
            Kernel::Moments(phases) => moments(x, columns, *phases, states),
            Kernel::Linear { weights, bias, rectified } => {
                let mut output = bias.clone();
                for (value, weights) in x.iter().zip(weights.chunks_exact(bias.len().max(1))) {
                    output.iter_mut().zip(weights).for_each(|(output, weight)| *output += value * weight);
                }
                rectify(&mut output, *rectified);
                output
            }
        }
    }

    /// From the gradient with respect to what the operation left of `x`, which is `y`, to that with respect to `x`. The
    /// way around a block is not in it.
    pub fn backward(&self, mut gradient: Vec<f32>, x: &[f32], y: &[f32], states: Option<&[f32]>) -> Vec<f32> {
        let [rows, columns, channels] = self.input;
        match &self.kernel {
            Kernel::Convolution { back, rectified, .. } => {
                close(&mut gradient, y, *rectified);
                let [height, width, outputs] = self.output;
                let mut of_output = Image::zeros([height, width], outputs, back.border([rows, columns]));
                of_output.copy_from(&gradient);
                let mut of_input = Image::zeros([rows, columns], channels, [0, 0]);
                back.forward(&of_output, &mut of_input);
                of_input.to_vec()
            }
            Kernel::MaxPool { size, rectified } => {
                close(&mut gradient, y, *rectified);
                routed(&gradient, &largest(x, self.input, *size), x.len())
            }
            Kernel::Shortcut | Kernel::Add => gradient,
            Kernel::MeanOverRows => {
                gradient.iter_mut().for_each(|value| *value /= rows as f32);
                gradient.repeat(rows)
            }
            Kernel::Moments(phases) => moments_back(&gradient, x, y, [*phases, columns], states),
            Kernel::Linear { weights, bias, rectified } => {
                close(&mut gradient, y, *rectified);
                let product =
                    |weights: &[f32]| weights.iter().zip(&gradient).map(|(weight, value)| weight * value).sum();
                weights.chunks_exact(bias.len().max(1)).map(product).collect()
            }
        }
    }

    /// From the gradient with respect to the sum at the end of a block to that with respect to what went around it.
    pub fn around(&self, gradient: &[f32], stored: &Stored) -> Vec<f32> {
        let (channels, winners) = (self.input[2], largest(stored.values, stored.shape, SHORTCUT_POOL));
        let shared = |number: usize| gradient.get(in_front(number, stored.shape[2], channels)).copied().unwrap_or(0.0);
        let gradient: Vec<f32> = (0..winners.len()).map(shared).collect();
        routed(&gradient, &winners, stored.values.len())
    }
}

/// Where a value of `[pixels, few]` stands among the first channels of `[pixels, many]`.
fn in_front(number: usize, few: usize, many: usize) -> usize {
    number / few * many + number % few
}

/// Negative values become zero.
fn rectify(values: &mut [f32], rectified: bool) {
    if rectified {
        values.iter_mut().for_each(|value| *value = value.max(0.0));
    }
}

/// Nothing goes back through a value that became zero.
fn close(gradient: &mut [f32], y: &[f32], rectified: bool) {
    if rectified {
        gradient.iter_mut().zip(y).filter(|(_, y)| **y <= 0.0).for_each(|(gradient, _)| *gradient = 0.0);
    }
}

/// Where the first of the largest values is, in every window of `size` and channel; windows do not overlap.
fn largest(x: &[f32], [rows, columns, channels]: Shape, size: [usize; 2]) -> Vec<usize> {
    let (height, width) = (rows / size[0], columns / size[1]);
    let of_window = |index: usize| {
        let (pixel, channel) = (index / channels, index % channels);
        let (row, column) = (pixel / width * size[0], pixel % width * size[1]);
        let place = |tap: usize| ((row + tap / size[1]) * columns + column + tap % size[1]) * channels + channel;
        let first = place(0);
        (1..size[0] * size[1]).map(place).fold(first, |best, next| if x[next] > x[best] { next } else { best })
    };
    (0..height * width * channels).map(of_window).collect()
}

/// Each gradient at the place of its winner among `length` values.
fn routed(gradient: &[f32], winners: &[usize], length: usize) -> Vec<f32> {
    let mut back = vec![0.0; length];
    winners.iter().zip(gradient).for_each(|(&winner, value)| back[winner] += value);
    back
}

/// Through mean and standard deviation `y` `[phases, 2, filters]` of an image `x` `[frames, filters]`: a frame changes
/// the mean of a phase by its weight, and the deviation by its weight times its distance from the mean in deviations.
fn moments_back(
    gradient: &[f32],
    x: &[f32],
    y: &[f32],
    [phases, filters]: [usize; 2],
    states: Option<&[f32]>,
) -> Vec<f32> {
    let frames = x.len().checked_div(filters).unwrap_or(0).max(1);
    let even = vec![1.0 / frames as f32; if states.is_none() { phases * frames } else { 0 }];
    let mut back = vec![0.0; x.len()];
    let numbers = y.chunks_exact(MOMENTS * filters).zip(gradient.chunks_exact(MOMENTS * filters));
    for (weights, (moments, gradient)) in states.unwrap_or(&even).chunks_exact(frames).zip(numbers) {
        let ((mean, deviation), (of_mean, of_deviation)) = (moments.split_at(filters), gradient.split_at(filters));
        let image = x.chunks_exact(filters).zip(back.chunks_exact_mut(filters)).zip(weights);
        for ((row, back), &weight) in image.filter(|(_, weight)| **weight > 0.0) {
            for (filter, back) in back.iter_mut().enumerate() {
                let distance = (row[filter] - mean[filter]) / deviation[filter];
                *back += weight * (of_mean[filter] + of_deviation[filter] * distance);
            }
        }
    }
    back
}
