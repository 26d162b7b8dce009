//! The classifier that knows where in the heart cycle it is: level and unrest of every filter in each state, and one
//! linear layer.
//!
//! ```text
//! image [frames, filters] ─ by phase ─▶ mean and deviation of every filter [phases × 2 × filters] ─ linear ─▶ logits
//! ```
//!
//! The phases are the states S1, systole, S2 and diastole, or [parts](crate::heart::Parts) of them.
//!
//! A murmur is sound between S1 and S2, or between S2 and S1, where a healthy heart is quiet; an extra sound is unrest in
//! one of these states. Where the states lie is found by the [segmentation](crate::cycles).

use super::layout::{check_classes, linear_tensors, norm_tensors};
use crate::Result;
use crate::heart::Parts;

/// Added to the variance of a filter within a state: far below that of any sound, far above that of rounding.
pub(crate) const EPSILON: f32 = 1e-3;
/// Numbers of each filter in each state: mean, deviation.
pub(crate) const MOMENTS: usize = 2;

/// Sizes of the classifier for images of so many filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatesLayout {
    /// Parts that systole and diastole are told apart in.
    pub parts: Parts,
    /// Filters of the image.
    pub filters: usize,
    /// Classes told apart.
    pub classes: usize,
}

impl StatesLayout {
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) for less than two classes or parts that there cannot be.
    pub fn new(parts: Parts, filters: usize, classes: usize) -> Result<Self> {
        check_classes(classes)?;
        parts.validate()?;
        Ok(Self { parts, filters, classes })
    }

    /// Numbers the linear layer sees.
    pub fn features(&self) -> usize {
        self.parts.phases() * MOMENTS * self.filters
    }

    /// Every tensor, by module path, with its shape.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let norm = norm_tensors("norm", self.features());
        norm.into_iter().chain(linear_tensors("output", [self.features(), self.classes])).collect()
    }
}
