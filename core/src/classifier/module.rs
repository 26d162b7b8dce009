//! Any of the classifiers as a trainable module.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::states::States;
use super::{Layout, Residual};
use crate::{Error, Result};

/// The network behind the front-end. The variants do not show in the names of the tensors.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "a program has a few models, not lists of them")]
pub enum Classifier {
    /// Convolutions.
    Residual(Residual),
    /// Means over the states of the heart cycle.
    States(States),
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
        }
    }

    /// Logits `[batch, classes]` of images `[batch, 1, frames, filters]`. `states` are the weights `[batch, states, frames]`
    /// of the frames in each state of the heart cycle, for classifiers that ask for them.
    pub fn forward(&self, image: Tensor<4>, states: Option<Tensor<3>>) -> Tensor<2> {
        match self {
            Self::Residual(network) => network.forward(image),
            Self::States(network) => network.forward(image, states),
        }
    }
}

/// # Errors
/// [`Error::Invalid`] when `dropout` is not a share.
pub(super) fn check_dropout(dropout: f64) -> Result<()> {
    if (0.0..1.0).contains(&dropout) {
        return Ok(());
    }
    Err(Error::invalid(format!("dropout {dropout}: expected 0 or more and less than 1")))
}
