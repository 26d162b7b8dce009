//! What a run came to, and the file that keeps it.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::output;

/// Larger than what is said of a hundred thousand recordings.
const MAX_OUTCOME_BYTES: u64 = 1 << 28;

/// What a run came to: the contents of its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Everything that decides the result, to tell whether another run can stand beside it.
    pub settings: Value,
    /// How long it took.
    pub seconds: f64,
    /// Parameters that were trained.
    pub parameters: usize,
    /// Largest distance of a centre frequency from its start value in Hz; none without filters.
    pub largest_shift_hz: Option<f64>,
    /// From this probability on a recording is called positive; none where no class is, or nothing was chosen.
    #[serde(default)]
    pub threshold: Option<f64>,
    /// What was said of the held-out recordings.
    pub recordings: Vec<Judged>,
}

/// What was said of one recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Its file.
    pub file: String,
    /// Its subset.
    pub subset: String,
    /// Number of its label.
    pub truth: usize,
    /// Number of the verdict.
    pub verdict: usize,
    /// Probability of every label.
    pub probabilities: Vec<f64>,
    /// How many of its segments (windows) are called by each label; nothing where a row knows only recordings.
    pub segments: Vec<u64>,
}

impl Outcome {
    /// What an earlier run left; none where there was none.
    ///
    /// # Errors
    /// A file of other settings, or one that cannot be read.
    pub fn read(path: &Path, settings: &Value) -> Result<Option<Self>> {
        if !path.exists() {
            return Ok(None);
        }
        let bytes = output::read_file(path, MAX_OUTCOME_BYTES)?;
        let outcome: Self = serde_json::from_slice(&bytes).map_err(|error| {
            Error::input(format!("not the outcome of a run: {error}; delete it to run again")).at(path.display())
        })?;
        if outcome.settings != *settings {
            return Err(Error::input(
                "made with other settings than asked for now; use the same ones, or another --out",
            )
            .at(path.display()));
        }
        Ok(Some(outcome))
    }

    /// Leaves it in a file, and makes the folder for it.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            output::create_folder(folder)?;
        }
        let bytes = serde_json::to_vec(self)
            .map_err(|error| Error::input(format!("the outcome cannot be written: {error}")))?;
        output::write_file(path, &bytes)
    }
}
