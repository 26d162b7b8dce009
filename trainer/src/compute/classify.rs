//! A model on the device that runs it: what a session asks for is computed here.

use std::borrow::Cow;

use burn::tensor::Device;
use burn::tensor::activation::softmax;
use rayon::prelude::*;
use spectnet_core::learning::ImageSource;
use spectnet_core::model::{ModelConfig, Weights};
use spectnet_core::network::burn::{SpectNet, sounding_tensor, states_tensor};
use spectnet_core::network::cpu::engine::{self, CpuEngine};
use spectnet_core::package::Package;
use spectnet_core::prediction::decision::Decision;
use spectnet_core::prediction::openness::Openness;
use spectnet_core::prediction::scope::Scope;
use spectnet_core::prediction::{FileNotes, Prediction, Windows};
pub use spectnet_core::recognise::BATCH;
use spectnet_core::recognise::{Answer, Batch, Session, Source};

use super::images::Images;
use crate::data::library::LabelledRecording;
use crate::error::{Error, Result};

/// A trained model on the device that runs it. A CPU runs the engine. A GPU runs the Burn module; so do networks without an
/// engine, and models with active dropout on any device.
pub struct Classifier {
    config: ModelConfig,
    decision: Decision,
    openness: Option<Openness>,
    scope: Option<Scope>,
    executor: Executor,
}

enum Executor {
    Cpu(Box<CpuEngine>, Images),
    Module {
        model: Box<SpectNet>,
        images: Images,
        device: Device,
        /// Whether dropout is active.
        dropping: bool,
    },
}

impl Classifier {
    /// Puts a model on a device.
    ///
    /// # Errors
    /// Weights that do not belong to the configuration.
    pub fn new(config: &ModelConfig, weights: &Weights, device: &Device) -> Result<Self> {
        Self::with_images(config, weights, &Images::Filterbank, device, false)
    }

    /// The same model that decides by this in place of the largest probability.
    pub fn deciding(self, decision: Decision) -> Self {
        Self { decision, ..self }
    }

    /// The same model that abstains from sounds of other kinds than its classes, and warns of hearts that it was not made for,
    /// as far as its file says how.
    pub fn telling(self, package: &Package) -> Self {
        Self { openness: package.openness.clone(), scope: package.scope.clone(), ..self }
    }

    /// A session for a recording of which nothing was read yet.
    ///
    /// # Errors
    /// Those of [`Session::new`].
    pub fn session(&self, source: Source) -> Result<Session<'_>> {
        Ok(Session::new(&self.config, self.openness.as_ref(), source)?.within(self.scope.as_ref()))
    }

    /// How it decides.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// Puts a model on a device, where its images come from `images` and dropout stays active if it is `dropping`.
    ///
    /// # Errors
    /// Weights that do not belong to the configuration.
    pub fn with_images(
        config: &ModelConfig,
        weights: &Weights,
        images: &Images,
        device: &Device,
        dropping: bool,
    ) -> Result<Self> {
        let images = images.clone();
        let executor = if *device == Device::flex() && config.classifier.has_engine() && !dropping {
            Executor::Cpu(Box::new(CpuEngine::new(engine::Network::new(config, weights)?)?), images)
        } else {
            let model = Box::new(SpectNet::with_weights(config, weights, device)?);
            Executor::Module { model, images, device: device.clone(), dropping }
        };
        let decision = Decision::largest(config);
        Ok(Self { config: config.clone(), decision, openness: None, scope: None, executor })
    }

    /// What the model is.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Log-energy images, where the batch asks for them, and probabilities of the windows of a batch.
    ///
    /// # Errors
    /// A device that fails.
    pub fn run(&self, batch: Batch) -> Result<Answer> {
        self.compute(batch.input, batch.wants_images)
    }

    /// Probabilities `[windows, classes]` of windows.
    ///
    /// # Errors
    /// A device that fails.
    pub fn probabilities(&self, windows: Windows) -> Result<Vec<f32>> {
        Ok(self.compute(windows, false)?.probabilities)
    }

    fn compute(&self, windows: Windows, wants_images: bool) -> Result<Answer> {
        match &self.executor {
            Executor::Cpu(engine, images) => {
                let samples = self.config.windowing.samples;
                let images = match images {
                    Images::Filterbank => engine.images(&windows.samples, samples)?,
                    Images::LogMel(mel) => {
                        windows.samples.chunks_exact(samples).flat_map(|window| mel.image(window)).collect()
                    }
                };
                let probabilities =
                    engine.probabilities_of(&images, windows.states.as_deref(), windows.sounding.as_deref())?;
                Ok(Answer { images: Some(images), probabilities })
            }
            Executor::Module { model, images, device, dropping } => {
                let Windows { samples, states, sounding } = windows;
                let image = images.of(&self.config, &model.front_end, samples).to_device(device);
                let seen = wants_images.then(|| image.clone());
                let image = model.scaled(&self.config, image, sounding_tensor(&self.config, sounding, device));
                let states = states_tensor(&self.config, states, device);
                let network = &model.classifier;
                let logits =
                    if *dropping { network.forward_dropping(image, states) } else { network.forward(image, states) };
                let failed = |error: &dyn std::fmt::Display| Error::input(format!("the device failed: {error}"));
                let probabilities = softmax(logits, 1).try_into_vec_as::<f32>().map_err(|error| failed(&error))?;
                let images = seen.map(|image| image.try_into_vec_as::<f32>().map_err(|error| failed(&error)));
                Ok(Answer { images: images.transpose()?, probabilities })
            }
        }
    }

    /// The predictions on recordings, in their order; `done` is called behind each of them. Recordings are short and the engine
    /// takes each as a whole, so a CPU works on several at once.
    ///
    /// # Errors
    /// A device that fails, or probabilities that are not numbers.
    pub fn classify_all(
        &self,
        recordings: &[LabelledRecording],
        batch: usize,
        done: impl Fn() + Sync,
    ) -> Result<Vec<Prediction>> {
        let classify = |recording| self.classify(recording, batch).inspect(|_| done());
        match &self.executor {
            Executor::Cpu(..) => recordings.par_iter().map(classify).collect(),
            Executor::Module { .. } => recordings.iter().map(classify).collect(),
        }
    }

    /// The prediction on a recording from all its downmixes, `batch` windows at a time. Single heart cycles are left out.
    fn classify(&self, recording: &LabelledRecording, batch: usize) -> Result<Prediction> {
        let downmixes = recording.downmixes.iter().map(|(downmix, _)| *downmix).collect();
        // A prepared recording has the model's own rate, and was cut before.
        let source = Source { sample_rate: self.config.conditioning.sample_rate, downmixes, max_seconds: None };
        let mut session = self.session(source)?.in_batches_of(batch).without_cycles();
        session.drive(
            |pass| {
                let prepared = recording.downmixes.get(pass.number).map(|(_, prepared)| Ok(Cow::Borrowed(prepared)));
                Ok(prepared.into_iter())
            },
            |_, batch| self.run(batch),
        )?;
        Ok(session.prediction(&self.decision, &FileNotes::default())?)
    }
}
