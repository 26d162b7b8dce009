//! Computes a trained model on the CPU.

use super::classifier::{Input, Kernels};
use super::network::Network;
use crate::filterbank::fused::Plan;
use crate::prediction::Windows;
use crate::{Error, Result};

/// A model ready to run on the CPU.
#[derive(Clone, Debug)]
pub struct CpuEngine {
    network: Network,
    front_end: Plan,
    classifier: Kernels,
}

impl CpuEngine {
    /// Prepares a model.
    ///
    /// # Errors
    /// Those of [`Plan::gammatones`]: a front-end without filters or frames.
    pub fn new(network: Network) -> Result<Self> {
        Ok(Self {
            front_end: Plan::gammatones(&network.front_end, &network.filters)?,
            classifier: Kernels::new(&network),
            network,
        })
    }

    /// Makes what the first window would have to wait for.
    pub fn warm_up(&self) {
        self.front_end.warm_up(self.network.samples);
    }

    /// The model it computes.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Log-energy image `[frames, filters]` of one signal of any length; empty for a signal that is too short for a
    /// frame.
    ///
    /// # Errors
    /// None that a signal can cause.
    pub fn image(&self, signal: &[f32]) -> Result<Vec<f32>> {
        self.images(signal, signal.len())
    }

    /// Log-energy images `[signals, frames, filters]` of signals `[signals, samples]`, each of `samples` samples.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an incomplete last signal.
    pub fn images(&self, signals: &[f32], samples: usize) -> Result<Vec<f32>> {
        let count = signals.len().checked_div(samples).unwrap_or(0);
        let mut images = vec![0.0; count * self.front_end.frames(samples) * self.network.front_end.filters];
        self.front_end.forward(signals, samples, &mut images)?;
        Ok(images)
    }

    /// Probabilities `[windows, classes]` of conditioned windows.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an incomplete last window, or weights of phases that do not belong to the windows.
    pub fn probabilities(&self, windows: &Windows) -> Result<Vec<f32>> {
        let images = self.images(&windows.samples, self.network.samples)?;
        self.probabilities_of(&images, windows.states.as_deref(), windows.sounding.as_deref())
    }

    /// Probabilities `[images, classes]` of log-energy images `[images, frames, filters]`. An incomplete last image is
    /// left out.
    ///
    /// `states` are the weights `[images, phases, frames]` of the frames in the phases of the heart cycle; with `None`
    /// every frame counts equally. `sounding` has the number of frames of each image that hold sound, while the others
    /// are padding; with `None` all hold sound.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `states` or `sounding` of the wrong size.
    pub fn probabilities_of(
        &self,
        images: &[f32],
        states: Option<&[f32]>,
        sounding: Option<&[usize]>,
    ) -> Result<Vec<f32>> {
        let mut probabilities = self.logits(images, states, sounding)?;
        probabilities.chunks_exact_mut(self.network.classes()).for_each(softmax);
        Ok(probabilities)
    }

    /// Logits `[images, classes]`, for the same arguments as [`probabilities_of`](Self::probabilities_of).
    ///
    /// # Errors
    /// [`Error::Invalid`] for `states` or `sounding` of the wrong size.
    pub fn logits(&self, images: &[f32], states: Option<&[f32]>, sounding: Option<&[usize]>) -> Result<Vec<f32>> {
        let [frames, filters] = [self.network.frames, self.network.front_end.filters];
        let images = images.chunks_exact(frames * filters);
        if let Some(sounding) = sounding.filter(|sounding| sounding.len() != images.len()) {
            return Err(Error::invalid(format!(
                "sounding frames of {} windows for {} windows",
                sounding.len(),
                images.len()
            )));
        }
        let states = self.network.phases().and_then(|phases| Some((states?, phases * frames)));
        if let Some((states, _)) = states.filter(|(states, weights)| states.len() != images.len() * weights) {
            return Err(Error::invalid(format!(
                "{} weights of states for {} windows of {frames} frames",
                states.len(),
                images.len()
            )));
        }
        let inputs = images.enumerate().map(|(number, image)| Input {
            image,
            sounding: sounding.map_or(frames, |sounding| sounding[number].min(frames)),
            states: states.map(|(states, weights)| &states[number * weights..][..weights]),
        });
        Ok(self.classifier.logits(inputs.collect()))
    }
}

/// Turns the logits of one window into probabilities, in place: `e^logit` divided by the sum of all.
pub fn softmax(logits: &mut [f32]) {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    logits.iter_mut().for_each(|value| *value = (*value - largest).exp());
    let sum: f32 = logits.iter().sum();
    logits.iter_mut().for_each(|value| *value /= sum);
}

#[cfg(all(test, feature = "burn"))]
mod tests {
    use super::*;
    use crate::heart::Parts;
    use crate::model::{ClassifierConfig, ModelConfig, Normalisation, Task, Weights};
    use crate::network::burn::SpectNet;
    use crate::network::cpu::testing::numbers;
    use burn::tensor::activation::softmax as softmax_of;
    use burn::tensor::{Device, Tensor, TensorData};

    /// Weights of a model whose normalisation has seen data, the same on whatever thread.
    fn trained(config: &ModelConfig, device: &Device) -> Weights {
        let mut weights = SpectNet::new(config, device).unwrap().weights().unwrap();
        for (name, values) in weights.iter_mut().filter(|(name, _)| name.contains("norm") || name.contains("bias")) {
            let least = if name.ends_with("running_var") { 0.5 } else { -0.3 };
            values.iter_mut().enumerate().for_each(|(i, value)| *value = least + 0.6 * ((i * i) as f32).sin().abs());
        }
        let drawn = |(name, _): &(String, Vec<usize>)| name.ends_with(".weight");
        for (seed, (name, shape)) in (0..).zip(config.tensors().unwrap().into_iter().filter(drawn)) {
            // As wide as Burn begins with: the root of the numbers that go in.
            let inputs: usize = if shape.len() == 2 { shape[0] } else { shape[1..].iter().product() };
            let width = 1.0 / (inputs as f32).sqrt();
            let values = numbers(shape.iter().product(), seed).into_iter().map(|value| width * value);
            weights.insert(name, values.collect());
        }
        weights
    }

    /// Quiet signals `[batch, samples]`.
    fn signals(batch: usize, samples: usize, seed: u64) -> Vec<f32> {
        numbers(batch * samples, seed).into_iter().map(|value| 0.08 * value).collect()
    }

    #[test]
    fn the_engine_knows_the_states_as_the_module_does() {
        let device = Device::flex();
        let labels = ["a", "b"].map(String::from).to_vec();
        let mut config = Task::Heart.model(labels, 9, 3);
        config.classifier =
            ClassifierConfig::States { dropout: 0.5, parts: Parts { systole: 2, diastole: 3, lead_ms: 0 } };
        config.scaling.normalisation = Normalisation::Window;
        let weights = trained(&config, &device);
        let model = SpectNet::with_weights(&config, &weights, &device).unwrap();
        let engine = CpuEngine::new(Network::new(&config, &weights).unwrap()).unwrap();
        let samples = signals(3, config.windowing.samples, 4);
        let signal = Tensor::<2>::from_data(TensorData::new(samples.clone(), [3, config.windowing.samples]), &device);
        let frames = config.frames();
        let states: Vec<f32> =
            (0..21 * frames).map(|i| if i % frames % 3 == i / frames % 3 { 1.0 / 83.0 } else { 0.0 }).collect();
        for states in [None, Some(states)] {
            let weights =
                states.clone().map(|states| Tensor::from_data(TensorData::new(states, [3, 7, frames]), &device));
            let plain = softmax_of(model.classifier.forward(model.image(&config, signal.clone()), weights), 1);
            let ours = engine.probabilities(&Windows { samples: samples.clone(), states, sounding: None }).unwrap();
            let plain = plain.try_into_vec_as::<f32>().unwrap();
            assert_eq!(plain.len(), ours.len());
            for (plain, ours) in plain.iter().zip(&ours) {
                assert!((plain - ours).abs() < 1e-3, "{plain} {ours}");
            }
        }
        let short = Windows { samples, states: Some(vec![0.0; 5]), sounding: None };
        assert!(engine.probabilities(&short).unwrap_err().to_string().contains("5 weights of states"));
    }

    #[test]
    fn a_network_that_is_there_to_be_compared_with_has_no_engine() {
        let mut config = Task::Heart.model(["a", "b"].map(String::from).to_vec(), 4, 3);
        for classifier in [ClassifierConfig::Cnn1d { dropout: 0.5 }, ClassifierConfig::Cnn2d { dropout: 0.5 }] {
            config.classifier = classifier;
            let weights = SpectNet::new(&config, &Device::flex()).unwrap().weights().unwrap();
            let shapes: Vec<usize> =
                config.tensors().unwrap().iter().map(|(_, shape)| shape.iter().product()).collect();
            assert_eq!(weights.values().map(Vec::len).sum::<usize>(), shapes.iter().sum::<usize>());
            let refused = Network::new(&config, &weights).unwrap_err();
            assert!(matches!(refused, Error::Unsupported(_)), "{refused}");
            assert!(refused.to_string().contains(classifier.name()));
        }
    }

    /// Every network that has an engine, with images of filters that fit.
    fn networks() -> Vec<(ClassifierConfig, usize)> {
        let residual = |blocks| ClassifierConfig::Residual { blocks, dropout: 0.5 };
        let pooled = |blocks| ClassifierConfig::Pooled { blocks, dropout: 0.5 };
        let states = |parts| ClassifierConfig::States { dropout: 0.5, parts };
        let mut networks =
            vec![(states(Parts::default()), 5), (states(Parts { systole: 2, diastole: 3, lead_ms: 0 }), 9)];
        networks.extend([(2, 3), (2, 4), (3, 7), (3, 16), (4, 15), (4, 16)].map(|(blocks, n)| (residual(blocks), n)));
        networks.extend([(1, 3), (2, 5), (3, 13), (4, 18)].map(|(blocks, n)| (pooled(blocks), n)));
        networks
    }

    /// Every size of network answers as the module it was taken from does.
    #[test]
    fn the_engine_answers_as_the_module() {
        let device = Device::flex();
        for (classifier, filters) in networks() {
            let mut config = Task::Heart.model(["a", "b", "c"].map(String::from).to_vec(), filters, 3);
            config.classifier = classifier;
            let name = format!("{} of {filters} filters", classifier.summary());
            // The module takes a variance as the difference of two numbers that are a hundred times as large.
            let tolerance = if classifier.sees_states() { 1e-3 } else { 1e-4 };
            let weights = trained(&config, &device);
            let model = SpectNet::with_weights(&config, &weights, &device).unwrap();
            let signal = signals(2, config.windowing.samples, 3);
            let windows = TensorData::new(signal.clone(), [2, config.windowing.samples]);
            let windows = Tensor::<2>::from_data(windows, &device);
            let engine = CpuEngine::new(Network::new(&config, &weights).unwrap()).unwrap();
            let image = model.front_end.forward(windows.clone()).try_into_vec_as::<f32>().unwrap();
            let ours = engine.images(&signal, config.windowing.samples).unwrap();
            assert_eq!(image.len(), ours.len());
            for (plain, ours) in image.iter().zip(&ours) {
                assert!((plain - ours).abs() < 5e-4, "{plain} {ours}");
            }
            let image = TensorData::new(ours.clone(), [2, 1, config.frames(), filters]);
            let plain =
                model.classifier.forward(Tensor::from_data(image, &device), None).try_into_vec_as::<f32>().unwrap();
            let ours = engine.logits(&ours, None, None).unwrap();
            assert_eq!(plain.len(), ours.len(), "{name}");
            for (plain, ours) in plain.iter().zip(ours) {
                assert!((plain - ours).abs() < tolerance * plain.abs().max(1.0), "{name}: {plain} {ours}");
            }
            let plain = model.probabilities(&config, windows).try_into_vec_as::<f32>().unwrap();
            let ours = engine.probabilities(&signal.into()).unwrap();
            assert_eq!(plain.len(), ours.len(), "{name}");
            for (plain, ours) in plain.iter().zip(ours) {
                assert!((plain - ours).abs() < 1e-3, "{name}: {plain} {ours}");
            }
        }
    }
}
