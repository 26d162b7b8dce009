//! `spectnet export --to hub` and `card`, as processes: what they write, what others read in it, and what `export` refuses.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use spectnet_tests::args;
use spectnet_tests::command::{export, names, spectnet, untrained_model};
use spectnet_tests::models::shipped;
use spectnet_tests::python::Python;
use spectnet_tests::skip::skipped;

/// Prints the YAML at the top of a text as JSON.
const FRONT_MATTER: &str = "\
import json, sys, yaml
_, matter, text = open(sys.argv[1], encoding='utf-8').read().split('---\\n', 2)
print(json.dumps({'matter': yaml.safe_load(matter), 'text': text}))";
/// The files of a hub's folder.
const FILES: [&str; 4] = ["README.md", "SHA256SUMS", "config.json", "model.safetensors"];

#[test]
fn a_hubs_folder_has_what_a_hub_reads() {
    let folder = tempfile::tempdir().unwrap();
    let (hub, model) = (folder.path().join("hub"), shipped("heart"));
    let run = spectnet(export(&model, "hub", &hub, &["--license", "apache-2.0"])).done();
    assert!(run.stderr.is_empty(), "{run:?}");
    assert_eq!(names(&hub), FILES);
    assert_eq!(fs::read(hub.join("model.safetensors")).unwrap(), fs::read(&model).unwrap());
    let inspected = spectnet(args!["inspect", "--json", hub.join("model.safetensors")]).json();
    let config: Value = serde_json::from_slice(&fs::read(hub.join("config.json")).unwrap()).unwrap();
    assert_eq!(config["spectnet"], inspected["config"]);
    assert_eq!(config["model_type"], "spectnet");
    assert_eq!(config["id2label"], json!({ "0": "normal", "1": "abnormal" }));
    assert_eq!(config["label2id"], json!({ "normal": 0, "abnormal": 1 }));
    let card = fs::read_to_string(hub.join("README.md")).unwrap();
    assert!(
        card.contains("# Heart sounds (CinC 2016 and CirCor 2022)") && card.contains("must not be used for"),
        "{card}"
    );
    assert!(!card.contains("](../") && card.contains("docs/HEART.md"), "links that lead nowhere: {card}");

    let sums = Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(&hub).output();
    match sums {
        Ok(output) => assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).lines().count() == 3),
        Err(error) => skipped(&format!("checksums are not checked by sha256sum: {error}")),
    }

    let Some(python) = Python::with(&["yaml"], "the front matter of a model card") else { return };
    let output = python.lines(FRONT_MATTER).arg(hub.join("README.md")).output().expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let parsed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let matter = &parsed["matter"];
    assert_eq!(matter["license"], "apache-2.0");
    assert_eq!(
        (&matter["library_name"], &matter["pipeline_tag"]),
        (&json!("spectnet"), &json!("audio-classification"))
    );
    assert_eq!(matter["tags"], json!(["spectnet", "gammatone", "heart-sounds"]));
    let result = &matter["model-index"][0]["results"][0];
    assert_eq!((&result["dataset"]["name"], &result["task"]["type"]), (&json!("hearts"), &matter["pipeline_tag"]));
    let measured = inspected["provenance"]["metrics"]["held_out"]["recording"].clone();
    let shown: BTreeMap<&str, &Value> =
        result["metrics"].as_array().unwrap().iter().map(|one| (text(one, "type"), &one["value"])).collect();
    for (ours, theirs) in [("accuracy", "accuracy"), ("sensitivity", "recall"), ("specificity", "specificity")] {
        assert_eq!(*shown[theirs], measured[ours], "{theirs}");
    }
    assert!(text(&parsed, "text").trim_start().starts_with("# Heart sounds"));
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no text {key:?} in {value}"))
}

#[test]
fn a_card_is_written_from_what_the_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let card = spectnet(args!["card", shipped("heart")]).done().stdout;
    for part in [
        "# SpectNet-32: heart sounds",
        "## What it must not be used for",
        "not been validated clinically",
        "2365 recordings trained on, 679 chose the threshold, 1041 held out",
        "| n | accuracy | MAcc | sensitivity | specificity | precision | F1 |\n|---|---|---|---|---|---|---|\n| 922 | 86.2 % |",
        "area under the ROC",
        "| parameters | 4450 |",
        "| classifier | states, systole in 6 and diastole in 9 parts, phases that begin 90 ms before the states, one linear layer |",
        "| 31 | ",
    ] {
        assert!(card.contains(part), "{part}: {card}");
    }
    // A model of which nothing is known, without a card beside it.
    let model = untrained_model(folder.path());
    let card = spectnet(args!["card", &model]).done().stdout;
    assert!(card.contains("random weights") && card.contains("The file has no figures"), "{card}");
    let hub = folder.path().join("hub");
    let run = spectnet(export(&model, "hub", &hub, &[])).done();
    assert!(run.stderr.contains("names no licence"), "{run:?}");
    let readme = fs::read_to_string(hub.join("README.md")).unwrap();
    assert!(readme.starts_with("---\nlibrary_name: spectnet\n") && readme.ends_with(&card), "{readme}");
    // A card that someone wrote, with front matter of its own.
    let mine = folder.path().join("mine.md");
    fs::write(&mine, "---\nlicense: mit\n---\n\n# Mine\n").unwrap();
    let run = spectnet(export(&model, "hub", &hub, &["--force", "--card", mine.to_str().unwrap()])).done();
    assert!(run.stderr.is_empty(), "{run:?}");
    assert_eq!(fs::read_to_string(hub.join("README.md")).unwrap(), "---\nlicense: mit\n---\n\n# Mine\n");
}

#[test]
fn what_cannot_be_exported_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let model = untrained_model(folder.path());
    let [onnx, hub, other] = ["model.onnx", "hub", "other.safetensors"].map(file);
    fs::write(&other, b"not a model").unwrap();
    for target in ["onnx", "hub"] {
        assert!(spectnet(export(&other, target, &onnx, &[])).refusal().contains("not a safetensors file"));
        assert!(spectnet(export(&file("none.safetensors"), target, &onnx, &[])).refusal().contains("none.safetensors"));
    }
    assert!(spectnet(args!["card", &other]).refusal().contains("other.safetensors"));
    spectnet(export(&model, "tflite", &onnx, &[])).bad_usage();
    spectnet(export(&model, "onnx", &onnx, &["--license", "mit"])).bad_usage();
    spectnet(export(&model, "hub", &hub, &["--license", "my own: all"])).bad_usage();
    spectnet(args!["completions", "cmd.exe"]).bad_usage();
    assert!(!onnx.exists() && !hub.exists());

    // What is there already stays, unless it is to be replaced.
    fs::write(&onnx, b"mine").unwrap();
    assert!(spectnet(export(&model, "onnx", &onnx, &[])).refusal().contains("--force"));
    fs::create_dir(&hub).unwrap();
    fs::write(hub.join("README.md"), b"mine").unwrap();
    assert!(spectnet(export(&model, "hub", &hub, &[])).refusal().contains("README.md: there is something already"));
    assert_eq!((fs::read(&onnx).unwrap(), names(&hub)), (b"mine".to_vec(), vec!["README.md".to_string()]));
    for (target, out) in [("onnx", &onnx), ("hub", &hub)] {
        spectnet(export(&model, target, out, &["--force"])).done();
    }
    assert!(fs::metadata(&onnx).unwrap().len() > 1000);
    assert_eq!(names(&hub), FILES);
    // A file where the folder should be.
    assert!(spectnet(export(&model, "hub", &onnx, &[])).refusal().contains("model.onnx"));
}

/// The limit on the size of files stands for a disk that is full.
#[cfg(unix)]
#[test]
fn on_a_full_disk_nothing_half_written_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let model = shipped("environment");
    for (target, name) in [("onnx", "model.onnx"), ("hub", "model.safetensors")] {
        let place = folder.path().join(target);
        fs::create_dir(&place).unwrap();
        let out = if target == "onnx" { place.join(name) } else { place.clone() };
        let line = "trap '' XFSZ; ulimit -f 64; exec \"$@\"";
        let mut command = Command::new("sh");
        command.args(["-c", line, "sh"]).arg(spectnet_tests::spectnet::program()).args(export(
            &model,
            target,
            &out,
            &[],
        ));
        let run = spectnet_tests::command::Run::from(command.output().expect("sh starts"));
        assert!(run.refusal().contains(name) && run.refusal().contains("cannot write the file"), "{run:?}");
        assert!(names(&place).is_empty(), "{:?}", names(&place));
    }
}
