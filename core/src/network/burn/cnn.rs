//! The two networks of convolutions as a trainable module ([`CnnLayout`]).

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{Device, Tensor};

use super::dropout::kept;
use crate::Result;
use crate::model::cnn_layout::HIDDEN;
use crate::model::layout::check_dropout;
use crate::model::{CnnLayout, Over};

/// The network as a trainable module.
#[derive(Module, Debug)]
pub struct Cnn {
    first: Stage,
    second: Stage,
    hidden: Linear,
    dropout: Dropout,
    output: Linear,
    #[module(skip)]
    over: Over,
}

impl Cnn {
    /// A randomly initialised network.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) when `dropout` is not a share.
    pub fn new(layout: &CnnLayout, dropout: f64, device: &Device) -> Result<Self> {
        check_dropout(dropout)?;
        let (groups, [first, second]) = (layout.groups(), layout.channels());
        let inputs = if layout.over == Over::Time { groups } else { 1 };
        let stage = |channels: [usize; 2]| Stage::new(layout.over, channels, groups, dropout, device);
        Ok(Self {
            first: stage([inputs, first]),
            second: stage([first, second]),
            hidden: LinearConfig::new(layout.features(), HIDDEN).init(device),
            dropout: DropoutConfig::new(dropout).init(),
            output: LinearConfig::new(HIDDEN, layout.classes).init(device),
            over: layout.over,
        })
    }

    /// What the convolutions run over.
    pub fn over(&self) -> Over {
        self.over
    }

    /// Logits `[batch, classes]` of images `[batch, 1, frames, filters]`; over time, a frame is a sample. Dropout is
    /// active in training, and elsewhere where it is meant to be `dropping`.
    pub fn forward(&self, image: Tensor<4>, dropping: bool) -> Tensor<2> {
        let hidden = relu(self.hidden.forward(self.features(image, dropping)));
        self.output.forward(dropped(&self.dropout, hidden, dropping))
    }

    /// What the hidden layer sees: `[batch, features]`.
    pub(super) fn features(&self, image: Tensor<4>, dropping: bool) -> Tensor<2> {
        // Over time every filter is a channel: [batch, filters, samples, 1].
        let image = if self.over == Over::Time { image.swap_dims(1, 3) } else { image };
        self.second.forward(self.first.forward(image, dropping), dropping).flatten(1, 3)
    }
}

/// A convolution, normalised, rectified, thinned out and pooled over time.
#[derive(Module, Debug)]
struct Stage {
    conv: Conv2d,
    norm: BatchNorm,
    dropout: Dropout,
}

impl Stage {
    fn new(over: Over, channels: [usize; 2], groups: usize, dropout: f64, device: &Device) -> Self {
        let kernel @ [_, across] = over.kernel();
        let conv = Conv2dConfig::new(channels, kernel)
            .with_groups(groups)
            .with_padding(PaddingConfig2d::Explicit(0, across / 2, 0, across / 2))
            // The normalisation would take it away again.
            .with_bias(false);
        Self {
            conv: conv.init(device),
            norm: BatchNormConfig::new(channels[1]).init(device),
            dropout: DropoutConfig::new(dropout).init(),
        }
    }

    fn forward(&self, x: Tensor<4>, dropping: bool) -> Tensor<4> {
        let x = relu(self.norm.forward(self.conv.forward(x)));
        max_pool2d(dropped(&self.dropout, x, dropping), MaxPoolOptions::new([2, 1]))
    }
}

fn dropped<const D: usize>(dropout: &Dropout, x: Tensor<D>, dropping: bool) -> Tensor<D> {
    let device = x.device();
    if dropping && !device.is_autodiff() {
        return x.clone() * kept(x.dims(), dropout.prob, &device);
    }
    dropout.forward(x)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution, Tensor};

    use super::*;

    #[test]
    fn over_time_a_filter_knows_nothing_of_the_others() {
        let device = Device::flex();
        let layout = CnnLayout::new(Over::Time, [60, 3], 2).unwrap();
        let network = Cnn::new(&layout, 0.0, &device).unwrap();
        let image = Tensor::<4>::random([1, 1, 60, 3], Distribution::Normal(0.0, 1.0), &device);
        // Whatever the others do, what follows from the second is the same.
        let alone = image.clone() * Tensor::<1>::from_floats([0.0, 1.0, 0.0], &device).reshape([1, 1, 1, 3]);
        let features = |image: Tensor<4>| network.features(image, false).try_into_vec_as::<f32>().unwrap();
        let (all, alone) = (features(image), features(alone));
        let of_filter = all.len() / 3;
        assert_eq!(all[of_filter..2 * of_filter], alone[of_filter..2 * of_filter]);
        assert_ne!(all[..of_filter], alone[..of_filter]);
    }

    #[test]
    fn both_networks_have_the_tensors_of_their_layout() {
        let device = Device::flex();
        for (over, image, hidden_inputs) in [
            (Over::Time, [2420, 4], 602 * 16),
            (Over::TimeAndFrequency, [240, 4], 57 * 4 * 4),
            (Over::TimeAndFrequency, [16, 5], 5 * 4),
        ] {
            let layout = CnnLayout::new(over, image, 2).unwrap();
            assert_eq!(layout.features(), hidden_inputs);
            let network = Cnn::new(&layout, 0.5, &device).unwrap();
            assert_eq!(network.forward(Tensor::zeros([3, 1, image[0], image[1]], &device), false).dims(), [3, 2]);
        }
        let short = CnnLayout::new(Over::TimeAndFrequency, [15, 5], 2).expect_err("must be refused").to_string();
        assert_eq!(short, "15 frames are too few for two convolutions and pooling: expected at least 16");
    }
}
