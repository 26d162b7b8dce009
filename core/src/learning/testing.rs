//! Recordings for the tests of learning.

use super::labelled::Labelled;
use crate::audio::Downmix;
use crate::prediction::Prepared;

/// A recording whose class is known, and nothing more.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its class.
    pub label: usize,
    /// Where it comes from.
    pub subset: String,
    /// One, at least in the beginning.
    pub downmixes: Vec<(Downmix, Prepared)>,
}

impl Known {
    /// A recording of one downmix.
    pub fn new(label: usize, subset: &str, prepared: Prepared) -> Self {
        Self { label, subset: subset.into(), downmixes: vec![(Downmix::Mean, prepared)] }
    }
}

impl Labelled for Known {
    fn label(&self) -> usize {
        self.label
    }

    fn subset(&self) -> &str {
        &self.subset
    }

    fn downmixes(&self) -> &[(Downmix, Prepared)] {
        &self.downmixes
    }

    fn name(&self) -> String {
        format!("{} of {}", self.label, self.subset)
    }
}
