//! The learned numbers of a model.

use std::collections::BTreeMap;

/// The learned numbers: module path → tensor in row-major order. [`ModelConfig::tensors`] has the names and shapes.
pub type Weights = BTreeMap<String, Vec<f32>>;
