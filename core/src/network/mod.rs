//! Implementations that compute the network of a model from its [layout](crate::model::Layout).
//!
//! - `burn`: trainable modules on any device; the reference
//! - [`cpu`]: the same on plain slices and without a framework, natively and in a browser

#[cfg(feature = "burn")]
pub mod burn;
pub mod cpu;
