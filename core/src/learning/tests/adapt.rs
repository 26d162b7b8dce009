//! What does not learn stays as it is to the last bit, and a model that starts from another one has what it can have of it.

use super::*;
use crate::heart::Parts;
use crate::model::{Scaling, Segments};
use crate::package::{self, Package, Provenance};

const ALL: [Learns; 3] = [Learns::Head, Learns::Filters, Learns::Everything];

/// One for every classifier, with dropout.
fn every_classifier() -> Vec<ModelConfig> {
    let dropout = 0.3;
    let with = |classifier| ModelConfig { classifier, ..config(true) };
    let pooled = with(ClassifierConfig::Pooled { blocks: 1, dropout });
    // Not a power of the energy, which from weights that do not know the recordings is so small that no 32-bit number of the
    // filters notices its gradient.
    let scaling = Scaling { normalisation: Normalisation::Data, ..Scaling::default() };
    vec![
        with(ClassifierConfig::Residual { blocks: 2, dropout }),
        ModelConfig { scaling, ..pooled },
        with(ClassifierConfig::States { dropout, parts: Parts::default() }),
        with(ClassifierConfig::Cnn1d { dropout }),
        with(ClassifierConfig::Cnn2d { dropout }),
    ]
}

fn is_learned(name: &str, learns: Learns) -> bool {
    let is_head = name.starts_with("classifier.output.");
    match learns {
        Learns::Head => is_head,
        Learns::Filters => is_head || name.starts_with("front_end."),
        // These are fixed numbers of the training data.
        Learns::Everything => !["scaling.mean", "scaling.deviation"].contains(&name),
    }
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Whether just what `is_learned` has moved on the way from one model to another.
fn assert_moved(before: &Weights, after: &Weights, what: &str, is_learned: impl Fn(&str) -> bool) {
    assert_eq!(before.len(), after.len());
    for (name, values) in before {
        let moved = bits(values) != bits(&after[name]);
        // What a gain does, the normalisations behind it nearly undo: its gradient may be too small for a 32-bit number to notice.
        if name == "front_end.gain" && is_learned(name) {
            continue;
        }
        assert_eq!(moved, is_learned(name), "{what}: {name}");
    }
}

fn file(config: &ModelConfig, seed: u64) -> Package {
    package::read(&package::write(config, &weights(config, seed), &Provenance::default()).unwrap()).unwrap()
}

fn labels(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn what_does_not_learn_stays_as_it_is_and_what_learns_moves() {
    let recordings = recordings();
    for config in every_classifier() {
        let start = weights(&config, 6);
        for learns in ALL {
            // Weights have an average, a step several batches, and gradients a limit.
            let recipe = Recipe { learns, learning_rate: 1e-2, accumulate: 2, clip_norm: Some(1.0), ..recipe() };
            let mut trainer = trainer(&recipe, &config, &FilterbankImages, &start);
            let read = steps(&mut trainer, &recordings, 6);
            let [filters, rest] = read.iter().rev().find_map(|reading| reading.norms).unwrap();
            assert_eq!((filters > 0.0, rest > 0.0), (learns.filters(), true), "{learns:?}: {read:?}");
            let what = format!("{}, {learns:?}", config.classifier.name());
            let is_learned = |name: &str| is_learned(name, learns);
            assert_moved(&start, &trainer.weights().unwrap(), &what, is_learned);
            let averaged = trainer.judged().unwrap();
            let is_fixed = |name: &&String| !is_learned(name);
            assert!(start.keys().filter(is_fixed).all(|name| averaged[name] == start[name]), "{what}");
        }
    }
}

/// The twin of a model that learns: whatever it was made for, the configuration says what its filters do.
#[test]
fn filters_that_the_configuration_keeps_stay_where_all_the_rest_learns() {
    let recordings = recordings();
    let (learnable, fixed) = (config(true), config(false));
    let start = weights(&learnable, 7);
    for learns in ALL {
        let model = SpectNet::with_weights(&learnable, &start, &Device::flex()).unwrap();
        let recipe = Recipe { learns, ..recipe() };
        let mut trainer = Trainer::new(&recipe, &fixed, &FilterbankImages, model, &recordings, &Device::flex(), 1);
        steps(&mut trainer, &recordings, 2);
        let is_learned = |name: &str| is_learned(name, learns) && !name.starts_with("front_end.");
        assert_moved(&start, &trainer.weights().unwrap(), &format!("{learns:?}"), is_learned);
    }
}

#[test]
fn what_does_not_learn_stays_so_after_a_step_that_is_undone() {
    let (config, recordings, images) = (config(true), recordings(), Broken::default());
    let start = weights(&config, 8);
    let recipe = Recipe { learns: Learns::Filters, ..recipe() };
    let mut trainer = trainer(&recipe, &config, &images, &start);
    for broken in [false, true, false, false] {
        images.0.set(broken);
        assert_eq!(steps(&mut trainer, &recordings, 1)[0].fault.is_some(), broken);
    }
    assert_moved(&start, &trainer.weights().unwrap(), "undone", |name| is_learned(name, Learns::Filters));
}

/// The body of the network computes as in use, so that only the sampler and the device's numbers decide what the head sees.
#[test]
fn a_run_of_the_head_goes_on_where_another_was() {
    let (config, recordings) = (config(true), recordings());
    let recipe = Recipe { learns: Learns::Head, ..recipe() };
    let mut first = trainer(&recipe, &config, &FilterbankImages, &weights(&config, 9));
    steps(&mut first, &recordings, 3);
    first.read().unwrap();
    let snapshot = first.snapshot().unwrap();
    let mut second = trainer(&recipe, &config, &FilterbankImages, &snapshot.weights);
    second.go_on(&snapshot).unwrap();
    assert_eq!(steps(&mut first, &recordings, 3), steps(&mut second, &recordings, 3));
    assert_eq!(first.weights().unwrap(), second.weights().unwrap());
}

/// Counts the windows that it is asked for.
#[derive(Default)]
struct Counted(Cell<usize>);

impl ImageSource for Counted {
    fn of(&self, config: &ModelConfig, bank: &Filterbank, windows: Vec<f32>) -> Tensor<4> {
        self.0.set(self.0.get() + windows.len() / config.windowing.samples);
        FilterbankImages.of(config, bank, windows)
    }

    fn are_of_filters(&self) -> bool {
        true
    }
}

#[test]
fn images_are_computed_once_where_no_filter_moves() {
    let (config, recordings) = (config(true), recordings());
    // Six recordings with fifteen places each.
    let places = 6 * 15;
    for learns in ALL {
        let images = Counted::default();
        let recipe = Recipe { learns, ..recipe() };
        let mut trainer = trainer(&recipe, &config, &images, &weights(&config, 10));
        steps(&mut trainer, &recordings, 30);
        assert_eq!(images.0.get() <= places, !learns.filters(), "{learns:?}: {}", images.0.get());
    }
}

#[test]
fn with_the_labels_of_the_file_a_model_says_what_it_said() {
    let device = Device::flex();
    for config in every_classifier() {
        let from = file(&config, 11);
        let windows: Vec<f32> = numbers(2 * config.windowing.samples, 12).iter().map(|sample| 0.1 * sample).collect();
        let said = |config: &ModelConfig, model: &SpectNet| {
            let image = FilterbankImages.of(config, &model.front_end, windows.clone());
            let logits = model.classifier.forward(model.scaled(config, image, None), None);
            logits.try_into_vec_as::<f32>().unwrap()
        };
        let own = SpectNet::with_weights(&config, &from.weights, &device).unwrap();
        for learns in ALL {
            let (same, model) = adapted(&from, &config.labels, learns, &device).unwrap();
            assert_eq!(same, config);
            assert_eq!(bits(&said(&same, &model)), bits(&said(&config, &own)), "{}", config.classifier.name());
        }
    }
}

#[test]
fn other_labels_get_a_last_layer_of_their_own_and_keep_the_rest() {
    let device = Device::flex();
    let names = labels(&["dog", "rain", "sea"]);
    for config in every_classifier().into_iter().filter(|config| !config.needs_cycles()) {
        let from = file(&ModelConfig { task: Task::Scene, ..config }, 13);
        let (config, model) = adapted(&from, &names, Learns::Everything, &device).unwrap();
        assert_eq!(config, ModelConfig { labels: names.clone(), ..from.config.clone() });
        let weights = model.weights().unwrap();
        for (name, shape) in config.tensors().unwrap() {
            assert_eq!(weights[&name].len(), shape.iter().product::<usize>(), "{name}");
            let is_new = name.starts_with("classifier.output.");
            assert_eq!(from.weights[&name] != weights[&name], is_new, "{name}");
        }
        assert_eq!(weights["classifier.output.bias"].len(), 3);
        // It is a model like any other.
        package::write(&config, &weights, &Provenance::default()).unwrap();
    }
}

#[test]
fn filters_become_learnable_where_they_shall_learn() {
    let labels = labels(&["normal", "abnormal"]);
    for (before, learns, after) in [
        (false, Learns::Head, false),
        (true, Learns::Head, true),
        (false, Learns::Filters, true),
        (false, Learns::Everything, true),
    ] {
        let found = adapted_config(&config(before), &labels, learns).unwrap();
        assert_eq!(found.front_end.learnable, after, "{before}, {learns:?}");
    }
}

#[test]
fn a_heart_model_learns_other_classes_as_one_for_scenes_unless_it_follows_heart_cycles() {
    let hearts = config(true);
    let adapt = |from: &ModelConfig, names: &[&str]| adapted_config(from, &labels(names), Learns::Everything);
    let refused = |from: &ModelConfig, names: &[&str]| adapt(from, names).unwrap_err().to_string();
    assert_eq!(adapt(&hearts, &["normal", "abnormal"]).unwrap(), hearts);
    let scenes = adapt(&hearts, &["dog", "rain", "sea"]).unwrap();
    assert_eq!((scenes.task, scenes.conditioning.spike_removal), (Task::Scene, false));
    assert!(!scenes.looks_for_a_heart() && scenes.positive().is_none());
    // What once was a model for hearts comes back to them as one for scenes.
    assert_eq!(adapt(&scenes, &["normal", "abnormal"]).unwrap().task, Task::Scene);
    assert!(refused(&hearts, &["abnormal", "normal"]).contains("stand in this order: normal, abnormal"));
    let states = ClassifierConfig::States { dropout: 0.1, parts: Parts::default() };
    let states = ModelConfig { classifier: states, ..hearts.clone() };
    let cycles = ModelConfig { segments: Segments::Cycles, ..hearts.clone() };
    for by_cycles in [states, cycles] {
        assert!(adapt(&by_cycles, &["normal", "abnormal"]).is_ok());
        assert!(refused(&by_cycles, &["dog", "rain"]).contains("follows heart cycles"));
    }
    assert!(refused(&scenes, &["dog"]).contains("1 classes"));
    assert!(refused(&scenes, &["dog", "dog"]).contains("listed twice"));
    assert!(refused(&scenes, &["dog", ""]).contains("is blank"));
}

#[test]
fn files_have_the_names_of_the_command_line() {
    let names: Vec<serde_json::Value> = ALL.iter().map(|learns| serde_json::to_value(learns).unwrap()).collect();
    assert_eq!(names, ["head", "filters", "everything"]);
    let usual = serde_json::to_value(recipe()).unwrap();
    assert!(usual.get("learns").is_none());
    let head = serde_json::to_value(Recipe { learns: Learns::Head, ..recipe() }).unwrap();
    assert_eq!(head["learns"], "head");
    assert_eq!(serde_json::from_value::<Recipe>(head).unwrap().learns, Learns::Head);
    assert_eq!(serde_json::from_value::<Recipe>(usual).unwrap().learns, Learns::Everything);
}
