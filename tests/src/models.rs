//! Model files that nobody trained.

use spectnet_core::{
    model::Weights,
    package::{self, Provenance},
    task::Task,
};

/// A model file for heart sounds with random weights: different everywhere, and neither vanishing nor exploding on the way
/// through the network.
///
/// # Panics
/// For a size that no network has.
pub fn random(blocks: usize, filters: usize, classes: usize) -> Vec<u8> {
    let labels = (0..classes).map(|class| format!("class {class}")).collect();
    let config = Task::Heart.model(labels, filters, blocks);
    let start = config.front_end.initial_filters().expect("a bank that exists");
    let raw: Vec<[f64; 3]> = start.iter().map(|filter| config.front_end.raw(filter)).collect();
    let mut random = uniform();
    let mut weights = Weights::new();
    for (name, shape) in config.tensors().expect("a network that exists") {
        let inputs: usize = if shape.len() == 4 { shape[1..].iter().product() } else { shape[0] };
        let values = (0..shape.iter().product()).map(|index: usize| match name.rsplit('.').next() {
            Some("centre_frequency") => raw[index][0] as f32,
            Some("bandwidth") => raw[index][1] as f32,
            Some("gain") => raw[index][2] as f32,
            Some("weight") => random() * (12.0 / inputs as f32).sqrt(),
            Some("gamma" | "running_var") => 1.0 + random(),
            _ => 0.3 * random(),
        });
        let values = values.collect();
        weights.insert(name, values);
    }
    package::write(&config, &weights, &Provenance::default()).expect("a valid model")
}

/// Numbers from −0.5 to 0.5, the same every time.
fn uniform() -> impl FnMut() -> f32 {
    let mut state = 1u64;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    }
}
