//! A classifier as a list of operations with shapes: the one description that every implementation follows.
//!
//! Burn's module (the reference), training and inference on the CPU, and the page's graphics device each execute this
//! list. Names and shapes of the tensors in a model file, and which images fit a network, also follow from it.

use super::geometry::Geometry;

/// `[rows, columns, channels]` of an image within a network: rows are frames or samples, columns are filters.
pub type Shape = [usize; 3];

/// Added to the variance in every batch normalisation.
pub const NORM_EPSILON: f64 = 1e-5;
/// Size `[rows, columns]` of the windows of which [`Operation::Add`] adds the largest value.
pub const SHORTCUT_POOL: [usize; 2] = [2, 2];
/// Numbers for each filter in each phase: mean and standard deviation.
pub const MOMENTS: usize = 2;
/// Name of the last layer, which every network has: it turns what the layers before it found into logits.
pub const OUTPUT: &str = "output";
/// Added to the variance of a filter within a phase: far below the variance of any sound, far above that of rounding.
pub const MOMENTS_EPSILON: f32 = 1e-3;

/// A convolution and the batch normalisation after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvLayout {
    /// Module path of its tensors: `NAME.conv.…` and `NAME.norm.…`.
    pub name: String,
    /// Number of channels in and out.
    pub channels: [usize; 2],
    /// Kernel, stride, padding and dilation.
    pub geometry: Geometry,
    /// Number of groups of channels that are convolved separately; 1 for an ordinary convolution.
    pub groups: usize,
    /// Whether the convolution has a bias; the normalisation removes its effect.
    pub bias: bool,
    /// Whether a ReLU follows the normalisation.
    pub rectified: bool,
}

/// A linear layer. Its inputs are all values of an image; in the model file they are ordered channels first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinearLayout {
    /// Module path of its tensors.
    pub name: String,
    /// Number of outputs.
    pub outputs: usize,
    /// Whether a ReLU follows.
    pub rectified: bool,
}

/// What dropout sets to zero while a network is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// Whole channels.
    Channels,
    /// Values, each by itself.
    Values,
}

/// What is done to the values that the operation before it returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Every column becomes a channel; there must be one channel before.
    ColumnsToChannels,
    /// Convolution, batch normalisation, ReLU.
    Convolution(ConvLayout),
    /// The largest value of windows that do not overlap; rows and columns that do not fill a window are left out.
    MaxPool {
        /// Size `[rows, columns]` of a window.
        size: [usize; 2],
        /// Whether a ReLU follows.
        rectified: bool,
    },
    /// Stores the values for the next [`Add`](Self::Add), and returns them unchanged.
    Shortcut,
    /// Adds the stored values, as the largest value in each window of [`SHORTCUT_POOL`], to the first channels; there
    /// are fewer stored channels than channels, and the others stay as they are.
    Add,
    /// The mean over the rows of each column and channel.
    MeanOverRows,
    /// Mean and standard deviation of every column in each phase of the heart cycle, `[phases, 2, columns]` as
    /// channels.
    Moments {
        /// Number of phases of the heart cycle.
        phases: usize,
    },
    /// Batch normalisation of every channel.
    Normalise {
        /// Module path of its tensors.
        name: String,
    },
    /// Dropout; it does nothing outside of training.
    Dropout(Dropped),
    /// A linear layer, and a ReLU where it has one.
    Linear(LinearLayout),
}

impl Operation {
    /// A linear layer with this module path and number of outputs.
    pub(super) fn linear(name: &str, outputs: usize, rectified: bool) -> Self {
        Self::Linear(LinearLayout { name: name.into(), outputs, rectified })
    }

    /// Shape of the output for an input of this shape; a side is 0 where the input is too small.
    fn output(&self, [rows, columns, channels]: Shape) -> Shape {
        match self {
            Self::ColumnsToChannels => [rows, 1, columns],
            Self::Convolution(layer) => {
                let [rows, columns] = layer.geometry.output([rows, columns]);
                [rows, columns, layer.channels[1]]
            }
            Self::MaxPool { size, .. } => [rows / size[0], columns / size[1], channels],
            Self::MeanOverRows => [1, columns, channels],
            Self::Moments { phases } => [1, 1, phases * MOMENTS * columns],
            Self::Linear(layer) => [1, 1, layer.outputs],
            Self::Shortcut | Self::Add | Self::Normalise { .. } | Self::Dropout(_) => [rows, columns, channels],
        }
    }

    /// Its tensors for an input of this shape: module path and shape of each.
    fn tensors(&self, input: Shape) -> Vec<(String, Vec<usize>)> {
        let norm = |path: &str, channels: usize| {
            ["gamma", "beta", "running_mean", "running_var"].map(|name| (format!("{path}.{name}"), vec![channels]))
        };
        match self {
            Self::Convolution(ConvLayout { name, channels: [inputs, outputs], geometry, groups, bias, .. }) => {
                let [along, across] = geometry.kernel;
                let weight = (format!("{name}.conv.weight"), vec![*outputs, inputs / groups, along, across]);
                let bias = bias.then(|| (format!("{name}.conv.bias"), vec![*outputs]));
                std::iter::once(weight).chain(bias).chain(norm(&format!("{name}.norm"), *outputs)).collect()
            }
            Self::Normalise { name } => norm(name, input[2]).into(),
            Self::Linear(LinearLayout { name, outputs, .. }) => {
                let weight = vec![input.iter().product(), *outputs];
                vec![(format!("{name}.weight"), weight), (format!("{name}.bias"), vec![*outputs])]
            }
            _ => Vec::new(),
        }
    }
}

/// An operation at its place in a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub operation: Operation,
    /// Shape of its input.
    pub input: Shape,
    /// Shape of its output.
    pub output: Shape,
}

/// A classifier for images of one size: its operations in order, from the image to the logits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    steps: Vec<Step>,
}

/// The side on which an image does not fit a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Rows,
    Columns,
}

impl Layout {
    /// The operations with their shapes, for images `[rows, columns]`.
    pub(super) fn new([rows, columns]: [usize; 2], operations: impl IntoIterator<Item = Operation>) -> Self {
        let mut input = [rows, columns, 1];
        let place = |operation: Operation| {
            let output = operation.output(input);
            let step = Step { operation, input, output };
            input = output;
            step
        };
        Self { steps: operations.into_iter().map(place).collect() }
    }

    /// The first side of which nothing is left, or on which the sizes of a shortcut and the main path differ.
    pub(super) fn misfit(&self) -> Option<Side> {
        let mut shortcut = [0, 0];
        for Step { operation, input: [rows, columns, _], output } in &self.steps {
            if *operation == Operation::Shortcut {
                shortcut = [rows / SHORTCUT_POOL[0], columns / SHORTCUT_POOL[1]];
            }
            let meets = |side: usize, shortcut: usize| *operation != Operation::Add || side == shortcut;
            if output[1] * output[2] == 0 || !meets(*columns, shortcut[1]) {
                return Some(Side::Columns);
            }
            if output[0] == 0 || !meets(*rows, shortcut[0]) {
                return Some(Side::Rows);
            }
        }
        None
    }

    /// The operations in order, each with the shapes of its input and output.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Index of the step at which the head begins: the first linear layer.
    pub fn head(&self) -> usize {
        let linear = |step: &Step| matches!(step.operation, Operation::Linear(_));
        self.steps.iter().position(linear).unwrap_or(self.steps.len())
    }

    /// Number of values that the head sees.
    pub fn features(&self) -> usize {
        self.steps.get(self.head()).map_or(0, |step| step.input.iter().product())
    }

    /// Every tensor of the network: its module path and its shape.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        self.steps.iter().flat_map(|step| step.operation.tensors(step.input)).collect()
    }
}
