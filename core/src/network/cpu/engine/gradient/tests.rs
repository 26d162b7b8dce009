use super::*;
use crate::heart::Parts;
use crate::model::{ClassifierConfig, Compression, ModelConfig, Normalisation, Scaling, Task};
use crate::network::cpu::engine::CpuEngine;
use crate::network::cpu::testing::{numbers, weights};

/// A model of every kind of network, and of every way to scale its image.
fn models() -> Vec<ModelConfig> {
    let residual = |blocks| ClassifierConfig::Residual { blocks, dropout: 0.5 };
    let pooled = |blocks| ClassifierConfig::Pooled { blocks, dropout: 0.5 };
    let states = |parts| ClassifierConfig::States { dropout: 0.5, parts };
    let data = Scaling { compression: Compression::Power, normalisation: Normalisation::Data, ..Scaling::default() };
    let window = Scaling { normalisation: Normalisation::Window, floor_db: Some(45.0), ..Scaling::default() };
    [
        (residual(2), 4, Scaling::default()),
        (residual(3), 7, window),
        (residual(4), 15, Scaling::default()),
        (pooled(1), 3, data),
        (pooled(3), 13, window),
        (states(Parts::default()), 5, window),
        (states(Parts { systole: 2, diastole: 3, lead_ms: 0 }), 3, Scaling::default()),
    ]
    .into_iter()
    .map(|(classifier, filters, scaling)| {
        let labels = ["a", "b", "c"].map(String::from).to_vec();
        ModelConfig { classifier, scaling, ..Task::Heart.model(labels, filters, 3) }
    })
    .collect()
}

/// A log-energy image as sounds have them.
fn image(config: &ModelConfig, seed: u64) -> Vec<f32> {
    let count = config.frames() * config.front_end.filters;
    numbers(count, seed).into_iter().map(|value| 3.0 * value - 8.0).collect()
}

/// Weights of the frames in phases that come one after the other, where the classifier uses them.
fn states(config: &ModelConfig) -> Option<Vec<f32>> {
    let (phases, frames) = (config.classifier.parts()?.phases(), config.frames());
    let length = frames / phases;
    let weight = move |phase: usize, frame: usize| if frame / length == phase { 1.0 / length as f32 } else { 0.0 };
    Some((0..phases).flat_map(|phase| (0..frames).map(move |frame| weight(phase, frame))).collect())
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// A direction of length 1.
fn unit(values: &[f32]) -> Vec<f32> {
    let length = dot(values, values).sqrt() as f32;
    values.iter().map(|value| value / length).collect()
}

#[test]
fn the_logits_are_those_of_the_engine() {
    for config in models() {
        let network = Network::new(&config, &weights(&config, 1)).unwrap();
        let (way, engine) = (Differentiable::new(&network), CpuEngine::new(network).unwrap());
        let (image, states, frames) = (image(&config, 2), states(&config), config.frames());
        for sounding in [frames, frames / 2] {
            let ours = way.logits(&way.scaled(&image, sounding), states.as_deref());
            let expected = engine.logits(&image, states.as_deref(), Some(&[sounding])).unwrap();
            assert_eq!(ours.len(), 3);
            for (ours, expected) in ours.iter().zip(&expected) {
                let tolerance = 1e-4 * expected.abs().max(1.0);
                assert!((ours - expected).abs() < tolerance, "{}: {ours} {expected}", config.classifier.summary());
            }
        }
    }
}

/// Along a direction the sum changes as the gradient says: along the gradient itself, and along each of its parts, so that
/// no mistake in one is made up for in another.
#[test]
fn the_gradient_is_that_of_finite_differences() {
    let of_logits = [0.7f32, -1.0, 0.3];
    for config in models() {
        let name = config.classifier.summary();
        let way = Differentiable::new(&Network::new(&config, &weights(&config, 3)).unwrap());
        let (scaled, states) = (way.scaled(&image(&config, 4), config.frames()), states(&config));
        let value = |x: &[f32]| dot(&way.logits(x, states.as_deref()), &of_logits);
        let (logits, gradient) = way.gradient(&scaled, states.as_deref(), |logits| {
            assert_eq!(logits.len(), 3);
            of_logits.to_vec()
        });
        assert_eq!(logits, way.logits(&scaled, states.as_deref()));
        assert_eq!(gradient.len(), scaled.len());
        let length = dot(&gradient, &gradient).sqrt();
        assert!(length > 1e-4, "{name}: {length}");
        let slope = |direction: &[f32], step: f32| {
            let moved = |step: f32| scaled.iter().zip(direction).map(|(x, d)| x + step * d).collect::<Vec<f32>>();
            (value(&moved(step)) - value(&moved(-step))) / (2.0 * f64::from(step))
        };
        let along = slope(&unit(&gradient), 0.004);
        assert!((along - length).abs() < 0.02 * length, "{name}: {along} along the gradient, expected {length}");
        // The same in parts of the image: one filter, or an eighth of the frames.
        let filters = config.front_end.filters;
        let eighth = scaled.len().div_ceil(8);
        let of_filters = (0..filters).map(|filter| (0..scaled.len()).map(|i| i % filters == filter).collect());
        let of_frames = (0..8).map(|part| (0..scaled.len()).map(|i| i / eighth == part).collect());
        for (part, within) in of_filters.chain(of_frames).enumerate() {
            let within: Vec<bool> = within;
            let part_of: Vec<f32> = gradient.iter().zip(&within).map(|(g, is)| if *is { *g } else { 0.0 }).collect();
            let expected = dot(&part_of, &part_of).sqrt();
            let found = if expected > 0.0 { slope(&unit(&part_of), 0.004) } else { 0.0 };
            assert!((found - expected).abs() < 0.03 * length, "{name}, part {part}: {found} {expected} of {length}");
        }
    }
}

/// A classifier of phases has no gradient in frames that belong to no phase.
#[test]
fn what_is_not_looked_at_has_no_gradient() {
    let mut config = models().pop().unwrap();
    config.classifier = ClassifierConfig::States { dropout: 0.5, parts: Parts { systole: 3, diastole: 4, lead_ms: 0 } };
    let way = Differentiable::new(&Network::new(&config, &weights(&config, 5)).unwrap());
    let (image, mut states, filters) = (image(&config, 6), states(&config).unwrap(), config.front_end.filters);
    let frames = config.frames();
    let in_a_phase: Vec<bool> = (0..frames).map(|frame| frame % 2 == 0).collect();
    for (place, weight) in states.iter_mut().enumerate() {
        *weight = if in_a_phase[place % frames] { 2.0 / frames as f32 } else { 0.0 };
    }
    let (_, gradient) = way.gradient(&way.scaled(&image, frames), Some(&states), |_| vec![1.0, -1.0, 0.0]);
    for (row, counts) in gradient.chunks_exact(filters).zip(in_a_phase) {
        assert_eq!(row.iter().any(|value| *value != 0.0), counts);
    }
}
