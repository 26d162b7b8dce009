//! One labelled recording.

use std::path::PathBuf;

/// Name of the subset of recordings that belong to none.
pub(super) const ALL: &str = "all";

/// One labelled recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The audio file.
    pub path: PathBuf,
    /// Index into the dataset's labels.
    pub label: usize,
    /// What must not be split between training and validation: a subject, a place; the recording's own path where the data
    /// names nothing better.
    pub group: String,
    /// The fold the data assigns.
    pub fold: Option<u32>,
    /// Where the recording comes from: sensor, database.
    pub subset: String,
    /// How good the recording is, where the data says.
    pub quality: Option<String>,
    /// How old the person is, as the data says it: an age group, in small letters.
    pub age: Option<String>,
}

impl Example {
    /// Whether the data names the group. Where it does not, the recording is its own, and others may be of the same subject.
    pub fn has_group(&self) -> bool {
        self.group != self.path.to_string_lossy()
    }

    /// What the recording is called in tables and lists: its file without folder and extension.
    pub fn name(&self) -> String {
        self.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
    }
}
