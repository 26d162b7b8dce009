//! A run that has failed, and its file: the other runs of the table go on without it.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use spectnet_core::package::recordings::Digest;

use crate::error::{Error, Result};
use crate::output;
use crate::training::fingerprint::differing_settings;
use crate::training::machine;

/// Longer than any message.
const MOST_BYTES: u64 = 1 << 24;

/// Why a run has failed: the contents of its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Everything but the recordings that decided it.
    settings: Value,
    /// Of the recordings.
    data: Digest,
    /// What went wrong.
    pub error: String,
    /// The machine.
    host: String,
    /// When.
    date: String,
}

impl Failure {
    /// That of a run that has just failed.
    pub fn new(settings: &Value, data: Digest, error: &Error) -> Self {
        let error = error.to_string();
        Self { settings: settings.clone(), data, error, host: machine::host(), date: machine::now() }
    }

    /// The failure of a run with these settings on these recordings; none where there was none, or of others.
    pub fn read(path: &Path, settings: &Value, data: Digest) -> Option<Self> {
        let bytes = output::read_file(path, MOST_BYTES).ok()?;
        let failure: Self = serde_json::from_slice(&bytes).ok()?;
        let is_same = failure.data == data && differing_settings(&failure.settings, settings).is_empty();
        is_same.then_some(failure)
    }

    /// Writes it into a file, and makes the folder for it.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            output::create_folder(folder)?;
        }
        let bytes = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::input(format!("the failure cannot be written: {error}")))?;
        output::write_file(path, &bytes)
    }

    /// Forgets the failure in a file, if there is one.
    pub fn forget(path: &Path) {
        // Where it stays, the run is taken for failed until it is done.
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_failure_is_that_of_its_settings_and_data() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs").join("fold0-seed0.failed.json");
        let (settings, data) = (json!({ "recipe": { "batch": 8 } }), Digest::new([1; 8]));
        assert_eq!(Failure::read(&path, &settings, data), None);
        Failure::new(&settings, data, &Error::input("no number")).write(&path).unwrap();
        assert_eq!(Failure::read(&path, &settings, data).unwrap().error, "no number");
        assert_eq!(Failure::read(&path, &json!({ "recipe": { "batch": 4 } }), data), None);
        assert_eq!(Failure::read(&path, &settings, Digest::new([2; 8])), None);
        Failure::forget(&path);
        assert_eq!(Failure::read(&path, &settings, data), None);
    }
}
