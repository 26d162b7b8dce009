//! How good a model is.
//!
//! - `evaluate`: on labelled recordings, at segment (window) and at recording level; `decided`: what is said of one
//! - [`metrics`]: confusion matrices and the fractions read from them
//! - [`statistics`]: intervals and tests for recordings that belong together
//! - [`assessed`]: calibration, threshold and ROC of a trained model
//! - [`past_run`]: a run read back from its folder

pub mod assessed;
mod decided;
mod evaluate;
pub mod metrics;
pub mod past_run;
pub mod statistics;

pub use decided::Decided;
pub use evaluate::{Evaluation, SubsetEvaluation, evaluate};
