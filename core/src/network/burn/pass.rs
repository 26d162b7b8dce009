//! A batch on its way through the [operations](crate::model::operations) of a classifier, in Burn's layers.

use std::vec::IntoIter;

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, Linear, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::{MaxPoolOptions, PadMode};
use burn::tensor::{Device, Distribution, Tensor};

use super::moments::moments;
use crate::model::operations::{ConvLayout, Dropped, NORM_EPSILON, SHORTCUT_POOL, Step};
use crate::model::{Geometry, Operation};

/// Message of the panic if a layer is missing; a classifier has the layers of the operations that it was built from.
const BUILT: &str = "a classifier has the layers of the operations it was built from";

/// A convolution and its batch normalisation.
#[derive(Module, Debug)]
pub(super) struct ConvNorm {
    pub(super) conv: Conv2d,
    pub(super) norm: BatchNorm,
}

impl ConvNorm {
    pub(super) fn new(layout: &ConvLayout, device: &Device) -> Self {
        let Geometry { kernel, stride, padding: [rows, columns], dilation } = layout.geometry;
        Self {
            conv: Conv2dConfig::new(layout.channels, kernel)
                .with_stride(stride)
                .with_padding(PaddingConfig2d::Explicit(rows, columns, rows, columns))
                .with_dilation(dilation)
                .with_groups(layout.groups)
                .with_bias(layout.bias)
                .init(device),
            norm: normalisation(layout.channels[1], device),
        }
    }
}

/// A batch normalisation of this many channels.
pub(super) fn normalisation(channels: usize, device: &Device) -> BatchNorm {
    BatchNormConfig::new(channels).with_epsilon(NORM_EPSILON).init(device)
}

/// The layers that are still to come, each kind in the order of the operations, and what they need.
pub(super) struct Pass<'a> {
    pub(super) convolutions: IntoIter<&'a ConvNorm>,
    pub(super) norm: Option<&'a BatchNorm>,
    pub(super) linears: IntoIter<&'a Linear>,
    pub(super) dropout: &'a Dropout,
    /// Whether dropout is active outside of training too.
    pub(super) dropping: bool,
    /// Factors `[batch, channels, 1, 1]` for each place where whole channels are dropped; empty where nothing is
    /// dropped.
    pub(super) masks: IntoIter<Tensor<4>>,
    /// Weights `[batch, phases, frames]` of the frames in each phase of the heart cycle.
    pub(super) states: Option<Tensor<3>>,
    /// Values that the next sum adds.
    pub(super) shortcut: Option<Tensor<4>>,
}

impl Pass<'_> {
    /// The result of the steps for `x`.
    pub(super) fn over(mut self, steps: &[Step], x: Tensor<4>) -> Tensor<4> {
        steps.iter().fold(x, |x, step| self.apply(step, x))
    }

    /// The result of a step for `[batch, channels, rows, columns]`.
    pub(super) fn apply(&mut self, step: &Step, x: Tensor<4>) -> Tensor<4> {
        match &step.operation {
            Operation::ColumnsToChannels => x.swap_dims(1, 3),
            Operation::Convolution(layout) => {
                let layer = self.convolutions.next().expect(BUILT);
                rectified(layer.norm.forward(layer.conv.forward(x)), layout.rectified)
            }
            Operation::MaxPool { size, rectified: then } => rectified(pool(x, *size), *then),
            Operation::Shortcut => {
                self.shortcut = Some(x.clone());
                x
            }
            Operation::Add => {
                // The pooling of zeros is zero, so pooling before the channels are added gives the same and costs less.
                let shortcut = pool(self.shortcut.take().expect(BUILT), SHORTCUT_POOL);
                let missing = x.dims()[1] - shortcut.dims()[1];
                shortcut.pad([(0, 0), (0, missing), (0, 0), (0, 0)], PadMode::Constant(0.0)) + x
            }
            Operation::MeanOverRows => x.mean_dim(2),
            Operation::Moments { phases } => pixel(moments(x, *phases, self.states.take())),
            Operation::Normalise { .. } => self.norm.expect(BUILT).forward(x),
            Operation::Dropout(Dropped::Channels) => match self.masks.next() {
                Some(mask) => x * mask,
                None => x,
            },
            Operation::Dropout(Dropped::Values) => dropped(self.dropout, x, self.dropping),
            Operation::Linear(layout) => {
                let layer = self.linears.next().expect(BUILT);
                let values: Tensor<2> = x.flatten(1, 3);
                pixel(rectified(layer.forward(values), layout.rectified))
            }
        }
    }
}

/// `[batch, channels]` as an image of one pixel.
fn pixel(values: Tensor<2>) -> Tensor<4> {
    let [batch, channels] = values.dims();
    values.reshape([batch, channels, 1, 1])
}

/// The same image `[batch, 1, rows, columns]`; what comes back through it lies row by row.
///
/// On GPUs Burn 0.22 fuses that gradient with what lies before a convolution, and where the image has one channel it
/// reads the gradient in another order than it was written: what is behind the convolution learns, and filters and
/// exponents move at random. Two changes of shape keep them apart.
pub(super) fn row_by_row(image: Tensor<4>) -> Tensor<4> {
    let [batch, channels, rows, columns] = image.dims();
    image.reshape([batch, channels * rows * columns]).reshape([batch, channels, rows, columns])
}

fn rectified<const D: usize>(x: Tensor<D>, rectified: bool) -> Tensor<D> {
    if rectified { relu(x) } else { x }
}

fn pool(x: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    max_pool2d(x, MaxPoolOptions::new(size))
}

/// The result of dropout, in training and, if `dropping`, also outside of it.
pub(super) fn dropped<const D: usize>(dropout: &Dropout, x: Tensor<D>, dropping: bool) -> Tensor<D> {
    let device = x.device();
    if dropping && !device.is_autodiff() {
        let keep = 1.0 - dropout.prob;
        let factors = Tensor::<D>::random(x.dims(), Distribution::Bernoulli(keep), &device) / keep;
        return x * factors;
    }
    dropout.forward(x)
}
