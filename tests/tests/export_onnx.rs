//! `spectnet export --to onnx` as a process: ONNX Runtime says of windows what this program says. And what 16 bits change.

// Graphics devices have deep types (features cuda, vulkan).
#![recursion_limit = "256"]

use std::fs;
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use safetensors::{Dtype, SafeTensors};
use serde_json::{Value, json};
use spectnet_core::audio::Recording;
use spectnet_core::model::{ModelConfig, Task};
use spectnet_core::network::burn::SpectNet;
use spectnet_core::network::cpu::engine::{CpuEngine, Network};
use spectnet_core::package::{self, Package};
use spectnet_core::prediction::{Prepared, Windows};
use spectnet_core::synth::{HeartOptions, Murmur, SCENES, heart, scene};
use spectnet_tests::agreement::number;
use spectnet_tests::command::{export, spectnet};
use spectnet_tests::models::{self, shipped};
use spectnet_tests::python::Python;

/// Largest difference of a probability between ONNX Runtime and this program.
const TOLERANCE: f64 = 1e-4;
/// The script that runs an ONNX file.
const SCRIPT: &str = "bench/run_onnx.py";

fn read(model: &Path) -> Package {
    package::read(&fs::read(model).unwrap()).unwrap()
}

/// A sound that fills some windows, and one that is shorter than a window.
fn sounds(config: &ModelConfig) -> [Recording; 2] {
    let hearts = |seconds| {
        let options = HeartOptions { seed: 5, seconds, sample_rate: 2000, murmur: Some(Murmur::Systolic) };
        heart(&options).unwrap().recording
    };
    let places = |seconds| scene(SCENES[1], 5, seconds, config.conditioning.sample_rate).unwrap();
    match config.task {
        Task::Heart => [7.7, 2.2].map(hearts),
        Task::Scene => [7.7, 2.2].map(places),
    }
}

/// All windows of these sounds, and the inputs of the ONNX file for them.
fn windows(config: &ModelConfig) -> (Windows, Value) {
    let frames = config.frames();
    let (mut samples, mut states, mut sounding) = (Vec::new(), Vec::new(), Vec::new());
    for sound in sounds(config) {
        let prepared = Prepared::new(config, &sound).unwrap();
        let some = prepared.input(config, &prepared.windows);
        samples.extend(some.samples);
        states.extend(some.states.unwrap_or_default());
        sounding.extend(some.sounding.unwrap_or_else(|| vec![frames; prepared.windows.len()]));
    }
    assert!(sounding.len() >= 3 && sounding.iter().any(|&count| count < frames), "{sounding:?}");
    let rows: Vec<&[f32]> = samples.chunks_exact(config.windowing.samples).collect();
    let mut inputs = json!({ "windows": rows, "sounding": sounding });
    let phases = config.classifier.parts().map(|parts| parts.phases());
    if let Some(phases) = phases {
        assert_eq!(states.len(), sounding.len() * phases * frames, "weights of states");
        let weights: Vec<Vec<&[f32]>> =
            states.chunks_exact(phases * frames).map(|window| window.chunks_exact(frames).collect()).collect();
        inputs["states"] = json!(weights);
    }
    let states = phases.map(|_| states);
    (Windows { samples, states, sounding: Some(sounding) }, inputs)
}

/// What the library says of windows, without calibration.
fn expected(package: &Package, windows: &Windows) -> Vec<f32> {
    let Package { config, weights, .. } = package;
    if config.classifier.has_engine() {
        let engine = CpuEngine::new(Network::new(config, weights).unwrap()).unwrap();
        return engine.probabilities(windows).unwrap();
    }
    // There is no engine for the baselines.
    let device = Device::flex();
    let network = SpectNet::with_weights(config, weights, &device).unwrap();
    let shape = [windows.samples.len() / config.windowing.samples, config.windowing.samples];
    let samples = Tensor::<2>::from_data(TensorData::new(windows.samples.clone(), shape), &device);
    network.probabilities(config, samples).try_into_vec_as::<f32>().unwrap()
}

/// Exports a model and compares what ONNX Runtime says of some windows with what the library says of them by `package`.
/// Returns the metadata of the file.
fn agrees(python: &Python, package: &Package, model: &Path, flags: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let [onnx, inputs] = ["model.onnx", "inputs.json"].map(|name| folder.path().join(name));
    spectnet(export(model, "onnx", &onnx, flags)).done();
    let (windows, given) = windows(&package.config);
    fs::write(&inputs, given.to_string()).unwrap();
    let output = python.command(SCRIPT).args([&onnx, &inputs]).output().expect("Python starts");
    let name = format!("{} {flags:?}", model.display());
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let mut found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = found["probabilities"].as_array().unwrap();
    let computed: Vec<f64> = rows.iter().flat_map(|row| row.as_array().unwrap()).map(number).collect();
    let expected = expected(package, &windows);
    assert_eq!(computed.len(), expected.len(), "{name}");
    let off = computed.iter().zip(&expected).map(|(a, &b)| (a - f64::from(b)).abs()).fold(0.0, f64::max);
    println!("{name}: {} windows, off by {off:.1e}", rows.len());
    assert!(off <= TOLERANCE, "{name}: off by {off}");
    // One that says the same of everything would agree too easily.
    let logits = found["logits"].as_array().unwrap();
    assert!(logits.iter().any(|row| row != &logits[0]), "{name}: {logits:?}");
    found["metadata"].take()
}

#[test]
fn onnx_runtime_says_the_same_of_the_shipped_models() {
    let Some(python) = Python::with(&["onnxruntime"], SCRIPT) else { return };
    for name in ["heart", "environment"] {
        let model = shipped(name);
        let package = read(&model);
        let metadata = agrees(python, &package, &model, &[]);
        let of = |key: &str| serde_json::from_str::<Value>(metadata[key].as_str().unwrap()).unwrap();
        assert_eq!(of("labels"), json!(package.config.labels));
        assert_eq!(of("config"), json!(package.config));
        assert_eq!((&metadata["format"], &metadata["format_version"]), (&json!("spectnet"), &json!("1")));
        assert!(metadata.get("recordings").is_none(), "{metadata}");
    }
}

#[test]
fn onnx_runtime_says_the_same_of_every_classifier() {
    let Some(python) = Python::with(&["onnxruntime"], SCRIPT) else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, config) in models::every_classifier() {
        let model = folder.path().join(format!("{name}.safetensors"));
        fs::write(&model, models::random(&config)).unwrap();
        agrees(python, &read(&model), &model, &[]);
    }
}

#[test]
fn what_16_bits_change_is_said_and_is_the_same_in_both_forms() {
    let folder = tempfile::tempdir().unwrap();
    let hub = folder.path().join("hub");
    // The shipped one is in 16 bits: these weights are not.
    let mut package = read(&shipped("environment"));
    let layers = package.weights.iter_mut().filter(|(name, _)| name.ends_with(".weight"));
    layers.for_each(|(_, values)| values.iter_mut().for_each(|value| *value *= 1.0001));
    let bytes = package::write(&package.config, &package.weights, &package.provenance).unwrap();
    let bytes = package::with_openness(&bytes, package.openness.as_ref().unwrap()).unwrap();
    let model = folder.path().join("singles.safetensors");
    fs::write(&model, &bytes).unwrap();
    let run = spectnet(export(&model, "hub", &hub, &["--dtype", "f16"])).done();
    let said = run.stdout.lines().find(|line| line.starts_with("weights in 16 bits: ")).expect("the difference");
    let mean = said.split("move by ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap().parse::<f64>().unwrap();
    assert!(mean > 0.0 && mean < 0.01 && said.ends_with("get another most probable class"), "{said}");

    let half = hub.join("model.safetensors");
    let (before, after) = (read(&model), read(&half));
    assert!(fs::metadata(&half).unwrap().len() < bytes.len() as u64 * 6 / 10);
    assert_eq!((&before.config, &before.filters, &before.openness), (&after.config, &after.filters, &after.openness));
    let written = fs::read(&half).unwrap();
    for (name, tensor) in SafeTensors::deserialize(&written).unwrap().tensors() {
        let shrunk = name.starts_with("classifier.") && name.ends_with(".weight");
        assert_eq!(tensor.dtype(), if shrunk { Dtype::F16 } else { Dtype::F32 }, "{name}");
        assert_eq!(before.weights[&name] == after.weights[&name], !shrunk, "{name}");
    }
    let Some(python) = Python::with(&["onnxruntime"], SCRIPT) else { return };
    // The ONNX file of the original with these weights says what the rounded model says.
    agrees(python, &after, &model, &["--dtype", "f16"]);
}
