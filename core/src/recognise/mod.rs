//! One door for whoever has a model file and a recording: the result, on the CPU.
//!
//! ```
//! use spectnet_core::audio::read_wav;
//! use spectnet_core::recognise::Model;
//! # let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
//! # let sound = spectnet_core::synth::heart(&spectnet_core::synth::HeartOptions { seed: 1, seconds: 10.0, sample_rate: 2000, murmur: None })?;
//! # let (model_file, wav_file) = (std::fs::read(format!("{root}/web/weights/heart.safetensors")).unwrap(), spectnet_core::audio::write_wav(&sound.recording)?);
//! let model = Model::from_bytes(&model_file)?;
//! let result = model.classify(&read_wav(&wav_file)?)?;
//! println!("{}", result.label.as_deref().unwrap_or("cannot say"));
//! # Ok::<(), spectnet_core::Error>(())
//! ```
//!
//! The command line and the page do the same for files that are read a few seconds at a time, and on graphics devices.

use crate::Result;
use crate::audio::{Pieces, Recording, Window};
use crate::network::cpu::engine::{CpuEngine, Network};
use crate::package::{self, Package};
use crate::prediction::decision::{Decision, OperatingPoint};
use crate::prediction::{Prediction, Prepared, Tally};

/// Windows that go through the network together: enough to keep a CPU busy, some tens of MiB.
const BATCH: usize = 16;

/// A trained model, ready to classify recordings on the CPU.
pub struct Model {
    package: Package,
    engine: CpuEngine,
    decision: Decision,
}

impl Model {
    /// From the bytes of a model file.
    ///
    /// # Errors
    /// Those of [`package::read`]; [`Error::Unsupported`](crate::Error::Unsupported) for the two baselines that see every filter's output sample by
    /// sample or are plain 2-D networks, which only the trainable module computes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let package = package::read(bytes)?;
        let engine = CpuEngine::new(Network::new(&package.config, &package.weights)?)?;
        let decision = Decision::new(&package.config, package.assessment.as_ref(), OperatingPoint::Usual)?;
        Ok(Self { package, engine, decision })
    }

    /// The same model with another threshold between two classes.
    ///
    /// # Errors
    /// A threshold that is no probability, or a sensitivity or specificity that was never reached or measured.
    pub fn deciding(self, wanted: OperatingPoint) -> Result<Self> {
        let decision = Decision::new(&self.package.config, self.package.assessment.as_ref(), wanted)?;
        Ok(Self { decision, ..self })
    }

    /// What the file holds: configuration, weights, filters before and after training, provenance.
    pub fn package(&self) -> &Package {
        &self.package
    }

    /// How it decides.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// The result on a recording at any sampling rate: label or abstention, probabilities (of the windows and heart cycles
    /// too), rhythm, notes. Of a recording that is longer than the model judges (hearts: 60 s) the beginning counts.
    ///
    /// # Errors
    /// None is known for a recording that exists; numbers that are none would be one.
    pub fn classify(&self, recording: &Recording) -> Result<Prediction> {
        let config = &self.package.config;
        let mut tally = Tally::new(config).with_openness(self.package.openness.as_ref())?;
        for piece in Pieces::of(recording, config.conditioning.max_seconds)? {
            let prepared = Prepared::piece(config, &piece?)?;
            let [images, probabilities] = self.of(&prepared, &prepared.spans)?;
            if tally.sees_images() {
                tally.see(&prepared, &images)?;
            }
            tally.add(&prepared, &probabilities)?;
            let around = prepared.around(config, &prepared.cycles());
            let [_, probabilities] = self.of(&prepared, &around)?;
            tally.add_cycles(&prepared, &probabilities)?;
        }
        tally.prediction(&self.decision)
    }

    /// Log-energy images `[windows, frames, filters]` of some windows, and their probabilities `[windows, classes]`.
    fn of(&self, prepared: &Prepared, spans: &[Window]) -> Result<[Vec<f32>; 2]> {
        let config = &self.package.config;
        let (mut images, mut values) = (Vec::new(), Vec::with_capacity(spans.len() * config.labels.len()));
        for spans in spans.chunks(BATCH) {
            let windows = prepared.windows(config, spans);
            let image = self.engine.images(&windows.samples, config.windowing.samples)?;
            let (states, sounding) = (windows.states.as_deref(), windows.sounding.as_deref());
            values.extend(self.engine.probabilities_of(&image, states, sounding)?);
            if self.package.openness.is_some() {
                images.extend(image);
            }
        }
        Ok([images, values])
    }
}
