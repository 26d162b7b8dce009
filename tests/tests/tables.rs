//! Whole tables: `spectnet reproduce` on synthesised recordings.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;
use spectnet_tests::args;
use spectnet_tests::command::{Run, counted, small, spectnet};
use spectnet_tests::recordings::scenes;

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
        assert_eq!(counted(&row["confusion"]), 20);
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
    assert!(fs::read_to_string(out.join("confusion-static-6.svg")).unwrap().contains("20 predictions"));
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
    assert!(wrong.stderr.contains("expected majority, spectrum, mfcc, logmel-N, cnn-1d-N, cnn-2d-N"), "{wrong:?}");
    let waves = spectnet(args!["reproduce", "scene", "--data", &data, "--rows", "cnn-1d-4"]);
    waves.bad_usage();
    assert!(waves.stderr.contains("row cnn-1d-4 is for heart sounds"), "{waves:?}");
    let waves = args!["reproduce", "heart", "--data", &data, "--rows", "static-4,cnn-1d-4", "--augment", "gain,masks"];
    let refused = spectnet(waves);
    refused.bad_usage();
    assert!(refused.stderr.contains("row cnn-1d-4 sees the filters' outputs"), "{refused:?}");
}

/// The published table begins with four filters, which are too few for three blocks; it ended there with an error.
#[test]
fn a_row_has_as_many_blocks_as_its_filters_allow() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("hearts"), folder.path().join("table"));
    spectnet(args!["synth", "--task", "heart", "--out", &data, "--count", "16", "--seconds", "4"]).done();
    let table = |rows: &'static str| {
        let table = args!["reproduce", "heart", "--data", &data, "--out", &out, "--rows", rows, "--seeds", "1"];
        spectnet(table.into_iter().chain(args!["--epochs", "1", "--batch", "8", "--device", "cpu"]))
    };
    // What fits no number of blocks is known before anything is trained.
    let refused = table("static-4,static-5");
    refused.bad_usage();
    assert!(refused.stderr.contains("row static-5: 5 filters do not fit"), "{refused:?}");
    assert!(!out.exists());
    table("static-4").done();
    // Epoch and threshold come from a share of the other recordings, and the threshold decides.
    for (path, _) in runs(&out) {
        let run: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let threshold = run["threshold"].as_f64().unwrap();
        for recording in run["recordings"].as_array().unwrap() {
            let share = recording["probabilities"][1].as_f64().unwrap();
            assert_eq!(recording["verdict"] == 1, share >= threshold, "{threshold}: {recording}");
        }
    }
    let results: Value = serde_json::from_slice(&fs::read(out.join("results.json")).unwrap()).unwrap();
    assert_eq!(results["settings"]["static-4"]["config"]["classifier"]["blocks"], 2);
}

#[test]
fn a_heart_table_counts_recordings_segments_and_subsets_beside_what_knows_only_the_sensor() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("hearts"), folder.path().join("table"));
    spectnet(args!["synth", "--task", "heart", "--out", &data, "--count", "24"]).done();
    let table = args!["reproduce", "heart", "--data", &data, "--out", &out, "--rows", "majority,spectrum,static-4"];
    let small = args!["--seeds", "1", "--epochs", "1", "--batch", "8", "--blocks", "2", "--device", "cpu"];
    let done = spectnet(table.into_iter().chain(small)).done();
    let results: Value = serde_json::from_slice(&fs::read(out.join("results.json")).unwrap()).unwrap();
    let rows = results["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!(row["recording"]["n"], 24);
        let subsets = row["subsets"].as_object().unwrap();
        let members: u64 = subsets.values().map(|subset| subset["recording"]["n"].as_u64().unwrap()).sum();
        assert!(subsets.len() > 1 && members == 24, "{row}");
        // Only the network sees segments.
        let segments = row["segment"]["n"].as_u64().unwrap();
        assert_eq!(segments > 24, row["row"] == "static-4", "{row}");
    }
    // No subset was trained on by the model that judges it.
    let out = folder.path().join("subsets");
    let table = args!["reproduce", "heart", "--data", &data, "--out", &out, "--rows", "majority,spectrum"];
    let done_too =
        spectnet(table.into_iter().chain(args!["--seeds", "1", "--protocol", "leave-one-subset-out"])).done();
    assert!(done_too.stdout.contains("never trained on"), "{}", done_too.stdout);
    let files: Vec<String> = runs(&out).iter().map(|(path, _)| path.display().to_string()).collect();
    assert_eq!(files.iter().filter(|file| file.contains("subset-")).count(), files.len());

    // Whoever knows only the subset gets nothing but one class of each right.
    assert_eq!(rows[0]["mean_over_subsets"]["macc"], 0.5);
    for expected in ["## Segments", "## Subsets", "mean of subsets MAcc", "static-4 against spectrum", "would be 82.04"]
    {
        assert!(done.stdout.contains(expected), "{expected}: {}", done.stdout);
    }
}
