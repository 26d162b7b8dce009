//! The operations of a trained model with their numbers, ready to compute.

use crate::Result;
use crate::error::Error;
use crate::filterbank::{FilterParameters, FilterbankConfig};
use crate::model::operations::{ConvLayout, NORM_EPSILON, Shape, Step};
use crate::model::{Layout, ModelConfig, Operation, Weights};
use crate::network::cpu::Scaled;

/// A trained model as plain numbers.
///
/// Images are channels-last, `[rows, columns, channels]`: rows are frames, columns are filters.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// The filterbank with its framing.
    pub front_end: FilterbankConfig,
    /// Its learned filters.
    pub filters: Vec<FilterParameters>,
    /// Samples in a window.
    pub samples: usize,
    /// Frames in a window's image.
    pub frames: usize,
    /// What the image goes through before the classifier.
    pub scaling: Scaled,
    /// The classifier's operations in order. Dropout is left out, and each normalisation is folded into the convolution
    /// before it or the linear layer after it.
    pub layers: Vec<Layer>,
}

/// An operation with its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// What is done, and the shapes of its input and output.
    pub step: Step,
    /// Weights `[kernel rows, kernel columns, inputs, outputs]` of a convolution, or `[inputs, outputs]` of a linear
    /// layer, whose inputs are ordered channels-last. Empty for all other operations.
    pub weights: Vec<f32>,
    /// Biases `[outputs]`; empty where there are no weights.
    pub bias: Vec<f32>,
}

impl Network {
    /// Arranges the weights of a model.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a configuration that is not valid, or weights that do not belong to it;
    /// [`Error::Unsupported`] for a classifier that has no engine.
    pub fn new(config: &ModelConfig, weights: &Weights) -> Result<Self> {
        config.validate()?;
        let tensors = Tensors::check(config, weights)?;
        let filters = config.filters(weights)?;
        if !config.classifier.has_engine() {
            return Err(Error::unsupported(format!(
                "the classifier {}: it is there to be compared with, and only `spectnet` runs it",
                config.classifier.name()
            )));
        }
        Ok(Self {
            front_end: config.front_end.clone(),
            scaling: Scaled::new(config, weights, &filters),
            filters,
            samples: config.windowing.samples,
            frames: config.frames(),
            layers: tensors.layers(&config.layout()?),
        })
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.step.output[2])
    }

    /// Number of phases of the heart cycle that the classifier uses; `None` where it uses none.
    pub fn phases(&self) -> Option<usize> {
        self.layers.iter().find_map(|layer| match layer.step.operation {
            Operation::Moments { phases } => Some(phases),
            _ => None,
        })
    }
}

/// Weights and biases.
type Numbers = (Vec<f32>, Vec<f32>);

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

    fn layers(&self, layout: &Layout) -> Vec<Layer> {
        let mut layers = Vec::new();
        let mut norm = None;
        for step in layout.steps() {
            let (weights, bias) = match &step.operation {
                Operation::Dropout(_) => continue,
                Operation::Normalise { name } => {
                    norm = Some(name);
                    continue;
                }
                Operation::Convolution(layer) => self.convolution(layer),
                Operation::Linear(layer) => {
                    let linear = self.linear(&layer.name, step.input);
                    match norm.take() {
                        Some(norm) => self.normalised(norm, linear),
                        None => linear,
                    }
                }
                _ => Numbers::default(),
            };
            layers.push(Layer { step: step.clone(), weights, bias });
        }
        layers
    }

    fn get(&self, name: &str) -> &'a [f32] {
        self.0.get(&format!("classifier.{name}")).map_or(&[], Vec::as_slice)
    }

    /// Factors of a batch normalisation: `γ / √(variance + ε)`.
    fn scales(&self, norm: &str) -> Vec<f64> {
        let (gamma, variance) = (self.get(&format!("{norm}.gamma")), self.get(&format!("{norm}.running_var")));
        gamma.iter().zip(variance).map(|(&g, &v)| f64::from(g) / (f64::from(v) + NORM_EPSILON).sqrt()).collect()
    }

    /// A batch normalisation before a linear layer, `W (scale (x − mean) + β) + b`, is another linear layer.
    fn normalised(&self, norm: &str, (stored, bias): Numbers) -> Numbers {
        let [mean, beta] = ["running_mean", "beta"].map(|name| self.get(&format!("{norm}.{name}")));
        let mut bias: Vec<f64> = bias.iter().map(|&b| f64::from(b)).collect();
        let mut weights = Vec::with_capacity(stored.len());
        let rows = stored.chunks_exact(bias.len().max(1)).zip(self.scales(norm)).zip(mean.iter().zip(beta));
        for ((row, scale), (&mean, &beta)) in rows {
            let shift = f64::from(beta) - scale * f64::from(mean);
            bias.iter_mut().zip(row).for_each(|(bias, &weight)| *bias += shift * f64::from(weight));
            weights.extend(row.iter().map(|&weight| (f64::from(weight) * scale) as f32));
        }
        (weights, bias.into_iter().map(|b| b as f32).collect())
    }

    /// A batch normalisation after a convolution, `γ (w·x + b − mean) / √(variance + ε) + β`, is another convolution.
    fn convolution(&self, layer: &ConvLayout) -> Numbers {
        let tensor = |name: &str| self.get(&format!("{}.{name}", layer.name));
        let scales = self.scales(&format!("{}.norm", layer.name));
        let ([inputs, outputs], taps) = (layer.channels, layer.geometry.taps());
        let stored = tensor("conv.weight");
        let mut weights = vec![0.0; stored.len()];
        for (output, scale) in scales.iter().enumerate() {
            for input in 0..inputs {
                for tap in 0..taps {
                    let value = stored[(output * inputs + input) * taps + tap];
                    weights[(tap * inputs + input) * outputs + output] = (f64::from(value) * scale) as f32;
                }
            }
        }
        let shift = tensor("conv.bias").iter().zip(tensor("norm.running_mean")).zip(tensor("norm.beta"));
        let bias = shift
            .zip(&scales)
            .map(|(((&b, &mean), &beta), scale)| ((f64::from(b) - f64::from(mean)) * scale + f64::from(beta)) as f32);
        (weights, bias.collect())
    }

    /// In the model file the inputs are ordered channels-first.
    fn linear(&self, name: &str, [rows, columns, channels]: Shape) -> Numbers {
        let [stored, bias] = ["weight", "bias"].map(|part| self.get(&format!("{name}.{part}")));
        let mut weights = Vec::with_capacity(stored.len());
        for place in 0..rows * columns {
            for channel in 0..channels {
                let input = channel * rows * columns + place;
                weights.extend_from_slice(&stored[input * bias.len()..(input + 1) * bias.len()]);
            }
        }
        (weights, bias.to_vec())
    }
}
