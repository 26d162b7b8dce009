//! A classifier as a list of operations with shapes: the one description that whatever computes a network follows.
//!
//! Burn's module (the reference), training and inference on the CPU, and the page's graphics device each walk this
//! list. Names and shapes of the tensors in a model file, and which images fit a network, follow from it too.

use super::geometry::Geometry;

/// `[rows, columns, channels]` of an image on its way through a network: rows are frames or samples, columns are
/// filters.
pub type Shape = [usize; 3];

/// Added to the variance in every batch normalisation.
pub const NORM_EPSILON: f64 = 1e-5;
/// `[rows, columns]` of a shortcut that [`Operation::Add`] pools to one.
pub const SHORTCUT_POOL: [usize; 2] = [2, 2];
/// Numbers of each filter in each phase: mean, deviation.
pub const MOMENTS: usize = 2;
/// Added to the variance of a filter within a phase: far below that of any sound, far above that of rounding.
pub const MOMENTS_EPSILON: f32 = 1e-3;

/// A convolution and the batch normalisation behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvLayout {
    /// Path of its tensors: `NAME.conv.…` and `NAME.norm.…`.
    pub name: String,
    /// Channels in and out.
    pub channels: [usize; 2],
    /// Kernel, stride, padding and dilation.
    pub geometry: Geometry,
    /// Groups of channels that know nothing of each other.
    pub groups: usize,
    /// Whether the convolution has a bias; the normalisation takes it away again.
    pub bias: bool,
    /// Whether a ReLU follows the normalisation.
    pub rectified: bool,
}

/// A linear layer, which sees all values of an image, channels first as they stand in the model file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinearLayout {
    /// Path of its tensors.
    pub name: String,
    /// Numbers that come out.
    pub outputs: usize,
    /// Whether a ReLU follows.
    pub rectified: bool,
}

/// What dropout takes away while a network is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// Whole channels.
    Channels,
    /// Values, each by itself.
    Values,
}

/// What is done to the values that the operation before left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Every column becomes a channel, in place of the one channel there is.
    ColumnsToChannels,
    /// Convolution, batch normalisation, ReLU.
    Convolution(ConvLayout),
    /// The largest value of windows that do not overlap; what does not fill a window is left out.
    MaxPool {
        /// `[rows, columns]` of a window.
        size: [usize; 2],
        /// Whether a ReLU follows.
        rectified: bool,
    },
    /// Keeps the values for the next [`Add`](Self::Add), and hands them on as they are.
    Shortcut,
    /// Adds what was kept, the largest value of every [`SHORTCUT_POOL`], to the first channels; those that it lacks are
    /// zero.
    Add,
    /// The mean over the rows.
    MeanOverRows,
    /// Mean and deviation of every column in each phase of the heart cycle, `[phases, 2, columns]` as channels.
    Moments {
        /// Phases of the heart cycle.
        phases: usize,
    },
    /// Batch normalisation of every channel.
    Normalise {
        /// Path of its tensors.
        name: String,
    },
    /// Dropout; nothing where nothing is trained.
    Dropout(Dropped),
    /// Linear layer, ReLU.
    Linear(LinearLayout),
}

impl Operation {
    /// A linear layer.
    pub(super) fn linear(name: &str, outputs: usize, rectified: bool) -> Self {
        Self::Linear(LinearLayout { name: name.into(), outputs, rectified })
    }

    /// What becomes of values of this shape; a side is 0 where they are too few.
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

    /// Its tensors for values of this shape.
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

/// An operation in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub operation: Operation,
    /// What goes in.
    pub input: Shape,
    /// What comes out.
    pub output: Shape,
}

/// A classifier for images of one size: its operations in order, from the image to the logits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    steps: Vec<Step>,
}

/// Where an image does not fit a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Rows,
    Columns,
}

impl Layout {
    /// The operations with their shapes for images `[rows, columns]`.
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

    /// The first side of which nothing is left, or on which a shortcut does not meet what it is added to.
    pub(super) fn misfit(&self) -> Option<Side> {
        let mut kept = [0, 0];
        for Step { operation, input: [rows, columns, _], output } in &self.steps {
            if *operation == Operation::Shortcut {
                kept = [rows / SHORTCUT_POOL[0], columns / SHORTCUT_POOL[1]];
            }
            let meets = |side: usize, shortcut: usize| *operation != Operation::Add || side == shortcut;
            if output[1] * output[2] == 0 || !meets(*columns, kept[1]) {
                return Some(Side::Columns);
            }
            if output[0] == 0 || !meets(*rows, kept[0]) {
                return Some(Side::Rows);
            }
        }
        None
    }

    /// The operations in order, each with the shapes of what goes in and what comes out.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Number of the step at which the head begins: the first linear layer.
    pub fn head(&self) -> usize {
        let linear = |step: &Step| matches!(step.operation, Operation::Linear(_));
        self.steps.iter().position(linear).unwrap_or(self.steps.len())
    }

    /// Numbers the head sees.
    pub fn features(&self) -> usize {
        self.steps.get(self.head()).map_or(0, |step| step.input.iter().product())
    }

    /// Every tensor of the network, by module path, with its shape.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        self.steps.iter().flat_map(|step| step.operation.tensors(step.input)).collect()
    }
}
