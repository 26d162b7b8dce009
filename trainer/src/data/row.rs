//! What a layout holds: recordings as its lists describe them.

use std::path::PathBuf;

use super::place::Place;

/// A recording as a layout describes it, before labels are numbered.
pub(super) struct Row {
    pub(super) path: PathBuf,
    pub(super) label: String,
    pub(super) group: Option<String>,
    pub(super) fold: Option<u32>,
    pub(super) subset: Option<String>,
    pub(super) quality: Option<String>,
    pub(super) age: Option<String>,
    /// The file and line it comes from, for messages.
    pub(super) place: Place,
}

impl Row {
    /// A recording of which nothing more is known.
    pub(super) fn new(path: impl Into<PathBuf>, label: impl Into<String>, place: impl Into<Place>) -> Self {
        let (path, label, place) = (path.into(), label.into(), place.into());
        Self { path, label, group: None, fold: None, subset: None, quality: None, age: None, place }
    }
}

/// What a layout holds.
#[derive(Default)]
pub(super) struct Found {
    pub(super) rows: Vec<Row>,
    /// What was not taken as it stands there, in sentences.
    pub(super) notes: Vec<String>,
    /// What to do about recordings that are not there.
    pub(super) hint: Option<String>,
}

impl Found {
    /// Adds what another layout holds.
    pub(super) fn add(&mut self, other: Self) {
        self.rows.extend(other.rows);
        self.notes.extend(other.notes);
    }
}

impl From<Vec<Row>> for Found {
    fn from(rows: Vec<Row>) -> Self {
        Self { rows, ..Self::default() }
    }
}
