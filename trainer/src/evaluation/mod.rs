//! How good a model is.
//!
//! - `evaluate`: on labelled recordings, at segment and at recording level
//! - [`metrics`]: confusion matrices and the fractions read from them
//! - [`statistics`]: intervals and tests for recordings that belong together
//! - [`assessed`]: what a trained model's probabilities are worth

pub mod assessed;
mod evaluate;
pub mod metrics;
pub mod statistics;

pub use evaluate::{Evaluation, SubsetEvaluation, evaluate};
