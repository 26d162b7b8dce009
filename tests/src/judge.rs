//! A model on the CPU, as a program that uses the library has it.

use std::path::PathBuf;
use std::{env, fs};

use spectnet_core::audio::Recording;
use spectnet_core::decision::{Decision, Wanted};
use spectnet_core::engine::{CpuEngine, Network};
use spectnet_core::package::{self, Package};
use spectnet_core::predict::{Prepared, Tally, Verdict};
use xtask::workspace::Workspace;

/// A model that judges recordings.
pub struct Judge {
    package: Package,
    engine: CpuEngine,
    decision: Decision,
}

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
        let package = package::read(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let network = Network::new(&package.config, &package.weights).expect("the weights belong to the model");
        let engine = CpuEngine::new(network).expect("the model has filters");
        let decision = Decision::new(&package.config, package.assessment.as_ref(), Wanted::Usual).expect("a threshold");
        Self { package, engine, decision }
    }

    /// The verdict on a recording.
    ///
    /// # Panics
    /// Where it cannot be judged.
    pub fn verdict(&self, recording: &Recording) -> Verdict {
        let config = &self.package.config;
        let prepared = Prepared::new(config, recording).expect("a recording that can be conditioned");
        let probabilities = self.engine.probabilities(&prepared.windows(config, &prepared.spans)).expect("its windows");
        let mut tally = Tally::new(config);
        tally.add(&prepared, &probabilities).expect("numbers");
        tally.verdict(&self.decision).expect("a window")
    }

    /// The probability from which on a recording is called positive.
    pub fn threshold(&self) -> f64 {
        self.decision.threshold().unwrap_or(0.5)
    }
}
