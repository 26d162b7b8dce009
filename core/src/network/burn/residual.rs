//! The residual classifiers over time × frequency: the paper's, and the one that averages over time.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::{MaxPoolOptions, PadMode};
use burn::tensor::{Device, Tensor};

use super::dropout::kept;
use super::fast;
use crate::Result;
use crate::model::layout::{HIDDEN, check_dropout};
use crate::model::{BlockLayout, ConvLayout, Geometry, ResidualLayout, Rows};

/// Residual network: `[batch, 1, frames, filters]` → logits `[batch, classes]`.
///
/// A convolution 1→16, then blocks that double the channels and halve both sides, then two linear layers.
#[derive(Module, Debug)]
pub struct Residual {
    stem: ConvNorm,
    blocks: Vec<Block>,
    hidden: Linear,
    dropout: Dropout,
    output: Linear,
    #[module(skip)]
    rows: Rows,
}

impl Residual {
    /// A randomly initialised network.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) when `dropout` is not a share.
    pub fn new(layout: &ResidualLayout, dropout: f64, device: &Device) -> Result<Self> {
        check_dropout(dropout)?;
        Ok(Self {
            stem: ConvNorm::new(&layout.stem, device),
            blocks: layout.blocks.iter().map(|block| Block::new(block, dropout, device)).collect(),
            hidden: LinearConfig::new(layout.features(), HIDDEN).init(device),
            dropout: DropoutConfig::new(dropout).init(),
            output: LinearConfig::new(HIDDEN, layout.classes).init(device),
            rows: layout.rows,
        })
    }

    /// Logits `[batch, classes]` of images `[batch, 1, frames, filters]`.
    pub fn forward(&self, image: Tensor<4>) -> Tensor<2> {
        let hidden = relu(self.hidden.forward(self.features(image)));
        self.output.forward(self.dropout.forward(hidden))
    }

    /// The same with dropout active although nothing is trained, as a published procedure had it by mistake.
    pub fn forward_dropping(&self, image: Tensor<4>) -> Tensor<2> {
        let (batch, device) = (image.dims()[0], image.device());
        let masks = self.drawn(batch, |dropout, shape| kept(shape, dropout.prob, &device));
        let hidden = relu(self.hidden.forward(self.plain_features(image, Some(masks))));
        self.output.forward(hidden * kept([batch, HIDDEN], self.dropout.prob, &device))
    }

    /// What the head sees: `[batch, features]`.
    pub fn features(&self, image: Tensor<4>) -> Tensor<2> {
        let device = image.device();
        let masks = device.is_autodiff().then(|| self.masks(image.dims()[0], &device));
        if let Some(masks) = &masks
            && let Some(features) = fast::features(&self.layers(), self.last_pool(), &image, masks)
        {
            return self.averaged(features);
        }
        self.plain_features(image, masks)
    }

    /// The same composed of Burn's layers, for any device.
    fn plain_features(&self, image: Tensor<4>, masks: Option<Vec<Tensor<4>>>) -> Tensor<2> {
        let mut masks = masks.into_iter().flatten();
        let mut x = relu(self.stem.forward(image));
        for block in &self.blocks {
            x = block.forward(x, [masks.next(), masks.next()]);
        }
        if self.last_pool() > 1 {
            x = pool(x, [self.last_pool(), 1]);
        }
        self.averaged(x.flatten(1, 3))
    }

    /// Features `[batch, channels × rows × columns]`, averaged over the rows where the head wants it.
    fn averaged(&self, features: Tensor<2>) -> Tensor<2> {
        if self.rows != Rows::Averaged {
            return features;
        }
        let [batch, values] = features.dims();
        let last = self.hidden.weight.dims()[0];
        let channels = self.blocks.last().map_or(1, |block| block.second.norm.gamma.dims()[0]);
        let columns = last / channels;
        let rows = values / last;
        features.reshape([batch, channels, rows, columns]).mean_dim(2).reshape([batch, last])
    }

    /// Rows that the last pooling makes one.
    fn last_pool(&self) -> usize {
        if self.rows == Rows::Halved { 2 } else { 1 }
    }

    /// The stem, then the layers of the blocks.
    fn layers(&self) -> Vec<(&Conv2d, &BatchNorm)> {
        let blocks = self.blocks.iter().flat_map(|block| [&block.first, &block.second]);
        std::iter::once(&self.stem).chain(blocks).map(|layer| (&layer.conv, &layer.norm)).collect()
    }

    /// Factors of dropout `[batch, channels, 1, 1]` for the layers of the blocks: whole channels are dropped.
    fn masks(&self, batch: usize, device: &Device) -> Vec<Tensor<4>> {
        self.drawn(batch, |dropout, shape| dropout.forward(Tensor::ones(shape, device)))
    }

    /// The same, each drawn by `draw`.
    fn drawn(&self, batch: usize, draw: impl Fn(&Dropout, [usize; 4]) -> Tensor<4>) -> Vec<Tensor<4>> {
        let of_block = |block: &Block| {
            let channels = block.second.norm.gamma.dims()[0];
            [(); 2].map(|()| draw(&block.dropout, [batch, channels, 1, 1]))
        };
        self.blocks.iter().flat_map(of_block).collect()
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

    /// `masks` are factors for the channels of both layers.
    fn forward(&self, x: Tensor<4>, masks: [Option<Tensor<4>>; 2]) -> Tensor<4> {
        let masked = |x: Tensor<4>, mask: Option<Tensor<4>>| match mask {
            Some(mask) => x * mask,
            None => x,
        };
        let [first, second] = masks;
        let main = masked(relu(self.first.forward(x.clone())), first);
        let main = masked(self.second.forward(main), second);
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
        let ConvLayout { channels, window: Geometry { kernel, stride, padding: [rows, columns], dilation } } = *layout;
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

#[cfg(test)]
mod tests {
    use burn::module::{ModuleVisitor, Param};
    use burn::tensor::{Distribution, Gradients, Int, TensorData};

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
    fn dropout_while_judging_gives_every_time_another_answer_around_the_right_one() {
        let classifier = classifier(2, 8, 0.3).unwrap();
        let image = Tensor::<4>::random([4, 1, 240, 8], Distribution::Normal(-8.0, 3.0), &Device::flex());
        let values = |logits: Tensor<2>| logits.try_into_vec_as::<f32>().unwrap();
        let right = values(classifier.forward(image.clone()));
        let answers: Vec<Vec<f32>> = (0..2).map(|_| values(classifier.forward_dropping(image.clone()))).collect();
        assert!(answers[0] != answers[1] && answers.iter().flatten().all(|x| x.is_finite()));
        let without = self::classifier(2, 8, 0.0).unwrap();
        assert_eq!(values(without.forward_dropping(image.clone())).len(), right.len());
        let (same, again) = (values(without.forward(image.clone())), values(without.forward_dropping(image)));
        assert!(same.iter().zip(&again).all(|(a, b)| (a - b).abs() < 1e-3), "{same:?} {again:?}");
    }

    #[test]
    fn dropout_acts_on_whole_channels_and_only_while_training() {
        let classifier = classifier(2, 4, 0.5).unwrap();
        let masks = classifier.masks(5, &Device::flex().autodiff());
        let shapes: Vec<[usize; 4]> = masks.iter().map(|mask| mask.dims()).collect();
        assert_eq!(shapes, [[5, 32, 1, 1], [5, 32, 1, 1], [5, 64, 1, 1], [5, 64, 1, 1]]);
        for mask in masks {
            let factors = mask.into_data().try_to_vec::<f32>().unwrap();
            assert!(factors.iter().all(|factor| [0.0, 2.0].contains(factor)));
            assert!([0.0, 2.0].iter().all(|factor| factors.contains(factor)));
        }
        let image = || Tensor::<4>::ones([1, 1, 240, 4], &Device::flex());
        let [once, again] = [(); 2].map(|()| classifier.features(image()).into_data());
        assert_eq!(once, again);
    }

    struct Collect<'a> {
        gradients: &'a Gradients,
        path: Vec<String>,
        tensors: Vec<(String, Vec<f32>)>,
    }

    impl ModuleVisitor for Collect<'_> {
        fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
            let gradient = parameter.val().grad(self.gradients);
            let values = gradient.map_or(Vec::new(), |gradient| gradient.into_data().try_to_vec().unwrap());
            self.tensors.push((self.path.join("."), values));
        }

        fn enter_module(&mut self, name: &str, _container: &str) {
            self.path.push(name.into());
        }

        fn exit_module(&mut self, _name: &str, _container: &str) {
            self.path.pop();
        }
    }

    /// Features, gradients of all parameters and of the image, and running statistics, each by name.
    fn outcome(classifier: &Residual, image: &Tensor<4>, masks: &[Tensor<4>], fast: bool) -> Vec<(String, Vec<f32>)> {
        let image = image.clone().require_grad();
        let features = if fast {
            classifier
                .averaged(fast::features(&classifier.layers(), classifier.last_pool(), &image, masks).expect("served"))
        } else {
            classifier.plain_features(image.clone(), Some(masks.to_vec()))
        };
        let wave = Tensor::<1, Int>::arange(0..features.dims().iter().product::<usize>() as i64, &image.device());
        let wave = (wave.float() * 0.7).cos().reshape(features.dims());
        let gradients = (features.clone() * wave).sum().backward();
        let mut collect = Collect { gradients: &gradients, path: Vec::new(), tensors: Vec::new() };
        classifier.visit(&mut collect);
        let mut tensors = collect.tensors;
        let mut add = |name: String, values: TensorData| tensors.push((name, values.try_to_vec().unwrap()));
        add("features".into(), features.into_data());
        add("image".into(), image.grad(&gradients).unwrap().into_data());
        for (index, (_, norm)) in classifier.layers().into_iter().enumerate() {
            add(format!("mean {index}"), norm.running_mean.value_sync().into_data());
            add(format!("variance {index}"), norm.running_var.value_sync().into_data());
        }
        tensors
    }

    /// Largest distance between two paths as a share of the tensor's largest value, and the tensor it is in.
    fn apart(fast: &[(String, Vec<f32>)], plain: &[(String, Vec<f32>)]) -> (f32, String) {
        let mut worst = (0.0, String::new());
        let mut scale = 0.0;
        for ((name, fast), (_, plain)) in fast.iter().zip(plain) {
            assert_eq!(fast.len(), plain.len(), "{name}");
            let largest = plain.iter().fold(0f32, |largest, value| largest.max(value.abs()));
            let distance = fast.iter().zip(plain).fold(0f32, |apart, (a, b)| apart.max((a - b).abs()));
            // A bias in front of a normalisation has no gradient; layers find the rounding errors of sums that cancel,
            // whose terms are about as large as those of the weights, which come before it.
            scale = if name.ends_with("conv.bias") { scale } else { largest };
            if distance > worst.0 * scale {
                worst = (distance / scale, name.clone());
            }
        }
        worst
    }

    #[test]
    fn the_fast_operation_agrees_with_the_layers_it_replaces() {
        // Both round every sum of a few thousand f32 in their own order.
        const TOLERANCE: f32 = 2e-5;
        let device = Device::flex().autodiff();
        let paper = [(2, 7), (2, 8), (2, 16), (3, 7), (3, 8), (3, 16), (4, 15), (4, 16)];
        let paper =
            paper.map(|(blocks, filters)| (ResidualLayout::new(blocks, [32, filters], 2).unwrap(), [32, filters]));
        let pooled = [(1, [32, 5]), (2, [37, 7]), (3, [50, 13])];
        let pooled = pooled.map(|(blocks, image)| (ResidualLayout::pooled(blocks, image, 2).unwrap(), image));
        for (layout, [frames, filters]) in paper.into_iter().chain(pooled) {
            let blocks = layout.blocks.len();
            for dropout in [0.0, 0.5] {
                // A value within rounding of a ReLU's kink may fall on either side, and then gradients differ by a whole
                // pixel's share: that happens to one image in ten, not to three in a row.
                let agrees = (0..3).any(|_| {
                    let classifier = Residual::new(&layout, dropout, &device).unwrap();
                    let twin = Residual::new(&layout, dropout, &device).unwrap();
                    let twin = twin.load_record(classifier.clone().into_record());
                    let image = Tensor::<4>::random([5, 1, frames, filters], Distribution::Normal(-3.0, 4.0), &device);
                    let masks = classifier.masks(5, &device);
                    let fast = outcome(&classifier, &image, &masks, true);
                    let plain = outcome(&twin, &image, &masks, false);
                    let forward = |(name, _): &&(String, Vec<f32>)| {
                        ["features", "mean", "variance"].iter().any(|start| name.starts_with(start))
                    };
                    let [fast_forward, plain_forward] =
                        [&fast, &plain].map(|all| all.iter().filter(forward).cloned().collect::<Vec<_>>());
                    let (distance, name) = apart(&fast_forward, &plain_forward);
                    assert!(distance <= TOLERANCE, "{blocks} blocks, {filters} filters: {name} {distance:e} apart");
                    apart(&fast, &plain).0 <= TOLERANCE
                });
                assert!(agrees, "{blocks} blocks, {filters} filters, dropout {dropout}: gradients differ");
            }
        }
    }

    #[test]
    fn frozen_normalisation_keeps_to_the_layers() {
        let device = Device::flex().autodiff();
        let layout = ResidualLayout::new(2, [32, 8], 2).unwrap();
        let classifier = Residual::new(&layout, 0.0, &device).unwrap().freeze();
        let image = Tensor::<4>::ones([1, 1, 32, 8], &device);
        let masks = classifier.masks(1, &device);
        assert!(fast::features(&classifier.layers(), classifier.last_pool(), &image, &masks).is_none());
    }
}
