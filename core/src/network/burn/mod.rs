//! The network as trainable Burn modules: the reference for all other implementations.
//!
//! - [`SpectNet`]: filterbank, [`Scale`] and [`Classifier`]
//! - [`Classifier`]: any network that a [`Layout`](crate::model::Layout) describes

mod classifier;
mod fast;
mod moments;
mod pass;
mod scale;
mod spectnet;

pub use classifier::Classifier;
pub use scale::Scale;
pub use spectnet::SpectNet;
