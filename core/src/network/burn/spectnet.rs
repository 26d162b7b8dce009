//! Front-end, scaling and classifier as one trainable module.

use burn::module::{Module, ModuleVisitor, Param};
use burn::store::{ModuleSnapshot, bridge};
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor, TensorData};

use super::classifier::Classifier;
use super::scale::Scale;
use crate::filterbank::Filterbank;
use crate::model::{ModelConfig, Weights};
use crate::{Error, Result};

/// The whole model: signals `[batch, samples]` → logits `[batch, classes]`.
#[derive(Module, Debug)]
pub struct SpectNet {
    /// The filterbank with its framing.
    pub front_end: Filterbank,
    /// What the image goes through before the classifier.
    pub scaling: Scale,
    /// The network that classifies the image.
    pub classifier: Classifier,
}

impl SpectNet {
    /// A model with the start values of the filterbank and random weights in the classifier.
    ///
    /// # Errors
    /// Those of [`ModelConfig::validate`], or an image that does not fit the classifier.
    pub fn new(config: &ModelConfig, device: &Device) -> Result<Self> {
        config.validate()?;
        Ok(Self {
            front_end: Filterbank::new(&config.front_end, device)?,
            scaling: Scale::new(&config.scaling, config.front_end.filters, device),
            classifier: Classifier::new(&config.layout()?, config.classifier.dropout(), device)?,
        })
    }

    /// A model with these weights.
    ///
    /// # Errors
    /// Those of [`new`](Self::new), or weights that belong to another model.
    pub fn with_weights(config: &ModelConfig, weights: &Weights, device: &Device) -> Result<Self> {
        Self::with_some_weights(config, weights, device, |_| true)
    }

    /// A model with those of these weights whose names `is_taken` says; the others are as [`new`](Self::new) has them.
    ///
    /// # Errors
    /// Those of [`with_weights`](Self::with_weights), for the weights that are taken.
    pub(crate) fn with_some_weights(
        config: &ModelConfig,
        weights: &Weights,
        device: &Device,
        is_taken: impl Fn(&str) -> bool,
    ) -> Result<Self> {
        let mut model = Self::new(config, device)?;
        let mut tensors = Vec::new();
        for (name, shape) in config.tensors()?.into_iter().filter(|(name, _)| is_taken(name)) {
            let values = weights
                .get(&name)
                .filter(|values| values.len() == shape.iter().product::<usize>())
                .ok_or_else(|| Error::invalid(format!("there are no weights {name:?} of shape {shape:?}")))?;
            tensors.push(bridge::from_data(TensorData::new(values.clone(), shape), name, None));
        }
        let loaded = model.apply(tensors, None, None, true);
        let is_missing = loaded.missing.iter().any(|(name, _)| is_taken(name));
        if !loaded.is_success() || is_missing || !loaded.unused.is_empty() {
            return Err(Error::invalid(format!("the weights do not fit the model: {loaded}")));
        }
        Ok(model)
    }

    /// The weights, read from the device.
    ///
    /// # Errors
    /// A device that fails.
    pub fn weights(&self) -> Result<Weights> {
        let failed = |error: &dyn std::fmt::Display| Error::invalid(format!("the weights cannot be read: {error}"));
        let tensors = self.collect(None, None, true).into_iter();
        tensors
            .map(|tensor| {
                let name = tensor.name.clone();
                let data = bridge::into_data(tensor).map_err(|error| failed(&error))?;
                Ok((name, data.try_to_vec::<f32>().map_err(|error| failed(&error))?))
            })
            .collect()
    }

    /// As [`weights`](Self::weights), for a page: its only thread must not wait for a device. All of them are read at once.
    ///
    /// # Errors
    /// A device that fails.
    pub async fn weights_async(&self) -> Result<Weights> {
        let failed = |error: &dyn std::fmt::Display| Error::invalid(format!("the weights cannot be read: {error}"));
        let mut found = Found { path: Vec::new(), names: Vec::new(), values: Vec::new() };
        self.visit(&mut found);
        let Found { names, values, .. } = found;
        let values = Tensor::cat(values, 0).into_data_async().await.map_err(|error| failed(&error))?;
        let values = values.try_into_vec_as::<f32>().map_err(|error| failed(&error))?;
        let mut rest = values.as_slice();
        let mut weights = Weights::new();
        for (name, length) in names {
            let (own, others) = rest.split_at(length.min(rest.len()));
            weights.insert(name, own.to_vec());
            rest = others;
        }
        Ok(weights)
    }

    /// Logits `[batch, classes]` of whole conditioned windows `[batch, samples]` without weights for the phases of the
    /// heart cycle.
    pub fn forward(&self, config: &ModelConfig, windows: Tensor<2>) -> Tensor<2> {
        self.classifier.forward(self.image(config, windows), None)
    }

    /// The input of the classifier for whole conditioned windows `[batch, samples]`: the scaled image
    /// `[batch, 1, frames, filters]`.
    pub fn image(&self, config: &ModelConfig, windows: Tensor<2>) -> Tensor<4> {
        let front_end = &self.front_end;
        let image =
            if self.classifier.sees_filter_outputs() { front_end.outputs(windows) } else { front_end.forward(windows) };
        self.scaled(config, image, None)
    }

    /// The input of the classifier for images of the front-end. Where some windows are padded, `sounding` `[batch, 1,
    /// frames, 1]` is 1 for frames that hold sound and 0 for padding.
    pub fn scaled(&self, config: &ModelConfig, image: Tensor<4>, sounding: Option<Tensor<4>>) -> Tensor<4> {
        let floor = config.noise().map(|noise| self.front_end.noise_energy(noise));
        self.scaling.forward(image, floor, sounding)
    }

    /// Probabilities `[batch, classes]` of whole conditioned windows `[batch, samples]` without weights for the phases
    /// of the heart cycle.
    pub fn probabilities(&self, config: &ModelConfig, windows: Tensor<2>) -> Tensor<2> {
        softmax(self.forward(config, windows), 1)
    }
}

/// All tensors of a module, one behind the other, with their paths and lengths.
struct Found {
    path: Vec<String>,
    names: Vec<(String, usize)>,
    values: Vec<Tensor<1>>,
}

impl ModuleVisitor for Found {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        // As they stand in a file.
        let tensor = parameter.transform_for_save().val();
        self.names.push((self.path.join("."), tensor.dims().iter().product()));
        self.values.push(tensor.reshape([-1]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Task;
    use crate::stride::at_once;

    fn config() -> ModelConfig {
        Task::Heart.model(vec!["normal".into(), "abnormal".into()], 8, 3)
    }

    #[test]
    fn weights_go_out_and_in_unchanged() {
        let device = Device::flex();
        let model = SpectNet::new(&config(), &device).unwrap();
        let weights = model.weights().unwrap();
        let names: Vec<String> = config().tensors().unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(weights.len(), names.len());
        assert!(names.iter().all(|name| weights.contains_key(name)));
        let again = SpectNet::with_weights(&config(), &weights, &device).unwrap();
        let windows = Tensor::<2>::ones([2, 2500], &device) * 0.01;
        let answer =
            |model: &SpectNet| model.forward(&config(), windows.clone()).into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(answer(&model), answer(&again));
        assert_eq!(weights, again.weights().unwrap());
        assert_eq!(weights, at_once(again.weights_async()).unwrap());
    }

    #[test]
    fn weights_of_another_model_are_refused() {
        let mut weights = SpectNet::new(&config(), &Device::flex()).unwrap().weights().unwrap();
        weights.insert("classifier.hidden.bias".into(), vec![0.0; 99]);
        let error = SpectNet::with_weights(&config(), &weights, &Device::flex()).expect_err("must be refused");
        assert!(error.to_string().contains("\"classifier.hidden.bias\" of shape [100]"), "{error}");
    }
}
