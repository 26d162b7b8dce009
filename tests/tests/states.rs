//! A model that looks at the states of the heart cycle, from the command line. The hearts are synthesised.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use spectnet_core::audio::write_wav;
use spectnet_tests::args;
use spectnet_tests::command::spectnet;
use spectnet_tests::recordings::noise;
use spectnet_tests::spectnet::predict;

/// A data set of two folds and a model trained on one of them.
fn trained(folder: &Path) -> (PathBuf, PathBuf) {
    let (data, out) = (folder.join("hearts"), folder.join("run"));
    spectnet(args!["synth", "--task", "heart", "--out", &data, "--count", "40", "--seconds", "10"]).done();
    let train = args!["train", "--task", "heart", "--data", &data, "--classifier", "states", "--device", "cpu"];
    let recipe = args!["--epochs", "12", "--batch", "16", "--select", "last", "--out", &out];
    spectnet(train.into_iter().chain(recipe)).done();
    (data, out.join("best.safetensors"))
}

#[test]
fn murmurs_of_hearts_never_heard_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let (data, model) = trained(folder.path());
    let report: Value = serde_json::from_slice(&fs::read(model.with_file_name("report.json")).unwrap()).unwrap();
    let held_out = &report["provenance"]["metrics"]["held_out"]["recording"];
    assert!(held_out["n"].as_u64().unwrap() >= 10 && held_out["macc"].as_f64().unwrap() > 0.85, "{held_out}");
    let inspected = spectnet(args!["inspect", &model]).done();
    assert!(
        inspected.stdout.contains("classifier  states, systole in 3 and diastole in 4 parts, one linear layer"),
        "{inspected:?}"
    );

    // Beside the verdict stands the rhythm that its states came from, and what is said of each cycle.
    let manifest = fs::read_to_string(data.join("manifest.csv")).unwrap();
    let mut shares = [Vec::new(), Vec::new()];
    for row in manifest.lines().skip(1).take(12) {
        let (file, rest) = row.split_once(',').unwrap();
        let verdict = predict(&model, &data.join(file));
        assert_eq!(verdict["quality"]["too_noisy"] == true, verdict["rhythm"]["plausible"] == false, "{verdict}");
        if verdict["rhythm"]["plausible"] == false {
            assert!(verdict.get("cycles").is_none(), "{verdict}");
            continue;
        }
        let cycles = verdict["cycles"].as_array().unwrap();
        let beats = 10.0 * verdict["rhythm"]["heart_rate_bpm"].as_f64().unwrap() / 60.0;
        assert!((beats - cycles.len() as f64).abs() < 3.0, "{} cycles of {beats} beats", cycles.len());
        let second = |cycle: &Value, key: &str| cycle[key].as_f64().unwrap();
        assert!(cycles.windows(2).all(|pair| second(&pair[0], "end_s") <= second(&pair[1], "start_s")), "{verdict}");
        let abnormal = cycles.iter().map(|cycle| cycle["probabilities"]["abnormal"].as_f64().unwrap());
        shares[usize::from(rest.starts_with("abnormal"))].extend(abnormal);
    }
    assert!(shares.iter().all(|shares| shares.len() > 30), "too few cycles: {shares:?}");
    let called = |shares: &[f64]| shares.iter().filter(|share| **share > 0.5).count() as f64 / shares.len() as f64;
    let [normal, abnormal] = shares.map(|shares| called(&shares));
    assert!(
        abnormal > 0.5 && abnormal > 2.0 * normal,
        "{abnormal} of the abnormal cycles, {normal} of the normal ones"
    );
}

/// Where no rhythm is found, every state is the whole window: there are probabilities, and no label.
#[test]
fn a_recording_without_rhythm_has_probabilities_and_no_label() {
    let folder = tempfile::tempdir().unwrap();
    let (_, model) = trained(folder.path());
    for (name, seconds, reason) in [("noise.wav", 8.0, "no_rhythm"), ("short.wav", 0.9, "too_short")] {
        let file = folder.path().join(name);
        fs::write(&file, write_wav(&noise(seconds)).unwrap()).unwrap();
        let verdict = spectnet(args!["predict", "--model", &model, "--json", &file]).json();
        let probability = verdict[0]["probabilities"]["abnormal"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&probability), "{verdict}");
        assert_eq!(
            (&verdict[0]["label"], &verdict[0]["abstained"]["reason"]),
            (&Value::Null, &reason.into()),
            "{verdict}"
        );
        let line = spectnet(args!["predict", "--model", &model, &file]).done().stdout;
        assert_eq!(line.contains("too short"), reason == "too_short", "{line}");
    }
}

#[test]
fn what_does_not_go_with_states_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |task: &'static str, more: &'static [&'static str]| {
        let train = args!["train", "--task", task, "--data", folder.path(), "--classifier", "states"];
        let run = spectnet(train.into_iter().chain(more.iter().map(OsString::from)));
        run.bad_usage();
        run.stderr
    };
    assert!(refused("scene", &[]).contains("scenes have no cycles"));
    assert!(refused("heart", &["--segments", "cycles"]).contains("leave out --segments cycles"));
    assert!(refused("heart", &["--blocks", "2"]).contains("leave out --blocks"));
    assert!(refused("heart", &["--augment", "gain,mixing"]).contains("another heart"));
    assert!(refused("heart", &["--augment", "speed"]).contains("moves the states"));
}

/// Phases are in the model file, move in training, and the page's program reads them.
#[test]
fn phases_are_learned_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (data, plain) = trained(folder.path());
    let out = folder.path().join("phases");
    let train =
        args!["train", "--task", "heart", "--data", &data, "--classifier", "states", "--device", "cpu", "--phase"];
    let recipe = args!["--epochs", "2", "--batch", "16", "--select", "last", "--out", &out];
    spectnet(train.into_iter().chain(recipe)).done();
    let model = out.join("best.safetensors");
    let phases = |model: &Path| -> Vec<f64> {
        let inspected = spectnet(args!["inspect", "--json", model]).json();
        let filters = inspected["filters"].as_array().unwrap().iter();
        filters.map(|filter| filter["learned"]["phase_rad"].as_f64().unwrap_or(0.0)).collect()
    };
    assert!(phases(&plain).iter().all(|phase| *phase == 0.0));
    assert!(phases(&model).iter().any(|phase| phase.abs() > 1e-3), "{:?}", phases(&model));
    assert!(spectnet(args!["inspect", &model]).done().stdout.contains("learned, rad"));
    let verdict = spectnet(args!["predict", "--model", &model, "--json", data.join("heart-00000.wav")]).json();
    assert!(verdict[0]["probabilities"]["abnormal"].is_number(), "{verdict}");
}
