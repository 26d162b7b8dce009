//! The layers of a trained model, ready to run.

use crate::Result;
use crate::error::Error;
use crate::filterbank::{FilterParameters, FilterbankConfig};
use crate::model::layout::{HIDDEN, ResidualLayout};
use crate::model::{BlockLayout, ConvLayout, Layout, ModelConfig, Rows, Weights};
use crate::network::cpu::Scaled;

/// Added to the variance in every batch normalisation.
const EPSILON: f64 = 1e-5;

/// A trained model as plain numbers.
///
/// Images are channels-last, `[rows, columns, channels]`; rows are frames, columns filters.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// The front-end.
    pub front_end: FilterbankConfig,
    /// Its learned filters.
    pub filters: Vec<FilterParameters>,
    /// Samples in a window.
    pub samples: usize,
    /// Frames in a window's image.
    pub frames: usize,
    /// What the image goes through before the classifier.
    pub scaling: Scaled,
    /// The classifier.
    pub classifier: Classifier,
}

/// The network behind the front-end.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "a program has a few models, not lists of them")]
pub enum Classifier {
    /// Convolutions.
    Residual(Residual),
    /// A linear layer on the [moments](crate::network::burn::states::moments) of every filter in each state of the heart cycle.
    States {
        /// Phases of the heart cycle.
        phases: usize,
        /// Its one layer.
        output: Linear,
    },
}

/// The residual classifiers.
#[derive(Clone, Debug, PartialEq)]
pub struct Residual {
    /// The first convolution, followed by a ReLU.
    pub stem: Conv,
    /// The residual blocks.
    pub blocks: Vec<Block>,
    /// What becomes of the rows after the last block.
    pub rows: Rows,
    /// The hidden layer, followed by a ReLU. Its inputs stand channels-last.
    pub hidden: Linear,
    /// The layer that makes the logits.
    pub output: Linear,
}

/// A residual block: the first convolution is followed by a ReLU, the second by pooling (in a pooled block) and a ReLU;
/// then the 2×2 max-pooled input is added, its missing channels being zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The convolution that doubles the channels.
    pub first: Conv,
    /// The convolution that keeps them.
    pub second: Conv,
    /// Whether the main path is max-pooled 2×2.
    pub pooled: bool,
}

/// A convolution with its batch normalisation folded in.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// Sizes.
    pub layout: ConvLayout,
    /// `[kernel rows, kernel columns, inputs, outputs]`
    pub weights: Vec<f32>,
    /// `[outputs]`
    pub bias: Vec<f32>,
}

/// A linear layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// `[inputs, outputs]`
    pub weights: Vec<f32>,
    /// `[outputs]`
    pub bias: Vec<f32>,
}

impl Network {
    /// Arranges the weights of a model.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a configuration that is not valid, or weights that do not belong to it;
    /// [`Error::Unsupported`] for a classifier that no engine runs.
    pub fn new(config: &ModelConfig, weights: &Weights) -> Result<Self> {
        config.validate()?;
        let tensors = Tensors::check(config, weights)?;
        let filters = config.filters(weights)?;
        Ok(Self {
            front_end: config.front_end.clone(),
            scaling: Scaled::new(config, weights, &filters),
            filters,
            samples: config.windowing.samples,
            frames: config.frames(),
            classifier: match config.layout()? {
                Layout::Residual(layout) => Classifier::Residual(Residual::new(&layout, &tensors)),
                Layout::States(layout) => Classifier::States {
                    phases: layout.parts.phases(),
                    output: tensors.normalised_linear("norm", "output"),
                },
                Layout::Cnn(_) => {
                    return Err(Error::unsupported(format!(
                        "the classifier {}: it is there to be compared with, and only `spectnet` runs it",
                        config.classifier.name()
                    )));
                }
            },
        })
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        match &self.classifier {
            Classifier::Residual(residual) => residual.output.bias.len(),
            Classifier::States { output, .. } => output.bias.len(),
        }
    }
}

impl Residual {
    fn new(layout: &ResidualLayout, tensors: &Tensors) -> Self {
        let conv = |path: &str, layout: &ConvLayout| tensors.conv(path, layout);
        let block = |(index, block): (usize, &BlockLayout)| Block {
            first: conv(&format!("blocks.{index}.first"), &block.first),
            second: conv(&format!("blocks.{index}.second"), &block.second),
            pooled: block.pooled,
        };
        Self {
            stem: conv("stem", &layout.stem),
            blocks: layout.blocks.iter().enumerate().map(block).collect(),
            rows: layout.rows,
            hidden: tensors.hidden(layout),
            output: tensors.linear("output"),
        }
    }
}

/// Weights that are known to be complete.
struct Tensors<'a>(&'a Weights);

impl<'a> Tensors<'a> {
    fn check(config: &ModelConfig, weights: &'a Weights) -> Result<Self> {
        for (name, shape) in config.tensors()? {
            let values = weights.get(&name).map_or(0, Vec::len);
            if values != shape.iter().product::<usize>() {
                return Err(Error::invalid(format!("there are no weights {name:?} of shape {shape:?}")));
            }
        }
        Ok(Self(weights))
    }

    fn get(&self, name: &str) -> &'a [f32] {
        self.0.get(&format!("classifier.{name}")).map_or(&[], Vec::as_slice)
    }

    /// What a batch normalisation multiplies by: `γ / √(variance + ε)`.
    fn scales(&self, norm: &str) -> Vec<f64> {
        let (gamma, variance) = (self.get(&format!("{norm}.gamma")), self.get(&format!("{norm}.running_var")));
        gamma.iter().zip(variance).map(|(&g, &v)| f64::from(g) / (f64::from(v) + EPSILON).sqrt()).collect()
    }

    /// A batch normalisation before a linear layer, `W (scale (x − mean) + β) + b`, is a linear layer again.
    fn normalised_linear(&self, norm: &str, linear: &str) -> Linear {
        let Linear { weights: stored, bias } = self.linear(linear);
        let [mean, beta] = ["running_mean", "beta"].map(|name| self.get(&format!("{norm}.{name}")));
        let mut bias: Vec<f64> = bias.iter().map(|&b| f64::from(b)).collect();
        let mut weights = Vec::with_capacity(stored.len());
        let rows = stored.chunks_exact(bias.len().max(1)).zip(self.scales(norm)).zip(mean.iter().zip(beta));
        for ((row, scale), (&mean, &beta)) in rows {
            let shift = f64::from(beta) - scale * f64::from(mean);
            bias.iter_mut().zip(row).for_each(|(bias, &weight)| *bias += shift * f64::from(weight));
            weights.extend(row.iter().map(|&weight| (f64::from(weight) * scale) as f32));
        }
        Linear { weights, bias: bias.into_iter().map(|b| b as f32).collect() }
    }

    /// `γ (w·x + b − mean) / √(variance + ε) + β` is a convolution again.
    fn conv(&self, path: &str, layout: &ConvLayout) -> Conv {
        let tensor = |name: &str| self.get(&format!("{path}.{name}"));
        let scales = self.scales(&format!("{path}.norm"));
        let ([inputs, outputs], [rows, columns]) = (layout.channels, layout.window.kernel);
        let stored = tensor("conv.weight");
        let mut weights = vec![0.0; stored.len()];
        for (output, scale) in scales.iter().enumerate() {
            for input in 0..inputs {
                for tap in 0..rows * columns {
                    let value = stored[(output * inputs + input) * rows * columns + tap];
                    weights[(tap * inputs + input) * outputs + output] = (f64::from(value) * scale) as f32;
                }
            }
        }
        let shift = tensor("conv.bias").iter().zip(tensor("norm.running_mean")).zip(tensor("norm.beta"));
        let bias = shift
            .zip(&scales)
            .map(|(((&b, &mean), &beta), scale)| ((f64::from(b) - f64::from(mean)) * scale + f64::from(beta)) as f32);
        Conv { layout: *layout, weights, bias: bias.collect() }
    }

    /// The model file has the inputs channels-first.
    fn hidden(&self, layout: &ResidualLayout) -> Linear {
        let [rows, columns, channels] = layout.last;
        let Linear { weights: stored, bias } = self.linear("hidden");
        let mut weights = Vec::with_capacity(stored.len());
        for place in 0..rows * columns {
            for channel in 0..channels {
                let input = channel * rows * columns + place;
                weights.extend_from_slice(&stored[input * HIDDEN..(input + 1) * HIDDEN]);
            }
        }
        Linear { weights, bias }
    }

    fn linear(&self, name: &str) -> Linear {
        let tensor = |part: &str| self.get(&format!("{name}.{part}")).to_vec();
        Linear { weights: tensor("weight"), bias: tensor("bias") }
    }
}
