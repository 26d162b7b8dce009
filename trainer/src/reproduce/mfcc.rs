//! Mean and deviation of mel-frequency cepstral coefficients over a recording, and logistic regression on them.

use std::f64::consts::PI;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::{Device, Tensor, TensorData};
use spectnet_core::model::ModelConfig;

use crate::error::{Error, Result};
use crate::images::LogMel;
use crate::training::clips::Clip;

/// Mel bands under the cosine transform.
const BANDS: usize = 40;
/// Coefficients kept; the first is the level.
const COEFFICIENTS: usize = 20;
/// Steps of gradient descent over all recordings at once: the loss has long stopped falling by then.
const STEPS: usize = 400;
const LEARNING_RATE: f64 = 0.03;
const WEIGHT_DECAY: f32 = 0.1;

/// `[2 × coefficients]` of one recording.
fn features(mel: &LogMel, signal: &[f32]) -> Vec<f32> {
    let image = mel.image(signal);
    let rows: Vec<Vec<f64>> = image.chunks_exact(BANDS).map(cosines).collect();
    let count = rows.len().max(1) as f64;
    let mean = |k: usize| rows.iter().map(|row| row[k]).sum::<f64>() / count;
    let means: Vec<f64> = (0..COEFFICIENTS).map(mean).collect();
    let deviation = |k: usize| (rows.iter().map(|row| (row[k] - means[k]).powi(2)).sum::<f64>() / count).sqrt();
    let deviations = (0..COEFFICIENTS).map(deviation);
    means.iter().copied().chain(deviations).map(|value| value as f32).collect()
}

/// The first coefficients of the discrete cosine transform of type II of a frame's bands.
fn cosines(bands: &[f32]) -> Vec<f64> {
    let angle = |k: usize, i: usize| PI / bands.len() as f64 * (i as f64 + 0.5) * k as f64;
    let sum = |k: usize| bands.iter().enumerate().map(|(i, &level)| f64::from(level) * angle(k, i).cos()).sum();
    (0..COEFFICIENTS).map(sum).collect()
}

/// Trains on the first view of some recordings; probabilities `[recordings, classes]` of the others.
///
/// # Errors
/// A device that fails.
pub fn classify(config: &ModelConfig, training: &[Clip], held_out: &[Clip]) -> Result<Vec<Vec<f32>>> {
    let device = Device::flex();
    let mel = LogMel::new(BANDS, config.front_end.sample_rate, config.front_end.framing)?;
    let matrix = |clips: &[Clip]| -> Vec<Vec<f32>> {
        let first = |clip: &Clip| clip.views.first().map(|(_, prepared)| features(&mel, prepared.recording.samples()));
        clips.iter().filter_map(first).collect()
    };
    let (mut training_rows, mut held_out_rows) = (matrix(training), matrix(held_out));
    for column in 0..2 * COEFFICIENTS {
        let count = training_rows.len().max(1) as f32;
        let mean = training_rows.iter().map(|row| row[column]).sum::<f32>() / count;
        let variance = training_rows.iter().map(|row| (row[column] - mean).powi(2)).sum::<f32>() / count;
        let rows = training_rows.iter_mut().chain(&mut held_out_rows);
        rows.for_each(|row| row[column] = (row[column] - mean) / (variance + 1e-6).sqrt());
    }
    let tensor = |rows: &[Vec<f32>], device: &Device| {
        Tensor::<2>::from_data(TensorData::new(rows.concat(), [rows.len(), 2 * COEFFICIENTS]), device)
    };
    let learning = device.clone().autodiff();
    let classes = config.labels.len();
    let mut targets = vec![0.0; training.len() * classes];
    training.iter().enumerate().for_each(|(row, clip)| targets[row * classes + clip.example.label] = 1.0);
    let targets = Tensor::<2>::from_data(TensorData::new(targets, [training.len(), classes]), &learning);
    let inputs = tensor(&training_rows, &learning);
    let mut model: Linear = LinearConfig::new(2 * COEFFICIENTS, classes).init(&learning);
    let mut optimizer: ModuleOptimizer = AdamWConfig::new().with_weight_decay(WEIGHT_DECAY).init();
    for _ in 0..STEPS {
        let losses = log_softmax(model.forward(inputs.clone()), 1) * targets.clone();
        let gradients = (-losses.sum() / training.len() as f64).backward();
        let gradients = GradientsParams::from_grads(gradients, &model);
        model = optimizer.step(LEARNING_RATE, model, gradients);
    }
    let model = model.valid().to_device(&device);
    let rows = softmax(model.forward(tensor(&held_out_rows, &device)), 1).try_into_vec_as::<f32>();
    let rows = rows.map_err(|error| Error::input(format!("the device failed: {error}")))?;
    Ok(rows.chunks_exact(classes).map(<[f32]>::to_vec).collect())
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
