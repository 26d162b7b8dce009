//! What a run leaves in its folder.
//!
//! | file | what |
//! |---|---|
//! | `best.safetensors` | the model of the best epoch on the validation groups, and what its probabilities were worth there |
//! | `last.safetensors` | the model of the last epoch; `--resume` goes on from it |
//! | `history.csv` | one row an epoch |
//! | `report.json` | data, protocol, seed and every metric, as in the best model's provenance and assessment |

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use spectnet_core::assessment::Assessment;
use spectnet_core::model::{ModelConfig, Weights};
use spectnet_core::openness::Openness;
use spectnet_core::package::{self, Package, Provenance};

use crate::error::{Error, Result};
use crate::output;

/// Larger than any model file this program makes.
pub const MAX_MODEL_BYTES: u64 = 1 << 30;

/// A hundred thousand epochs.
const MAX_HISTORY_BYTES: u64 = 1 << 24;
const HISTORY: &str = "history.csv";

/// The folder of a run.
#[derive(Clone, Debug)]
pub struct RunFolder(PathBuf);

/// One row of `history.csv`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Number, from 1.
    pub epoch: u64,
    /// Seconds since the start of training.
    pub seconds: f64,
    /// Mean cross-entropy of the training batches, in nats, with dropout active.
    pub training_loss: f64,
    /// Mean cross-entropy of the validation recordings, in nats; none without validation.
    pub validation_loss: Option<f64>,
    /// MAcc of the validation recordings.
    pub validation_macc: Option<f64>,
    /// Largest distance of a centre frequency from its start value, in Hz.
    pub largest_shift_hz: f64,
}

impl Epoch {
    /// For people.
    pub fn line(&self, epochs: u32, better: bool) -> String {
        let macc = output::percent(self.validation_macc);
        let loss = self.validation_loss.map_or("–".into(), |loss| format!("{loss:.3}"));
        format!(
            "epoch {:>3}/{epochs}  {:>6.0} s  training loss {:.3}  validation loss {loss}  MAcc {macc}  filters moved up to {:.1} Hz{}",
            self.epoch,
            self.seconds,
            self.training_loss,
            self.largest_shift_hz,
            if better { "  (best)" } else { "" }
        )
    }
}

impl RunFolder {
    /// Makes the folder and tries to write to it, before hours of work depend on it.
    ///
    /// # Errors
    /// What the system says, or a folder that holds another run's models, unless this run goes on from them.
    pub fn create(path: &Path, resume: bool) -> Result<Self> {
        output::create_folder(path)?;
        let folder = Self(path.to_path_buf());
        if !resume && (folder.best().exists() || folder.last().exists()) {
            return Err(Error::input(format!(
                "{}: holds the models of an earlier run; go on from them with --resume, or choose another --out",
                path.display()
            )));
        }
        let trial = path.join(".writable");
        output::write_file(&trial, b"")?;
        std::fs::remove_file(&trial).map_err(|source| Error::io("remove the file", &trial, source))?;
        Ok(folder)
    }

    /// The best model.
    pub fn best(&self) -> PathBuf {
        self.0.join("best.safetensors")
    }

    /// The last model.
    pub fn last(&self) -> PathBuf {
        self.0.join("last.safetensors")
    }

    /// The metrics.
    pub fn report(&self) -> PathBuf {
        self.0.join("report.json")
    }

    /// Writes a model file.
    ///
    /// # Errors
    /// Weights that are not finite, or what the system says.
    pub fn save(&self, path: &Path, weights: &Weights, config: &ModelConfig, provenance: &Provenance) -> Result<()> {
        output::write_file(path, &package::write(config, weights, provenance)?)
    }

    /// The epochs of the run so far; none where there is no history yet.
    ///
    /// # Errors
    /// A history that was changed by hand, or what the system says.
    pub fn history(&self) -> Result<Vec<Epoch>> {
        let path = self.0.join(HISTORY);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let bytes = output::read_file(&path, MAX_HISTORY_BYTES)?;
        let rows = csv::Reader::from_reader(bytes.as_slice()).into_deserialize().collect::<std::result::Result<_, _>>();
        rows.map_err(|error| Error::input(format!("not the history of a run: {error}")).at(path.display()))
    }

    /// Writes the epochs so far.
    ///
    /// # Errors
    /// What the system says.
    pub fn save_history(&self, epochs: &[Epoch]) -> Result<()> {
        let mut table = csv::Writer::from_writer(Vec::new());
        let written = epochs.iter().try_for_each(|epoch| table.serialize(epoch));
        let bytes = written
            .map_err(|error| error.to_string())
            .and_then(|()| table.into_inner().map_err(|error| error.to_string()));
        let bytes = bytes.map_err(|error| Error::input(format!("the history cannot be written: {error}")))?;
        output::write_file(&self.0.join(HISTORY), &bytes)
    }

    /// Adds assessment and openness score to the best model, as far as there are any, and writes the report.
    ///
    /// # Errors
    /// What the system says.
    pub fn finish(
        &self,
        config: &ModelConfig,
        provenance: &Provenance,
        assessment: Option<&Assessment>,
        openness: Option<&Openness>,
    ) -> Result<()> {
        if let Some(assessment) = assessment {
            assess(&self.best(), assessment, &self.best())?;
        }
        if let Some(openness) = openness {
            open(&self.best(), openness, &self.best())?;
        }
        let report: Value =
            json!({ "config": config, "provenance": provenance, "assessment": assessment, "openness": openness });
        let bytes = serde_json::to_vec_pretty(&report)
            .map_err(|error| Error::input(format!("the report cannot be written: {error}")))?;
        output::write_file(&self.report(), &bytes)
    }
}

/// Writes the model of one file with another assessment into another file, or the same.
///
/// # Errors
/// What the system says, why the first file is not a model, or an assessment that does not belong to it.
pub fn assess(from: &Path, assessment: &Assessment, to: &Path) -> Result<()> {
    rewrite(from, to, |bytes| package::with_assessment(bytes, assessment))
}

/// The same with another openness score.
///
/// # Errors
/// Those of [`assess`].
pub fn open(from: &Path, openness: &Openness, to: &Path) -> Result<()> {
    rewrite(from, to, |bytes| package::with_openness(bytes, openness))
}

fn rewrite(from: &Path, to: &Path, change: impl FnOnce(&[u8]) -> spectnet_core::Result<Vec<u8>>) -> Result<()> {
    let bytes = output::read_file(from, MAX_MODEL_BYTES)?;
    let bytes = change(&bytes).map_err(|error| Error::from(error).at(from.display()))?;
    output::write_file(to, &bytes)
}

/// Reads a model file from disk.
///
/// # Errors
/// What the system says, or why the file is not a model, with its name.
pub fn read_model(path: &Path) -> Result<Package> {
    let bytes = output::read_file(path, MAX_MODEL_BYTES)?;
    package::read(&bytes).map_err(|error| Error::from(error).at(path.display()))
}
