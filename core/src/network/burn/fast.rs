//! The convolutions of the residual classifier for training on the CPU: one operation with its own backward pass.

use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::{Tensor, TensorData};

use super::pass::ConvNorm;
use crate::network::cpu::training::{Forward, Stack, Tape};

/// Features `[batch, channels × rows × columns]` of images `[batch, 1, frames, filters]`. `layers` are those of the
/// stack in its order; `masks` has one factor of dropout `[batch, out, 1, 1]` for each layer of the blocks. The tensors
/// are f32, on the CPU and with gradients.
pub(super) fn features(layers: &[&ConvNorm], stack: Arc<Stack>, image: &Tensor<4>, masks: &[Tensor<4>]) -> Tensor<2> {
    let parameters = layers.iter().flat_map(|ConvNorm { conv, norm }| {
        let bias = conv.bias.as_ref().map(|bias| bias.val());
        let vectors = bias.into_iter().chain([norm.gamma.val(), norm.beta.val()]);
        std::iter::once(conv.weight.val().reshape([-1])).chain(vectors)
    });
    let parameters = Tensor::<1>::cat(parameters.collect(), 0);
    let masks = Tensor::<1>::cat(masks.iter().map(|mask| mask.clone().reshape([-1])).collect(), 0);
    let (features, statistics) = <Dispatch as ResidualOps>::residual_features(
        image.clone().into_dispatch(),
        parameters.into_dispatch(),
        masks.into_dispatch(),
        stack.clone(),
    );
    update(layers, &stack, &Tensor::from_dispatch(statistics));
    Tensor::from_dispatch(features)
}

/// Moves the running statistics towards those of the batch, as [`BatchNorm`](burn::nn::BatchNorm) does.
fn update(layers: &[&ConvNorm], stack: &Stack, statistics: &Tensor<1>) {
    let statistics = statistics.clone().detach();
    let mut start = 0;
    for (ConvNorm { norm, .. }, layer) in layers.iter().zip(stack.layers()) {
        let [_, channels] = layer.channels;
        for running in [&norm.running_mean, &norm.running_var] {
            let batch = statistics.clone().narrow(0, start, channels);
            let old = running.value_sync().to_device(&statistics.device());
            let new = old.mul_scalar(1.0 - norm.momentum).add(batch.mul_scalar(norm.momentum));
            running.update(new.detach());
            start += channels;
        }
    }
}

/// The operation: from images, parameters and masks, arranged as in [`Stack`], to features and the statistics of the
/// batch.
#[backend_extension(Flex, Autodiff)]
trait ResidualOps: Backend {
    fn residual_features(
        images: FloatTensor<Self>,
        parameters: FloatTensor<Self>,
        masks: FloatTensor<Self>,
        stack: Arc<Stack>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

impl ResidualOps for Flex {
    fn residual_features(
        images: FloatTensor<Self>,
        parameters: FloatTensor<Self>,
        masks: FloatTensor<Self>,
        stack: Arc<Stack>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let Forward { features, statistics, .. } = Inputs::new(images, parameters, masks).forward(&stack);
        (
            tensor([features.len() / stack.features(), stack.features()], features),
            tensor([statistics.len()], statistics),
        )
    }
}

impl<C: CheckpointStrategy> ResidualOps for Autodiff<Flex, C> {
    fn residual_features(
        images: FloatTensor<Self>,
        parameters: FloatTensor<Self>,
        masks: FloatTensor<Self>,
        stack: Arc<Stack>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [images.node(), parameters.node()];
        let inputs = Inputs::new(images.into_primitive(), parameters.into_primitive(), masks.into_primitive());
        let Forward { features, statistics, tape } = inputs.forward(&stack);
        let features = tensor([tape.batch(), stack.features()], features);
        let statistics = tensor([statistics.len()], statistics);
        let features = match FeaturesBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(Saved { inputs, tape: Arc::new(tape), stack }, features),
            OpsKind::UnTracked(prep) => prep.finish(features),
        };
        (features, FloatTensor::<Self>::new(statistics))
    }
}

/// The tensors that go in, contiguous.
#[derive(Clone, Debug)]
struct Inputs {
    images: FloatTensor<Flex>,
    parameters: FloatTensor<Flex>,
    masks: FloatTensor<Flex>,
}

impl Inputs {
    fn new(images: FloatTensor<Flex>, parameters: FloatTensor<Flex>, masks: FloatTensor<Flex>) -> Self {
        let [images, parameters, masks] = [images, parameters, masks].map(|tensor| tensor.to_contiguous());
        Self { images, parameters, masks }
    }

    fn forward(&self, stack: &Stack) -> Forward {
        stack.forward(values(&self.images), values(&self.parameters), Some(values(&self.masks)))
    }
}

/// What the backward pass needs.
#[derive(Clone, Debug)]
struct Saved {
    inputs: Inputs,
    tape: Arc<Tape>,
    stack: Arc<Stack>,
}

#[derive(Debug)]
struct FeaturesBackward;

impl Backward<Flex, 2> for FeaturesBackward {
    type State = Saved;

    fn backward(self, ops: Ops<Saved, 2>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node).to_contiguous();
        let Saved { inputs: Inputs { images, parameters, masks }, tape, stack } = ops.state;
        let [images_node, parameters_node] = ops.parents;
        let result = stack.backward(
            &tape,
            values(&images),
            values(&parameters),
            Some(values(&masks)),
            values(&gradient),
            images_node.is_some(),
        );
        if let Some(node) = images_node {
            let [frames, filters] = stack.image();
            grads.register::<Flex>(node.id, tensor([tape.batch(), 1, frames, filters], result.images));
        }
        if let Some(node) = parameters_node {
            grads.register::<Flex>(node.id, tensor([result.parameters.len()], result.parameters));
        }
    }
}

/// The numbers of a contiguous f32 tensor.
fn values(tensor: &FloatTensor<Flex>) -> &[f32] {
    tensor.as_slice().expect("contiguous tensors of f32")
}

fn tensor<const D: usize>(shape: [usize; D], values: Vec<f32>) -> FloatTensor<Flex> {
    Flex::float_from_data(TensorData::new(values, shape), &Default::default())
}
