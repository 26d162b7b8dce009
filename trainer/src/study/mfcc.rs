//! Mean and deviation of mel-frequency cepstral coefficients over a recording.

use std::f64::consts::PI;

use crate::compute::images::LogMel;
use crate::error::Result;
use spectnet_core::model::ModelConfig;

/// Mel bands under the cosine transform.
const BANDS: usize = 40;
/// Number of coefficients; the first is the level.
const COEFFICIENTS: usize = 20;

/// Computes the features of recordings that are conditioned for a model with this configuration.
pub struct Mfcc(LogMel);

impl Mfcc {
    /// With the frames of the model's front-end.
    ///
    /// # Errors
    /// A front-end that no model can have.
    pub fn new(config: &ModelConfig) -> Result<Self> {
        Ok(Self(LogMel::new(BANDS, config.front_end.sample_rate, config.front_end.framing)?))
    }

    /// `[2 × coefficients]` of one recording.
    pub fn features(&self, signal: &[f32]) -> Vec<f32> {
        let image = self.0.image(signal);
        let rows: Vec<Vec<f64>> = image.chunks_exact(BANDS).map(cosines).collect();
        let count = rows.len().max(1) as f64;
        let mean = |k: usize| rows.iter().map(|row| row[k]).sum::<f64>() / count;
        let means: Vec<f64> = (0..COEFFICIENTS).map(mean).collect();
        let deviation = |k: usize| (rows.iter().map(|row| (row[k] - means[k]).powi(2)).sum::<f64>() / count).sqrt();
        let deviations = (0..COEFFICIENTS).map(deviation);
        means.iter().copied().chain(deviations).map(|value| value as f32).collect()
    }
}

/// The first coefficients of the discrete cosine transform of type II of a frame's bands.
fn cosines(bands: &[f32]) -> Vec<f64> {
    let angle = |k: usize, i: usize| PI / bands.len() as f64 * (i as f64 + 0.5) * k as f64;
    let sum = |k: usize| bands.iter().enumerate().map(|(i, &level)| f64::from(level) * angle(k, i).cos()).sum();
    (0..COEFFICIENTS).map(sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transform_of_a_cosine_is_one_coefficient() {
        for k in 1..COEFFICIENTS {
            let bands: Vec<f32> =
                (0..BANDS).map(|i| (PI / BANDS as f64 * (i as f64 + 0.5) * k as f64).cos() as f32).collect();
            for (other, value) in cosines(&bands).iter().enumerate() {
                let expected = if other == k { BANDS as f64 / 2.0 } else { 0.0 };
                assert!((value - expected).abs() < 1e-4, "{k} {other}: {value}");
            }
        }
    }
}
