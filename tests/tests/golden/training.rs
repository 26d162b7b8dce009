//! One step of a training: loss and gradients while the networks normalise by the batch, and the optimisers.

use burn::module::Module;
use burn::optim::{AdamConfig, AdamWConfig, Optimizer, SgdConfig};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::from_value;
use spectnet_tests::gradients::of_module;

use super::models::Model;
use super::values::{GRADIENT_TOLERANCE, Golden, assert_gradient, assert_near, values};

/// Learning rate of the golden steps.
const RATE: f64 = 0.02;

/// The directions along which the gradients of large tensors are known.
fn directions(size: usize) -> [Vec<f64>; 2] {
    let along = |value: fn(f64) -> f64| (0..size).map(|i| value(i as f64)).collect();
    [along(|i| (0.7 * i + 0.1).cos()), along(|i| (0.3 * i + 0.2).sin())]
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|value| value * value).sum::<f64>().sqrt()
}

/// Asserts that a gradient has the reference's sums with both directions, as far as 32-bit floats say them.
fn assert_along(name: &str, gradient: &[f32], expected: &[f64]) {
    let length = norm(gradient.iter().map(|&value| f64::from(value)));
    assert!(length > 0.0, "{name}: no gradient");
    for (direction, expected) in directions(gradient.len()).iter().zip(expected) {
        let got: f64 = gradient.iter().zip(direction).map(|(&value, along)| f64::from(value) * along).sum();
        let limit = GRADIENT_TOLERANCE * length * norm(direction.iter().copied());
        assert!((got - expected).abs() <= limit, "{name}: {got}, expected {expected}, at most {limit:e} off");
    }
}

#[test]
fn loss_and_gradients_of_a_batch_are_the_reference() {
    let golden = Golden::open("training");
    for name in ["residual", "states"] {
        let model = Model::new(&golden, name);
        let [frames, filters] = [model.config.frames(), model.config.front_end.filters];
        let device = Device::flex().autodiff();
        let targets: Vec<usize> = from_value(model.about["targets"].clone()).expect("classes");
        let batch = targets.len();

        let network = model.on(&Device::flex()).to_device(&device).train();
        let image = golden.tensor(&model.of("image"), [batch, 1, frames, filters], &device).require_grad();
        let phases = model.phases(&golden);
        let phases = phases.map(|(weights, shape)| Tensor::from_data(TensorData::new(weights, shape), &device));
        let logits = network.classifier.forward(image.clone(), phases);
        let one_of_two: Vec<f32> =
            targets.iter().flat_map(|&class| [f32::from(class == 0), f32::from(class == 1)]).collect();
        let one_of_two = Tensor::<2>::from_data(TensorData::new(one_of_two, [batch, 2]), &device);
        let loss = (log_softmax(logits, 1) * one_of_two).sum() / -(batch as f64);
        let found = loss.clone().backward();
        assert_near(name, &values(loss), &golden.get(&model.of("loss")), 1e-5);
        let gradient = values(image.grad(&found).expect("it is asked for"));
        assert_gradient(&model.of("gradient.image"), &gradient, &golden.get(&model.of("gradient.image")));

        let collected = of_module(&network.classifier, &found);
        let of = |tensor: &str| {
            // The variants of the classifier may or may not stand in the path.
            let end = format!(".{tensor}");
            let known = collected.iter().find(|(path, _)| format!(".{path}").ends_with(&end));
            known.unwrap_or_else(|| panic!("{name}: no gradient of {tensor}")).1.as_slice()
        };
        let mut compared = 0;
        for key in golden.names() {
            if let Some(tensor) = key.strip_prefix(&model.of("along.")) {
                assert_along(&key, of(tensor), &golden.get(&key));
                compared += 1;
            } else if let Some(tensor) = key.strip_prefix(&model.of("gradient.")).filter(|tensor| *tensor != "image") {
                assert_gradient(&key, of(tensor), &golden.get(&key));
            }
        }
        // Every learned tensor but the biases in front of a normalisation.
        assert!(compared >= 4, "{name}: {compared} tensors");
    }
}

/// What two steps make of six numbers.
fn two_steps(optimizer: &impl Optimizer, golden: &Golden) -> [Vec<f32>; 2] {
    let tensor = |name: &str| golden.tensor(name, [6], &Device::flex());
    let (first, state) = optimizer.step(RATE, tensor("step.start"), tensor("step.gradient.1"), None);
    let (second, _) = optimizer.step(RATE, first.clone(), tensor("step.gradient.2"), state);
    [values(first), values(second)]
}

#[test]
fn steps_of_the_optimisers_are_the_reference() {
    let golden = Golden::open("training");
    let adam = AdamConfig::new().with_epsilon(1e-8).build();
    let adamw = AdamWConfig::new().with_weight_decay(0.1).build();
    for (name, steps) in [
        ("sgd", two_steps(&SgdConfig::new().build(), &golden)),
        ("adam", two_steps(&adam, &golden)),
        ("adamw", two_steps(&adamw, &golden)),
    ] {
        for (number, step) in steps.iter().enumerate() {
            let name = format!("step.{name}.{}", number + 1);
            // The corrections of Adam's moments are 32-bit floats, of which 1 − 0.999² leaves five digits.
            assert_near(&name, step, &golden.get(&name), 2e-6);
        }
    }
}
