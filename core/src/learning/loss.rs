//! How wrong a network is about a batch.

use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::{Device, Tensor, TensorData};

use super::augment::Batch;
use super::recipe::Loss;
use crate::model::ModelConfig;
use crate::network::burn::{SpectNet, sounding_tensor, states_tensor};

/// Mean cross-entropy `[1]` of the images `[batch, 1, frames, filters]` of a batch, in nats.
pub(super) fn loss(
    model: &SpectNet,
    config: &ModelConfig,
    kind: Loss,
    mut image: Tensor<4>,
    batch: Batch,
    device: &Device,
) -> Tensor<1> {
    let (classes, frames, filters) = (config.labels.len(), config.frames(), config.front_end.filters);
    let rows = batch.draws.len();
    let tensor = |values, shape| Tensor::<4>::from_data(TensorData::new(values, shape), device);
    if let Some(curves) = batch.curves {
        image = image + tensor(curves, [rows, 1, 1, filters]);
    }
    let sounding = sounding_tensor(config, batch.sounding, device);
    let mut image = model.scaled(config, image, sounding);
    if let Some(masks) = batch.masks {
        image = image * tensor(masks, [rows, 1, frames, filters]);
    }
    let targets = Tensor::<2>::from_data(TensorData::new(batch.targets, [rows, classes]), device);
    let states = states_tensor(config, batch.states, device);
    let logits = model.classifier.forward(image, states);
    let logits = match kind {
        Loss::OfLogits => logits,
        Loss::OfProbabilities => softmax(logits, 1),
    };
    let losses = log_softmax(logits, 1) * targets;
    -losses.sum() / rows as f64
}
