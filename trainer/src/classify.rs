//! From a conditioned recording to its prediction, a few windows at a time.

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor, TensorData};
use spectnet_core::audio::Window;
use spectnet_core::model::{ModelConfig, Weights};
use spectnet_core::network::burn::SpectNet;
use spectnet_core::network::cpu::engine::{self, CpuEngine};
use spectnet_core::prediction::decision::Decision;
use spectnet_core::prediction::openness::Openness;
use spectnet_core::prediction::{Prediction, Prepared, Tally, Windows};

use crate::error::{Error, Result};
use crate::images::Images;
use crate::training::clips::Clip;
use crate::training::faults::Fault;

/// Windows that go through the network together where nothing else is said: enough to keep a CPU busy, some tens of MiB.
pub const BATCH: usize = 16;

/// A trained model on the device that runs it: a CPU runs the engine, a GPU the module, as do networks without an engine and
/// whoever wants dropout.
pub struct Classifier {
    config: ModelConfig,
    decision: Decision,
    openness: Option<Openness>,
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
        Self::with_faults(config, weights, &Images::Filterbank, device, &[])
    }

    /// The same model that decides otherwise than by the largest probability.
    pub fn deciding(self, decision: Decision) -> Self {
        Self { decision, ..self }
    }

    /// The same model that abstains where a sound is of another kind than all classes.
    pub fn telling(self, openness: Option<Openness>) -> Self {
        Self { openness, ..self }
    }

    /// A tally of one recording for it.
    ///
    /// # Errors
    /// An openness score that does not belong to the model.
    pub fn tally(&self) -> Result<Tally<'_>> {
        Ok(Tally::new(&self.config).with_openness(self.openness.as_ref())?)
    }

    /// How it decides.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// Puts a model on a device, where its images come from `images`, to be judged with what a published procedure did wrong.
    ///
    /// # Errors
    /// Weights that do not belong to the configuration.
    pub fn with_faults(
        config: &ModelConfig,
        weights: &Weights,
        images: &Images,
        device: &Device,
        faults: &[Fault],
    ) -> Result<Self> {
        let (images, dropping) = (images.clone(), faults.contains(&Fault::DropoutAtEval));
        let executor = if *device == Device::flex() && config.classifier.has_engine() && !dropping {
            Executor::Cpu(Box::new(CpuEngine::new(engine::Network::new(config, weights)?)?), images)
        } else {
            let model = Box::new(SpectNet::with_weights(config, weights, device)?);
            Executor::Module { model, images, device: device.clone(), dropping }
        };
        Ok(Self { config: config.clone(), decision: Decision::largest(config), openness: None, executor })
    }

    /// What the model is.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Log-energy images `[windows, frames, filters]` of windows, and their probabilities `[windows, classes]`.
    ///
    /// # Errors
    /// A device that fails.
    fn images_and_probabilities(&self, windows: Windows) -> Result<[Vec<f32>; 2]> {
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
                Ok([images, probabilities])
            }
            Executor::Module { model, images, device, dropping } => {
                let Windows { samples, states, sounding } = windows;
                let image = images.of(&self.config, &model.front_end, samples).to_device(device);
                let seen = image.clone();
                let image = model.scaled(&self.config, image, sounding_tensor(&self.config, sounding, device));
                let states = states_tensor(&self.config, states, device);
                let network = &model.classifier;
                let logits =
                    if *dropping { network.forward_dropping(image, states) } else { network.forward(image, states) };
                let failed = |error: &dyn std::fmt::Display| Error::input(format!("the device failed: {error}"));
                let probabilities = softmax(logits, 1).try_into_vec_as::<f32>().map_err(|error| failed(&error))?;
                let wanted = self.openness.is_some();
                let images =
                    if wanted { seen.try_into_vec_as::<f32>().map_err(|error| failed(&error))? } else { Vec::new() };
                Ok([images, probabilities])
            }
        }
    }

    /// Probabilities `[windows, classes]` of windows.
    ///
    /// # Errors
    /// A device that fails.
    pub fn probabilities(&self, windows: Windows) -> Result<Vec<f32>> {
        let [_, probabilities] = self.images_and_probabilities(windows)?;
        Ok(probabilities)
    }

    /// Adds what comes next in a recording to its tally, `batch` windows at a time.
    ///
    /// # Errors
    /// A device that fails, or probabilities that are not numbers.
    pub fn judge(&self, prepared: &Prepared, batch: usize, tally: &mut Tally) -> Result<()> {
        let [images, probabilities] = self.of_spans(prepared, &prepared.spans, batch)?;
        if tally.sees_images() {
            tally.see(prepared, &images)?;
        }
        Ok(tally.add(prepared, &probabilities)?)
    }

    /// Images and probabilities of some windows; the images only where something looks at them.
    fn of_spans(&self, prepared: &Prepared, spans: &[Window], batch: usize) -> Result<[Vec<f32>; 2]> {
        let (mut images, mut values) = (Vec::new(), Vec::with_capacity(spans.len() * self.config.labels.len()));
        for spans in spans.chunks(batch.max(1)) {
            let [seen, probabilities] = self.images_and_probabilities(prepared.windows(&self.config, spans))?;
            if self.openness.is_some() {
                images.extend(seen);
            }
            values.extend(probabilities);
        }
        Ok([images, values])
    }

    /// Adds the probabilities of the windows around each heart cycle of what was added last, for a classifier that asks for
    /// the states and the first downmix of a recording.
    ///
    /// # Errors
    /// Those of [`judge`](Self::judge).
    pub fn judge_cycles(&self, prepared: &Prepared, batch: usize, tally: &mut Tally) -> Result<()> {
        if !tally.is_at_first_downmix() {
            return Ok(());
        }
        let [_, values] = self.of_spans(prepared, &prepared.around(&self.config, &prepared.cycles()), batch)?;
        Ok(tally.add_cycles(prepared, &values)?)
    }

    /// The prediction on a recording from all its downmixes, `batch` windows at a time.
    ///
    /// # Errors
    /// Those of [`judge`](Self::judge).
    pub fn classify(&self, clip: &Clip, batch: usize) -> Result<Prediction> {
        let mut tally = self.tally()?;
        for (downmix, prepared) in clip.downmixes.iter() {
            tally.begin(*downmix);
            self.judge(prepared, batch, &mut tally)?;
        }
        Ok(tally.prediction(&self.decision)?)
    }
}

/// Which frames of windows hold sound, `[windows, 1, frames, 1]`: 1 for those that do; none where all do.
pub fn sounding_tensor(config: &ModelConfig, sounding: Option<Vec<usize>>, device: &Device) -> Option<Tensor<4>> {
    let (sounding, frames) = (sounding?, config.frames());
    let holds = |count: &usize| (0..frames).map(|frame| f32::from(u8::from(frame < *count))).collect::<Vec<_>>();
    let mask: Vec<f32> = sounding.iter().flat_map(holds).collect();
    Some(Tensor::from_data(TensorData::new(mask, [sounding.len(), 1, frames, 1]), device))
}

/// The weights `[windows, phases, frames]` of frames in the phases of the heart cycle, on a device.
pub fn states_tensor(config: &ModelConfig, states: Option<Vec<f32>>, device: &Device) -> Option<Tensor<3>> {
    let (states, phases, frames) = (states?, config.classifier.parts()?.phases(), config.frames());
    let windows = states.len() / (phases * frames).max(1);
    Some(Tensor::from_data(TensorData::new(states, [windows, phases, frames]), device))
}
