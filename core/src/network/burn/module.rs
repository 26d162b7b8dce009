//! Any of the classifiers as a trainable module.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::cnn::Cnn;
use super::residual::Residual;
use super::states::States;
use crate::Result;
use crate::model::{Layout, Over};

/// The network behind the front-end. The variants do not show in the names of the tensors.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "a program has a few models, not lists of them")]
pub enum Classifier {
    /// Convolutions.
    Residual(Residual),
    /// Means over the states of the heart cycle.
    States(States),
    /// Two convolutions.
    Cnn(Cnn),
}

impl Classifier {
    /// A randomly initialised network.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) when `dropout` is not a share.
    pub fn new(layout: &Layout, dropout: f64, device: &Device) -> Result<Self> {
        match layout {
            Layout::Residual(layout) => Residual::new(layout, dropout, device).map(Self::Residual),
            Layout::States(layout) => States::new(layout, dropout, device).map(Self::States),
            Layout::Cnn(layout) => Cnn::new(layout, dropout, device).map(Self::Cnn),
        }
    }

    /// Whether it hears the filters' outputs themselves in place of their log-energy image.
    pub fn sees_filter_outputs(&self) -> bool {
        matches!(self, Self::Cnn(network) if network.over() == Over::Time)
    }

    /// Logits `[batch, classes]` of images `[batch, 1, frames, filters]`. `states` are the weights `[batch, states, frames]`
    /// of the frames in each state of the heart cycle, for classifiers that ask for them.
    pub fn forward(&self, image: Tensor<4>, states: Option<Tensor<3>>) -> Tensor<2> {
        match self {
            Self::Residual(network) => network.forward(image),
            Self::States(network) => network.forward(image, states),
            Self::Cnn(network) => network.forward(image, false),
        }
    }

    /// The same with dropout active although nothing is trained, as a published procedure had it by mistake.
    pub fn forward_dropping(&self, image: Tensor<4>, states: Option<Tensor<3>>) -> Tensor<2> {
        match self {
            Self::Residual(network) => network.forward_dropping(image),
            // The procedure knew no states.
            Self::States(network) => network.forward(image, states),
            Self::Cnn(network) => network.forward(image, true),
        }
    }
}
