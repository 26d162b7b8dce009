//! The input of the linear layer in the classifier that uses phases, as tensors.

use burn::tensor::Tensor;

use crate::model::operations::MOMENTS_EPSILON;

/// Mean and standard deviation of every filter in each of `phases` phases, `[batch, phases × 2 × filters]`, for images
/// `[batch, 1, frames, filters]` and the weights `[batch, phases, frames]` of their frames. Without weights every frame
/// counts equally in every phase.
pub(super) fn moments(image: Tensor<4>, phases: usize, weights: Option<Tensor<3>>) -> Tensor<2> {
    let [batch, _, frames, filters] = image.dims();
    let levels: Tensor<3> = image.reshape([batch, frames, filters]);
    let even = || Tensor::full([batch, phases, frames], 1.0 / frames as f64, &levels.device());
    let weights = weights.unwrap_or_else(even);
    let mean = weights.clone().matmul(levels.clone());
    let squares = weights.matmul(levels.clone() * levels);
    let deviation = ((squares - mean.clone() * mean.clone()).clamp_min(0.0) + MOMENTS_EPSILON).sqrt();
    Tensor::cat(vec![mean, deviation], 2).flatten(1, 2)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor, TensorData};

    use super::*;
    use crate::network::cpu::moments::moments as plain_moments;
    use crate::network::cpu::testing::numbers;

    #[test]
    fn plain_numbers_are_the_same() {
        let device = Device::flex();
        let (frames, filters) = (30, 5);
        let images: Vec<f32> = numbers(2 * frames * filters, 7).into_iter().map(|value| 4.0 * value - 3.0).collect();
        let image = Tensor::<4>::from_data(TensorData::new(images.clone(), [2, 1, frames, filters]), &device);
        let row = |state: usize| (0..frames).map(move |frame| if frame % 4 == state { 4.0 / 30.0 } else { 0.0f32 });
        let weights: Vec<f32> = (0..8).flat_map(|row_number| row(row_number % 4)).collect();
        let states = Tensor::<3>::from_data(TensorData::new(weights.clone(), [2, 4, frames]), &device);
        for states in [None, Some(states)] {
            let given = states.as_ref().map(|_| weights.as_slice());
            let fast = moments(image.clone(), 4, states).try_into_vec_as::<f32>().unwrap();
            let slow = images.chunks_exact(frames * filters).enumerate().flat_map(|(number, image)| {
                plain_moments(image, filters, 4, given.map(|weights| &weights[number * 4 * frames..][..4 * frames]))
            });
            let slow: Vec<f32> = slow.collect();
            assert_eq!(fast.len(), slow.len());
            for (fast, slow) in fast.iter().zip(slow) {
                assert!((fast - slow).abs() < 1e-4, "{fast} {slow}");
            }
        }
    }
}
