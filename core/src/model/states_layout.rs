//! The classifier that knows where in the heart cycle it is: mean and deviation of every filter in each state, and one
//! linear layer.
//!
//! ```text
//! image [frames, filters] ─ by phase ─▶ mean and deviation of every filter [phases × 2 × filters] ─ linear ─▶ logits
//! ```
//!
//! The phases are the states S1, systole, S2 and diastole, or [parts](crate::heart::Parts) of them.
//!
//! A murmur is sound between S1 and S2, or between S2 and S1, where a healthy heart is quiet; an extra sound is a
//! deviation in one of these states. Where the states lie is found by the [segmentation](crate::heart).

use super::operations::{Dropped, Layout, Operation};
use crate::Result;
use crate::heart::Parts;

/// The classifier for images `[frames, filters]`.
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid) for parts that there cannot be.
pub(super) fn states(parts: Parts, image: [usize; 2], classes: usize) -> Result<Layout> {
    parts.validate()?;
    let operations = [
        Operation::Moments { phases: parts.phases() },
        Operation::Normalise { name: "norm".into() },
        Operation::Dropout(Dropped::Values),
        Operation::linear("output", classes, false),
    ];
    Ok(Layout::new(image, operations))
}
