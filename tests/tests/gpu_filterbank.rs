//! The filterbank's GPU kernels against the fused operation on the CPU, which computes in f64.
//!
//! ```sh
//! cargo xtask test --gpu
//! cargo test --release -p spectnet-tests --features cuda --test gpu_filterbank --test gpu_models
//! ```
//!
//! A real GPU, or a software driver (`apt-get install mesa-vulkan-drivers` has lavapipe); without a device the tests say so
//! and pass. Software drivers compute the WGSL of the feature `webgpu`; the SPIR-V of the feature `vulkan` crashes lavapipe of
//! Mesa 22.3 (Debian 12) in its own compiler, and leaves images empty on SwiftShader, which has no pointers.
#![cfg(any(feature = "cuda", feature = "vulkan", feature = "webgpu"))]
#![recursion_limit = "256"]

use std::path::Path;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use safetensors::SafeTensors;
use spectnet_core::filterbank::{Filterbank, FilterbankConfig, Form, Framing};
use spectnet_core::model::Task;
use spectnet_tests::gpu::device;

/// Largest difference allowed on an image, whose values are natural logarithms.
const IMAGE_TOLERANCE: f64 = 5e-4;
/// Largest difference allowed on a gradient, relative to its largest component.
const GRADIENT_TOLERANCE: f64 = 1e-4;

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().try_to_vec::<f32>().unwrap().into_iter().map(f64::from).collect()
}

/// What a bank makes of some signals, and how a weighted sum of its image depends on everything.
struct Outcome {
    image: Vec<f64>,
    /// To centre frequency, bandwidth, gain, signals, and the phase where the bank has one.
    gradients: Vec<Vec<f64>>,
}

fn outcome(
    device: &Device,
    config: &FilterbankConfig,
    raw: Option<[&[f32]; 3]>,
    signals: &[f32],
    batch: usize,
    weight: impl Fn(usize) -> f32,
) -> Outcome {
    let training = device.clone().autodiff();
    let mut bank = Filterbank::new(config, &training).unwrap();
    if let Some(raw) = raw {
        let [centre, bandwidth, gain] =
            raw.map(|raw| Param::from_tensor(Tensor::<1>::from_floats(raw, &training)).set_require_grad(true));
        (bank.centre_frequency, bank.bandwidth, bank.gain) = (centre, bandwidth, gain);
    }
    if config.phase {
        // Both signs, and more than a turn.
        let phases: Vec<f32> = (0..config.filters).map(|filter| 2.5 * filter as f32 - 4.0).collect();
        let phases = Tensor::<1>::from_floats(phases.as_slice(), &training);
        bank.phase = Some(Param::from_tensor(phases).set_require_grad(true));
    }
    let shape = [batch, signals.len() / batch];
    let data = || TensorData::new(signals.to_vec(), shape);
    let inference = bank.clone().to_device(device);
    let image = inference.forward(Tensor::from_data(data(), device));
    let inputs = Tensor::<2>::from_data(data(), &training).require_grad();
    let trained = bank.forward(inputs.clone());
    assert_eq!(image.dims(), trained.dims());
    let weights: Vec<f32> = (0..trained.shape().num_elements()).map(weight).collect();
    let weights = Tensor::<4>::from_data(TensorData::new(weights, trained.dims()), &training);
    let found = (trained.clone() * weights).mean().backward();
    let of = |parameter: &Param<Tensor<1>>| values(parameter.val().grad(&found).unwrap());
    let mut gradients =
        vec![of(&bank.centre_frequency), of(&bank.bandwidth), of(&bank.gain), values(inputs.grad(&found).unwrap())];
    gradients.extend(bank.phase.as_ref().map(of));
    let (image, trained) = (values(image), values(trained.inner()));
    for (image, trained) in image.iter().zip(&trained) {
        assert!((image - trained).abs() < 1e-5 * image.abs().max(1.0), "{image} without gradients, {trained} with");
    }
    Outcome { image, gradients }
}

fn compare(what: &str, got: &Outcome, expected: &Outcome) {
    assert_eq!(got.image.len(), expected.image.len(), "{what}");
    let worst = got.image.iter().zip(&expected.image).map(|(got, expected)| (got - expected).abs()).fold(0.0, f64::max);
    println!("{what}: images differ by {worst:.1e}");
    assert!(worst < IMAGE_TOLERANCE, "{what}: images differ by {worst}");
    let names = ["centre frequency", "bandwidth", "gain", "signals", "phase"];
    assert_eq!(got.gradients.len(), expected.gradients.len(), "{what}");
    let largest = |values: &[f64]| values.iter().fold(0f64, |largest, value| largest.max(value.abs()));
    // Both are for a Hz. Of three centres two have no gradient, at 0 Hz and at half the rate, and the sum for the third one may
    // cancel to next to nothing.
    let for_hz = largest(&expected.gradients[0]).max(largest(&expected.gradients[1]));
    for ((name, got), expected) in names.into_iter().zip(&got.gradients).zip(&expected.gradients) {
        assert_eq!(got.len(), expected.len(), "{what}: {name}");
        let scale = if matches!(name, "centre frequency" | "bandwidth") { for_hz } else { largest(expected) };
        let worst = got.iter().zip(expected).map(|(got, expected)| (got - expected).abs()).fold(0.0, f64::max);
        println!("{what}: {name} by {:.1e}", worst / scale);
        assert!(worst <= GRADIENT_TOLERANCE * scale, "{what}: {name} by {worst} of {scale}");
    }
}

#[test]
fn random_banks_agree_with_the_plain_composition() {
    let Some(device) = device() else { return };
    let mut random = ChaCha8Rng::seed_from_u64(7);
    // filters, taps, order, window, hop, further samples, batch
    let cases = [
        (16, 81, 4, 25, 10, 2395, 3),
        (3, 1, 1, 1, 1, 300, 2),
        (5, 8, 2, 7, 13, 1000, 1),
        (3, 200, 3, 400, 100, 6000, 2),
        (3, 1103, 4, 551, 220, 12_000, 2),
        (7, 33, 8, 3000, 900, 9000, 1),
        (6, 57, 5, 64, 64, 0, 4),
        (4, 300, 4, 6, 9, 500, 3),
    ];
    for (filters, taps, order, window, hop, further, batch) in cases {
        for (form, phase) in [(Form::Bounded, false), (Form::Paper, false), (Form::Bounded, true)] {
            let framing = Framing { window, hop };
            let config = FilterbankConfig { taps, order, framing, form, phase, ..Task::Heart.front_end(filters) };
            let samples = config.samples(1) + further;
            let signals: Vec<f32> = (0..batch * samples).map(|_| random.random_range(-0.1..0.1)).collect();
            let phases = if phase { ", phases" } else { "" };
            let what = format!("{filters} filters of {taps} taps, order {order}, {window}/{hop}, {form:?}{phases}");
            let weight = |i: usize| (0.7 * i as f32).sin() + 0.5;
            let got = outcome(device, &config, None, &signals, batch, weight);
            compare(&what, &got, &outcome(&Device::flex(), &config, None, &signals, batch, weight));
        }
    }
}

#[test]
fn golden_images_and_gradients() {
    let Some(device) = device() else { return };
    for filters in [4, 8, 16] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
        let bytes = std::fs::read(folder.join(format!("frontend_n{filters}.safetensors"))).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let get = |name: &str| -> Vec<f64> {
            let view = file.tensor(name).unwrap();
            view.data().as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
        };
        let signals: Vec<f32> = get("x").into_iter().take(3 * 2500).map(|x| x as f32).collect();
        for (point, prefix) in [("grad_point_", "grad_d"), ("", "grad_at_init_d")] {
            let raw = ["fc", "beta", "amp"].map(|name| get(&format!("{point}{name}")));
            let raw = raw.each_ref().map(|values| values.iter().map(|&value| value as f32).collect::<Vec<f32>>());
            let config = FilterbankConfig { form: Form::Paper, ..Task::Heart.front_end(filters) };
            let weight = |i: usize| (0.013 * i as f64 + 0.5).cos() as f32;
            let got = outcome(device, &config, Some(raw.each_ref().map(Vec::as_slice)), &signals, 3, weight);
            for (name, got) in ["fc", "beta", "amp"].into_iter().zip(&got.gradients) {
                let expected = get(&format!("{prefix}{name}"));
                let scale = expected.iter().fold(0f64, |max, value| max.max(value.abs()));
                let relative =
                    |(got, expected): (&f64, &f64)| (got - expected).abs() / expected.abs().max(1e-6 * scale);
                let each = got.iter().zip(&expected).map(relative).fold(0.0, f64::max);
                let difference = |(got, expected): (&f64, &f64)| (got - expected).abs() / scale;
                let worst = got.iter().zip(&expected).map(difference).fold(0.0, f64::max);
                println!("{prefix}{name} of {filters}: {worst:.1e} of the largest, {each:.1e} of each");
                assert!(worst < GRADIENT_TOLERANCE, "{prefix}{name} of {filters} is off by {worst}");
            }
            if point.is_empty() {
                let worst = got.image.iter().zip(get("image")).map(|(got, expected)| (got - expected).abs());
                assert!(worst.fold(0.0, f64::max) < IMAGE_TOLERANCE);
            }
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bits() {
    let Some(device) = device() else { return };
    let config = Task::Heart.front_end(16);
    let signals: Vec<f32> = (0..4 * 2500).map(|i| (0.01 * i as f32 * (1.0 + 1e-4 * i as f32)).sin()).collect();
    let run = || outcome(device, &config, None, &signals, 4, |i| (0.3 * i as f32).cos());
    let (first, second) = (run(), run());
    assert_eq!(first.image, second.image);
    assert_eq!(first.gradients, second.gradients);
}

#[test]
fn silence_has_the_floor_and_no_gradient() {
    let Some(device) = device() else { return };
    let got = outcome(device, &Task::Heart.front_end(4), None, &[0.0; 2500], 1, |_| 1.0);
    assert!(got.image.iter().all(|value| (value + 36.841_36).abs() < 1e-4));
    assert!(got.gradients.iter().flatten().all(|value| *value == 0.0));
}
