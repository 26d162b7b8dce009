//! Runs that start from a model file: fine-tuned on the same classes, or taught others.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use serde_json::json;
use spectnet_core::package::{self, Package};
use spectnet_tests::args;
use spectnet_tests::command::{Run, command, names, spectnet};
use spectnet_tests::recordings::scenes;

/// A model of four kinds of synthesised scenes, or of hearts, that was trained long ago.
fn start(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/format-1").join(name)
}

const SCENES: &str = "scene-pooled.safetensors";

/// The same kinds as three classes of other names.
fn relabelled(folder: &Path) -> PathBuf {
    let data = scenes(folder, "40", "2");
    let manifest = data.join("manifest.csv");
    let mut text = fs::read_to_string(&manifest).unwrap();
    for (kind, class) in [("beach", "water"), ("cafe", "indoors"), ("park", "outdoors"), ("street", "outdoors")] {
        assert!(text.contains(&format!(",{kind},")), "{text}");
        text = text.replace(&format!(",{kind},"), &format!(",{class},"));
    }
    fs::write(manifest, text).unwrap();
    data
}

fn train(from: &Path, data: &Path, out: &Path, more: &[&str]) -> Vec<OsString> {
    let train = args!["train", "--from", from, "--data", data, "--out", out, "--device", "cpu", "--batch", "8"];
    train.into_iter().chain(more.iter().map(OsString::from)).collect()
}

fn read(path: &Path) -> Package {
    package::read(&fs::read(path).unwrap()).unwrap()
}

/// The tensors that are not the same, bit for bit.
fn moved<'a>(before: &'a Package, after: &Package) -> Vec<&'a str> {
    let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<u32>>();
    let is_other = |(name, values): &(&String, &Vec<f32>)| bits(values) != bits(&after.weights[*name]);
    before.weights.iter().filter(is_other).map(|(name, _)| name.as_str()).collect()
}

#[test]
fn a_model_learns_classes_that_it_did_not_know() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (relabelled(folder.path()), folder.path().join("run"));
    let run = spectnet(train(&start(SCENES), &data, &out, &["--epochs", "2", "--fold", "0"])).done();
    let said = "started from scene-pooled.safetensors (SHA-256 ";
    assert!(run.stderr.contains(said) && run.stderr.contains("with a new last layer, all of it learns"), "{run:?}");

    let (before, after) = (read(&start(SCENES)), read(&out.join("best.safetensors")));
    assert_eq!(after.config.labels, ["indoors", "outdoors", "water"]);
    let with_labels = |labels: &[String]| {
        let mut config = after.config.clone();
        config.labels = labels.to_vec();
        config
    };
    assert_eq!(with_labels(&before.config.labels), before.config);
    assert!(after.provenance.protocol.contains(said), "{}", after.provenance.protocol);
    // It was made with the recordings of both.
    let (own, older) = (after.recordings.unwrap(), before.recordings.unwrap());
    assert!(own.trained.is_superset(&older.trained) && own.trained.len() > older.trained.len());

    let model = out.join("best.safetensors");
    let evaluated = args!["eval", "--model", &model, "--data", &data, "--fold", "0", "--device", "cpu", "--json"];
    let evaluated = spectnet(evaluated).json();
    assert_eq!(evaluated["labels"], json!(["indoors", "outdoors", "water"]));
    let inspected = spectnet(args!["inspect", &model, "--json"]).json();
    assert_eq!(inspected["config"]["labels"], evaluated["labels"]);
    let predict = args!["predict", "--model", &model, "--device", "cpu", "--json", data.join("scene-00000.wav")];
    let predicted = spectnet(predict).json();
    assert_eq!(predicted[0]["probabilities"].as_object().unwrap().len(), 3, "{predicted}");

    // What was trained on before looks better than it is, and that is said.
    let again = folder.path().join("again");
    let run = spectnet(train(&model, &data, &again, &["--epochs", "1", "--fold", "1"])).done();
    assert!(run.stderr.contains("recordings the model was trained on"), "{run:?}");
    assert!(!run.stderr.contains("with a new last layer"), "{run:?}");
    let protocol = read(&again.join("best.safetensors")).provenance.protocol;
    assert!(protocol.contains("which was made with") && protocol.contains("of the held-out recordings"), "{protocol}");
}

#[test]
fn what_does_not_learn_is_the_same_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = scenes(folder.path(), "40", "2");
    let before = read(&start(SCENES));
    let head = ["classifier.output.bias", "classifier.output.weight"];
    let filters = ["front_end.bandwidth", "front_end.centre_frequency", "front_end.gain"];
    for (learns, expected) in [("head", head.to_vec()), ("filters", [&head[..], &filters].concat())] {
        let out = folder.path().join(learns);
        let run = spectnet(train(&start(SCENES), &data, &out, &["--epochs", "2", "--learns", learns])).done();
        let after = read(&out.join("last.safetensors"));
        assert_eq!(after.config, before.config);
        assert_eq!(moved(&before, &after), expected, "{learns}");
        // The table of the filters begins with those of the file.
        let table = fs::read_to_string(out.join("filters.csv")).unwrap();
        let first: f64 = table.lines().nth(1).unwrap().split(',').nth(2).unwrap().parse().unwrap();
        assert_eq!(first, before.filters[0].centre_hz);
        assert_eq!(run.stderr.contains("filters moved up to 0.0 Hz"), learns == "head", "{run:?}");
    }
    let out = folder.path().join("static");
    spectnet(train(&start(SCENES), &data, &out, &["--epochs", "1", "--static"])).done();
    let moved = moved(&before, &read(&out.join("last.safetensors"))).len();
    assert_eq!(moved, before.weights.len() - filters.len() - ["scaling.mean", "scaling.deviation"].len());
}

#[test]
fn a_killed_run_goes_on_from_the_same_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = relabelled(folder.path());
    let [whole, killed, again] = ["whole", "killed", "again"].map(|name| folder.path().join(name));
    let small = ["--epochs", "6", "--learns", "filters", "--checkpoint-minutes", "1e-9"];
    let resume = [&small[..], &["--resume"]].concat();
    spectnet(train(&start(SCENES), &data, &whole, &small)).done();
    let begun = train(&start(SCENES), &data, &killed, &small);
    let mut child = command().args(begun).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let is_saved = || {
        let checkpoints = killed.join("checkpoints");
        checkpoints.is_dir() && names(&checkpoints).iter().any(|name| name.starts_with("epoch-"))
    };
    while !is_saved() && child.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_millis(1));
    }
    // It may have ended by itself.
    let _ = child.kill();
    child.wait().unwrap();

    let on = |from: &Path, more: &[&str]| -> Run { spectnet(train(from, &data, &killed, more)) };
    // The lock that the killed process has left is a line of its own.
    let refused = |run: Run, why: &str| assert!(run.status == Some(1) && run.stderr.contains(why), "{why}: {run:?}");
    refused(on(&whole.join("best.safetensors"), &resume), "something else: --from was SHA-256 ");
    let head = ["--epochs", "6", "--learns", "head", "--checkpoint-minutes", "1e-9", "--resume"];
    refused(on(&start(SCENES), &head), "--learns was filters and is head now");
    on(&start(SCENES), &resume).done();
    for file in ["best.safetensors", "last.safetensors", "filters.csv", "metrics.csv", "config.toml"] {
        assert!(fs::read(whole.join(file)).unwrap() == fs::read(killed.join(file)).unwrap(), "{file} differs");
    }
    // From the settings that it has left, it is done again.
    spectnet(args!["train", "--config", whole.join("config.toml"), "--out", &again]).done();
    for file in ["best.safetensors", "last.safetensors", "config.toml"] {
        assert!(fs::read(whole.join(file)).unwrap() == fs::read(again.join(file)).unwrap(), "{file} differs");
    }
}

#[test]
fn what_the_file_says_otherwise_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (scenes(folder.path(), "8", "2"), folder.path().join("run"));
    let nowhere = folder.path().join("nowhere");
    for flag in [["--filters", "8"], ["--classifier", "residual"], ["--frontend", "paper"], ["--taps", "81"]] {
        let run = spectnet(train(&start(SCENES), &nowhere, &out, &flag));
        run.bad_usage();
        assert!(run.stderr.contains(&format!("{} does not go with --from", flag[0])), "{run:?}");
    }
    for (file, task, why) in [
        (SCENES, "heart", "is a model for scenes"),
        ("heart-states.safetensors", "scene", "follows heart cycles, which other sounds do not have"),
    ] {
        let run = spectnet(train(&start(file), &nowhere, &out, &["--task", task]));
        run.bad_usage();
        assert!(run.stderr.contains(why), "{run:?}");
    }
    spectnet(args!["train", "--task", "scene", "--data", &nowhere, "--learns", "head"]).bad_usage();
    // A heart model knows normal and abnormal.
    let run = spectnet(train(&start("heart-states.safetensors"), &data, &out, &[]));
    assert!(run.refusal().contains("is not one of this task's labels: normal, abnormal"), "{run:?}");
    // Something else than a model.
    let run = spectnet(train(&data.join("manifest.csv"), &data, &out, &[]));
    assert!(run.refusal().contains("manifest.csv"), "{run:?}");
}
