//! The logits of every classifier, by the modules and by the engine; and of whole models, from the window on.

use burn::tensor::{Device, Tensor, TensorData};
use serde_json::{Value, from_value};
use spectnet_core::Error;
use spectnet_core::audio::Window;
use spectnet_core::heart::{Confidence, Segmentation, State, StateInterval, Timeline};
use spectnet_core::model::ClassifierConfig;
use spectnet_core::network::cpu::engine::{CpuEngine, Network};

use super::models::Model;
use super::values::{Golden, LOGIT_TOLERANCE, assert_near, largest, values};

/// The models of the file whose names begin so, or do not.
fn models(golden: &Golden, whole: bool) -> Vec<Model> {
    let is_model = |key: &String| golden.has(&format!("{key}.logits"));
    let names = golden.keys().into_iter().filter(is_model).filter(|key| key.starts_with("model-") == whole);
    names.map(|name| Model::new(golden, &name)).collect()
}

/// The engine of a model; none for the two networks that are there to be compared with.
fn engine(model: &Model) -> Option<CpuEngine> {
    let compared = matches!(model.config.classifier, ClassifierConfig::Cnn1d { .. } | ClassifierConfig::Cnn2d { .. });
    match Network::new(&model.config, &model.weights) {
        Ok(network) => Some(CpuEngine::new(network).expect("an engine")),
        Err(Error::Unsupported(_)) if compared => None,
        Err(error) => panic!("{}: {error}", model.name),
    }
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

fn assert_logits(model: &Model, golden: &Golden, of: &str, logits: &[f32]) {
    let expected = golden.get(&model.of("logits"));
    let tolerance = LOGIT_TOLERANCE * largest(&expected).max(1.0);
    assert_near(&format!("{}, {of}", model.name), logits, &expected, tolerance);
}

#[test]
fn logits_of_every_classifier_are_the_reference() {
    let golden = Golden::open("classifiers");
    let models = models(&golden, false);
    // Four of the paper's network on the paper's images.
    assert_eq!(models.len(), 4 + 11, "every classifier in every size");
    for model in models {
        let [frames, filters] = [model.config.frames(), model.config.front_end.filters];
        // Three of five signals where the images are those of another file.
        let (images, batch) = match model.about.get("images").and_then(Value::as_str) {
            Some(file) => (Golden::open(file).floats("image")[..3 * frames * filters].to_vec(), 3),
            None => (golden.floats(&model.of("image")), 2),
        };
        let phases = model.phases(&golden);
        let module = model.on(&Device::flex());
        let image = tensor(images.clone(), [batch, 1, frames, filters]);
        let weights = phases.clone().map(|(weights, shape)| tensor(weights, shape));
        assert_logits(&model, &golden, "module", &values(module.classifier.forward(image, weights)));
        if let Some(engine) = engine(&model) {
            let weights = phases.as_ref().map(|(weights, _)| weights.as_slice());
            assert_logits(&model, &golden, "engine", &engine.logits(&images, weights, None).unwrap());
        }
    }
}

#[test]
fn features_of_the_papers_network_are_as_many_as_published() {
    let golden = Golden::open("classifiers");
    let model = Model::new(&golden, "paper-16-2");
    let network = model.on(&Device::flex()).classifier;
    assert_eq!(network.features(Tensor::zeros([1, 1, 240, 16], &Device::flex()), None).dims(), [1, 7680]);
}

#[test]
fn logits_of_whole_models_are_the_reference() {
    let golden = Golden::open("classifiers");
    let models = models(&golden, true);
    assert!(models.len() >= 3, "there are models");
    for model in models {
        let (samples, frames) = (model.config.windowing.samples, model.config.frames());
        let x = golden.floats(&model.of("x"));
        let batch = x.len() / samples;
        let sounding: Vec<usize> = from_value(model.about["sounding"].clone()).expect("numbers of frames");
        let sounds = |&count: &usize| (0..frames).map(move |frame| f32::from(u8::from(frame < count)));
        let mask = tensor(sounding.iter().flat_map(sounds).collect(), [batch, 1, frames, 1]);
        let phases = model.phases(&golden);

        let module = model.on(&Device::flex());
        let windows = tensor(x.clone(), [batch, samples]);
        let image = match module.classifier.sees_filter_outputs() {
            true => module.front_end.outputs(windows),
            false => module.front_end.forward(windows),
        };
        let seen = module.scaled(&model.config, image, Some(mask));
        let weights = phases.clone().map(|(weights, shape)| tensor(weights, shape));
        assert_logits(&model, &golden, "module", &values(module.classifier.forward(seen, weights)));
        if let Some(engine) = engine(&model) {
            let images = engine.images(&x, samples).unwrap();
            let weights = phases.as_ref().map(|(weights, _)| weights.as_slice());
            assert_logits(&model, &golden, "engine", &engine.logits(&images, weights, Some(&sounding)).unwrap());
        }
    }
}

#[test]
fn phases_of_frames_are_the_reference() {
    let golden = Golden::open("classifiers");
    let states: Vec<(usize, usize, usize)> = from_value(golden.about("cycle")["states"].clone()).expect("states");
    let seconds = |samples: usize| samples as f64 / 1000.0;
    let interval = |&(start, end, state): &(usize, usize, usize)| StateInterval {
        start_s: seconds(start),
        end_s: seconds(end),
        state: State::ALL[state],
        probability: 1.0,
    };
    let found = Segmentation {
        heart_rate_bpm: 94.0,
        alternative_bpm: None,
        systolic_interval_s: 0.27,
        confidence: Confidence { heart_rate: 1.0, systolic_interval: 1.0, states: 1.0 },
        plausible: true,
        quality: None,
        states: states.iter().map(interval).collect(),
    };
    let timeline = Timeline::new(Some(&found));
    let start = golden.about("cycle")["start"].as_u64().expect("a sample") as usize;
    for (name, padded) in [("states", 20), ("states-in-parts", 20)] {
        let model = Model::new(&golden, name);
        let (frames, samples) = (model.config.frames(), model.config.windowing.samples);
        let parts = model.config.classifier.parts().expect("it asks for the states");
        let window = Window { start, end: start + samples };
        let of = |sounding| timeline.weights(&window, model.config.front_end.framing, [frames, sounding], parts);
        let weights = [of(frames), of(frames - padded)].concat();
        assert_near(name, &weights, &golden.get(&model.of("phases")), 1e-6);
    }
}
