//! Model files on disk.

use std::path::Path;

use spectnet_core::model::{ModelConfig, Weights};
use spectnet_core::package::recordings::Recordings;
use spectnet_core::package::{self, Package, Provenance};
use spectnet_core::prediction::assessment::Assessment;
use spectnet_core::prediction::openness::Openness;
use spectnet_core::prediction::scope::Scope;

use crate::error::{Error, Result};
use crate::output;

/// Larger than any model file this program makes.
pub const MAX_MODEL_BYTES: u64 = 1 << 30;

/// What a model file says of the recordings that the model was made with, as far as that is known.
#[derive(Clone, Debug, Default)]
pub struct MadeWith {
    /// Their digests.
    pub recordings: Option<Recordings>,
    /// Whose hearts they are.
    pub scope: Scope,
}

impl MadeWith {
    /// The model file.
    ///
    /// # Errors
    /// What such a file cannot hold: weights that are not finite, say.
    pub fn file(&self, config: &ModelConfig, weights: &Weights, provenance: &Provenance) -> Result<Vec<u8>> {
        let mut bytes = package::write(config, weights, provenance)?;
        if let Some(recordings) = &self.recordings {
            bytes = package::with_recordings(&bytes, recordings)?;
        }
        if !self.scope.is_empty() {
            bytes = package::with_scope(&bytes, &self.scope)?;
        }
        Ok(bytes)
    }
}

/// Writes the model of one file into another file, or the same, with another assessment and, where there is one, another list
/// of recordings.
///
/// # Errors
/// What the system says, why the first file is not a model, or an assessment that does not belong to it.
pub fn assess(from: &Path, assessment: &Assessment, recordings: Option<&Recordings>, to: &Path) -> Result<()> {
    rewrite(from, to, |bytes| {
        let bytes = package::with_assessment(bytes, assessment)?;
        recordings.map_or(Ok(bytes.clone()), |recordings| package::with_recordings(&bytes, recordings))
    })
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
