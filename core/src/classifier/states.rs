//! The classifier that knows where in the heart cycle it is: level and unrest of every filter in each state, and one
//! linear layer.
//!
//! ```text
//! image [frames, filters] ─ by phase ─▶ mean and deviation of every filter [phases × 2 × filters] ─ linear ─▶ logits
//! ```
//!
//! The phases are the states S1, systole, S2 and diastole, or [parts](crate::cycles::Parts) of them.
//!
//! A murmur is sound between S1 and S2, or between S2 and S1, where a healthy heart is quiet; an extra sound is unrest in
//! one of these states. Where the states lie is found by the [segmentation](crate::cycles).

use super::layout::{check_classes, linear_tensors, norm_tensors};
use crate::Result;
use crate::cycles::Parts;

/// Added to the variance of a filter within a state: far below that of any sound, far above that of rounding.
const EPSILON: f32 = 1e-3;
/// Numbers of each filter in each state: mean, deviation.
const MOMENTS: usize = 2;

/// Sizes of the classifier for images of so many filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatesLayout {
    /// Parts that systole and diastole are told apart in.
    pub parts: Parts,
    /// Filters of the image.
    pub filters: usize,
    /// Classes told apart.
    pub classes: usize,
}

impl StatesLayout {
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) for less than two classes or parts that there cannot be.
    pub fn new(parts: Parts, filters: usize, classes: usize) -> Result<Self> {
        check_classes(classes)?;
        parts.validate()?;
        Ok(Self { parts, filters, classes })
    }

    /// Numbers the linear layer sees.
    pub fn features(&self) -> usize {
        self.parts.phases() * MOMENTS * self.filters
    }

    /// Every tensor, by module path, with its shape.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let norm = norm_tensors("norm", self.features());
        norm.into_iter().chain(linear_tensors("output", [self.features(), self.classes])).collect()
    }
}

/// Mean and deviation of every filter in each of so many phases, `[phases, 2, filters]`, of an image `[frames, filters]`
/// under the weights `[phases, frames]` of its frames; without weights every frame counts for every phase.
pub fn moments(image: &[f32], filters: usize, phases: usize, weights: Option<&[f32]>) -> Vec<f32> {
    let frames = image.len().checked_div(filters).unwrap_or(0).max(1);
    let even = vec![1.0 / frames as f32; if weights.is_none() { phases * frames } else { 0 }];
    let mut moments = Vec::with_capacity(phases * MOMENTS * filters);
    for weights in weights.unwrap_or(&even).chunks_exact(frames) {
        let mut sums = vec![[0.0f64; MOMENTS]; filters];
        for (row, &weight) in image.chunks_exact(filters).zip(weights).filter(|(_, weight)| **weight > 0.0) {
            for ([sum, squares], &level) in sums.iter_mut().zip(row) {
                let (weight, level) = (f64::from(weight), f64::from(level));
                *sum += weight * level;
                *squares += weight * level * level;
            }
        }
        moments.extend(sums.iter().map(|[mean, _]| *mean as f32));
        let deviation = |[mean, squares]: &[f64; MOMENTS]| (squares - mean * mean).max(0.0) + f64::from(EPSILON);
        moments.extend(sums.iter().map(|sums| deviation(sums).sqrt() as f32));
    }
    moments
}

#[cfg(feature = "burn")]
pub use module::States;

#[cfg(feature = "burn")]
mod module {
    use burn::module::Module;
    use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig};
    use burn::tensor::{Device, Tensor};

    use super::{EPSILON, StatesLayout};
    use crate::Result;
    use crate::classifier::layout::check_dropout;

    /// The classifier as a trainable module.
    #[derive(Module, Debug)]
    pub struct States {
        norm: BatchNorm,
        dropout: Dropout,
        output: Linear,
        #[module(skip)]
        phases: usize,
    }

    impl States {
        /// A randomly initialised classifier.
        ///
        /// # Errors
        /// [`Error::Invalid`](crate::Error::Invalid) when `dropout` is not a share.
        pub fn new(layout: &StatesLayout, dropout: f64, device: &Device) -> Result<Self> {
            check_dropout(dropout)?;
            Ok(Self {
                norm: BatchNormConfig::new(layout.features()).init(device),
                dropout: DropoutConfig::new(dropout).init(),
                output: LinearConfig::new(layout.features(), layout.classes).init(device),
                phases: layout.parts.phases(),
            })
        }

        /// Logits `[batch, classes]` of images `[batch, 1, frames, filters]` under the weights `[batch, phases, frames]` of
        /// their frames in each phase; without weights every frame counts for every phase.
        pub fn forward(&self, image: Tensor<4>, weights: Option<Tensor<3>>) -> Tensor<2> {
            let features = self.dropout.forward(self.norm.forward(Self::moments(image, self.phases, weights)));
            self.output.forward(features)
        }

        /// The same as [`moments`](super::moments), `[batch, phases × 2 × filters]`.
        pub fn moments(image: Tensor<4>, phases: usize, weights: Option<Tensor<3>>) -> Tensor<2> {
            let [batch, _, frames, filters] = image.dims();
            let levels: Tensor<3> = image.reshape([batch, frames, filters]);
            let even = || Tensor::full([batch, phases, frames], 1.0 / frames as f64, &levels.device());
            let weights = weights.unwrap_or_else(even);
            let mean = weights.clone().matmul(levels.clone());
            let squares = weights.matmul(levels.clone() * levels);
            let deviation = ((squares - mean.clone() * mean.clone()).clamp_min(0.0) + EPSILON).sqrt();
            Tensor::cat(vec![mean, deviation], 2).flatten(1, 2)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_and_unrest_are_those_of_each_state() {
        // Two filters, four frames; the second filter sounds in the systole.
        let image = [1.0, 0.0, 3.0, 0.0, 5.0, 4.0, 5.0, 8.0];
        let weights = [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5], [0.25; 4], [0.0, 0.0, 0.0, 1.0]].concat();
        let found = moments(&image, 2, 4, Some(&weights));
        let root = |variance: f32| (variance + EPSILON).sqrt();
        let expected = [
            [2.0, 0.0, root(1.0), root(0.0)],
            [5.0, 6.0, root(0.0), root(4.0)],
            [3.5, 3.0, root(2.75), root(11.0)],
            [5.0, 8.0, root(0.0), root(0.0)],
        ];
        for (found, expected) in found.iter().zip(expected.concat()) {
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
        // Without states every one is the whole window.
        let whole = moments(&image, 2, 4, None);
        assert_eq!(whole, moments(&image, 2, 4, Some(&[0.25; 16])));
    }

    #[cfg(feature = "burn")]
    #[test]
    fn the_module_computes_the_same() {
        use burn::tensor::{Device, Distribution, Tensor, TensorData};
        let device = Device::flex();
        device.seed(7);
        let (frames, filters) = (30, 5);
        let image = Tensor::<4>::random([2, 1, frames, filters], Distribution::Normal(-3.0, 2.0), &device);
        let row = |state: usize| (0..frames).map(move |frame| if frame % 4 == state { 4.0 / 30.0 } else { 0.0f32 });
        let weights: Vec<f32> = (0..8).flat_map(|row_number| row(row_number % 4)).collect();
        let states = Tensor::<3>::from_data(TensorData::new(weights.clone(), [2, 4, frames]), &device);
        for states in [None, Some(states)] {
            let given = states.as_ref().map(|_| weights.as_slice());
            let fast = States::moments(image.clone(), 4, states).try_into_vec_as::<f32>().unwrap();
            let images = image.clone().try_into_vec_as::<f32>().unwrap();
            let slow = images.chunks_exact(frames * filters).enumerate().flat_map(|(number, image)| {
                moments(image, filters, 4, given.map(|weights| &weights[number * 4 * frames..][..4 * frames]))
            });
            for (fast, slow) in fast.iter().zip(slow.collect::<Vec<_>>()) {
                assert!((fast - slow).abs() < 1e-4, "{fast} {slow}");
            }
        }
    }
}
