//! Any of the classifiers as a trainable module: the reference for all other implementations.

use std::collections::BTreeMap;
use std::sync::Arc;

use burn::module::Module;
use burn::nn::{BatchNorm, Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::{DType, Device, Tensor};

use super::fast;
use super::pass::{ConvNorm, Pass, dropped, normalisation, row_by_row};
use crate::Result;
use crate::model::classifier::check_dropout;
use crate::model::operations::{Dropped, Step};
use crate::model::{Layout, Operation};
use crate::network::cpu::training::Stack;

/// The network after the front-end, built from the operations of its [`Layout`]. Every classifier has some of the
/// fields; their names are the module paths of the tensors in a model file.
#[derive(Module, Debug)]
pub struct Classifier {
    stem: Option<ConvNorm>,
    blocks: Vec<Block>,
    first: Option<ConvNorm>,
    second: Option<ConvNorm>,
    norm: Option<BatchNorm>,
    hidden: Option<Linear>,
    output: Option<Linear>,
    dropout: Dropout,
    #[module(skip)]
    layout: Layout,
}

/// The layers of a residual block.
#[derive(Module, Debug)]
struct Block {
    first: ConvNorm,
    second: ConvNorm,
}

impl Classifier {
    /// A network with random weights; `dropout` is the probability of dropping a value or channel while training.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) when `dropout` is not at least 0 and below 1.
    pub fn new(layout: &Layout, dropout: f64, device: &Device) -> Result<Self> {
        check_dropout(dropout)?;
        let (mut convolutions, mut linears, mut norm) = (BTreeMap::new(), BTreeMap::new(), None);
        for Step { operation, input, .. } in layout.steps() {
            match operation {
                Operation::Convolution(layer) => {
                    convolutions.insert(layer.name.clone(), ConvNorm::new(layer, device));
                }
                Operation::Normalise { .. } => norm = Some(normalisation(input[2], device)),
                Operation::Linear(layer) => {
                    let linear = LinearConfig::new(input.iter().product(), layer.outputs).init(device);
                    linears.insert(layer.name.clone(), linear);
                }
                _ => {}
            }
        }
        let mut conv = |name: &str| convolutions.remove(name);
        let blocks = (0..).map_while(|index: usize| {
            let [first, second] = ["first", "second"].map(|layer| conv(&format!("blocks.{index}.{layer}")));
            Some(Block { first: first?, second: second? })
        });
        Ok(Self {
            blocks: blocks.collect(),
            stem: conv("stem"),
            first: conv("first"),
            second: conv("second"),
            norm,
            hidden: linears.remove("hidden"),
            output: linears.remove("output"),
            dropout: DropoutConfig::new(dropout).init(),
            layout: layout.clone(),
        })
    }

    /// Whether its input is the filters' outputs, sample by sample, in place of their log-energy image.
    pub fn sees_filter_outputs(&self) -> bool {
        self.layout.steps().first().is_some_and(|step| step.operation == Operation::ColumnsToChannels)
    }

    /// Logits `[batch, classes]` of images `[batch, 1, frames, filters]`. For a classifier that sees the filters'
    /// outputs, a frame is a sample.
    ///
    /// `states` are the weights `[batch, phases, frames]` of the frames in each phase of the heart cycle, for a
    /// classifier that uses phases; with `None` every frame counts equally in every phase.
    ///
    /// # Panics
    /// May panic for images of another size than the layout has.
    pub fn forward(&self, image: Tensor<4>, states: Option<Tensor<3>>) -> Tensor<2> {
        self.run(self.layout.steps(), image, states, false)
    }

    /// As [`forward`](Self::forward), but dropout is active outside of training too, as a published procedure had it by
    /// mistake.
    pub fn forward_dropping(&self, image: Tensor<4>, states: Option<Tensor<3>>) -> Tensor<2> {
        // The published procedure did not use states.
        let knows_states = |step: &Step| matches!(step.operation, Operation::Moments { .. });
        let dropping = !self.layout.steps().iter().any(knows_states);
        self.run(self.layout.steps(), image, states, dropping)
    }

    /// The input of the head for these images: `[batch, features]`.
    pub fn features(&self, image: Tensor<4>, states: Option<Tensor<3>>) -> Tensor<2> {
        self.run(&self.layout.steps()[..self.layout.head()], image, states, false)
    }

    /// Whether training on this device computes all convolutions in one fast operation, or there are none.
    ///
    /// # Errors
    /// The reason, for people, why Burn's own layers compute them.
    pub fn trains_fast(&self, device: &Device) -> std::result::Result<(), &'static str> {
        if self.convolutions().is_empty() { Ok(()) } else { self.stack(device).map(drop) }
    }

    /// The result of `steps`, which are at least the whole body, for these images.
    fn run(&self, steps: &[Step], image: Tensor<4>, states: Option<Tensor<3>>, dropping: bool) -> Tensor<2> {
        let (device, [batch, _, rows, columns]) = (image.device(), image.dims());
        let masks = self.masks(batch, &device, dropping);
        let values = match self.stack(&device) {
            Ok(stack) if !dropping && stack.image() == [rows, columns] => {
                let left = &steps[stack.operations()..];
                let x = self.fast(stack, &image, &masks);
                self.pass(Vec::new(), states, dropping).over(left, x)
            }
            _ => self.pass(masks, states, dropping).over(steps, row_by_row(image)),
        };
        values.flatten(1, 3)
    }

    /// The layers to compute in one operation on this device, or the reason why Burn's own layers do it.
    fn stack(&self, device: &Device) -> std::result::Result<Stack, &'static str> {
        if !device.is_autodiff() {
            return Err("nothing is trained");
        }
        if *device != Device::flex() {
            return Err("the fast operation is for the CPU");
        }
        let layers = self.convolutions();
        if !layers.iter().all(|layer| layer.norm.training.is_enabled()) {
            return Err("a normalisation is frozen");
        }
        if !layers.iter().all(|layer| layer.norm.gamma.dtype() == DType::F32) {
            return Err("the fast operation is for 32-bit floats");
        }
        Stack::new(&self.layout).ok_or("the fast operation is for the residual classifiers")
    }

    /// The result of the stack's operations for these images.
    fn fast(&self, stack: Stack, image: &Tensor<4>, masks: &[Tensor<4>]) -> Tensor<4> {
        let batch = image.dims()[0];
        let [rows, columns, channels] = self.layout.steps()[stack.operations()].input;
        fast::features(&self.convolutions(), Arc::new(stack), image, masks).reshape([batch, channels, rows, columns])
    }

    fn pass(&self, masks: Vec<Tensor<4>>, states: Option<Tensor<3>>, dropping: bool) -> Pass<'_> {
        Pass {
            convolutions: self.convolutions().into_iter(),
            norm: self.norm.as_ref(),
            linears: self.hidden.iter().chain(&self.output).collect::<Vec<_>>().into_iter(),
            dropout: &self.dropout,
            dropping,
            masks: masks.into_iter(),
            states,
            shortcut: None,
        }
    }

    /// The convolutions in the order of the operations.
    fn convolutions(&self) -> Vec<&ConvNorm> {
        let blocks = self.blocks.iter().flat_map(|block| [&block.first, &block.second]);
        self.stem.iter().chain(blocks).chain(&self.first).chain(&self.second).collect()
    }

    /// Factors of dropout `[batch, channels, 1, 1]` for every place where whole channels are dropped; empty where
    /// nothing is dropped.
    fn masks(&self, batch: usize, device: &Device, dropping: bool) -> Vec<Tensor<4>> {
        if !dropping && !device.is_autodiff() {
            return Vec::new();
        }
        let dropout = |step: &&Step| step.operation == Operation::Dropout(Dropped::Channels);
        let ones = |step: &Step| Tensor::ones([batch, step.output[2], 1, 1], device);
        let steps = self.layout.steps().iter().filter(dropout);
        steps.map(|step| dropped(&self.dropout, ones(step), dropping)).collect()
    }
}

#[cfg(test)]
mod tests;
