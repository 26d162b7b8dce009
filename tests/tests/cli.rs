//! The command line as a process: every command once, on synthesised recordings and on real ones where they are at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

use safetensors::SafeTensors;
use serde_json::Value;
use spectnet_core::audio::Windowing;
use spectnet_core::model::{ModelConfig, Scaling, Voting};
use spectnet_core::package;
use spectnet_tests::args;
use spectnet_tests::command::{Run, counted, spectnet, untrained_model};
use spectnet_tests::models;
use spectnet_tests::recordings::{fixture, hearts};
use spectnet_tests::spectnet::{predict, program};
use spectnet_tests::wav::Wav;

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|chunk| f32::from_le_bytes(chunk.try_into().unwrap())).collect()
}

fn doubles(bytes: &[u8]) -> Vec<f64> {
    bytes.chunks_exact(8).map(|chunk| f64::from_le_bytes(chunk.try_into().unwrap())).collect()
}

fn synth(folder: &Path, count: &str, seed: &str) -> Run {
    spectnet(args!["synth", "--task", "heart", "--out", folder, "--count", count, "--seed", seed, "--seconds", "4"])
}

#[test]
fn help_and_version_are_results() {
    let help = spectnet(["--help"]).done();
    for command in ["train", "eval", "predict", "calibrate", "features", "inspect", "synth", "bench", "data"] {
        assert!(help.stdout.contains(&format!("\n  {command} ")), "{command}: {}", help.stdout);
        assert!(spectnet([command, "--help"]).done().stdout.contains("Usage: spectnet"), "{command}");
    }
    assert!(spectnet(["--version"]).done().stdout.starts_with("spectnet "));
}

#[test]
fn bad_usage_has_its_own_exit_status() {
    let cases: [&[&str]; 11] = [
        &[],
        &["sing"],
        &["predict", "--model", "m.safetensors"],
        &["predict", "a.wav"],
        &["features", "a.wav"],
        &["features", "a.wav", "--out", "image.txt"],
        &["features", "a.wav", "--out", "a.png", "--model", "m.safetensors", "--filters", "4"],
        &["train", "--task", "heart"],
        &["train", "--task", "heart", "--data", "x", "--filters", "none"],
        &["bench", "--device", "abacus"],
        &["synth", "--task", "heart", "--out", "x", "--seconds", "-1"],
    ];
    for case in cases {
        let run = spectnet(case);
        if case.is_empty() {
            assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
        } else {
            run.bad_usage();
        }
    }
}

#[test]
fn a_seed_means_the_same_recordings_and_they_are_a_dataset() {
    let folder = tempfile::tempdir().unwrap();
    let [first, again, other] = ["first", "again", "other"].map(|name| folder.path().join(name));
    synth(&first, "12", "5").done();
    synth(&again, "12", "5").done();
    synth(&other, "12", "6").done();
    for name in ["heart-00000.wav", "heart-00011.wav", "manifest.csv", "truth.csv"] {
        assert!(fs::read(first.join(name)).unwrap() == fs::read(again.join(name)).unwrap(), "{name}");
    }
    assert!(fs::read(first.join("heart-00000.wav")).unwrap() != fs::read(other.join("heart-00000.wav")).unwrap());

    let summary = spectnet(args!["data", "summary", &first, "--task", "heart", "--json"]).json();
    assert_eq!((&summary["recordings"], &summary["groups"]), (&12.into(), &12.into()));
    for subset in ["stethoscope-a", "stethoscope-b", "stethoscope-c"] {
        assert_eq!(summary["subsets"][subset]["normal"], summary["subsets"][subset]["abnormal"], "{summary}");
    }
    assert!(spectnet(args!["data", "summary", &first]).done().stdout.contains("12 recordings in 12 groups"));
    let verified = spectnet(args!["data", "verify", &first, "--json"]).json();
    assert_eq!(verified["seconds"], 48.0);
    assert_eq!(verified["failed"], Value::Array(vec![]));

    let truth = fs::read_to_string(first.join("truth.csv")).unwrap();
    assert_eq!(truth.lines().next(), Some("path,beat,s1_s,s2_s"));
    assert!(truth.lines().filter(|line| line.starts_with("heart-00000.wav,")).count() >= 3, "{truth}");
}

#[test]
fn synth_makes_scenes_too() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("scenes");
    spectnet(args!["synth", "--task", "scene", "--out", &out, "--count", "4", "--seconds", "1"]).done();
    let summary = spectnet(args!["data", "summary", &out, "--json"]).json();
    assert_eq!(keys(&summary["subsets"]["microphone-a"]).len(), 4);
}

#[test]
fn synth_does_not_write_over_another_dataset() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("manifest.csv");
    fs::write(&manifest, "path,label\nmine.wav,normal\n").unwrap();
    assert!(synth(folder.path(), "2", "0").refusal().contains("holds other recordings"));
    assert_eq!(fs::read_to_string(manifest).unwrap(), "path,label\nmine.wav,normal\n");
}

#[test]
fn predict_says_the_same_to_people_and_programs() {
    let folder = tempfile::tempdir().unwrap();
    let model = untrained_model(folder.path());
    let recordings = hearts(folder.path());
    let mut command = args!["predict", "--device", "cpu", "--model", model].to_vec();
    command.extend(recordings.iter().map(OsString::from));
    let table = spectnet(&command).done();
    assert!(table.stderr.starts_with("device: CPU"), "{table:?}");
    command.push("--json".into());
    let json = spectnet(&command).json();
    let verdicts = json.as_array().unwrap();
    assert_eq!((verdicts.len(), table.stdout.lines().count()), (recordings.len(), recordings.len() + 1));
    for ((verdict, line), path) in verdicts.iter().zip(table.stdout.lines().skip(1)).zip(&recordings) {
        assert_eq!(
            keys(verdict),
            BTreeSet::from([
                "abstained",
                "blanked_share",
                "already_seen",
                "calibrated",
                "duration_s",
                "file",
                "judged_s",
                "label",
                "measured_independently",
                "measured_recordings",
                "negative_predictive_value",
                "positive_predictive_value",
                "prevalence",
                "probabilities",
                "quality",
                "rhythm",
                "sensitivity",
                "specificity",
                "states",
                "threshold",
                "windows"
            ])
        );
        assert_eq!(verdict["file"], path.display().to_string());
        let share = |part: &Value, label: &str| part["probabilities"][label].as_f64().unwrap();
        assert!(line.ends_with(&path.display().to_string()), "{line}");
        match verdict["label"].as_str() {
            Some(label) => {
                let shown = format!("{:.0} %", 100.0 * share(verdict, label));
                assert!(line.starts_with(label) && line.contains(&shown), "{shown}: {line}");
            }
            None => assert!(verdict["abstained"]["reason"].is_string() && !line.contains('%'), "{line}"),
        }
        let windows = verdict["windows"].as_array().unwrap();
        assert_eq!(keys(&windows[0]), BTreeSet::from(["end_s", "probabilities", "start_s"]));
        for part in windows.iter().chain([verdict]) {
            assert!((share(part, "normal") + share(part, "abnormal") - 1.0).abs() < 2e-3, "{part}");
        }
    }
}

#[test]
fn one_bad_recording_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let model = untrained_model(folder.path());
    let [good, bad] = ["good.wav", "bad.wav"].map(|name| folder.path().join(name));
    fs::write(&good, Wav::tone(4).bytes()).unwrap();
    fs::write(&bad, b"not a recording").unwrap();
    let run = spectnet(args!["predict", "--model", model, "--json", &bad, &good]);
    assert!(run.refusal().contains("bad.wav"));
    let verdicts: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(verdicts.as_array().unwrap().len(), 1);
    assert_eq!(verdicts[0]["file"], good.display().to_string());
}

/// Recordings as other programs encode them, the task, and the frames of their image: 17,330 samples at 2 kHz, which are
/// 8,665 at 1 kHz, and 109,003 at 22,050 Hz (position of the last Ogg page), which are 79,096 at 16 kHz.
const FLAC_AND_OGG: [(&str, &str, usize); 2] = [
    ("heart-2k.flac", "heart", (8665 - 80 - 25) / 10 + 1),
    ("park-22k.ogg", "scene", (79_096 - 1219 - 1280) / 640 + 1),
];

#[test]
fn flac_and_ogg_are_decoded_whole() {
    let folder = tempfile::tempdir().unwrap();
    for (name, task, expected) in FLAC_AND_OGG {
        let file = fixture(name);
        let out = folder.path().join("image.safetensors");
        spectnet(args!["features", &file, "--task", task, "--out", &out]).done();
        let bytes = fs::read(&out).unwrap();
        let frames = SafeTensors::deserialize(&bytes).unwrap().tensor("image").unwrap().shape()[2];
        assert_eq!(frames, expected, "{name}");
        let cut = folder.path().join(name);
        let whole = fs::read(&file).unwrap();
        fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
        // What there is of it is read, and that it is not all is said where the file knows its length.
        let run = spectnet(args!["features", &cut, "--task", task, "--out", &out]).done();
        assert!(run.stderr.contains("cut short") || task == "scene", "{run:?}");
    }
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let model = untrained_model(folder.path());
    let recording = folder.path().join("tone.wav");
    fs::write(&recording, Wav::tone(3).bytes()).unwrap();
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let command = args!["predict", "--model", &model, &recording, &recording];
    let output = Command::new(program()).args(command).stdout(writer).stderr(Stdio::piped()).output().unwrap();
    let run = Run::from(output);
    assert_eq!(run.status, Some(0), "{run:?}");
    assert!(run.stderr.lines().all(|line| line.starts_with("device: ")), "{run:?}");

    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let command = args!["predict", "--model", model, &recording];
    let output = Command::new(program()).args(command).stdout(Stdio::piped()).stderr(writer).output().unwrap();
    assert!(Run::from(output).done().stdout.contains("tone.wav"));
}

#[test]
fn raw_features_are_the_golden_images() {
    let folder = tempfile::tempdir().unwrap();
    for filters in [4, 8, 16] {
        let golden =
            fs::read(format!("{}/golden/frontend_n{filters}.safetensors", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let golden = SafeTensors::deserialize(&golden).unwrap();
        let signals = doubles(golden.tensor("x").unwrap().data());
        let images = doubles(golden.tensor("image").unwrap().data());
        for (signal, expected) in signals.chunks(2500).zip(images.chunks(240 * filters)) {
            let signal: Vec<f32> = signal.iter().map(|&sample| sample as f32).collect();
            let [audio, out] = ["signal.wav", "image.safetensors"].map(|name| folder.path().join(name));
            fs::write(&audio, Wav::floats(1000, &signal).bytes()).unwrap();
            let number = filters.to_string();
            let command =
                args!["features", &audio, "--task", "heart", "--frontend", "paper", "--filters", number, "--raw"];
            spectnet(command.into_iter().chain(args!["--out", &out])).done();
            let bytes = fs::read(&out).unwrap();
            let file = SafeTensors::deserialize(&bytes).unwrap();
            let image = file.tensor("image").unwrap();
            assert_eq!((image.shape(), file.names().len()), (&[1, 1, 240, filters][..], 1));
            let difference = floats(image.data()).into_iter().zip(expected).map(|(a, b)| (f64::from(a) - b).abs());
            assert!(difference.fold(0.0, f64::max) <= 5e-4);
        }
    }
}

#[test]
fn features_of_a_model_are_conditioned_and_can_be_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let model = untrained_model(folder.path());
    let audio = &hearts(folder.path())[0];
    let [image, picture] = ["image.safetensors", "image.png"].map(|name| folder.path().join(name));
    for out in [&image, &picture] {
        spectnet(args!["features", audio, "--model", &model, "--out", out]).done();
    }
    let bytes = fs::read(image).unwrap();
    let image = SafeTensors::deserialize(&bytes).unwrap();
    let shape = image.tensor("image").unwrap().shape().to_vec();
    // 1 kHz, hop 10: about a hundred frames a second of the first minute.
    assert!(shape[3] == 16 && shape[2] > 300 && shape[2] < 6000, "{shape:?}");
    assert!(fs::read(picture).unwrap().starts_with(b"\x89PNG"));
    let refused = spectnet(args!["features", audio, "--raw", "--out", folder.path().join("raw.png")]);
    assert!(refused.refusal().contains("1000 Hz"), "{refused:?}");
}

#[test]
fn inspect_shows_filters_and_origin() {
    let folder = tempfile::tempdir().unwrap();
    let model = untrained_model(folder.path());
    let plot = folder.path().join("responses.svg");
    let table = spectnet(args!["inspect", &model, "--plot", &plot]).done().stdout;
    assert!(table.contains("SpectNet-16") && table.contains("random weights"), "{table}");
    let drawing = fs::read_to_string(plot).unwrap();
    // 16 filters before and 16 after training.
    assert!(drawing.starts_with("<svg") && drawing.matches("<polyline").count() >= 32);

    let json = spectnet(args!["inspect", &model, "--json"]).json();
    assert_eq!(json["parameters"], 1_060_094 + 3 * 16);
    let filters = json["filters"].as_array().unwrap();
    assert_eq!(filters.len(), 16);
    assert_eq!((&filters[15]["initial"]["centre_hz"], &filters[15]["shift_hz"]), (&500.0.into(), &0.0.into()));
}

#[test]
fn bench_reports_milliseconds_a_segment() {
    let json = spectnet(["bench", "--device", "cpu", "--batch", "2", "--repeat", "1", "--json"]).json();
    for name in ["frontend_ms", "frontend_backward_ms", "inference_ms", "train_ms", "threads", "batch"] {
        assert!(json[name].as_f64().unwrap() > 0.0, "{json}");
    }
    assert!(json["device"].as_str().unwrap().starts_with("CPU"), "{json}");
    assert!(json["scene_frontend_ms"]["1103"].as_f64().unwrap() > 0.0, "{json}");
    assert_eq!(json["peak_memory_mib"].is_f64(), cfg!(target_os = "linux"), "{json}");
}

#[test]
fn eval_reports_every_level_and_subset() {
    let folder = tempfile::tempdir().unwrap();
    let model = untrained_model(folder.path());
    let data = folder.path().join("data");
    synth(&data, "12", "1").done();
    let json = spectnet(args!["eval", "--model", &model, "--data", &data, "--json"]).json();
    let expected = ["recording", "segment", "subsets", "mean_over_subsets", "labels", "confusion"];
    assert!(BTreeSet::from(expected).is_subset(&keys(&json)), "{json}");
    assert_eq!(json["recording"]["n"], 12);
    assert_eq!(keys(&json["subsets"]).len(), 3);
    let metrics = ["accuracy", "f1", "macc", "n", "precision", "sensitivity", "specificity"];
    for level in [
        &json["recording"],
        &json["segment"],
        &json["mean_over_subsets"],
        &json["subsets"]["stethoscope-a"]["recording"],
    ] {
        assert_eq!(keys(level), BTreeSet::from(metrics));
    }
    assert_eq!(counted(&json["confusion"]), 12);
    let fold = spectnet(args!["eval", "--model", &model, "--data", &data, "--fold", "1", "--json"]).json();
    assert_eq!(fold["recording"]["n"], 6);
}

#[test]
fn a_device_that_is_not_there_is_a_sentence() {
    for device in ["cuda", "cuda:99", "vulkan"] {
        let run = spectnet(["bench", "--device", device, "--batch", "1", "--repeat", "1"]);
        if run.status == Some(0) {
            println!("this machine has {device}: {}", run.stderr);
            assert!(run.stderr.starts_with("device: ") && !run.stderr.starts_with("device: CPU"), "{run:?}");
        } else {
            assert!(run.refusal().contains(&format!("--device {}", if device == "cuda" { "cuda:0" } else { device })));
        }
    }
}

#[test]
fn training_is_set_up_by_flags_and_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("train.toml");
    fs::write(&config, "task = \"heart\"\nepoch = 3\n").unwrap();
    let run = spectnet(args!["train", "--config", &config, "--data", folder.path()]);
    assert!(run.refusal().contains("train.toml, line 2") && run.refusal().contains("`epoch`"), "{run:?}");
    let out: PathBuf = folder.path().join("run");
    let run = spectnet(args!["train", "--task", "heart", "--data", "x", "--protocol", "paper", "--out", &out]);
    assert!(run.stderr.contains("--validation-list is missing"), "{run:?}");
    run.bad_usage();
    assert!(!out.exists());
}

#[test]
fn a_model_is_trained_then_trained_further_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let [data, out] = ["data", "run"].map(|name| folder.path().join(name));
    synth(&data, "24", "1").done();
    let train = args!["train", "--task", "heart", "--data", &data, "--out", &out, "--device", "cpu"];
    let small = args!["--filters", "4", "--blocks", "2", "--batch", "8", "--epochs"];
    let train: Vec<OsString> = train.into_iter().chain(small).collect();
    spectnet(train.iter().cloned().chain(args!["1"])).done();
    let epochs = || fs::read_to_string(out.join("history.csv")).unwrap().lines().count() - 1;
    assert_eq!(epochs(), 1);
    let further = spectnet(train.iter().cloned().chain(args!["2", "--resume"])).done();
    assert!(further.stderr.contains("after epoch 1"), "{further:?}");

    let model = out.join("best.safetensors");
    let inspected = spectnet(args!["inspect", &model, "--json"]).json();
    assert_eq!(inspected["config"]["front_end"]["form"], "bounded");
    assert!(inspected["provenance"]["metrics"]["held_out"]["recording"]["n"].as_u64() == Some(6), "{inspected}");
    // The recordings that chose the epoch also calibrate, and only the model that they chose.
    let chose = &inspected["provenance"]["metrics"]["validation"]["recording"]["n"];
    assert!(chose.as_u64() > Some(1) && inspected["assessment"]["n"] == *chose, "{inspected}");
    assert_eq!(inspected["provenance"]["metrics"]["held_out"]["threshold"], inspected["assessment"]["threshold"]);
    let last = spectnet(args!["inspect", out.join("last.safetensors"), "--json"]).json();
    assert!(last["assessment"].is_null());
    assert_eq!(last["provenance"]["epochs"], 2);
    spectnet(args!["predict", "--model", &model, data.join("heart-00000.wav")]).done();
    spectnet(args!["eval", "--model", &model, "--data", &data, "--fold", "0"]).done();
}

/// What such a part of the recordings says is no better than it is on others but for one number that was chosen on it.
#[test]
fn the_last_epoch_is_taken_where_recordings_choose_the_threshold_alone() {
    let folder = tempfile::tempdir().unwrap();
    let [data, out] = ["data", "run"].map(|name| folder.path().join(name));
    synth(&data, "24", "1").done();
    let train = args!["train", "--task", "heart", "--data", &data, "--out", &out, "--device", "cpu", "--filters", "4"];
    let more = args!["--blocks", "2", "--batch", "8", "--epochs", "4", "--select", "calibrated"];
    let run = spectnet(train.iter().cloned().chain(more)).done();
    assert!(run.stderr.contains("validation (chooses the threshold)"), "{run:?}");

    let inspected = spectnet(args!["inspect", out.join("best.safetensors"), "--json"]).json();
    let [chosen, last] = ["best", "last"].map(|name| out.join(format!("{name}.safetensors")));
    let tensors = |file: &PathBuf| package::read(&fs::read(file).unwrap()).unwrap().weights;
    assert_eq!(inspected["provenance"]["epochs"], 4);
    assert!(tensors(&chosen) == tensors(&last), "the weights are those of the last epoch");
    let said = inspected["assessment"]["measured_on"].as_str().unwrap();
    assert!(said.contains("chose temperature and threshold, and nothing else"), "{said}");
    let provenance = &inspected["provenance"];
    let count = inspected["assessment"]["n"].as_u64().unwrap();
    assert!(provenance["data"].as_str().unwrap().contains(&format!("{count} chose the threshold")), "{provenance}");
    assert!(provenance["protocol"].as_str().unwrap().contains("the last epoch taken, calibrated on one in"));
}

#[test]
fn a_front_end_that_was_asked_for_is_trained_saved_resumed_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let [data, out, centres, image] =
        ["data", "run", "centres.txt", "image.safetensors"].map(|name| folder.path().join(name));
    synth(&data, "24", "1").done();
    fs::write(&centres, "50\n100\n150\n300\n").unwrap();
    let front_end = args!["--centres", format!("@{}", centres.display()), "--bandwidth", "20,30,40,60"];
    let more = args!["--order", "3", "--decay-db", "40", "--frame-ms", "40", "--hop-ms", "20"];
    let front_end: Vec<OsString> = front_end.into_iter().chain(more).collect();
    let train = args!["train", "--task", "heart", "--data", &data, "--out", &out, "--device", "cpu"];
    let small = args!["--classifier", "pooled", "--blocks", "1", "--batch", "8", "--epochs"];
    let train: Vec<OsString> = train.into_iter().chain(front_end.clone()).chain(small).collect();
    spectnet(train.iter().cloned().chain(args!["1"])).done();
    let further = spectnet(train.iter().cloned().chain(args!["2", "--resume"])).done();
    assert!(further.stderr.contains("after epoch 1"), "{further:?}");

    let model = out.join("last.safetensors");
    let inspected = spectnet(args!["inspect", &model, "--json"]).json();
    let config = &inspected["config"]["front_end"];
    assert_eq!(config["spacing"]["list"], serde_json::json!([50.0, 100.0, 150.0, 300.0]));
    assert_eq!(config["bandwidth"]["list"], serde_json::json!([20.0, 30.0, 40.0, 60.0]));
    assert_eq!((&config["filters"], &config["order"]), (&4.into(), &3.into()));
    let lengths = &inspected["front_end"];
    assert_eq!((&lengths["frame_ms"], &lengths["hop_ms"]), (&40.0.into(), &20.0.into()));
    assert!((40.0..41.5).contains(&lengths["decay_db"].as_f64().unwrap()), "{lengths}");
    let table = spectnet(args!["inspect", &model]).done().stdout;
    for line in
        ["centres     listed: 50, 100, 150, 300 Hz", "bandwidth   β listed: 20, 30, 40, 60 Hz", "frames      40 "]
    {
        assert!(table.contains(line), "{line}: {table}");
    }

    let recording = data.join("heart-00000.wav");
    spectnet(args!["predict", "--model", &model, &recording]).done();
    spectnet(args!["eval", "--model", &model, "--data", &data, "--fold", "0"]).done();
    let width = |more: Vec<OsString>| {
        spectnet(args!["features", &recording, "--out", &image].into_iter().chain(more)).done();
        SafeTensors::deserialize(&fs::read(&image).unwrap()).unwrap().tensor("image").unwrap().shape().to_vec()
    };
    let shape = width(front_end);
    assert_eq!(shape[3], 4);
    assert_eq!(width(args!["--model", &model].to_vec()), shape);
}

#[test]
fn a_wrong_front_end_is_bad_usage_before_any_file_is_opened() {
    let wrong: [&[&str]; 5] = [
        &["--centres", "50,600"],
        &["--centres", "50,60", "--filters", "3"],
        &["--bandwidth", "0"],
        &["--decay-db", "1000"],
        &["--frame-ms", "0"],
    ];
    for wrong in wrong {
        for command in [
            &["features", "nowhere.wav", "--out", "a.png"][..],
            &["train", "--task", "heart", "--data", "nowhere"],
            &["reproduce", "heart", "--data", "nowhere", "--rows", "static-4"],
        ] {
            let run = spectnet(command.iter().chain(wrong));
            run.bad_usage();
            assert!(!run.stderr.contains("cannot read"), "{run:?}");
        }
    }
    let list = ["reproduce", "heart", "--data", "nowhere", "--rows", "static-4", "--centres", "50,60,70"];
    let run = spectnet(list);
    run.bad_usage();
    assert!(run.stderr.contains("row static-4") && run.stderr.contains("--centres has 3"), "{run:?}");
}

#[test]
fn static_filters_stay_where_they_are_and_learnable_ones_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    synth(&data, "24", "1").done();
    let shifts = |name: &str, more: &[&str]| -> f64 {
        let out = folder.path().join(name);
        let train =
            args!["train", "--task", "heart", "--data", &data, "--out", &out, "--device", "cpu", "--epochs", "1"];
        let small = args!["--filters", "4", "--blocks", "2", "--batch", "8"];
        spectnet(train.into_iter().chain(small).chain(more.iter().map(OsString::from))).done();
        let json = spectnet(args!["inspect", out.join("last.safetensors"), "--json"]).json();
        let filters = json["filters"].as_array().unwrap().iter();
        filters.map(|filter| filter["shift_hz"].as_f64().unwrap().abs()).fold(0.0, f64::max)
    };
    assert!(shifts("static", &["--static"]) < 1e-3);
    assert!(shifts("learnable", &[]) > 1e-2);
}

/// A window: how much it counts, and its probabilities.
type Window = (f64, BTreeMap<String, f64>);

/// The share of every class that the windows' probabilities give together, as the definitions have it.
fn together(voting: Voting, windows: &[Window]) -> BTreeMap<String, f64> {
    let total: f64 = windows.iter().map(|(weight, _)| weight).sum();
    let share = |label: &String| -> f64 {
        let mean = |value: &dyn Fn(&BTreeMap<String, f64>) -> f64| -> f64 {
            windows.iter().map(|(weight, window)| weight * value(window)).sum::<f64>() / total
        };
        match voting {
            Voting::Mean => mean(&|window| window[label]),
            Voting::Majority => {
                mean(&|window| f64::from(u8::from(window.values().all(|other| *other <= window[label]))))
            }
            Voting::LogMean => mean(&|window| window[label].ln()).exp(),
        }
    };
    let shares: Vec<(String, f64)> = windows[0].1.keys().map(|label| (label.clone(), share(label))).collect();
    // Geometric means do not sum to 1 by themselves.
    let whole = if voting == Voting::LogMean { shares.iter().map(|(_, share)| share).sum() } else { 1.0 };
    shares.into_iter().map(|(label, share)| (label, share / whole)).collect()
}

#[test]
fn the_model_file_says_how_windows_decide_together() {
    let folder = tempfile::tempdir().unwrap();
    let recording = &hearts(folder.path())[0];
    let mut verdicts = Vec::new();
    for voting in [Voting::Mean, Voting::LogMean, Voting::Majority] {
        let config = ModelConfig {
            voting,
            windowing: Windowing { samples: 2500, hop: 500 },
            ..models::pooled(2, 8, 3, Scaling::default())
        };
        let model = folder.path().join("model.safetensors");
        fs::write(&model, models::random(&config)).unwrap();
        let verdict = predict(&model, recording);
        let windows = verdict["windows"].as_array().unwrap().iter();
        let windows: Vec<Window> = windows
            .map(|window| {
                let weight = window["weight"].as_f64().unwrap_or(1.0);
                (weight, serde_json::from_value(window["probabilities"].clone()).unwrap())
            })
            .collect();
        assert!(windows.len() > 5, "{verdict}");
        let got: BTreeMap<String, f64> = serde_json::from_value(verdict["probabilities"].clone()).unwrap();
        for (label, expected) in together(voting, &windows) {
            assert!((got[&label] - expected).abs() < 2e-3, "{voting:?} {label}: {} for {expected}", got[&label]);
        }
        verdicts.push(got);
    }
    assert!(verdicts[0] != verdicts[1] && verdicts[1] != verdicts[2], "{verdicts:?}");
}
