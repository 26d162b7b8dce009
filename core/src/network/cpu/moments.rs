//! The input of the linear layer in the classifier that uses phases, on the CPU.

use crate::model::operations::{MOMENTS, MOMENTS_EPSILON};

/// Mean and standard deviation of every filter in each of `phases` phases, `[phases, 2, filters]`, for an image
/// `[frames, filters]` and the weights `[phases, frames]` of its frames. Without weights every frame counts equally in
/// every phase.
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
        let deviation =
            |[mean, squares]: &[f64; MOMENTS]| (squares - mean * mean).max(0.0) + f64::from(MOMENTS_EPSILON);
        moments.extend(sums.iter().map(|sums| deviation(sums).sqrt() as f32));
    }
    moments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_standard_deviation_are_those_of_each_state() {
        // Two filters, four frames; the second filter sounds in the systole.
        let image = [1.0, 0.0, 3.0, 0.0, 5.0, 4.0, 5.0, 8.0];
        let weights = [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5], [0.25; 4], [0.0, 0.0, 0.0, 1.0]].concat();
        let found = moments(&image, 2, 4, Some(&weights));
        let root = |variance: f32| (variance + MOMENTS_EPSILON).sqrt();
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
}
