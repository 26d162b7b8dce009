//! No result depends on the number of threads: on the CPU models, tables and answers are the same to the last byte.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use serde_json::Value;
use spectnet_tests::args;
use spectnet_tests::command::{names, small, spectnet};
use spectnet_tests::recordings::scenes;

/// Numbers of threads that are compared with each other: one, two that divide work in other ways, and more than many a work has
/// parts.
const THREADS: [&str; 4] = ["1", "2", "3", "17"];

/// Files of a run that say nothing of the time and of the machine.
const FILES: [&str; 6] =
    ["best.safetensors", "last.safetensors", "filters.csv", "metrics.csv", "predictions.csv", "report.json"];

fn hearts(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    spectnet(args!["synth", "--task", "heart", "--out", &data, "--count", "24", "--seed", "1", "--seconds", "6"])
        .done();
    data
}

/// A small run with so many threads; its folder.
fn train(data: &Path, folder: &Path, threads: &str, more: &[&str]) -> PathBuf {
    let out = folder.join(threads);
    let words =
        args!["train", "--task", "heart", "--data", data, "--out", &out, "--device", "cpu", "--threads", threads];
    let small = ["--filters", "4", "--batch", "12", "--epochs", "3"];
    spectnet(words.into_iter().chain(small.iter().chain(more).map(OsString::from))).done();
    out
}

/// Trains with each number of threads, and compares what is left and what is said with it.
fn all_the_same(more: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let data = hearts(folder.path());
    let runs = THREADS.map(|threads| train(&data, folder.path(), threads, more));
    for (run, threads) in runs.iter().zip(THREADS) {
        for file in FILES {
            let [one, other] = [&runs[0], run].map(|folder| fs::read(folder.join(file)).unwrap());
            assert!(one == other, "{more:?}: {file} is another with {threads} threads");
        }
        let environment: Value =
            serde_json::from_slice(&fs::read(run.join("environment.json")).unwrap()).expect("a JSON document");
        assert_eq!(environment["threads"].to_string(), threads);
    }
    let model = runs[0].join("best.safetensors");
    let recordings = [0, 5, 11].map(|number| data.join(format!("heart-{number:05}.wav")));
    let said = |words: Vec<OsString>| {
        let answers = THREADS.map(|threads| {
            let words = words.iter().cloned().chain(args!["--device", "cpu", "--threads", threads]);
            spectnet(words).done().stdout
        });
        assert!(!answers[0].is_empty() && answers.iter().all(|answer| *answer == answers[0]), "{words:?}");
    };
    said(args!["predict", "--json", "--model", &model].into_iter().chain(recordings.map(OsString::from)).collect());
    said(args!["eval", "--json", "--model", &model, "--data", &data].into_iter().collect());
}

#[test]
fn the_residual_network_is_the_same_with_any_number_of_threads() {
    all_the_same(&["--classifier", "residual", "--blocks", "2", "--ema", "0.9", "--accumulate", "2"]);
}

#[test]
fn the_pooled_network_is_the_same_with_any_number_of_threads() {
    all_the_same(&["--classifier", "pooled", "--blocks", "1", "--augment", "gain,noise,masks,mixing,speed,equaliser"]);
}

#[test]
fn the_linear_network_is_the_same_with_any_number_of_threads() {
    all_the_same(&["--classifier", "states", "--clip-norm", "0.5"]);
}

#[test]
fn the_networks_to_compare_with_are_the_same_with_any_number_of_threads() {
    all_the_same(&["--classifier", "cnn-1d"]);
    all_the_same(&["--classifier", "cnn-2d"]);
}

/// A long recording is divided among threads too: into parts that are the same for any number of them.
#[test]
fn the_image_of_a_long_recording_is_the_same_with_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    spectnet(args!["synth", "--task", "heart", "--out", &data, "--count", "1", "--seconds", "50"]).done();
    let recording = data.join("heart-00000.wav");
    let images = THREADS.map(|threads| {
        let image = folder.path().join(format!("{threads}.safetensors"));
        spectnet(args!["features", &recording, "--out", &image, "--threads", threads]).done();
        let bytes = fs::read(image).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        file.tensor("image").unwrap().data().to_vec()
    });
    assert!(images.iter().all(|image| *image == images[0]));
}

/// Runs of a table: what they say of every recording, their models, and the table itself.
#[test]
fn a_table_is_the_same_with_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let data = scenes(folder.path(), "20", "2");
    let made = ["1", "3"].map(|threads| {
        let out = folder.path().join(threads);
        let table = args!["reproduce", "scene", "--data", &data, "--out", &out, "--threads", threads];
        let rows = args!["--rows", "mfcc,static-6", "--seeds", "1", "--keep-models"];
        let text = spectnet(table.into_iter().chain(rows).chain(small())).done().stdout;
        let mut files = BTreeMap::new();
        for row in ["mfcc", "static-6"] {
            for name in names(&out.join("runs").join(row)) {
                let mut bytes = fs::read(out.join("runs").join(row).join(&name)).unwrap();
                if name.ends_with(".json") {
                    let mut result: Value = serde_json::from_slice(&bytes).unwrap();
                    assert!(result["seconds"].take().is_number());
                    bytes = result.to_string().into_bytes();
                }
                files.insert(format!("{row}/{name}"), bytes);
            }
        }
        (text, files)
    });
    let [(text, files), (other_text, other_files)] = &made;
    assert_eq!(text, other_text);
    let models = files.keys().filter(|name| name.ends_with(".safetensors")).count();
    assert!(models > 1 && files.len() > 2 * models, "{:?}", files.keys());
    assert_eq!(files.keys().collect::<Vec<_>>(), other_files.keys().collect::<Vec<_>>());
    let other = files.iter().find(|(name, bytes)| other_files[*name] != **bytes).map(|(name, _)| name);
    assert_eq!(other, None);
}

#[test]
fn a_number_of_threads_that_cannot_be_is_refused() {
    for threads in ["0", "-1", "many", "1000000"] {
        let refused = spectnet(args!["bench", "--threads", threads]);
        assert_eq!(refused.status, Some(2), "{refused:?}");
        if threads != "-1" {
            assert!(refused.stderr.contains("expected 1 to 4096; leave out --threads"), "{refused:?}");
        }
    }
}
