//! How wrong a network is about a batch, and what it says of it.

use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::{Device, Tensor, TensorData};

use super::augment::Batch;
use super::recipe::Loss;
use crate::model::ModelConfig;
use crate::network::burn::{SpectNet, sounding_tensor, states_tensor};

/// What a network comes to on a batch.
pub(super) struct Answers {
    /// Mean cross-entropy `[1]`, in nats, in which every window counts as often as its factor says.
    pub loss: Tensor<1>,
    /// Cross-entropy of every window `[batch]` by itself, where there are factors; nothing is learned through it.
    pub losses: Option<Tensor<1>>,
    /// How many windows get each label, `[labels]`; nothing is learned through it.
    pub given: Tensor<1>,
}

/// The answers to the images `[batch, 1, frames, filters]` of a batch; without `factors` every window counts once.
pub(super) fn answers(
    model: &SpectNet,
    config: &ModelConfig,
    kind: Loss,
    mut image: Tensor<4>,
    batch: Batch,
    factors: Option<Vec<f32>>,
    device: &Device,
) -> Answers {
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
    let given = given(logits.clone().detach());
    let logits = match kind {
        Loss::OfLogits => logits,
        Loss::OfProbabilities => softmax(logits, 1),
    };
    let likely = log_softmax(logits, 1) * targets;
    let Some(factors) = factors else {
        return Answers { loss: -likely.sum() / rows as f64, losses: None, given };
    };
    let losses: Tensor<1> = -likely.sum_dim(1).reshape([rows]);
    let factors = Tensor::<1>::from_data(TensorData::new(factors, [rows]), device);
    let loss = (losses.clone() * factors).sum() / rows as f64;
    Answers { loss, losses: Some(losses.detach()), given }
}

/// How many rows of logits `[rows, labels]` have their largest in each column; of several that are equal, each counts.
fn given(logits: Tensor<2>) -> Tensor<1> {
    let [_, labels] = logits.dims();
    // 0 for the largest, and less than 0 for the others. Nothing is read from the device for it.
    let below = logits.clone() - logits.max_dim(1);
    (below.sign() + 1.0).sum_dim(0).reshape([labels])
}
