//! The classifier that uses the phases of the heart cycle: mean and standard deviation of every filter in each phase,
//! and one linear layer.
//!
//! ```text
//! image [frames, filters] ─ by phase ─▶ mean and deviation of every filter [phases × 2 × filters] ─ linear ─▶ logits
//! ```
//!
//! The phases are the states S1, systole, S2 and diastole, where systole and diastole may be
//! [divided](crate::heart::Parts).
//!
//! A murmur is sound between S1 and S2, or between S2 and the next S1, where a healthy heart is quiet; an extra sound
//! changes the standard deviation in one of these phases. The states are found by the [segmentation](crate::heart).

use super::operations::{Dropped, Layout, OUTPUT, Operation};
use crate::Result;
use crate::heart::Parts;

/// The classifier for images `[frames, filters]`.
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid) for numbers of phases out of range.
pub(super) fn states(parts: Parts, image: [usize; 2], classes: usize) -> Result<Layout> {
    parts.validate()?;
    let operations = [
        Operation::Moments { phases: parts.phases() },
        Operation::Normalise { name: "norm".into() },
        Operation::Dropout(Dropped::Values),
        Operation::linear(OUTPUT, classes, false),
    ];
    Ok(Layout::new(image, operations))
}
