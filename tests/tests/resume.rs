//! A run that was stopped, by whatever, goes on as if nothing had happened: on the CPU it ends with the same bytes.
#![cfg(unix)]

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use spectnet_tests::args;
use spectnet_tests::command::{Run, spectnet};
use spectnet_tests::process::{kill, signal, start, wait};
use spectnet_tests::spectnet::program;

/// Epochs of a run: enough that it does not end before somebody has looked into its folder.
const EPOCHS: &str = "12";

/// Synthesised heart sounds.
fn hearts(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    spectnet(args!["synth", "--task", "heart", "--out", &data, "--count", "24", "--seed", "1", "--seconds", "4"])
        .done();
    data
}

/// Arguments of a run that makes a checkpoint after every step.
fn train(data: &Path, out: &Path, more: &[&str]) -> Vec<OsString> {
    let train = args!["train", "--task", "heart", "--data", data, "--out", out, "--device", "cpu", "--filters", "4"];
    let small = ["--batch", "8", "--epochs", EPOCHS, "--checkpoint-minutes", "1e-9"];
    train.into_iter().chain(small.iter().chain(more).map(OsString::from)).collect()
}

fn lines(out: &Path) -> usize {
    fs::read_to_string(out.join("log.jsonl")).unwrap_or_default().lines().count()
}

fn checkpoints(out: &Path) -> Vec<String> {
    let entries = fs::read_dir(out.join("checkpoints")).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("epoch-")).collect();
    names.sort();
    names
}

/// The table without the column of seconds, in which two runs always differ.
fn without_seconds(out: &Path) -> Vec<String> {
    let text = fs::read_to_string(out.join("history.csv")).unwrap();
    let row = |line: &str| {
        let cells = line.split(',').enumerate().filter(|(column, _)| *column != 1).map(|(_, cell)| cell);
        cells.collect::<Vec<_>>().join(",")
    };
    text.lines().map(row).collect()
}

/// Whatever two runs must have in common.
fn assert_same(one: &Path, other: &Path) {
    for file in ["best.safetensors", "last.safetensors", "filters.csv", "metrics.csv", "predictions.csv", "report.json"]
    {
        let [ours, theirs] = [one, other].map(|folder| fs::read(folder.join(file)).unwrap());
        assert!(ours == theirs, "{file} differs between {} and {}", one.display(), other.display());
    }
    assert_eq!(without_seconds(one), without_seconds(other));
}

/// Kills a run at several moments, lets it end, and compares it with one that nobody has touched.
fn killed_and_whole_on(data: &Path, folder: &Path, more: &[&str]) {
    let [whole, killed] = ["whole", "killed"].map(|name| folder.join(name));
    spectnet(train(data, &whole, more)).done();
    let resume = [more, &["--resume"]].concat();
    let mut kills = 0;
    let mut killed_when = |until: &dyn Fn() -> bool| {
        let mut child = start(&train(data, &killed, &resume));
        wait(&mut child, until);
        kills += usize::from(kill(child).signal() == Some(9));
    };
    // In the first epoch; after a line of the journal; a few checkpoints later; in the middle of writing one.
    killed_when(&|| !checkpoints(&killed).is_empty());
    let before = lines(&killed);
    killed_when(&|| lines(&killed) > before + 1);
    let before = checkpoints(&killed);
    killed_when(&|| checkpoints(&killed).iter().all(|name| !before.contains(name)));
    let unfinished = || {
        let entries = fs::read_dir(killed.join("checkpoints")).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with(".new-"))
    };
    killed_when(&unfinished);
    assert!(kills > 0, "the run always ended before it was killed");
    let last = spectnet(train(data, &killed, &resume)).done();
    assert!(last.stderr.contains("going on after epoch"), "{last:?}");
    assert_same(&whole, &killed);
    let names: Vec<String> =
        fs::read_dir(&killed).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert!(names.iter().all(|name| !name.ends_with(".part") && name != "run.lock"), "{names:?}");
    // Every line once, though some were written twice.
    let log = fs::read_to_string(killed.join("log.jsonl")).unwrap();
    let log: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let epochs: Vec<u64> =
        log.iter().filter(|line| line["event"] == "epoch").map(|line| line["epoch"].as_u64().unwrap()).collect();
    assert_eq!(epochs, (1..=EPOCHS.parse().unwrap()).collect::<Vec<u64>>());
}

/// The same on synthesised heart sounds that nothing more has to be known of.
fn killed_and_whole(more: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    killed_and_whole_on(&hearts(folder.path()), folder.path(), more);
}

#[test]
fn a_killed_run_of_the_residual_network_ends_as_if_it_had_not_been() {
    killed_and_whole(&["--classifier", "residual", "--blocks", "2"]);
}

#[test]
fn a_killed_run_of_the_pooled_network_ends_as_if_it_had_not_been() {
    killed_and_whole(&[
        "--classifier",
        "pooled",
        "--blocks",
        "1",
        "--augment",
        "gain,noise,masks,mixing,speed,equaliser",
    ]);
}

#[test]
fn a_killed_run_of_the_linear_network_ends_as_if_it_had_not_been() {
    killed_and_whole(&["--classifier", "states", "--clip-norm", "0.5"]);
}

#[test]
fn a_killed_run_of_the_networks_to_compare_with_ends_as_if_it_had_not_been() {
    killed_and_whole(&["--classifier", "cnn-1d"]);
    killed_and_whole(&["--classifier", "cnn-2d", "--static"]);
}

/// A step of several batches can be stopped between them, and a step belongs to two epochs.
#[test]
fn a_killed_run_with_gradients_of_several_batches_ends_as_if_it_had_not_been() {
    killed_and_whole(&["--classifier", "states", "--accumulate", "5"]);
}

/// The published recipe: the sum of the gradients of ten batches, an optimiser without moments, and heart cycles in an order of
/// their own.
#[test]
fn a_killed_run_of_the_published_procedure_ends_as_if_it_had_not_been() {
    let folder = tempfile::tempdir().unwrap();
    let data = hearts(folder.path());
    let list = folder.path().join("validation.txt");
    fs::write(&list, "heart-00000\nheart-00001\nheart-00002\nheart-00003\n").unwrap();
    let paper = ["--protocol", "paper", "--validation-list", list.to_str().unwrap(), "--blocks", "2"];
    killed_and_whole_on(&data, folder.path(), &paper);
}

/// The average of the weights, the place in the warm-up and the epochs without a better one are in a checkpoint.
#[test]
fn a_killed_run_with_every_recipe_ends_as_if_it_had_not_been() {
    let recipe = ["--ema", "0.9", "--warm-up", "7", "--schedule", "constant", "--accumulate", "2", "--clip-norm", "1"];
    let augment = ["--augment", "gain,noise,masks,equaliser", "--augment-strength", "0.7"];
    // No epoch is so long without a better one: the run has all its lines.
    let patience = ["--early-stopping", EPOCHS];
    let network = ["--classifier", "residual", "--blocks", "2"];
    killed_and_whole(&[&network[..], &recipe, &augment, &patience].concat());
}

/// A run that has ended early ends there again, and one that was killed before ends at the same epoch.
#[test]
fn a_run_that_ends_early_stays_ended() {
    let folder = tempfile::tempdir().unwrap();
    let data = hearts(folder.path());
    let [whole, killed] = ["whole", "killed"].map(|name| folder.path().join(name));
    // Nothing is learned, so that sooner or later an epoch is no better than the one before.
    let more = ["--classifier", "states", "--early-stopping", "1", "--learning-rate", "1e-12", "--static"];
    let run = spectnet(train(&data, &whole, &more)).done();
    assert!(run.stderr.contains("stopping early after epoch"), "{run:?}");
    let epochs = without_seconds(&whole).len() - 1;
    assert!(epochs < EPOCHS.parse().unwrap(), "{epochs} epochs");
    let resume = [&more[..], &["--resume"]].concat();
    let mut child = start(&train(&data, &killed, &more));
    wait(&mut child, || !checkpoints(&killed).is_empty());
    kill(child);
    for _ in 0..2 {
        spectnet(train(&data, &killed, &resume)).done();
        assert_same(&whole, &killed);
    }
}

#[test]
fn a_signal_ends_a_run_after_its_step_and_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = hearts(folder.path());
    let [whole, stopped] = ["whole", "stopped"].map(|name| folder.path().join(name));
    let small = ["--classifier", "states"];
    spectnet(train(&data, &whole, &small)).done();
    for (name, status) in [("TERM", 143), ("INT", 130)] {
        let mut child = start(&train(&data, &stopped, &[&small[..], &["--resume"]].concat()));
        let before = lines(&stopped);
        wait(&mut child, || lines(&stopped) > before);
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), Some(status), "{name}");
        assert!(!checkpoints(&stopped).is_empty() && !stopped.join("run.lock").exists());
        assert!(!stopped.join("predictions.csv").exists());
    }
    spectnet(train(&data, &stopped, &[&small[..], &["--resume"]].concat())).done();
    assert_same(&whole, &stopped);
}

#[test]
fn a_folder_has_one_run_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (hearts(folder.path()), folder.path().join("run"));
    let long = ["--classifier", "states", "--epochs", "100000"];
    let begun: Vec<OsString> =
        train(&data, &out, &[]).into_iter().filter(|word| word != "--epochs" && word != EPOCHS).collect();
    let begun: Vec<OsString> = begun.into_iter().chain(long.map(OsString::from)).collect();
    let mut child = start(&begun);
    wait(&mut child, || lines(&out) > 0);
    let again: Vec<OsString> = begun.iter().cloned().chain(args!["--resume"]).collect();
    let refused = spectnet(&again);
    assert!(refused.refusal().contains(&format!("in use by process {} on ", child.id())), "{refused:?}");
    assert_eq!(kill(child).signal(), Some(9));
    // Nobody holds the lock that it has left.
    assert!(out.join("run.lock").exists());
    let fewer: Vec<OsString> = train(&data, &out, &["--classifier", "states", "--resume"]);
    let run = spectnet(fewer);
    assert!(run.stderr.contains("its lock is taken over") && run.status == Some(0), "{run:?}");
}

/// A file may have so many KiB: what is larger cannot be written, as on a disk that is full.
#[test]
fn a_full_disk_ends_no_training_and_spoils_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (hearts(folder.path()), folder.path().join("run"));
    let residual = ["--classifier", "residual", "--blocks", "2"];
    let mut child = start(&train(&data, &out, &residual));
    wait(&mut child, || out.join("last.safetensors").exists() && !checkpoints(&out).is_empty());
    assert_eq!(kill(child).signal(), Some(9));
    let kept = checkpoints(&out);
    let model = fs::read(out.join("last.safetensors")).unwrap();
    let line = "trap '' XFSZ; ulimit -f 256; exec \"$0\" \"$@\"";
    let resume = train(&data, &out, &[&residual[..], &["--resume"]].concat());
    let mut shell = Command::new("sh");
    shell.env("SPECTNET_CACHE", "off").args(["-c", line]).arg(program()).args(&resume);
    let output = shell.output().expect("a shell");
    let run = Run::from(output);
    assert_eq!(run.status, Some(1), "{run:?}");
    assert!(run.stderr.contains("training goes on, and what was saved before stays"), "{run:?}");
    assert!(run.stderr.contains(&format!("epoch  {EPOCHS}/{EPOCHS}")), "{run:?}");
    assert_eq!((checkpoints(&out), fs::read(out.join("last.safetensors")).unwrap() == model), (kept, true));
    spectnet(resume).done();
    let whole = folder.path().join("whole");
    spectnet(train(&data, &whole, &residual)).done();
    assert_same(&whole, &out);
}
