//! One table, several processes: each run is made once, a dead owner is followed, and what fails costs nothing but itself.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use spectnet_tests::args;
use spectnet_tests::command::{Run, command, names, small, spectnet};
use spectnet_tests::recordings::scenes;
use spectnet_tests::spectnet::program;

fn table(data: &Path, out: &Path, rows: &str, more: &[&str]) -> Vec<OsString> {
    let table = args!["reproduce", "scene", "--data", data, "--out", out, "--rows", rows];
    table.into_iter().chain(small()).chain(more.iter().map(OsString::from)).collect()
}

fn start(arguments: &[OsString]) -> Child {
    let mut command = Command::new(program());
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("spectnet starts")
}

fn results(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("results.json")).unwrap()).unwrap()
}

/// The runs that a process has begun, by what it says of them.
fn begun(said: &str) -> BTreeSet<String> {
    let lines = said.lines().filter(|line| line.starts_with("run ") && line.contains(" of "));
    lines.map(String::from).collect()
}

/// What a claim says whose owner, on another machine, has given a sign of life just now.
fn of_another_machine() -> String {
    json!({ "pid": 1, "host": "another-machine", "since": "2026-01-01T00:00:00Z", "locked": true }).to_string()
}

/// The files of a kind among the results of a row.
fn files(out: &Path, row: &str, ending: &str) -> Vec<PathBuf> {
    let folder = out.join("runs").join(row);
    let names = names(&folder).into_iter().filter(|name| name.ends_with(ending));
    names.map(|name| folder.join(name)).collect()
}

#[test]
fn two_processes_divide_a_table_and_both_end_with_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (scenes(folder.path(), "20", "2"), folder.path().join("table"));
    let arguments = table(&data, &out, "mfcc,static-6", &["--seeds", "2"]);
    let both = [start(&arguments), start(&arguments)];
    let both = both.map(|child| Run::from(child.wait_with_output().expect("spectnet ends")).done());
    let [one, other] = [&both[0], &both[1]].map(|run| begun(&run.stderr));
    assert!(one.is_disjoint(&other), "{one:?} {other:?}");
    let results = results(&out);
    let all = results["runs"][1].as_u64().unwrap();
    assert_eq!(results["runs"], json!([all, all]));
    assert_eq!((one.len() + other.len()) as u64, all, "{both:?}");
    assert_eq!(both[0].stdout, both[1].stdout);
    assert!(names(&out.join("claims")).is_empty());
}

#[test]
fn shares_divide_the_runs_of_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (scenes(folder.path(), "20", "2"), folder.path().join("table"));
    let share = |share: &str| spectnet(table(&data, &out, "mfcc,static-6", &["--seeds", "1", "--shard", share])).done();
    let first = share("1/2");
    assert!(first.stderr.contains("share 1/2 is done"), "{first:?}");
    let half = results(&out)["runs"].clone();
    assert!(half[0].as_u64() < half[1].as_u64(), "{half}");
    let second = share("2/2");
    assert_eq!(results(&out)["runs"], json!([half[1], half[1]]));
    assert!(begun(&first.stderr).is_disjoint(&begun(&second.stderr)), "{first:?} {second:?}");
    assert!(begun(&share("1/2").stderr).is_empty());
    spectnet(table(&data, &out, "mfcc", &["--shard", "3/2"])).bad_usage();
}

#[test]
fn a_killed_owner_is_followed_and_one_of_another_machine_after_its_lease() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (scenes(folder.path(), "20", "2"), folder.path().join("table"));
    let arguments = table(&data, &out, "static-6", &["--seeds", "1"]);
    let claims = || fs::read_dir(out.join("claims")).into_iter().flatten().count();
    // One that has said whose it is: of another nobody could know before its lease is over.
    let has_owner = || {
        let files = fs::read_dir(out.join("claims")).into_iter().flatten().flatten();
        files.into_iter().any(|file| file.metadata().is_ok_and(|about| about.len() > 0))
    };
    let mut child = start(&arguments);
    while !has_owner() && child.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_millis(1));
    }
    // It may have ended by itself.
    let _ = child.kill();
    child.wait().unwrap();
    assert_eq!(claims(), 1, "the run ended before it was killed");
    let run = spectnet(&arguments).done();
    assert!(run.stderr.contains("static-6.fold") && run.stderr.contains("is taken over"), "{run:?}");
    assert_eq!(claims(), 0);

    // A claim of another machine, whose owner gave a sign of life just now, is left alone.
    let gone = files(&out, "static-6", ".json").swap_remove(0);
    fs::remove_file(&gone).unwrap();
    let name = format!("static-6.{}.1", gone.file_stem().unwrap().to_string_lossy());
    let claim = out.join("claims").join(name);
    fs::write(&claim, of_another_machine()).unwrap();
    let no_wait = table(&data, &out, "static-6", &["--seeds", "1", "--no-wait"]);
    let run = spectnet(&no_wait).done();
    assert!(begun(&run.stderr).is_empty() && !gone.exists(), "{run:?}");
    assert!(run.stderr.contains("others are being made"), "{run:?}");
    let file = OpenOptions::new().write(true).open(&claim).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
    let run = spectnet(&no_wait).done();
    assert!(run.stderr.contains("process 1 on another-machine") && gone.exists(), "{run:?}");
    assert_eq!(claims(), 0);
}

/// A process that waited from its beginning was silent for as long as it waited.
#[test]
fn a_table_that_waits_for_others_says_so_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (scenes(folder.path(), "20", "2"), folder.path().join("table"));
    let claims = out.join("claims");
    fs::create_dir_all(&claims).unwrap();
    let claimed = ["mfcc.fold0-seed0.1", "mfcc.fold1-seed0.1"].map(|name| claims.join(name));
    claimed.iter().for_each(|claim| fs::write(claim, of_another_machine()).unwrap());
    let mut waiting = command();
    waiting.args(table(&data, &out, "mfcc", &["--seeds", "1"])).env("SPECTNET_PROGRESS_S", "0.05");
    let mut child = waiting.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("spectnet starts");
    let mut said = BufReader::new(child.stderr.take().expect("standard error")).lines().map(Result::unwrap);
    let expected = "progress: waiting for 2 runs that other processes make";
    let told = said.by_ref().filter(|line| line.starts_with(expected)).take(2).count();
    // Where the owners are gone it makes the runs itself.
    claimed.iter().for_each(|claim| fs::remove_file(claim).unwrap());
    let rest: Vec<String> = said.collect();
    assert!(child.wait().unwrap().success() && told == 2, "{rest:?}");
    assert_eq!(begun(&rest.join("\n")).len(), 2, "{rest:?}");
    assert_eq!(results(&out)["runs"], json!([3, 3]));
}

#[test]
fn a_row_that_diverges_and_a_damaged_file_cost_nothing_but_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (scenes(folder.path(), "20", "2"), folder.path().join("table"));
    let diverging = |more: &[&str]| {
        let table =
            args!["reproduce", "scene", "--data", &data, "--out", &out, "--rows", "static-6,mfcc", "--seeds", "1"];
        let small = args!["--device", "cpu", "--blocks", "1", "--sample-rate", "8000", "--window", "1", "--batch", "2"];
        let large = args!["--epochs", "9", "--learning-rate", "1e30"];
        spectnet(table.into_iter().chain(small).chain(large).chain(more.iter().map(OsString::from)))
    };
    let run = diverging(&[]);
    assert_eq!(run.status, Some(1), "{run:?}");
    assert!(run.stderr.contains("failed: ") && run.stderr.contains("the other runs go on"), "{run:?}");
    let table = results(&out);
    let rows: Vec<&str> = table["rows"].as_array().unwrap().iter().map(|row| row["row"].as_str().unwrap()).collect();
    assert_eq!(rows, ["mfcc"], "{table}");
    let failed = table["failed"].as_array().unwrap();
    assert!(failed.iter().all(|run| run["row"] == "static-6"), "{table}");
    assert_eq!(files(&out, "static-6", ".failed.json").len(), failed.len());
    // From its last checkpoint it would only fail again.
    assert!(files(&out, "static-6", ".checkpoints").is_empty());
    assert!(run.stdout.contains("## Failed runs") && run.stdout.contains("- static-6 without fold"), "{run:?}");
    // What has failed would fail again.
    let again = diverging(&[]);
    assert!(again.status == Some(1) && begun(&again.stderr).is_empty(), "{again:?}");
    assert_eq!(begun(&diverging(&["--retry-failed"]).stderr).len(), failed.len());

    // Half a file of a result.
    let damaged = files(&out, "mfcc", ".json").swap_remove(0);
    let whole = fs::read(&damaged).unwrap();
    fs::write(&damaged, &whole[..whole.len() / 2]).unwrap();
    let run = diverging(&[]);
    assert!(run.status == Some(1) && run.stdout.contains("not the result of a run"), "{run:?}");
    fs::write(&damaged, whole).unwrap();
    assert!(!diverging(&[]).stdout.contains("not the result of a run"));
}

#[test]
fn the_models_of_a_table_are_kept_where_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (scenes(folder.path(), "20", "2"), folder.path().join("table"));
    spectnet(table(&data, &out, "mfcc,logmel-6,static-6", &["--seeds", "1", "--keep-models"])).done();
    let models = files(&out, "static-6", ".safetensors");
    assert_eq!(models.len(), files(&out, "static-6", ".json").len());
    // What has no filterbank is no model that another command could use.
    assert!(files(&out, "logmel-6", ".safetensors").is_empty() && files(&out, "mfcc", ".safetensors").is_empty());
    let inspected = spectnet(args!["inspect", &models[0], "--json"]).json();
    assert_eq!(inspected["provenance"]["seed"], 0, "{inspected}");
    let eval = args!["eval", "--model", &models[0], "--data", &data, "--json", "--device", "cpu"];
    let seen = spectnet(eval).json()["already_seen"].clone();
    assert!(seen["trained"].as_u64() > Some(0), "{seen}");
    // Paths are those within the data, which lies elsewhere on another machine.
    let result: Value = serde_json::from_slice(&fs::read(&files(&out, "mfcc", ".json")[0]).unwrap()).unwrap();
    let recordings = result["recordings"].as_array().unwrap();
    assert!(recordings.iter().all(|one| !one["file"].as_str().unwrap().contains('/')), "{result}");
}
