//! The result of a run, and its file.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use spectnet_core::package::recordings::Digest;

use crate::error::{Error, Result};
use crate::output;
use crate::training::fingerprint::differing_settings;

/// Larger than the predictions on a hundred thousand recordings.
const MAX_RESULT_BYTES: u64 = 1 << 28;

/// The result of a run: the contents of its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// Everything but the recordings that decides the result, to tell whether another run can stand beside it.
    pub settings: Value,
    /// Of the [fingerprint](crate::training::fingerprint) of the recordings; none in files of earlier versions.
    #[serde(default)]
    pub data: Option<Digest>,
    /// How many seconds it took, with those of its training before it was stopped.
    pub seconds: f64,
    /// Parameters that were trained.
    pub parameters: usize,
    /// Largest distance of a centre frequency from its start value in Hz; none without filters.
    pub largest_shift_hz: Option<f64>,
    /// From this probability on a recording is called positive; none where no class is, or nothing was chosen.
    #[serde(default)]
    pub threshold: Option<f64>,
    /// The predictions on the held-out recordings.
    pub recordings: Vec<Judged>,
}

/// The prediction on one recording, and the truth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Its file.
    pub file: String,
    /// Its subset.
    pub subset: String,
    /// Its group, where the data names one; where not, it is its own.
    #[serde(default)]
    pub group: Option<String>,
    /// Number of its label.
    pub truth: usize,
    /// Number of the prediction.
    #[serde(rename = "verdict")]
    pub prediction: usize,
    /// Probability of every label.
    pub probabilities: Vec<f64>,
    /// How many of its segments (windows) get each label; empty where a row sees whole recordings only.
    pub segments: Vec<u64>,
}

/// What there is of an earlier run.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// No file.
    Nothing,
    /// Its result.
    Result(Box<RunResult>),
    /// A file that holds no result, and why.
    Damaged(String),
}

impl RunResult {
    /// Reads the result of an earlier run.
    ///
    /// # Errors
    /// A file of other settings or other data.
    pub fn read(path: &Path, settings: &Value, data: Digest) -> Result<Found> {
        if !path.exists() {
            return Ok(Found::Nothing);
        }
        let damaged = |error: Error| Ok(Found::Damaged(error.to_string()));
        let bytes = match output::read_file(path, MAX_RESULT_BYTES) {
            Ok(bytes) => bytes,
            Err(error) => return damaged(error),
        };
        let result: Self = match serde_json::from_slice(&bytes) {
            Ok(result) => result,
            Err(error) => {
                let why = format!("not the result of a run: {error}; delete it to run again");
                return damaged(Error::input(why).at(path.display()));
            }
        };
        let refused = |why: String| Err(Error::input(why).at(path.display()));
        if let Some(difference) = differing_settings(&result.settings, settings).first() {
            return refused(format!(
                "made with other settings than asked for now: {difference}. Use the same ones, or another --out"
            ));
        }
        match result.data {
            Some(of) if of == data => Ok(Found::Result(Box::new(result))),
            Some(_) => refused("made on other recordings than these; delete it to run again, or use another --out".into()),
            None => refused(
                "an earlier version made it, and did not note on which recordings; delete it to run again, or use another --out"
                    .into(),
            ),
        }
    }

    /// Writes it into a file, and makes the folder for it.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            output::create_folder(folder)?;
        }
        let bytes =
            serde_json::to_vec(self).map_err(|error| Error::input(format!("the result cannot be written: {error}")))?;
        output::write_file(path, &bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_result_is_read_only_for_its_own_settings_and_data() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs").join("fold0-seed0.json");
        let (settings, data) = (json!({ "recipe": { "batch": 8 } }), Digest::new([1; 8]));
        let result = RunResult {
            settings: settings.clone(),
            data: Some(data),
            seconds: 1.0,
            parameters: 7,
            largest_shift_hz: None,
            threshold: Some(0.37),
            recordings: Vec::new(),
        };
        assert_eq!(RunResult::read(&path, &settings, data).unwrap(), Found::Nothing);
        result.write(&path).unwrap();
        let found = Found::Result(Box::new(result.clone()));
        assert_eq!(RunResult::read(&path, &settings, data).unwrap(), found);
        let refused = |settings: &Value, data| RunResult::read(&path, settings, data).unwrap_err().to_string();
        let other = refused(&json!({ "recipe": { "batch": 16 } }), data);
        assert!(other.contains("fold0-seed0.json") && other.contains("--batch was 8 and is 16 now"), "{other}");
        assert!(refused(&settings, Digest::new([2; 8])).contains("other recordings"));
        RunResult { data: None, ..result }.write(&path).unwrap();
        assert!(refused(&settings, data).contains("did not note on which recordings"));
        // Half a file is no reason to refuse the others.
        std::fs::write(&path, "{").unwrap();
        let Found::Damaged(why) = RunResult::read(&path, &settings, data).unwrap() else { panic!("it is damaged") };
        assert!(why.contains("fold0-seed0.json: not the result of a run"), "{why}");
    }
}
