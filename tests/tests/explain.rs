//! `spectnet explain` from the command line: the numbers go together and belong to what `spectnet predict` says.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use spectnet_core::heart::Parts;
use spectnet_core::model::{ClassifierConfig, ModelConfig};
use spectnet_tests::agreement::number;
use spectnet_tests::args;
use spectnet_tests::command::{spectnet, spectnet_reading};
use spectnet_tests::spectnet::predict;
use spectnet_tests::{models, recordings};
use xtask::workspace::Workspace;

/// Three significant digits of each of some numbers.
const DIGITS: f64 = 6e-3;

fn shipped(name: &str) -> PathBuf {
    Workspace::root_from_manifest().join("web/weights").join(name)
}

fn explain(model: &Path, recording: &Path) -> Value {
    spectnet(args!["explain", recording, "--model", model, "--device", "cpu", "--json"]).json()
}

fn numbers(list: &Value, key: &str) -> Vec<f64> {
    list.as_array().expect("a list").iter().map(|part| number(&part[key])).collect()
}

fn table(rows: &Value) -> Vec<Vec<f64>> {
    let row = |row: &Value| row.as_array().expect("a row").iter().map(number).collect();
    rows.as_array().expect("rows").iter().map(row).collect()
}

/// What holds of every explanation, beside what `predict` says of the same recording.
fn goes_together(found: &Value, expected: &Value) {
    let class = found["class"].as_str().expect("a class");
    assert_eq!(found["label"], expected["label"]);
    assert_eq!(found["abstained"], expected["abstained"]);
    assert_eq!(found["probability"], expected["probabilities"][class], "{found}");
    let contributions = numbers(&found["filters"], "contribution");
    let size: f64 = contributions.iter().map(|value| value.abs()).sum();
    let sum = number(&found["reference"]) + contributions.iter().sum::<f64>();
    let log_odds = number(&found["log_odds"]);
    let tolerance = DIGITS * (size + log_odds.abs() + number(&found["reference"]).abs());
    assert!((sum - log_odds).abs() <= tolerance, "{sum}, {log_odds}");
    let (windows, rows) = (found["windows"].as_array().unwrap(), expected["windows"].as_array().unwrap());
    assert_eq!(windows.len(), rows.len());
    assert!((numbers(&found["windows"], "weight").iter().sum::<f64>() - 1.0).abs() < DIGITS);
    for (window, expected) in windows.iter().zip(rows) {
        assert_eq!([&window["start_s"], &window["end_s"]], [&expected["start_s"], &expected["end_s"]]);
        assert_eq!(window["filters"].as_array().unwrap().len(), contributions.len());
    }
    let without = numbers(&found["filters"], "probability_without");
    assert!(without.iter().all(|probability| (0.0..=1.0).contains(probability)), "{without:?}");
    let columns = table(&found["over_time"]["contributions"]);
    assert!(!columns.is_empty() && columns.len() <= 120);
    assert!(columns.iter().all(|column| column.len() == contributions.len()));
    let end_s = rows.iter().map(|window| number(&window["end_s"])).fold(0.0, f64::max);
    for telling in found["telling_seconds"].as_array().unwrap() {
        let [start, end] = ["start_s", "end_s"].map(|key| number(&telling[key]));
        assert!(0.0 <= start && start < end && end <= start + 1.001 && end <= end_s + 0.001, "{telling}");
        assert!(number(&telling["contribution"]) > 0.0 && telling["class"].is_string());
    }
}

#[test]
fn the_shipped_heart_model_is_explained_exactly_by_phases() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recordings::heart_in_silence(folder.path(), 12.0, [0, 0]);
    let model = shipped("heart.safetensors");
    let found = explain(&model, &recording);
    goes_together(&found, &predict(&model, &recording));
    assert_eq!((found["class"].as_str(), found["against"].as_str()), (Some("abnormal"), Some("normal")));
    assert_eq!(found["method"], "exact");
    assert_eq!(found["telling_seconds"][0]["class"], found["label"]);
    let names: Vec<&str> = found["phases"]["names"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(names.len(), 17);
    assert_eq!([names[0], names[1], names[16]], ["S1", "systole 1/6", "diastole 9/9"]);
    let [mean, deviation] = ["mean", "deviation"].map(|key| table(&found["phases"][key]));
    let all: f64 = mean.iter().chain(&deviation).flatten().sum();
    let size: f64 = mean.iter().chain(&deviation).flatten().map(|value| value.abs()).sum();
    let filters: f64 = numbers(&found["filters"], "contribution").iter().sum();
    assert!((all - filters).abs() < DIGITS * size, "{all} {filters}");
    // What is taken away from a filter that speaks for the class lowers its probability.
    let probability = number(&found["probability"]);
    let parts =
        numbers(&found["filters"], "contribution").into_iter().zip(numbers(&found["filters"], "probability_without"));
    let largest = parts.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
    assert!(largest.0 > 0.0 && largest.1 < probability, "{largest:?} of {probability}");
}

/// Whoever reads the name of a phase reads beside it that it does not begin when the state of that name does.
#[test]
fn phases_that_begin_before_the_states_are_named_with_that() {
    const SAID: &str = "90 ms before the states";
    let folder = tempfile::tempdir().unwrap();
    let recording = recordings::heart_in_silence(folder.path(), 8.0, [0, 0]);
    let model = |lead_ms: usize| {
        let parts = Parts { systole: 6, diastole: 9, lead_ms };
        let classifier = ClassifierConfig::States { dropout: 0.5, parts };
        let labels = ["normal", "abnormal"].map(String::from).to_vec();
        let file = folder.path().join(format!("lead-{lead_ms}.safetensors"));
        fs::write(&file, models::random(&ModelConfig { classifier, labels, ..models::states(6) })).unwrap();
        file
    };
    for (model, lead_ms) in [(model(90), 90), (model(0), 0)] {
        let times = usize::from(lead_ms > 0);
        let found = explain(&model, &recording);
        goes_together(&found, &predict(&model, &recording));
        assert_eq!(found["phases"]["lead_ms"], lead_ms);
        let names: Vec<&str> = found["phases"]["names"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!((names.len(), names[1], names[7], names[16]), (17, "systole 1/6", "S2", "diastole 9/9"));
        assert_eq!(found["sentences"].to_string().matches(SAID).count(), times, "{found}");

        let svg = folder.path().join("why.svg");
        let run = spectnet(args!["explain", &recording, "--model", &model, "--device", "cpu", "--out", &svg]).done();
        assert_eq!(run.stdout.matches(SAID).count(), times, "{run:?}");
        let drawn = fs::read_to_string(&svg).unwrap();
        assert!(drawn.contains("diastole 9/9") && drawn.matches(SAID).count() == times, "{drawn}");

        let inspected = spectnet(args!["inspect", &model]).done().stdout;
        assert!(inspected.contains("states, systole in 6 and diastole in 9 parts"), "{inspected}");
        assert_eq!(inspected.matches(SAID).count(), times, "{inspected}");
        let card = spectnet(args!["card", &model]).done().stdout;
        assert_eq!(card.contains(SAID), lead_ms > 0, "{card}");
    }
}

#[test]
fn an_explanation_is_written_as_picture_and_as_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recordings::heart_in_silence(folder.path(), 8.0, [0, 0]);
    let model = shipped("heart.safetensors");
    let [svg, json] = ["why.svg", "why.json"].map(|name| folder.path().join(name));
    let said =
        spectnet(args!["explain", &recording, "--model", &model, "--device", "cpu", "--out", &svg]).done().stdout;
    assert!(said.contains("The log-odds of “abnormal” are") && said.contains("P(abnormal) without it"), "{said}");
    // Two sentences and one of the second at least, a header, and a line for each filter.
    assert!(said.lines().count() >= 1 + 3 + 2 + 32, "{said}");
    let drawn = fs::read_to_string(&svg).unwrap();
    assert!(drawn.starts_with("<svg") && drawn.contains("diastole 9/9") && drawn.contains("centre in Hz"));
    let printed =
        spectnet(args!["explain", &recording, "--model", &model, "--device", "cpu", "--out", &json, "--json"]);
    let written: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    assert_eq!(printed.json(), written);
    // The same from standard input, but for the name.
    let run =
        spectnet_reading(&recording, args!["explain", "-", "--model", &model, "--device", "cpu", "--json"]).json();
    assert_eq!(run["filters"], written["filters"]);
}

#[test]
fn networks_are_explained_by_their_gradients() {
    let folder = tempfile::tempdir().unwrap();
    let heart = folder.path().join("heart.safetensors");
    fs::write(&heart, models::assessed().1).unwrap();
    let recording = recordings::heart_in_silence(folder.path(), 8.0, [0, 0]);
    let found = explain(&heart, &recording);
    goes_together(&found, &predict(&heart, &recording));
    assert_eq!((found["class"].as_str(), found["method"].as_str()), (Some("abnormal"), Some("gradient_times_input")));
    assert!(found.get("phases").is_none());

    let scenes = shipped("environment.safetensors");
    let recording = recordings::environment(folder.path()).pop().unwrap();
    let (found, expected) = (explain(&scenes, &recording), predict(&scenes, &recording));
    goes_together(&found, &expected);
    let probabilities = expected["probabilities"].as_object().unwrap();
    let largest = probabilities.values().map(number).fold(0.0, f64::max);
    assert!(number(&found["probability"]) == largest && found.get("against").is_none(), "{found}");
    let svg = folder.path().join("scene.svg");
    spectnet(args!["explain", &recording, "--model", &scenes, "--device", "cpu", "--out", &svg]).done();
    assert!(fs::read_to_string(&svg).unwrap().contains("time in seconds"));
}

#[test]
fn where_nothing_was_said_that_is_the_first_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let silence = recordings::silence(folder.path(), 6);
    let model = shipped("heart.safetensors");
    let found = explain(&model, &silence);
    goes_together(&found, &predict(&model, &silence));
    assert!(found["label"].is_null() && found["abstained"]["reason"] == "silent", "{found}");
    let first = found["sentences"][0].as_str().unwrap();
    assert!(first.starts_with("Nothing was said of this recording (silent)"), "{first}");
    let said = spectnet(args!["explain", &silence, "--model", &model, "--device", "cpu"]).done().stdout;
    assert!(said.contains("no label") && said.contains(first), "{said}");
}

#[test]
fn what_cannot_be_explained_is_refused_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recordings::heart_in_silence(folder.path(), 6.0, [0, 0]);
    let model = shipped("heart.safetensors");
    spectnet(args!["explain", &recording, "--model", &model, "--out", "why.txt"]).bad_usage();
    spectnet(args!["explain", "--model", &model]).bad_usage();

    let plain = folder.path().join("plain.safetensors");
    let config = ModelConfig { classifier: ClassifierConfig::Cnn2d { dropout: 0.5 }, ..models::heart(3, 4, 2) };
    fs::write(&plain, models::random(&config)).unwrap();
    let run = spectnet(args!["explain", &recording, "--model", &plain, "--device", "cpu"]);
    let said = run.refusal();
    assert!(said.contains("plain.safetensors") && said.contains("cnn-2d") && said.contains("residual"), "{said}");

    let run = spectnet(args!["explain", &plain, "--model", &model, "--device", "cpu"]);
    assert!(run.refusal().contains("plain.safetensors"), "{run:?}");
}
