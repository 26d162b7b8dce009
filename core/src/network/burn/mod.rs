//! The network as trainable Burn modules: the reference for whatever else computes it.
//!
//! - [`SpectNet`]: filterbank, [`Scale`] and [`Classifier`]
//! - [`Classifier`]: [`Residual`], [`States`] or [`Cnn`]

mod cnn;
mod dropout;
mod fast;
mod module;
mod residual;
mod scale;
mod spectnet;
mod states;

pub use cnn::Cnn;
pub use module::Classifier;
pub use residual::Residual;
pub use scale::Scale;
pub use spectnet::SpectNet;
pub use states::States;
