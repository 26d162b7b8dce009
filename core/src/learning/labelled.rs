//! Recordings to learn from.

use crate::audio::Downmix;
use crate::prediction::Prepared;

/// A conditioned recording whose class is known. The program keeps recordings with their files, groups and folds, the page
/// keeps them with what it shows; a trainer sees no more of them than this.
pub trait Labelled {
    /// Index of its class in [`ModelConfig::labels`](crate::model::ModelConfig::labels).
    fn label(&self) -> usize;

    /// Where it comes from: a sensor, a database. Batches have as many windows of every class × subset as of any other.
    fn subset(&self) -> &str;

    /// The conditioned recording for every downmix that the model takes; there is at least one, and none is empty.
    fn downmixes(&self) -> &[(Downmix, Prepared)];

    /// What people know it by, for messages.
    fn name(&self) -> String;
}
