//! `--protocol paper`: the published procedure for heart sounds, with and without its faults, on synthesised recordings.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use spectnet_core::audio::{Recording, write_wav};
use spectnet_tests::args;
use spectnet_tests::command::{Run, spectnet};

/// A data set, and a list of a quarter of its recordings beside one that is not there.
fn hearts(folder: &Path) -> (PathBuf, PathBuf) {
    let (data, list) = (folder.join("hearts"), folder.join("validation.txt"));
    spectnet(args!["synth", "--task", "heart", "--out", &data, "--count", "24", "--seconds", "8"]).done();
    let manifest = fs::read_to_string(data.join("manifest.csv")).unwrap();
    let stem =
        |row: &str| Path::new(row.split(',').next().unwrap()).file_stem().unwrap().to_string_lossy().into_owned();
    let mut names: Vec<String> = manifest.lines().skip(1).step_by(4).map(stem).collect();
    assert_eq!(names.len(), 6);
    names.push("a9999".into());
    fs::write(&list, names.join("\n")).unwrap();
    (data, list)
}

fn train(data: &Path, list: &Path, out: &Path, more: &[&str]) -> Run {
    let published = args!["train", "--task", "heart", "--data", data, "--protocol", "paper", "--validation-list", list];
    let small =
        args!["--filters", "4", "--blocks", "2", "--epochs", "2", "--batch", "8", "--device", "cpu", "--out", out];
    spectnet(published.into_iter().chain(small).chain(more.iter().map(OsString::from)))
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn provenance(out: &Path) -> Value {
    read(&out.join("report.json"))["provenance"].clone()
}

#[test]
fn the_listed_recordings_are_only_reported_on_and_faults_are_asked_for_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (data, list) = hearts(folder.path());
    let [clean, faulty] = ["clean", "faulty"].map(|name| folder.path().join(name));
    train(&data, &list, &clean, &["--accumulate", "2"]).done();
    let clean = provenance(&clean);
    let protocol = clean["protocol"].as_str().unwrap();
    assert!(protocol.starts_with("published: 6 recordings of the validation list held out, of 7 on it"), "{protocol}");
    assert!(protocol.contains("epoch chosen on one in 5 of the other recordings"), "{protocol}");
    assert_eq!(clean["metrics"]["held_out"]["recording"]["n"], 6);
    assert_ne!(clean["metrics"]["validation"], clean["metrics"]["held_out"]);
    let recipe = read(&folder.path().join("clean/run.json"))["settings"]["recipe"].clone();
    for (name, expected) in [
        ("optimiser", json!("sgd")),
        ("accumulation", json!("sum")),
        ("accumulate", json!(2)),
        ("draw", json!("windows")),
        ("epoch_windows", json!("largest-group")),
        ("learning_rate", json!(0.005)),
        ("front_end_learning_rate", json!(0.1)),
        ("schedule", json!("constant")),
        ("warm_up", json!(0)),
        ("augment", json!([])),
    ] {
        assert_eq!(recipe[name], expected, "{name}: {recipe}");
    }
    let settings = fs::read_to_string(folder.path().join("clean/config.toml")).unwrap();
    for line in ["optimiser = \"sgd\"", "accumulation = \"sum\"", "level = \"as-recorded\"", "draw = \"windows\""] {
        assert!(settings.lines().any(|said| said == line), "{line}: {settings}");
    }
    // The rates stay as they are.
    let log = fs::read_to_string(folder.path().join("clean/log.jsonl")).unwrap();
    let steps = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let steps: Vec<Value> = steps.filter(|line| line["event"] == "steps").collect();
    let rates = |line: &Value| (line["learning_rate"].as_f64(), line["front_end_learning_rate"].as_f64());
    assert!(!steps.is_empty() && steps.iter().all(|line| rates(line) == (Some(0.005), Some(0.1))), "{log}");

    // It was trained on cycles, and sees them again; what has no rhythm is seen in windows, and says so.
    let noise = folder.path().join("noise.wav");
    let mut state = 1u32;
    let samples = (0..20_000).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    });
    fs::write(&noise, write_wav(&Recording::new(samples.collect(), 2000).unwrap()).unwrap()).unwrap();
    let model = folder.path().join("clean/best.safetensors");
    let heart = data.join("heart-00001.wav");
    let json = spectnet(args!["predict", "--json", "--device", "cpu", "--model", &model, &heart, &noise]).json();
    let windows = |file: usize| json[file]["windows"].as_array().unwrap();
    assert!(windows(0).len() > 4 && windows(0).iter().all(|window| window["cycle"] == true), "{}", json[0]);
    let rate = json[0]["rhythm"]["heart_rate_bpm"].as_f64().unwrap();
    let length = |window: &Value| window["end_s"].as_f64().unwrap() - window["start_s"].as_f64().unwrap();
    let inner = &windows(0)[..windows(0).len() - 1];
    assert!(inner.iter().all(|window| (0.5..2.0).contains(&(length(window) * rate / 60.0))), "{rate}: {}", json[0]);
    assert!(windows(1).iter().all(|window| window.get("cycle").is_none() && length(window) == 2.5), "{}", json[1]);
    assert_eq!((&json[0]["rhythm"]["plausible"], &json[1]["rhythm"]["plausible"]), (&true.into(), &false.into()));
    let table = spectnet(args!["predict", "--device", "cpu", "--model", &model, &heart, &noise]).done().stdout;
    assert!(table.contains(&format!("{rate:.0} bpm")) && table.contains("no rhythm"), "{table}");

    train(&data, &list, &faulty, &["--faults", "double-softmax,dropout-at-eval,silent-last-cycle,select-on-reported"])
        .done();
    let faulty = provenance(&faulty);
    let protocol = faulty["protocol"].as_str().unwrap();
    assert!(protocol.contains("the epoch chosen on the very recordings reported on"), "{protocol}");
    assert!(
        protocol.ends_with("faults double-softmax, dropout-at-eval, silent-last-cycle, select-on-reported"),
        "{protocol}"
    );
    // The recordings that chose the epoch are those that are reported on.
    let [chose, reported] = ["validation", "held_out"].map(|part| faulty["metrics"][part].clone());
    assert_eq!((&chose["recording"]["n"], &reported["recording"]["n"]), (&6.into(), &6.into()));
}

#[test]
fn a_list_that_does_not_fit_the_data_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (data, list) = hearts(folder.path());
    let out = folder.path().join("run");
    fs::write(&list, "a9998\na9999\n").unwrap();
    assert!(train(&data, &list, &out, &[]).refusal().contains("none of the 2 recordings"));
    fs::write(&list, "\n").unwrap();
    assert!(train(&data, &list, &out, &[]).refusal().contains("no names of recordings"));
    train(&data, &list, &out, &["--fold", "1"]).bad_usage();
    let grouped = args!["train", "--task", "heart", "--data", &data, "--faults", "double-softmax"];
    spectnet(grouped).bad_usage();
}

/// The published table is one of its own list of recordings, judged by majority, its faults on where they are asked for.
#[test]
fn the_published_table_is_made_again_on_its_list() {
    let folder = tempfile::tempdir().unwrap();
    let ((data, list), out) = (hearts(folder.path()), folder.path().join("table"));
    let rows = "cnn-1d-2,cnn-2d-3,static-4,learnable-4";
    let table = args!["reproduce", "heart", "--data", &data, "--out", &out, "--rows", rows, "--protocol", "paper"];
    let how = args!["--validation-list", &list, "--faults", "dropout-at-eval,select-on-reported"];
    let small = args!["--seeds", "1", "--epochs", "1", "--batch", "8", "--blocks", "2", "--device", "cpu"];
    let done = spectnet(table.into_iter().chain(how).chain(args!["--accumulate", "2"]).chain(small)).done();
    let results = read(&out.join("results.json"));
    for row in results["rows"].as_array().unwrap() {
        assert_eq!(row["recording"]["n"], 6, "{row}");
        assert!(row["segment"]["n"].as_u64().unwrap() > 6);
        let settings = &results["settings"][row["row"].as_str().unwrap()];
        assert_eq!(settings["config"]["voting"], "majority");
        assert!(settings["config"]["conditioning"]["target_rms"].is_null(), "{settings}");
        assert_eq!(settings["recipe"]["optimiser"], "sgd");
        assert_eq!(settings["recipe"]["accumulate"], 2);
    }
    let protocol = results["protocol"].as_str().unwrap();
    assert!(protocol.contains("6 recordings of the validation list held out, of 7 on it"), "{protocol}");
    assert!(protocol.contains("with the published faults dropout-at-eval, select-on-reported"), "{protocol}");
    for expected in ["learnable-4 against static-4", "learnable-4 against cnn-1d-2", "cnn-2d-3"] {
        assert!(done.stdout.contains(expected), "{expected}: {}", done.stdout);
    }
}
