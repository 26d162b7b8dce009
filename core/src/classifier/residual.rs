//! The paper's residual classifier over time × frequency.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::{MaxPoolOptions, PadMode};
use burn::tensor::{Device, Tensor};

use crate::{Error, Result};

/// Width of the hidden layer of the head.
const HIDDEN: usize = 100;

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
    /// A randomly initialised network for images of `frames` × `filters`.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there is no such network: the strides of the main path and the pooling of the shortcut
    /// must arrive at the same size.
    pub fn new(
        blocks: usize,
        dropout: f64,
        [frames, filters]: [usize; 2],
        classes: usize,
        device: &Device,
    ) -> Result<Self> {
        let features = features(blocks, [frames, filters])?;
        if classes < 2 {
            return Err(Error::invalid(format!("{classes} classes: a classifier needs at least 2")));
        }
        if !(0.0..1.0).contains(&dropout) {
            return Err(Error::invalid(format!("dropout {dropout}: expected 0 or more and less than 1")));
        }
        let stem = ConvNorm::new([1, 16], [3, 2], [1, 1], [3, 1], [1, 1], device);
        Ok(Self {
            stem,
            blocks: (1..=blocks).map(|number| Block::new(number, dropout, device)).collect(),
            hidden: LinearConfig::new(features, HIDDEN).init(device),
            dropout: DropoutConfig::new(dropout).init(),
            output: LinearConfig::new(HIDDEN, classes).init(device),
        })
    }

    /// Number of values in the largest tensor of such a network, without building it.
    ///
    /// # Errors
    /// An image that does not fit.
    pub fn largest_tensor(blocks: usize, image: [usize; 2]) -> Result<usize> {
        Ok(features(blocks, image)? * HIDDEN)
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

/// Number of features after the last block, or why the image does not fit.
fn features(blocks: usize, [frames, filters]: [usize; 2]) -> Result<usize> {
    if !(2..=4).contains(&blocks) {
        return Err(Error::invalid(format!("{blocks} residual blocks: expected 2, 3 or 4")));
    }
    let filters_rule = match blocks {
        2 => "N mod 4 = 0 or 3",
        3 => "N mod 8 = 0 or 7",
        _ => "N mod 16 = 0 or 15",
    };
    let wrong_filters = || {
        Error::invalid(format!(
            "{filters} filters do not fit the residual classifier with {blocks} blocks: expected {filters_rule}"
        ))
    };
    // After the stem and the first block, which pools both paths alike.
    let (mut height, mut width) = ((frames + 4) / 2, filters.div_ceil(2));
    let mut dilation_of_block = [1, 2, 1].iter();
    for _ in 1..blocks {
        let dilation = dilation_of_block.next().copied().unwrap_or(1);
        // Kernel 3, stride 2, padding 1 on the main path; 2 × 2 pooling on the shortcut.
        let strided = |side: usize, dilation: usize| (side + 1).checked_sub(2 * dilation).map(|rest| rest / 2 + 1);
        if strided(width, 1) != Some(width / 2) || width < 2 {
            return Err(wrong_filters());
        }
        if strided(height, dilation) != Some(height / 2) || height < 2 {
            return Err(Error::invalid(format!(
                "{frames} frames do not fit the residual classifier with {blocks} blocks: change the window length \
                 (240 frames fit every size)"
            )));
        }
        (height, width) = (height / 2, width / 2);
    }
    if blocks == 4 {
        height /= 2;
    }
    match height * width * (16 << blocks) {
        0 => Err(wrong_filters()),
        features => Ok(features),
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
    fn new(number: usize, dropout: f64, device: &Device) -> Self {
        let channels = 8 << number;
        let wide = 2 * channels;
        let pooled = number == 1;
        let (first, second) = if pooled {
            (([1, 1], [0, 0], [1, 1]), ([1, 1], [2, 2], [1, 1]))
        } else {
            let dilation = if number == 3 { [2, 1] } else { [1, 1] };
            (([1, 1], [1, 1], [1, 1]), ([2, 2], [1, 1], dilation))
        };
        Self {
            first: ConvNorm::new([channels, wide], [3, 3], first.0, first.1, first.2, device),
            second: ConvNorm::new([wide, wide], [3, 3], second.0, second.1, second.2, device),
            dropout: DropoutConfig::new(dropout).init(),
            pooled,
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
    fn new(
        channels: [usize; 2],
        kernel: [usize; 2],
        stride: [usize; 2],
        [rows, columns]: [usize; 2],
        dilation: [usize; 2],
        device: &Device,
    ) -> Self {
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

    fn classifier(blocks: usize, filters: usize) -> Residual {
        Residual::new(blocks, 0.5, [240, filters], 2, &Device::flex()).unwrap()
    }

    /// Learned numbers without the running statistics of the normalisations.
    fn parameters(classifier: &Residual) -> usize {
        let running: usize = std::iter::once(&classifier.stem)
            .chain(classifier.blocks.iter().flat_map(|block| [&block.first, &block.second]))
            .map(|layer| 2 * layer.norm.gamma.dims()[0])
            .sum();
        classifier.num_params() - running
    }

    #[test]
    fn the_paper_counts_parameters_the_same() {
        assert_eq!(parameters(&classifier(3, 16)), 1_060_094);
        assert_eq!(parameters(&classifier(4, 64)), 1_895_166);
    }

    #[test]
    fn exactly_the_filter_counts_of_the_rule_fit() {
        for (blocks, modulus) in [(2, 4), (3, 8), (4, 16)] {
            for filters in modulus - 1..200 {
                let fits = filters % modulus == 0 || filters % modulus == modulus - 1;
                assert_eq!(features(blocks, [240, filters]).is_ok(), fits, "{blocks} blocks, {filters} filters");
            }
        }
    }

    #[test]
    fn sizes_that_fit_run_and_others_say_why() {
        for (blocks, filters) in [(2, 3), (2, 4), (3, 7), (3, 16), (4, 15), (4, 16)] {
            let logits = classifier(blocks, filters).forward(Tensor::zeros([1, 1, 240, filters], &Device::flex()));
            assert_eq!(logits.dims(), [1, 2]);
        }
        let refused = |blocks, image, classes| {
            Residual::new(blocks, 0.5, image, classes, &Device::flex()).expect_err("must be refused").to_string()
        };
        assert_eq!(
            refused(3, [240, 12], 2),
            "12 filters do not fit the residual classifier with 3 blocks: expected N mod 8 = 0 or 7"
        );
        assert_eq!(refused(5, [240, 16], 2), "5 residual blocks: expected 2, 3 or 4");
        assert!(refused(3, [245, 16], 2).starts_with("245 frames do not fit"));
        assert!(refused(3, [240, 16], 1).starts_with("1 classes"));
        assert!(refused(2, [0, 0], 2).contains("do not fit"));
        let all = Residual::new(2, 1.0, [240, 4], 2, &Device::flex()).expect_err("must be refused").to_string();
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
