//! A session in memory and on the CPU.

use std::borrow::Cow;

use super::session::Session;
use super::source::Source;
use super::step::{Answer, Batch};
use crate::audio::{PIECE_SECONDS, Recording};
use crate::network::cpu::engine::{CpuEngine, Network};
use crate::package::{self, Package};
use crate::prediction::decision::{Decision, OperatingPoint};
use crate::prediction::{FileNotes, Prediction, Prepared};
use crate::{Error, Result};

/// How a program classifies all of a recording.
const ADVICE: &str = "classify the whole recording";

/// A trained model, ready to classify recordings on the CPU.
pub struct Model {
    package: Package,
    engine: CpuEngine,
    decision: Decision,
    whole: bool,
}

impl Model {
    /// From the bytes of a model file.
    ///
    /// # Errors
    /// Those of [`package::read`]; [`Error::Unsupported`] for the two baselines that see every filter's output sample by sample
    /// or are plain 2-D networks, which only the trainable module computes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let package = package::read(bytes)?;
        let engine = CpuEngine::new(Network::new(&package.config, &package.weights)?)?;
        let decision = Decision::new(&package.config, package.assessment.as_ref(), OperatingPoint::Usual)?;
        Ok(Self { package, engine, decision, whole: false })
    }

    /// The same model with another threshold between two classes.
    ///
    /// # Errors
    /// A threshold that is no probability, or a sensitivity or specificity that was never reached or measured.
    pub fn deciding(self, wanted: OperatingPoint) -> Result<Self> {
        let decision = Decision::new(&self.package.config, self.package.assessment.as_ref(), wanted)?;
        Ok(Self { decision, ..self })
    }

    /// The same model, which classifies all of every recording and not only the beginning that its file asks for (hearts:
    /// 60 s).
    #[must_use]
    pub fn whole(self) -> Self {
        Self { whole: true, ..self }
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
    /// too), rhythm, notes. Of a recording that is longer than the model judges (hearts: 60 s) the beginning counts; where
    /// nothing can be said of that and the ten minutes behind it hold a heart, a note says so. See [`whole`](Self::whole).
    ///
    /// # Errors
    /// None is known for a recording that exists; numbers that are none would be one.
    pub fn classify(&self, recording: &Recording) -> Result<Prediction> {
        let (samples, rate) = (recording.samples(), recording.sample_rate());
        let config = &self.package.config;
        let mut session = self.session(rate, 1)?;
        session.drive(
            |pass| {
                let start = usize::try_from(pass.start).unwrap_or(usize::MAX).min(samples.len());
                let samples = samples[start..].chunks(PIECE_SECONDS as usize * rate as usize);
                let pieces = pass.pieces(samples.map(Ok::<_, Error>))?;
                let prepared = move |piece: Result<Recording>| -> Result<Cow<Prepared>> {
                    Ok(Cow::Owned(Prepared::piece(config, &piece?)?))
                };
                Ok(pieces.map(prepared))
            },
            |_, batch| self.run(&batch),
        )?;
        session.prediction(&self.decision, &FileNotes::default())
    }

    /// A session for a recording of `channels` channels at `sample_rate` Hz that comes little by little. What it asks for is
    /// [run](Self::run) here or on another device that has the same weights.
    ///
    /// # Errors
    /// Those of [`Source::new`] and [`Session::of`].
    pub fn session(&self, sample_rate: u32, channels: usize) -> Result<Session<'_>> {
        let source = Source::new(&self.package.config, sample_rate, channels, None)?;
        let source = if self.whole { source.whole() } else { source };
        Ok(Session::of(&self.package, source)?.looking_elsewhere(ADVICE))
    }

    /// Log-energy images and probabilities of the windows of a batch.
    ///
    /// # Errors
    /// [`Error::Invalid`] for windows that are not those of the model.
    pub fn run(&self, batch: &Batch) -> Result<Answer> {
        let input = &batch.input;
        let images = self.engine.images(&input.samples, self.package.config.windowing.samples)?;
        let (states, sounding) = (input.states.as_deref(), input.sounding.as_deref());
        let probabilities = self.engine.probabilities_of(&images, states, sounding)?;
        Ok(Answer { images: Some(images), probabilities })
    }
}
