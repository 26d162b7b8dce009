//! Models with closed-form weights, as the reference has them.

use std::collections::BTreeMap;

use burn::tensor::Device;
use serde_json::{Value, from_value};
use spectnet_core::audio::Windowing;
use spectnet_core::model::{ModelConfig, Weights};
use spectnet_core::network::burn::SpectNet;
use spectnet_core::package::{self, Provenance};
use spectnet_tests::models;

use super::values::Golden;

/// A model of a file, by its name there.
pub struct Model {
    pub name: String,
    pub config: ModelConfig,
    pub weights: Weights,
    pub about: Value,
}

impl Model {
    pub fn new(golden: &Golden, name: &str) -> Self {
        let about = golden.about(name);
        let number = |key: &str| about[key].as_u64().unwrap_or_else(|| panic!("{name}: no {key}")) as usize;
        let mut config = models::heart(2, number("filters"), number("classes"));
        config.classifier = from_value(about["classifier"].clone()).expect("a classifier");
        config.windowing = Windowing { samples: number("samples"), hop: number("samples") };
        if let Some(front_end) = about.get("front_end") {
            config.front_end = from_value(front_end.clone()).expect("a filterbank");
        }
        if let Some(scaling) = about.get("scaling") {
            config.scaling = from_value(scaling.clone()).expect("a scaling");
        }
        let weights = weights(golden, name, &config, &about);
        Self { name: name.into(), config, weights, about }
    }

    /// The name of one of its tensors in the file.
    pub fn of(&self, tensor: &str) -> String {
        format!("{}.{tensor}", self.name)
    }

    pub fn on(&self, device: &Device) -> SpectNet {
        SpectNet::with_weights(&self.config, &self.weights, device).expect("the weights belong to the model")
    }

    /// Weights of the frames in each phase of the heart cycle, `[windows, phases, frames]`, of a classifier that asks.
    pub fn phases(&self, golden: &Golden) -> Option<(Vec<f32>, [usize; 3])> {
        let parts = self.config.classifier.parts()?;
        let weights = golden.floats(&self.of("phases"));
        let (phases, frames) = (parts.phases(), self.config.frames());
        let windows = weights.len() / (phases * frames);
        Some((weights, [windows, phases, frames]))
    }
}

/// The weights of a model, by way of the model file. Every tensor of the classifier has the reference's values, the others
/// those that the file lists, or their start values.
fn weights(golden: &Golden, name: &str, config: &ModelConfig, about: &Value) -> Weights {
    let shapes: BTreeMap<String, Vec<usize>> = config.tensors().expect("a network that exists").into_iter().collect();
    let mut weights = SpectNet::new(config, &Device::flex()).unwrap().weights().unwrap();
    for (tensor, values) in &mut weights {
        let listed = format!("{name}.{tensor}");
        if golden.has(&listed) {
            *values = golden.floats(&listed);
        }
    }
    let tensors = about["tensors"].as_array().expect("a list of tensors");
    for (number, tensor) in tensors.iter().enumerate() {
        let path = format!("classifier.{}", tensor[0].as_str().expect("a name"));
        let shape: Vec<usize> = from_value(tensor[1].clone()).expect("a shape");
        assert_eq!(shapes.get(&path), Some(&shape), "{name}: {path}");
        let values = closed_form(number, &path, &shape);
        let off = values.iter().sum::<f64>() - tensor[2].as_f64().expect("a sum");
        assert!(off.abs() < 1e-6, "{name}: the formula of {path} is misread");
        weights.insert(path, values.into_iter().map(|value| value as f32).collect());
    }
    let expected = shapes.keys().filter(|path| path.starts_with("classifier.")).count();
    assert_eq!(tensors.len(), expected, "{name}: tensors of the classifier");
    let bytes = package::write(config, &weights, &Provenance::default()).expect("a valid model");
    package::read(&bytes).expect("a model").weights
}

/// The reference's values of the tensor with this number. Those of linear layers are counted by outputs first.
fn closed_form(number: usize, path: &str, shape: &[usize]) -> Vec<f64> {
    let (k, size): (f64, usize) = (number as f64, shape.iter().product());
    let each = |value: &dyn Fn(f64) -> f64| (0..size).map(|i| value(i as f64)).collect::<Vec<f64>>();
    let weight = |inputs: usize, i: f64| (2.0 / inputs as f64).sqrt() * (0.1 + 0.37 * i + 1.3 * k).sin();
    match (path.rsplit('.').next(), shape) {
        (Some("weight"), &[inputs, outputs]) => {
            let counted = |place: usize| (place % outputs * inputs + place / outputs) as f64;
            (0..size).map(|place| weight(inputs, counted(place))).collect()
        }
        (Some("weight"), _) => each(&|i| weight(shape.iter().skip(1).product(), i)),
        (Some("bias"), _) => each(&|i| 0.01 * (i + k).cos()),
        (Some("gamma"), _) => each(&|i| 1.0 + 0.1 * (i + k).sin()),
        (Some("beta"), _) => each(&|i| 0.05 * (i + k).cos()),
        (Some("running_mean"), _) => each(&|i| 0.02 * (i + k).sin()),
        (Some("running_var"), _) => each(&|i| 1.0 + 0.2 * (i + k).cos()),
        (kind, _) => panic!("no formula for {kind:?} of {path}"),
    }
}
