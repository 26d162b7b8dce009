//! Random shapes and numbers for the tests of the kernels.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Image;
use crate::model::{Geometry, ModelConfig, Weights};

/// Numbers between −1 and 1.
pub(crate) fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| random.random_range(-1.0..1.0)).collect()
}

/// An image of numbers between −1 and 1.
pub(crate) fn image(size: [usize; 2], channels: usize, border: [usize; 2], seed: u64) -> Image {
    let mut image = Image::zeros(size, channels, border);
    image.copy_from(&numbers(size[0] * size[1] * channels, seed));
    image
}

/// Any window, also larger than the image and with more padding than kernel.
pub(crate) fn window() -> impl Strategy<Value = Geometry> {
    ([1usize..5, 1usize..4], [1usize..4, 1usize..4], [0usize..4, 0usize..4], [1usize..4, 1usize..3])
        .prop_map(|(kernel, stride, padding, dilation)| Geometry { kernel, stride, padding, dilation })
}

/// Weights of a model that nobody trained: the start values of its filters, and numbers that neither vanish nor explode
/// on the way through the network.
pub(crate) fn weights(config: &ModelConfig, seed: u64) -> Weights {
    let filters = config.front_end.initial_filters().unwrap();
    let raw: Vec<[f64; 3]> = filters.iter().map(|filter| config.front_end.to_unconstrained(filter)).collect();
    let tensor = |(index, (name, shape)): (u64, (String, Vec<usize>))| {
        let inputs: usize = if shape.len() == 4 { shape[1..].iter().product() } else { shape[0] };
        let drawn = numbers(shape.iter().product(), 1000 * seed + index).into_iter();
        let column = |number: usize| raw.iter().map(|filter| filter[number] as f32).collect::<Vec<f32>>();
        let values = match name.rsplit('.').next() {
            Some("centre_frequency") => column(0),
            Some("bandwidth") => column(1),
            Some("gain") => column(2),
            Some("weight") => drawn.map(|value| value * (3.0 / inputs as f32).sqrt()).collect(),
            Some("gamma" | "running_var") => drawn.map(|value| 1.0 + 0.5 * value).collect(),
            Some("mean") => drawn.map(|value| 0.5 * value - 8.0).collect(),
            Some("deviation") => drawn.map(|value| 3.0 + 0.5 * value).collect(),
            _ => drawn.map(|value| 0.2 * value).collect(),
        };
        (name, values)
    };
    (0..).zip(config.tensors().unwrap()).map(tensor).collect()
}
