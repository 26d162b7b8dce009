//! The network as trainable Burn modules: the reference for all other implementations.
//!
//! - [`SpectNet`]: filterbank, [`Scale`] and [`Classifier`]
//! - [`Classifier`]: any network that a [`Layout`](crate::model::Layout) describes
//! - [`sounding_tensor`], [`states_tensor`]: what it needs beside the image

mod classifier;
mod fast;
mod inputs;
mod moments;
mod pass;
mod scale;
mod spectnet;

pub use classifier::Classifier;
pub use inputs::{sounding_tensor, states_tensor};
pub use scale::Scale;
pub use spectnet::SpectNet;
