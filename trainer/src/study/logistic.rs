//! Logistic regression on a few numbers of each recording.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::{Device, Tensor, TensorData};

use crate::data::library::LabelledRecording;
use crate::error::{Error, Result};

/// Steps of gradient descent over all recordings at once: the loss has long stopped falling by then.
const STEPS: usize = 400;
const LEARNING_RATE: f64 = 0.03;
const WEIGHT_DECAY: f32 = 0.1;

/// Trains on the `features` of the first downmix of some recordings, every class × subset weighing the same, as in the batches
/// of a network; probabilities `[recordings, classes]` of the others.
///
/// # Errors
/// A device that fails.
pub fn judge(
    classes: usize,
    training: &[LabelledRecording],
    held_out: &[LabelledRecording],
    features: impl Fn(&[f32]) -> Vec<f32>,
) -> Result<Vec<Vec<f64>>> {
    let device = Device::flex();
    let matrix = |recordings: &[LabelledRecording]| -> Vec<Vec<f32>> {
        let first = |recording: &LabelledRecording| {
            recording.downmixes.first().map(|(_, prepared)| features(prepared.recording.samples()))
        };
        recordings.iter().filter_map(first).collect()
    };
    let (mut training_rows, mut held_out_rows) = (matrix(training), matrix(held_out));
    let columns = training_rows.first().map_or(0, Vec::len);
    for column in 0..columns {
        let count = training_rows.len().max(1) as f32;
        let mean = training_rows.iter().map(|row| row[column]).sum::<f32>() / count;
        let variance = training_rows.iter().map(|row| (row[column] - mean).powi(2)).sum::<f32>() / count;
        let rows = training_rows.iter_mut().chain(&mut held_out_rows);
        rows.for_each(|row| row[column] = (row[column] - mean) / (variance + 1e-6).sqrt());
    }
    let tensor = |rows: &[Vec<f32>], device: &Device| {
        Tensor::<2>::from_data(TensorData::new(rows.concat(), [rows.len(), columns]), device)
    };
    let learning = device.clone().autodiff();
    let targets = TensorData::new(targets(classes, training), [training.len(), classes]);
    let targets = Tensor::<2>::from_data(targets, &learning);
    let inputs = tensor(&training_rows, &learning);
    let mut model: Linear = LinearConfig::new(columns, classes).init(&learning);
    let mut optimizer: ModuleOptimizer = AdamWConfig::new().with_weight_decay(WEIGHT_DECAY).init();
    for _ in 0..STEPS {
        let losses = log_softmax(model.forward(inputs.clone()), 1) * targets.clone();
        let gradients = (-losses.sum()).backward();
        let gradients = GradientsParams::from_grads(gradients, &model);
        model = optimizer.step(LEARNING_RATE, model, gradients);
    }
    let model = model.valid().to_device(&device);
    let rows = softmax(model.forward(tensor(&held_out_rows, &device)), 1).try_into_vec_as::<f32>();
    let rows = rows.map_err(|error| Error::input(format!("the device failed: {error}")))?;
    Ok(rows.chunks_exact(classes).map(|row| row.iter().copied().map(f64::from).collect()).collect())
}

/// `[recordings, classes]`: the weight of each recording under its label; all weights sum to 1.
fn targets(classes: usize, recordings: &[LabelledRecording]) -> Vec<f32> {
    let mut counts: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for recording in recordings {
        *counts.entry((recording.example.label, &recording.example.subset)).or_default() += 1;
    }
    let mut targets = vec![0.0; recordings.len() * classes];
    for (row, recording) in recordings.iter().enumerate() {
        let members = counts[&(recording.example.label, &*recording.example.subset)];
        targets[row * classes + recording.example.label] = 1.0 / (members * counts.len()) as f32;
    }
    targets
}
