//! What computes a model's network from its [layout](crate::model::Layout).
//!
//! - `burn`: trainable modules, on whatever device; the reference
//! - [`cpu`]: the same on plain numbers, without a framework, natively and in a browser

#[cfg(feature = "burn")]
pub mod burn;
pub mod cpu;
