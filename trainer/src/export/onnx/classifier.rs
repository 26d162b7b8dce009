//! The operations of a network as nodes: the one list of `core/src/model/operations.rs` from beginning to end. Images are
//! `[batch, channels, rows, columns]` here.

use spectnet_core::model::operations::{ConvLayout, LinearLayout, MOMENTS_EPSILON, NORM_EPSILON, SHORTCUT_POOL, Step};
use spectnet_core::model::{Geometry, ModelConfig, Operation, Weights};

use super::STATES;
use super::graph::{Builder, Value, attribute, float, row};
use crate::error::{Error, Result};

/// The logits `[batch, classes]` of images `[batch, filters, frames]`.
///
/// # Errors
/// [`Error::Input`] for weights that are missing, or that 16 bits do not hold.
pub fn logits(graph: &mut Builder, config: &ModelConfig, weights: &Weights, image: Value) -> Result<Value> {
    let turned = graph.node("Transpose", &[&image], vec![row("perm", &[0, 2, 1])]);
    let channel = graph.integers("channel_axis", &[1]);
    let image = graph.node("Unsqueeze", &[&turned, &channel], Vec::new());
    let mut walk = Walk { graph, weights, shortcut: None, is_flat: false };
    config.layout()?.steps().iter().try_fold(image, |x, step| walk.apply(step, x))
}

/// On the way through the operations.
struct Walk<'a> {
    graph: &'a mut Builder,
    weights: &'a Weights,
    /// Values that the next sum adds, and how many channels they have.
    shortcut: Option<(Value, usize)>,
    /// Whether the values are `[batch, values]`.
    is_flat: bool,
}

impl Walk<'_> {
    fn apply(&mut self, step: &Step, x: Value) -> Result<Value> {
        let [_, columns, channels] = step.input;
        match &step.operation {
            Operation::ColumnsToChannels => Ok(self.graph.node("Transpose", &[&x], vec![row("perm", &[0, 3, 2, 1])])),
            Operation::Convolution(layer) => self.convolution(layer, &x),
            Operation::MaxPool { size, rectified } => {
                let pooled = self.pool(&x, *size);
                Ok(self.rectified(pooled, *rectified))
            }
            Operation::Shortcut => {
                self.shortcut = Some((x.clone(), channels));
                Ok(x)
            }
            Operation::Add => self.add(&x, channels),
            Operation::MeanOverRows => {
                Ok(self.graph.node("ReduceMean", &[&x], vec![row("axes", &[2]), attribute("keepdims", 1)]))
            }
            Operation::Moments { phases } => Ok(self.moments(&x, *phases, columns)),
            Operation::Normalise { name } => self.normalised(name, &x),
            Operation::Dropout(_) => Ok(x),
            Operation::Linear(layer) => self.linear(layer, step.input.iter().product(), x),
        }
    }

    /// The tensor of the classifier with this name.
    fn tensor(&self, name: &str) -> Result<&[f32]> {
        let values = self.weights.get(&format!("classifier.{name}")).map(Vec::as_slice);
        values.ok_or_else(|| Error::input(format!("there are no weights \"classifier.{name}\"")))
    }

    /// One number for each output or channel, which stays in 32 bits.
    fn vector(&mut self, name: &str) -> Result<Value> {
        let values = self.tensor(name)?.to_vec();
        Ok(self.graph.floats(name, &[values.len()], &values))
    }

    fn weights(&mut self, name: &str, shape: &[usize]) -> Result<Value> {
        let values = self.tensor(name)?.to_vec();
        self.graph.weights(name, shape, &values)
    }

    fn convolution(&mut self, layer: &ConvLayout, x: &str) -> Result<Value> {
        let ConvLayout { name, channels: [inputs, outputs], geometry, groups, bias, rectified } = layer;
        let Geometry { kernel, stride, padding, dilation } = geometry;
        let shape = [*outputs, inputs / groups, kernel[0], kernel[1]];
        let weight = self.weights(&format!("{name}.conv.weight"), &shape)?;
        let bias = if *bias { Some(self.vector(&format!("{name}.conv.bias"))?) } else { None };
        let parameters: Vec<&str> = [x, weight.as_str()].into_iter().chain(bias.as_deref()).collect();
        let attributes = vec![
            row("kernel_shape", kernel),
            row("strides", stride),
            row("pads", &[*padding, *padding].concat()),
            row("dilations", dilation),
            attribute("group", *groups as i64),
        ];
        let convolved = self.graph.node("Conv", &parameters, attributes);
        let normalised = self.normalised(&format!("{name}.norm"), &convolved)?;
        Ok(self.rectified(normalised, *rectified))
    }

    /// Batch normalisation by the stored mean and variance of each channel.
    fn normalised(&mut self, name: &str, x: &str) -> Result<Value> {
        let gamma = self.vector(&format!("{name}.gamma"))?;
        let beta = self.vector(&format!("{name}.beta"))?;
        let mean = self.vector(&format!("{name}.running_mean"))?;
        let variance = self.vector(&format!("{name}.running_var"))?;
        let inputs: [&str; 5] = [x, &gamma, &beta, &mean, &variance];
        Ok(self.graph.node("BatchNormalization", &inputs, vec![float("epsilon", NORM_EPSILON)]))
    }

    fn linear(&mut self, layer: &LinearLayout, inputs: usize, x: Value) -> Result<Value> {
        let LinearLayout { name, outputs, rectified } = layer;
        let values = match std::mem::replace(&mut self.is_flat, true) {
            true => x,
            false => self.graph.node("Flatten", &[&x], vec![attribute("axis", 1)]),
        };
        let weight = self.weights(&format!("{name}.weight"), &[inputs, *outputs])?;
        let bias = self.vector(&format!("{name}.bias"))?;
        let sums = self.graph.node("Gemm", &[&values, &weight, &bias], Vec::new());
        Ok(self.rectified(sums, *rectified))
    }

    /// Adds the pooled shortcut to the first channels.
    fn add(&mut self, x: &str, channels: usize) -> Result<Value> {
        let Some((stored, fewer)) = self.shortcut.take() else {
            return Err(Error::input("the network adds values that it has not stored"));
        };
        let pooled = self.pool(&stored, SHORTCUT_POOL);
        let missing = channels.saturating_sub(fewer);
        // Zeros before and behind each axis.
        let zeros = self.graph.integers(&format!("channels.{missing}"), &[0, 0, 0, 0, 0, missing as i64, 0, 0]);
        let padded = self.graph.node("Pad", &[&pooled, &zeros], Vec::new());
        Ok(self.graph.node("Add", &[x, &padded], Vec::new()))
    }

    /// Mean and standard deviation of every filter in each phase of the heart cycle, as channels.
    fn moments(&mut self, x: &str, phases: usize, filters: usize) -> Value {
        let graph = &mut *self.graph;
        let channel = graph.integers("channel_axis", &[1]);
        let levels = graph.node("Squeeze", &[x, &channel], Vec::new());
        let mean = graph.node("MatMul", &[STATES, &levels], Vec::new());
        let squares = graph.node("Mul", &[&levels, &levels], Vec::new());
        let squares = graph.node("MatMul", &[STATES, &squares], Vec::new());
        let square = graph.node("Mul", &[&mean, &mean], Vec::new());
        let variance = graph.node("Sub", &[&squares, &square], Vec::new());
        let zero = graph.number("zero", 0.0);
        let variance = graph.node("Max", &[&variance, &zero], Vec::new());
        let least = graph.number("least_variance_of_a_phase", MOMENTS_EPSILON);
        let variance = graph.node("Add", &[&variance, &least], Vec::new());
        let deviation = graph.node("Sqrt", &[&variance], Vec::new());
        let both = graph.node("Concat", &[&mean, &deviation], vec![attribute("axis", 2)]);
        // 0 keeps the number of windows.
        let pixel = graph.integers("pixel", &[0, (phases * 2 * filters) as i64, 1, 1]);
        graph.node("Reshape", &[&both, &pixel], Vec::new())
    }

    fn pool(&mut self, x: &str, size: [usize; 2]) -> Value {
        self.graph.node("MaxPool", &[x], vec![row("kernel_shape", &size), row("strides", &size)])
    }

    fn rectified(&mut self, x: Value, rectified: bool) -> Value {
        if rectified { self.graph.node("Relu", &[&x], Vec::new()) } else { x }
    }
}
