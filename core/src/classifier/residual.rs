//! The paper's residual classifier over time × frequency.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::{MaxPoolOptions, PadMode};
use burn::tensor::{Device, Tensor};

use super::layout::{BlockLayout, ConvLayout, HIDDEN, ResidualLayout};
use crate::network::Window;
use crate::{Error, Result};

/// Residual network: `[batch, 1, frames, filters]` → logits `[batch, classes]`.
///
/// A convolution 1→16, then 2, 3 or 4 blocks that double the channels and halve both sides, then two linear layers.
#[derive(Module, Debug)]
pub struct Residual {
    stem: ConvNorm,
    blocks: Vec<Block>,
    hidden: Linear,
    dropout: Dropout,
    output: Linear,
}

impl Residual {
    /// A randomly initialised network.
    ///
    /// # Errors
    /// [`Error::Invalid`] when `dropout` is not a share.
    pub fn new(layout: &ResidualLayout, dropout: f64, device: &Device) -> Result<Self> {
        if !(0.0..1.0).contains(&dropout) {
            return Err(Error::invalid(format!("dropout {dropout}: expected 0 or more and less than 1")));
        }
        Ok(Self {
            stem: ConvNorm::new(&layout.stem, device),
            blocks: layout.blocks.iter().map(|block| Block::new(block, dropout, device)).collect(),
            hidden: LinearConfig::new(layout.features(), HIDDEN).init(device),
            dropout: DropoutConfig::new(dropout).init(),
            output: LinearConfig::new(HIDDEN, layout.classes).init(device),
        })
    }

    /// Logits `[batch, classes]` of images `[batch, 1, frames, filters]`.
    pub fn forward(&self, image: Tensor<4>) -> Tensor<2> {
        let hidden = relu(self.hidden.forward(self.features(image)));
        self.output.forward(self.dropout.forward(hidden))
    }

    /// What the head sees: `[batch, features]`.
    pub fn features(&self, image: Tensor<4>) -> Tensor<2> {
        let mut x = relu(self.stem.forward(image));
        for block in &self.blocks {
            x = block.forward(x);
        }
        if self.blocks.len() == 4 {
            x = pool(x, [2, 1]);
        }
        x.flatten(1, 3)
    }
}

/// One residual block: two convolutions beside a pooled shortcut whose missing channels are zero.
#[derive(Module, Debug)]
struct Block {
    first: ConvNorm,
    second: ConvNorm,
    dropout: Dropout,
    /// The first block pools its main path where the others stride.
    #[module(skip)]
    pooled: bool,
}

impl Block {
    fn new(layout: &BlockLayout, dropout: f64, device: &Device) -> Self {
        Self {
            first: ConvNorm::new(&layout.first, device),
            second: ConvNorm::new(&layout.second, device),
            dropout: DropoutConfig::new(dropout).init(),
            pooled: layout.pooled,
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let main = drop_channels(&self.dropout, relu(self.first.forward(x.clone())));
        let main = drop_channels(&self.dropout, self.second.forward(main));
        let main = relu(if self.pooled { pool(main, [2, 2]) } else { main });
        // Zeros pool to zeros: pooling before the channels are added is the same and cheaper.
        let shortcut = pool(x, [2, 2]);
        let missing = shortcut.dims()[1];
        shortcut.pad([(0, 0), (0, missing), (0, 0), (0, 0)], PadMode::Constant(0.0)) + main
    }
}

/// A convolution and its batch normalisation.
#[derive(Module, Debug)]
struct ConvNorm {
    conv: Conv2d,
    norm: BatchNorm,
}

impl ConvNorm {
    fn new(layout: &ConvLayout, device: &Device) -> Self {
        let ConvLayout { channels, window: Window { kernel, stride, padding: [rows, columns], dilation } } = *layout;
        Self {
            conv: Conv2dConfig::new(channels, kernel)
                .with_stride(stride)
                .with_padding(PaddingConfig2d::Explicit(rows, columns, rows, columns))
                .with_dilation(dilation)
                .init(device),
            norm: BatchNormConfig::new(channels[1]).init(device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.norm.forward(self.conv.forward(x))
    }
}

fn pool(x: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    max_pool2d(x, MaxPoolOptions::new(size))
}

/// Drops whole channels while training: one draw for each `[batch, channel]`.
fn drop_channels(dropout: &Dropout, x: Tensor<4>) -> Tensor<4> {
    let device = x.device();
    if !device.is_autodiff() {
        return x;
    }
    let [batch, channels, ..] = x.dims();
    x * dropout.forward(Tensor::ones([batch, channels, 1, 1], &device))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classifier(blocks: usize, filters: usize, dropout: f64) -> Result<Residual> {
        Residual::new(&ResidualLayout::new(blocks, [240, filters], 2)?, dropout, &Device::flex())
    }

    #[test]
    fn sizes_that_fit_run() {
        for (blocks, filters) in [(2, 3), (2, 4), (3, 7), (3, 16), (4, 15), (4, 16)] {
            let image = Tensor::zeros([1, 1, 240, filters], &Device::flex());
            assert_eq!(classifier(blocks, filters, 0.5).unwrap().forward(image).dims(), [1, 2]);
        }
    }

    #[test]
    fn a_dropout_of_everything_is_refused() {
        let all = classifier(2, 4, 1.0).expect_err("must be refused").to_string();
        assert_eq!(all, "dropout 1: expected 0 or more and less than 1");
    }

    #[test]
    fn dropout_acts_on_whole_channels_and_only_while_training() {
        let dropout = DropoutConfig::new(0.5).init();
        let image = |device: &Device| Tensor::<4>::ones([2, 64, 3, 3], device);
        let still = drop_channels(&dropout, image(&Device::flex()));
        assert!(still.into_data().try_to_vec::<f32>().unwrap().iter().all(|&v| v == 1.0));
        let dropped = drop_channels(&dropout, image(&Device::flex().autodiff()));
        let values = dropped.into_data().try_to_vec::<f32>().unwrap();
        let channels: Vec<&[f32]> = values.chunks(9).collect();
        assert!(channels.iter().all(|channel| channel.iter().all(|v| v == &channel[0])));
        assert!(channels.iter().any(|channel| channel[0] == 0.0) && channels.iter().any(|channel| channel[0] == 2.0));
    }
}
