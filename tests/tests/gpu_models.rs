//! What a whole model learns from on a GPU: the gradients of all its tensors against those of the CPU.
//!
//! ```sh
//! cargo xtask test --gpu
//! cargo test --release -p spectnet-tests --features cuda --test gpu_models
//! ```
//!
//! Kernels that are right one by one are no proof: what Burn fuses lies between them.
#![cfg(any(feature = "cuda", feature = "vulkan", feature = "webgpu"))]
#![recursion_limit = "256"]

use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spectnet_core::model::{ClassifierConfig, ModelConfig};
use spectnet_core::network::burn::SpectNet;
use spectnet_core::package::{self, Package};
use spectnet_tests::gpu::device;
use spectnet_tests::gradients::of_module;
use spectnet_tests::models::shipped;

/// Windows of a batch.
const BATCH: usize = 6;
/// Largest difference allowed on a gradient, relative to the largest component of its tensor: both devices sum in 32 bits.
const TOLERANCE: f64 = 1e-4;

/// Numbers from −1 to 1.
fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| random.random_range(-1.0..1.0)).collect()
}

/// Tones that come and go in a little noise, another one in every window `[BATCH, samples]`.
fn windows(samples: usize) -> Vec<f32> {
    let noise = numbers(1, BATCH * samples);
    let sample = |place: usize| {
        let (window, k) = (place / samples, (place % samples) as f32);
        let pitch = 0.1 * (window + 1) as f32;
        0.1 * (0.002 * k * (window + 1) as f32).sin().abs() * (pitch * k).sin() + 0.003 * noise[place]
    };
    (0..BATCH * samples).map(sample).collect()
}

/// How a weighted sum of the logits depends on every tensor that learns.
fn gradients(config: &ModelConfig, package: &Package, device: &Device) -> Vec<(String, Vec<f32>)> {
    let training = device.clone().autodiff();
    let model = SpectNet::with_weights(config, &package.weights, &training).unwrap();
    let samples = config.windowing.samples;
    let signals = Tensor::from_data(TensorData::new(windows(samples), [BATCH, samples]), &training);
    let logits = model.forward(config, signals);
    let weights = TensorData::new(numbers(2, logits.shape().num_elements()), logits.dims());
    let found = (logits * Tensor::from_data(weights, &training)).sum().backward();
    of_module(&model, &found)
}

/// What came back to filters and exponents was of another order where Burn fused it with what lies before the convolution:
/// everything behind that learned, and they moved at random.
#[test]
fn filters_before_convolutions_learn_as_on_the_cpu() {
    let Some(device) = device() else { return };
    let package = package::read(&std::fs::read(shipped("environment")).unwrap()).unwrap();
    let mut config = package.config.clone();
    let ClassifierConfig::Pooled { dropout, .. } = &mut config.classifier else { panic!("{:?}", config.classifier) };
    // Devices draw other random numbers.
    *dropout = 0.0;
    let [got, expected] = [device, &Device::flex()].map(|device| gradients(&config, &package, device));
    assert!(got.len() == expected.len() && got.len() > 30, "{} tensors", got.len());
    for ((tensor, got), (same, expected)) in got.iter().zip(&expected) {
        assert_eq!(tensor, same);
        let scale = expected.iter().fold(0f64, |largest, value| largest.max(f64::from(*value).abs()));
        let apart = got
            .iter()
            .zip(expected)
            .map(|(got, expected)| (f64::from(*got) - f64::from(*expected)).abs())
            .fold(0.0, f64::max);
        println!("{tensor} by {:.1e} of {scale:.1e}", apart / scale);
        // Before a normalisation a bias has no gradient but rounding.
        assert!(tensor.ends_with("conv.bias") || apart <= TOLERANCE * scale, "{tensor} by {apart} of {scale}");
    }
}
