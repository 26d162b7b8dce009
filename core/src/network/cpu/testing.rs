//! Random shapes and numbers for the tests of the kernels.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Image;
use crate::model::Geometry;

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
