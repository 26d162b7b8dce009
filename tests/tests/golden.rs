//! The front-end and the classifier against the numpy reference in `golden/`, in f32 on the CPU.
//!
//! `golden/reference.py` made the numbers in f64; its formulas are independent of this project's code.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use safetensors::SafeTensors;
use serde_json::Value;
use spectnet_core::filterbank::{FilterParameters, Filterbank, FilterbankConfig, Spacing};
use spectnet_core::model::{ModelConfig, Task, Weights};
use spectnet_core::network::burn::SpectNet;
use spectnet_core::network::cpu::engine::{CpuEngine, Network};
use spectnet_core::package::{self, Provenance};

/// Largest difference allowed on an image, whose values are natural logarithms.
const IMAGE_TOLERANCE: f32 = 5e-4;
/// Largest relative difference allowed on each component of a gradient.
const GRADIENT_TOLERANCE: f64 = 1e-4;
/// Logits are sums of thousands of terms of the image; they reach 10.
const LOGIT_TOLERANCE: f64 = 1e-3;

struct Golden(Vec<u8>);

impl Golden {
    fn open(filters: usize) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("golden/frontend_n{filters}.safetensors"));
        Self(std::fs::read(path).unwrap())
    }

    fn get(&self, name: &str) -> Vec<f64> {
        let file = SafeTensors::deserialize(&self.0).unwrap();
        let view = file.tensor(name).unwrap();
        view.data().as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
    }

    /// The first `count` of the five signals, `[count, 2500]`.
    fn signals(&self, count: usize, device: &Device) -> Tensor<2> {
        let values: Vec<f32> = self.get("x").iter().take(count * 2500).map(|&x| x as f32).collect();
        Tensor::from_data(TensorData::new(values, [count, 2500]), device)
    }
}

fn bank(config: &FilterbankConfig, device: &Device) -> Filterbank {
    Filterbank::new(config, device).unwrap()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

#[test]
fn start_values_and_kernels_are_the_reference() {
    for filters in [4, 8, 16] {
        let golden = Golden::open(filters);
        let config = Task::Heart.front_end(filters);
        let initial = config.initial_filters().unwrap();
        for (filter, centre) in initial.iter().zip(golden.get("fc")) {
            assert!((filter.centre_hz - centre).abs() < 1e-9, "{} Hz, expected {centre}", filter.centre_hz);
            assert_eq!((filter.bandwidth_hz, filter.gain), (100.0, 1e4));
        }
        let expected = golden.get("kernel");
        let plain: Vec<f64> = initial.iter().flat_map(|&filter| config.gammatone(filter).kernel()).collect();
        let tensor = values(bank(&config, &Device::flex()).kernels());
        assert_eq!((plain.len(), tensor.len()), (expected.len(), expected.len()));
        let largest = expected.iter().fold(0f64, |max, tap| max.max(tap.abs()));
        for ((plain, tensor), expected) in plain.iter().zip(tensor).zip(expected) {
            assert!((plain - expected).abs() < 1e-12 * largest, "{plain}, expected {expected}");
            assert!((f64::from(tensor) - expected).abs() < 2e-5 * largest, "{tensor}, expected {expected}");
        }
    }
}

#[test]
fn images_are_the_reference() {
    for filters in [4, 8, 16] {
        let golden = Golden::open(filters);
        let device = Device::flex();
        let image = bank(&Task::Heart.front_end(filters), &device).forward(golden.signals(5, &device));
        assert_eq!(image.dims(), [5, 1, 240, filters]);
        let image = values(image);
        let worst = image.iter().zip(golden.get("image")).map(|(got, want)| (got - want as f32).abs());
        let worst = worst.fold(0f32, f32::max);
        assert!(worst < IMAGE_TOLERANCE, "{filters} filters: images differ by {worst}");
        // The fourth signal is silence.
        let silence = &image[3 * 240 * filters..4 * 240 * filters];
        assert!(silence.iter().all(|value| (value + 36.841_36).abs() < 1e-4));
    }
}

/// Gradients of mean(cos(0.013 i + 0.5) · image) over the first three signals, for a bank with these filters.
fn gradients(golden: &Golden, filters: &[FilterParameters]) -> [Vec<f64>; 3] {
    let device = Device::flex().autodiff();
    let mut bank = bank(&Task::Heart.front_end(filters.len()), &device);
    let column = |value: fn(&FilterParameters) -> f64| {
        let column: Vec<f32> = filters.iter().map(|filter| value(filter) as f32).collect();
        burn::module::Param::from_tensor(Tensor::<1>::from_floats(column.as_slice(), &device)).set_require_grad(true)
    };
    bank.centre_frequency = column(|filter| filter.centre_hz);
    bank.bandwidth = column(|filter| filter.bandwidth_hz);
    bank.gain = column(|filter| filter.gain);
    let image = bank.forward(golden.signals(3, &device));
    let weights: Vec<f32> = (0..image.shape().num_elements()).map(|i| (0.013 * i as f64 + 0.5).cos() as f32).collect();
    let weights = Tensor::<4>::from_data(TensorData::new(weights, image.dims()), &device);
    let found = (image * weights).mean().backward();
    [&bank.centre_frequency, &bank.bandwidth, &bank.gain].map(|parameter| {
        let gradient = parameter.val().grad(&found).expect("a learnable bank has gradients");
        values(gradient).into_iter().map(f64::from).collect()
    })
}

#[test]
fn gradients_are_the_reference() {
    for filters in [4, 8, 16] {
        let golden = Golden::open(filters);
        for (point, prefix) in [("grad_point_", "grad_d"), ("", "grad_at_init_d")] {
            let [centre, bandwidth, gain] = ["fc", "beta", "amp"].map(|name| golden.get(&format!("{point}{name}")));
            let bank: Vec<FilterParameters> = (0..filters)
                .map(|i| FilterParameters {
                    centre_hz: centre[i],
                    bandwidth_hz: bandwidth[i],
                    gain: gain[i],
                    phase_rad: 0.0,
                })
                .collect();
            for (name, got) in ["fc", "beta", "amp"].into_iter().zip(gradients(&golden, &bank)) {
                let expected = golden.get(&format!("{prefix}{name}"));
                let scale = expected.iter().fold(0f64, |max, value| max.max(value.abs()));
                for (i, (got, expected)) in got.iter().zip(&expected).enumerate() {
                    // Filters at 0 Hz and fs/2 have no gradient to be relative to.
                    let limit = GRADIENT_TOLERANCE * expected.abs().max(1e-6 * scale);
                    assert!(
                        (got - expected).abs() < limit,
                        "{prefix}{name}[{i}] of {filters}: {got}, expected {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn filters_at_the_ends_of_the_range_do_not_move() {
    let golden = Golden::open(16);
    let initial = Task::Heart.front_end(16).initial_filters().unwrap();
    let [centre, ..] = gradients(&golden, &initial);
    let largest = centre.iter().fold(0f64, |max, value| max.max(value.abs()));
    assert!(centre[0] == 0.0, "0 Hz: {}", centre[0]);
    assert!(centre[15].abs() < 1e-4 * largest, "500 Hz: {}", centre[15]);
}

/// The tensor of the model file and the reference's parameter, `conv0.weight` and the like.
fn module_path(reference: &str) -> String {
    let (layer, kind) = reference.split_once('.').unwrap();
    let digits = layer.trim_start_matches(|c: char| !c.is_ascii_digit());
    let place = match (layer.trim_end_matches(|c: char| c.is_ascii_digit()), digits) {
        ("fc", "1") => return format!("classifier.hidden.{kind}"),
        ("fc", _) => return format!("classifier.output.{kind}"),
        (_, "0") => "stem".to_string(),
        (_, digits) => {
            let block: usize = digits[..1].parse().unwrap();
            format!("blocks.{}.{}", block - 1, if digits.len() == 1 { "first" } else { "second" })
        }
    };
    match (layer.starts_with("bn"), kind) {
        (true, "weight") => format!("classifier.{place}.norm.gamma"),
        (true, "bias") => format!("classifier.{place}.norm.beta"),
        (true, kind) => format!("classifier.{place}.norm.{kind}"),
        (false, kind) => format!("classifier.{place}.conv.{kind}"),
    }
}

/// The reference's closed-form value of element `i` of parameter number `k`.
fn closed_form(name: &str, shape: &[usize], k: f64, i: f64) -> f64 {
    let (layer, kind) = name.split_once('.').unwrap();
    match (layer.starts_with("bn"), kind) {
        (true, "weight") => 1.0 + 0.1 * (i + k).sin(),
        (true, "bias") => 0.05 * (i + k).cos(),
        (true, "running_mean") => 0.02 * (i + k).sin(),
        (true, _) => 1.0 + 0.2 * (i + k).cos(),
        (false, "weight") => {
            let fan: usize = shape[1..].iter().product();
            (2.0 / fan as f64).sqrt() * (0.1 + 0.37 * i + 1.3 * k).sin()
        }
        (false, _) => 0.01 * (i + k).cos(),
    }
}

fn reference_values(parameter: &Value) -> (String, Vec<f32>) {
    let k = parameter[0].as_f64().unwrap();
    let name = parameter[1].as_str().unwrap();
    let shape: Vec<usize> =
        parameter[2].as_array().unwrap().iter().map(|side| side.as_u64().unwrap() as usize).collect();
    let size = shape.iter().product();
    let values: Vec<f64> = (0..size).map(|i| closed_form(name, &shape, k, i as f64)).collect();
    assert!(
        (values.iter().sum::<f64>() - parameter[3].as_f64().unwrap()).abs() < 1e-6,
        "{name}: the formula is misread"
    );
    let values: Vec<f32> = values.into_iter().map(|value| value as f32).collect();
    // Linear layers are stored [in, out] here and [out, in] in the reference.
    let stored = match shape[..] {
        [rows, columns] => (0..size).map(|i| values[(i % rows) * columns + i / rows]).collect(),
        _ => values,
    };
    (module_path(name), stored)
}

/// A model whose classifier has the reference's weights, by way of the model file.
fn reference_weights(config: &ModelConfig, parameters: &[Value]) -> Weights {
    let mut weights = SpectNet::new(config, &Device::flex()).unwrap().weights().unwrap();
    for (name, values) in parameters.iter().map(reference_values) {
        assert!(weights.insert(name.clone(), values).is_some(), "no place in the module for {name}");
    }
    let bytes = package::write(config, &weights, &Provenance::default()).unwrap();
    package::read(&bytes).unwrap().weights
}

#[test]
fn logits_are_the_reference() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/classifier.json");
    let golden: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for (key, filters, blocks, classes) in
        [("N4_b2_k2", 4, 2, 2), ("N8_b3_k2", 8, 3, 2), ("N16_b3_k2", 16, 3, 2), ("N16_b3_k15", 16, 3, 15)]
    {
        let case = &golden[key];
        let mut config = Task::Heart.model((0..classes).map(|i| i.to_string()).collect(), filters, blocks);
        config.front_end.spacing = Spacing::Mel;
        let weights = reference_weights(&config, case["params"].as_array().unwrap());
        let model = SpectNet::with_weights(&config, &weights, &Device::flex()).unwrap();
        let engine = CpuEngine::new(Network::new(&config, &weights).unwrap()).unwrap();
        let image = model.front_end.forward(Golden::open(filters).signals(3, &Device::flex()));
        let features = model.classifier.features(image.clone(), None);
        assert_eq!(features.dims()[1] as u64, case["feature_len"].as_u64().unwrap(), "{key}");
        let images = values(image.clone());
        let module = values(model.classifier.forward(image, None));
        let engine: Vec<f32> =
            images.chunks(240 * filters).flat_map(|image| engine.logits(image, None, None).unwrap()).collect();
        let expected: Vec<f64> = case["logits"].as_array().unwrap().iter().flat_map(numbers).collect();
        for (name, logits) in [("module", module), ("engine", engine)] {
            assert_eq!(logits.len(), expected.len());
            for (got, expected) in logits.iter().zip(&expected) {
                assert!((f64::from(*got) - expected).abs() < LOGIT_TOLERANCE, "{key}, {name}: {got}, not {expected}");
            }
        }
    }
}

fn numbers(row: &Value) -> Vec<f64> {
    row.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}
