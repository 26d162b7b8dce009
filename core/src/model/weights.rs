//! The learned numbers of a model.

use std::collections::BTreeMap;

/// The learned numbers by module path, each tensor row by row. [`ModelConfig::tensors`] has the names and shapes.
pub type Weights = BTreeMap<String, Vec<f32>>;
