//! Runs that start from a model file.

use burn::tensor::Device;
use spectnet_core::heart::Parts;
use spectnet_core::learning::Learns;
use spectnet_core::model::ModelConfig;
use spectnet_core::network::burn::SpectNet;
use spectnet_core::package::{self, Provenance};

use super::*;
use crate::train_args::start::OF_THE_MODEL;

/// What can be said beside `--from`.
const BESIDE: [&str; 39] = [
    "task",
    "data",
    "from",
    "learns",
    "circor-labels",
    "people",
    "skip-unreadable",
    "cache",
    "static",
    "augment",
    "augment-strength",
    "protocol",
    "select",
    "fold",
    "hold-out",
    "validation-list",
    "device",
    "seed",
    "epochs",
    "minutes",
    "epoch-windows",
    "draw",
    "batch",
    "accumulate",
    "accumulation",
    "optimiser",
    "learning-rate",
    "front-end-learning-rate",
    "warm-up",
    "schedule",
    "ema",
    "early-stopping",
    "precision",
    "clip-norm",
    "worst-subset",
    "out",
    "checkpoint-minutes",
    "tensorboard",
    "resume",
];

/// A file with a model that nobody trained.
fn model(config: &ModelConfig) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("start.safetensors");
    let weights = SpectNet::new(config, &Device::flex()).unwrap().weights().unwrap();
    std::fs::write(&path, package::write(config, &weights, &Provenance::default()).unwrap()).unwrap();
    (folder, path.to_string_lossy().into_owned())
}

fn hearts(classifier: ClassifierConfig) -> ModelConfig {
    ModelConfig { classifier, ..Task::Heart.model(["normal", "abnormal"].map(String::from).to_vec(), 4, 2) }
}

fn scenes() -> ModelConfig {
    Task::Scene.model(["dog", "rain", "sea"].map(String::from).to_vec(), 9, 2)
}

fn usage(arguments: &[&str]) -> String {
    match train(arguments) {
        Err(Error::Usage(message)) => message,
        other => panic!("{arguments:?}: {other:?}"),
    }
}

#[test]
fn every_flag_says_what_a_model_is_or_can_stand_beside_one() {
    for names in file::spellings::<Nothing>() {
        let of_the_model = names.iter().any(|name| OF_THE_MODEL.iter().any(|(known, _)| known == name));
        let beside = names.iter().any(|name| BESIDE.contains(&name.as_str())) && !of_the_model;
        assert!(of_the_model || beside, "{names:?}");
    }
}

#[test]
fn what_contradicts_the_file_is_refused_by_name_before_it_is_opened() {
    let from = ["--from", "nowhere.safetensors", "--data", "nowhere"];
    for (more, expected) in [
        (&["--filters", "16"][..], "--filters does not go with --from"),
        (&["--classifier", "pooled"], "--classifier does not go with --from"),
        (&["--frontend", "paper"], "--frontend does not go with --from"),
        (&["--taps", "81"], "--taps does not go with --from"),
        (&["--hop", "10"], "--hop-ms does not go with --from"),
        (&["--dropout", "0.1"], "--dropout does not go with --from"),
        (&["--level", "scaled"], "--level does not go with --from"),
        (&["--phase=false"], "--phase does not go with --from"),
        (&["--protocol", "paper"], "--protocol paper trains from nothing"),
        (&["--static", "--learns", "filters"], "--static keeps the filters as they are"),
    ] {
        let refused = usage(&[&from[..], more].concat());
        assert!(refused.contains(expected), "{more:?}: {refused}");
    }
    let (_folder, path) = config("seed = 1\nfilters = 16\n");
    let refused = usage(&[&from[..], &["--config", &path]].concat());
    assert!(refused.contains("train.toml, line 2: --filters does not go with --from"), "{refused}");
    let refused = usage(&["--task", "heart", "--data", "nowhere", "--learns", "head"]);
    assert!(refused.contains("--learns belongs to --from"), "{refused}");
    let absent = train(&from).unwrap_err();
    assert!(matches!(&absent, Error::Io { place, .. } if place == "nowhere.safetensors"), "{absent}");
}

#[test]
fn the_file_says_what_the_model_is() {
    for config in [scenes(), hearts(ClassifierConfig::Cnn2d { dropout: 0.25 })] {
        let (_folder, path) = model(&config);
        let from = ["--from", &path, "--data", "x"];
        let args = train(&from).unwrap();
        assert_eq!(
            (args.task, args.classifier, args.recipe.learns),
            (config.task, config.classifier, Learns::Everything)
        );
        assert_eq!(args.model_config(config.labels.clone()).unwrap(), config);
        assert_eq!(args.out, Path::new("runs").join(config.task.name()));
        let fixed = train(&[&from[..], &["--static"]].concat()).unwrap();
        assert!(!fixed.model_config(config.labels.clone()).unwrap().front_end.learnable);
        let shown = args.start.unwrap().to_string();
        assert!(shown.starts_with("start.safetensors (SHA-256 ") && shown.ends_with("…)"), "{shown}");
    }
}

#[test]
fn rates_are_smaller_where_there_is_something_to_lose() {
    let (_folder, path) = model(&scenes());
    let from = ["--from", &path, "--data", "x"];
    let rates = |more: &[&str]| {
        let recipe = train(&[&from[..], more].concat()).unwrap().recipe;
        [recipe.learning_rate, recipe.front_end_learning_rate]
    };
    assert_eq!(rates(&[]), [3e-4, 3e-3]);
    assert_eq!(rates(&["--learns", "filters"]), [1e-3, 3e-3]);
    assert_eq!(rates(&["--learns", "head"]), [1e-3, 3e-3]);
    assert_eq!(rates(&["--learning-rate", "0.5", "--front-end-learning-rate", "0.25"]), [0.5, 0.25]);
}

#[test]
fn a_heart_model_can_be_taught_other_classes_where_it_does_not_follow_heart_cycles() {
    let labels = ["dog", "rain"].map(String::from).to_vec();
    let (_folder, path) = model(&hearts(ClassifierConfig::Pooled { blocks: 1, dropout: 0.0 }));
    assert_eq!(train(&["--from", &path, "--data", "x", "--task", "heart"]).unwrap().task, Task::Heart);
    let args = train(&["--from", &path, "--data", "x", "--task", "scene"]).unwrap();
    assert_eq!(args.model_config(labels).unwrap().task, Task::Scene);
    let (_folder, path) = model(&hearts(ClassifierConfig::States { dropout: 0.1, parts: Parts::default() }));
    let refused = usage(&["--from", &path, "--data", "x", "--task", "scene"]);
    assert!(refused.contains("--task scene: ") && refused.contains("follows heart cycles"), "{refused}");
    let (_folder, path) = model(&scenes());
    let refused = usage(&["--from", &path, "--data", "x", "--task", "heart"]);
    assert!(refused.contains("--task heart: ") && refused.contains("is a model for scenes"), "{refused}");
}

#[test]
fn all_settings_as_a_file_start_from_the_same_model() {
    let (_folder, path) = model(&scenes());
    for more in [&[][..], &["--learns", "head", "--ema", "0.9"], &["--static", "--task", "scene", "--epochs", "3"]] {
        let said = flags(&[&["--from", &path, "--data", "x", "--out", "there"], more].concat());
        let text = said.complete().unwrap().as_file(&Nothing {}).unwrap();
        assert!(text.contains("from = ") && text.contains("learns = ") && !text.contains("filters ="), "{text}");
        let (_folder, file) = config(&text);
        assert_eq!(train(&["--config", &file, "--out", "there"]).unwrap(), said.resolve().unwrap(), "{more:?}");
        let twice = flags(&["--config", &file]).over_file().unwrap().complete().unwrap();
        assert_eq!(twice.as_file(&Nothing {}).unwrap(), text, "{more:?}");
    }
}
