//! A model on the CPU, as a program that uses the library has it.

use std::path::PathBuf;
use std::{env, fs};

use spectnet_core::audio::Recording;
use spectnet_core::prediction::Prediction;
use spectnet_core::recognise::Model;
use xtask::workspace::Workspace;

/// A model that judges recordings.
pub struct Judge(Model);

impl Judge {
    /// The shipped model of heart sounds, or the one that `SPECTNET_MODEL` names.
    ///
    /// # Panics
    /// Without that file.
    pub fn shipped() -> Self {
        let shipped = || Workspace::root_from_manifest().join("web/weights/heart.safetensors");
        Self::read(env::var_os("SPECTNET_MODEL").map_or_else(shipped, PathBuf::from))
    }

    /// A model from a file.
    ///
    /// # Panics
    /// Without that file, or where it is no model.
    pub fn read(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(Model::from_bytes(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    /// The verdict on a recording.
    ///
    /// # Panics
    /// Where it cannot be judged.
    pub fn prediction(&self, recording: &Recording) -> Prediction {
        self.0.classify(recording).expect("a result")
    }

    /// The probability from which on a recording is called positive.
    pub fn threshold(&self) -> f64 {
        self.0.decision().threshold().unwrap_or(0.5)
    }
}
