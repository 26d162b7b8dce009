//! Full-band sound on its way: several channels, many filters, a whole table. The scenes are synthesised.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;
use spectnet_core::audio::{Recording, write_wav_channels};
use spectnet_tests::command::{Run, measured, spectnet};

macro_rules! args {
    ($($argument:expr),* $(,)?) => { vec![$(OsString::from($argument)),*] };
}

/// A small data set of five kinds of scenes in two folds.
fn scenes(folder: &Path, count: &str, seconds: &str) -> PathBuf {
    let data = folder.join("scenes");
    spectnet(args!["synth", "--task", "scene", "--out", &data, "--count", count, "--seconds", seconds]).done();
    data
}

/// Flags of a network that trains in seconds.
fn small() -> Vec<OsString> {
    args!["--device", "cpu", "--blocks", "1", "--sample-rate", "8000", "--window", "1", "--epochs", "1", "--batch", "8"]
}

fn table(data: &Path, out: &Path, more: &[&str]) -> Run {
    let rows =
        args!["reproduce", "scene", "--data", data, "--out", out, "--rows", "mfcc,logmel-6,static-6,learnable-6"];
    spectnet(rows.into_iter().chain(small()).chain(more.iter().map(OsString::from)))
}

/// Every file of a run in the folder of a table, and when it was written.
fn runs(out: &Path) -> Vec<(PathBuf, SystemTime)> {
    let rows = fs::read_dir(out.join("runs")).unwrap().map(|row| row.unwrap().path());
    let files = rows.flat_map(|row| fs::read_dir(row).unwrap().map(|file| file.unwrap()));
    let mut files: Vec<_> = files.map(|file| (file.path(), file.metadata().unwrap().modified().unwrap())).collect();
    files.sort();
    files
}

#[test]
fn a_table_goes_on_where_it_was_stopped_and_says_what_it_rests_on() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (scenes(folder.path(), "20", "2"), folder.path().join("table"));
    // The budget is used up by the first run.
    table(&data, &out, &["--seeds", "1", "--budget", "1e-9"]).done();
    let first = runs(&out);
    assert_eq!(first.len(), 1);
    let partial: Value = serde_json::from_slice(&fs::read(out.join("results.json")).unwrap()).unwrap();
    assert_eq!((&partial["runs"], &partial["rows"]), (&Value::from(vec![1, 12]), &Value::Array(Vec::new())));

    let done = table(&data, &out, &["--seeds", "1"]).done();
    let all = runs(&out);
    assert_eq!(all.len(), 12);
    assert!(all.contains(&first[0]), "the first run was done again");
    table(&data, &out, &["--seeds", "1"]).done();
    assert_eq!(runs(&out), all);

    let results: Value = serde_json::from_slice(&fs::read(out.join("results.json")).unwrap()).unwrap();
    let rows = results["rows"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["row"].as_str().unwrap()).collect();
    assert_eq!(names, ["mfcc", "logmel-6", "static-6", "learnable-6"]);
    for row in rows {
        assert_eq!((&row["seeds"], &row["recording"]["n"]), (&1.into(), &20.into()));
        // Four recordings of each of five scenes: on a balanced set accuracy is macro sensitivity.
        let metric = |name: &str| row["recording"][name].as_f64().unwrap();
        assert!((metric("accuracy") - metric("sensitivity")).abs() < 1e-12, "{row}");
        let counts: u64 = row["confusion"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|row| row.as_array().unwrap())
            .map(|n| n.as_u64().unwrap())
            .sum();
        assert_eq!(counts, 20);
    }
    assert_eq!(rows[2]["largest_shift_hz"], Value::Null);
    assert!(rows[3]["largest_shift_hz"].as_f64().unwrap() > 0.0);
    let pairs = results["comparisons"].as_array().unwrap();
    assert!(pairs.iter().any(|pair| pair["first"] == "learnable-6" && pair["second"] == "static-6"), "{results}");
    let report = fs::read_to_string(out.join("RESULTS.md")).unwrap();
    for expected in ["| learnable-6 | 1 |", "McNemar", "77.2 %", "89.7 %", "74.81"] {
        assert!(report.contains(expected), "{expected}: {report}");
    }
    assert!(done.stdout.contains("learnable-6 against static-6"));
    assert!(fs::read_to_string(out.join("accuracy.svg")).unwrap().contains("learnable-6"));
}

#[test]
fn a_table_refuses_runs_that_cannot_stand_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (scenes(folder.path(), "20", "2"), folder.path().join("table"));
    table(&data, &out, &["--seeds", "1", "--budget", "1e-9"]).done();
    let other = table(&data, &out, &["--seeds", "1", "--dropout", "0.4"]);
    assert!(other.refusal().contains("other settings") && other.refusal().contains("fold0-seed0.json"), "{other:?}");
    for settled in [["--minutes", "1"], ["--fold", "0"], ["--seed", "3"], ["--filters", "8"], ["--protocol", "all"]] {
        table(&data, &out, &settled).bad_usage();
    }
    let wrong = spectnet(args!["reproduce", "scene", "--data", &data, "--rows", "learned-46"]);
    assert!(wrong.stderr.contains("expected mfcc, logmel-N, static-N or learnable-N"), "{wrong:?}");
}

#[test]
fn all_recordings_are_trained_on_where_nothing_is_held_out() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (scenes(folder.path(), "10", "2"), folder.path().join("run"));
    let train =
        args!["train", "--task", "scene", "--data", &data, "--protocol", "all", "--filters", "6", "--out", &out];
    let run = spectnet(train.into_iter().chain(small())).done();
    let report: Value = serde_json::from_slice(&fs::read(out.join("report.json")).unwrap()).unwrap();
    assert!(report["provenance"]["protocol"].as_str().unwrap().contains("nothing held out"), "{report} {run:?}");
    assert!(report["provenance"]["data"].as_str().unwrap().contains("10 recordings trained on"), "{report}");
}

/// A stereo file of two seconds.
fn stereo(path: &Path, right: impl Fn(f32) -> f32) {
    let left: Vec<f32> = (0..16_000).map(|k| 0.3 * (0.1 * k as f32 + 1e-5 * (k * k) as f32).sin()).collect();
    let right = left.iter().map(|&sample| right(sample)).collect();
    let [left, right] = [left, right].map(|samples| Recording::new(samples, 8000).unwrap());
    fs::write(path, write_wav_channels(&[&left, &right], 16).unwrap()).unwrap();
}

#[test]
fn channels_are_heard_as_the_model_was_trained() {
    let folder = tempfile::tempdir().unwrap();
    let data = scenes(folder.path(), "10", "2");
    let [wide, narrow] = ["wide.wav", "narrow.wav"].map(|name| folder.path().join(name));
    stereo(&wide, |left| 0.5 * left * left);
    stereo(&narrow, |left| left);
    for (channels, expected) in
        [("mean", None), ("mid-side", Some(["mean", "side"])), ("separate", Some(["channel", "channel"]))]
    {
        let out = folder.path().join(channels);
        let train = args![
            "train",
            "--task",
            "scene",
            "--data",
            &data,
            "--protocol",
            "all",
            "--filters",
            "6",
            "--out",
            &out,
            "--channels",
            channels
        ];
        spectnet(train.into_iter().chain(small())).done();
        let predict =
            args!["predict", "--json", "--device", "cpu", "--model", out.join("best.safetensors"), &wide, &narrow];
        let json = spectnet(predict).json();
        let [wide, narrow] = [0, 1].map(|file| json[file]["windows"].as_array().unwrap());
        let Some(views) = expected else {
            assert_eq!((wide.len(), narrow.len()), (3, 3));
            assert!(wide.iter().all(|window| window.get("view").is_none()));
            continue;
        };
        assert_eq!(wide.len(), 6);
        for (window, view) in wide.iter().zip([views[0]; 3].iter().chain(&[views[1]; 3])) {
            let shown = window.get("view").map_or("\"mean\"".into(), Value::to_string);
            assert!(shown.contains(view), "{window}");
        }
        // Both views cover the same seconds.
        assert_eq!(wide[0]["start_s"], wide[3]["start_s"]);
        assert_eq!(wide[2]["end_s"], wide[5]["end_s"]);
        // The side of two like channels is silence: it has no vote. Each of them by itself has.
        assert_eq!(narrow.len(), if channels == "mid-side" { 3 } else { 6 });
        assert_eq!(json[1]["judged_s"], 2.0);
    }
}

#[test]
fn a_wide_bank_at_full_rate_trains_in_a_gibibyte() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (scenes(folder.path(), "10", "30"), folder.path().join("run"));
    let train = args!["train", "--task", "scene", "--data", &data, "--out", &out, "--device", "cpu", "--epochs", "1"];
    let wide =
        args!["--filters", "149", "--sample-rate", "44100", "--window", "10", "--batch", "8", "--select", "last"];
    let (run, peak) = measured(train.into_iter().chain(wide));
    run.done();
    assert!(peak.is_none_or(|bytes| bytes < 1 << 30), "{peak:?} bytes");
}
