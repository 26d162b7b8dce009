//! A run that was stopped, by whatever, goes on as if nothing had happened: on the CPU it ends with the same bytes.
#![cfg(unix)]

use std::cell::Cell;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use spectnet_tests::args;
use spectnet_tests::command::{Run, command, spectnet};
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

/// Random numbers for the moments of a test. A variable of the environment has those of an earlier one again, which printed it.
fn moments() -> ChaCha8Rng {
    let said = std::env::var("SPECTNET_TEST_SEED").ok().and_then(|said| said.parse().ok());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::from(since.subsec_nanos()));
    let seed = said.unwrap_or_else(now);
    println!("SPECTNET_TEST_SEED={seed}");
    ChaCha8Rng::seed_from_u64(seed)
}

/// Kills a run at random moments, lets it end, and compares it with one that nobody has touched.
fn killed_and_whole_on(data: &Path, folder: &Path, more: &[&str]) {
    let [whole, killed] = ["whole", "killed"].map(|name| folder.join(name));
    let begun = Instant::now();
    spectnet(train(data, &whole, more)).done();
    let took = begun.elapsed();
    let resume = [more, &["--resume"]].concat();
    let mut kills = 0;
    let mut killed_when = |until: &dyn Fn() -> bool| {
        let mut child = start(&train(data, &killed, &resume));
        wait(&mut child, until);
        kills += usize::from(kill(child).signal() == Some(9));
    };
    // At some time after it has got on, three times, and never so far on that it could have ended before.
    let mut random = moments();
    for _ in 0..3 {
        let place = || (lines(&killed), checkpoints(&killed));
        let (before, later) = (place(), took.mul_f64(random.random_range(0.0..0.1)));
        let got_on = Cell::new(None::<Instant>);
        killed_when(&|| {
            if got_on.get().is_none() && place() != before {
                got_on.set(Some(Instant::now()));
            }
            got_on.get().is_some_and(|since| since.elapsed() >= later)
        });
    }
    // In the middle of writing a checkpoint.
    let unfinished = || {
        let entries = fs::read_dir(killed.join("checkpoints")).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with(".new-"))
    };
    killed_when(&unfinished);
    assert!(kills >= 3, "{kills} kills: the run ended before it was killed");
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
    let loss = ["--worst-subset", "0.1"];
    let augment = ["--augment", "gain,noise,masks,equaliser", "--augment-strength", "0.7"];
    // No epoch is so long without a better one: the run has all its lines.
    let patience = ["--early-stopping", EPOCHS];
    let network = ["--classifier", "residual", "--blocks", "2"];
    killed_and_whole(&[&network[..], &recipe, &loss, &augment, &patience].concat());
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

/// Nothing proved that the second one does something else than the first, of which nothing was seen.
#[test]
fn a_second_signal_ends_a_run_at_once_and_it_goes_on_from_before() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (hearts(folder.path()), folder.path().join("run"));
    // All of an epoch is one step, which takes long on any machine.
    let words = |more: &[&str]| -> Vec<OsString> {
        let train = args!["train", "--task", "heart", "--data", &data, "--out", &out, "--device", "cpu"];
        let large = ["--filters", "4", "--blocks", "2", "--batch", "1024", "--epochs", "2", "--threads", "1"];
        train.into_iter().chain(large.iter().chain(more).map(OsString::from)).collect()
    };
    let mut running = command();
    running.args(words(&[])).env("SPECTNET_PROGRESS_S", "0.05").stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = running.spawn().expect("spectnet starts");
    let mut said = BufReader::new(child.stderr.take().expect("standard error")).lines().map(Result::unwrap);
    let mut says = |parts: [&str; 2]| said.any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(says(["progress: epoch 2 of 2", "training 0 of 1"]));
    let before = checkpoints(&out);
    signal(&child, "INT");
    assert!(says(["stopping after this step", "another signal ends the program at once, without saving"]));
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    // Nothing was saved any more, and nothing tidied up.
    assert!(before.len() == 1 && checkpoints(&out) == before, "{before:?}");
    assert!(out.join("run.lock").exists());
    let run = spectnet(words(&["--resume"])).done();
    for expected in ["its lock is taken over", "going on after epoch 1\n"] {
        assert!(run.stderr.contains(expected), "{expected}: {run:?}");
    }
}

/// What a disk had changed was gone on from, and nobody knew.
#[test]
fn a_checkpoint_with_a_flipped_bit_is_passed_over_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let data = hearts(folder.path());
    let [whole, flipped] = ["whole", "flipped"].map(|name| folder.path().join(name));
    let small = ["--classifier", "states"];
    spectnet(train(&data, &whole, &small)).done();
    let mut child = start(&train(&data, &flipped, &small));
    wait(&mut child, || checkpoints(&flipped).len() >= 2);
    kill(child);
    let newest = checkpoints(&flipped).pop().expect("a checkpoint");
    let tensors = flipped.join("checkpoints").join(newest).join("tensors.safetensors");
    let mut bytes = fs::read(&tensors).unwrap();
    // In a number, where no format could see it.
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&tensors, bytes).unwrap();
    let run = spectnet(train(&data, &flipped, &[&small[..], &["--resume"]].concat())).done();
    let expected = "a damaged checkpoint: tensors.safetensors is not what was written";
    assert!(run.stderr.contains(expected) && run.stderr.contains("going on from an older one"), "{run:?}");
    assert!(run.stderr.contains("going on after epoch"), "{run:?}");
    assert_same(&whole, &flipped);
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

/// A run whose files may have so many blocks of 512 bytes: what is larger cannot be written, as on a disk that is full.
fn on_a_full_disk(blocks: u32, arguments: &[OsString]) -> Run {
    let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let mut shell = Command::new("sh");
    shell.env("SPECTNET_CACHE", "off").args(["-c", &line]).arg(program()).args(arguments);
    Run::from(shell.output().expect("a shell"))
}

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
    let resume = train(&data, &out, &[&residual[..], &["--resume"]].concat());
    let run = on_a_full_disk(256, &resume);
    assert_eq!(run.status, Some(1), "{run:?}");
    assert!(run.stderr.contains("training goes on, and what was saved before stays"), "{run:?}");
    assert!(run.stderr.contains(&format!("epoch  {EPOCHS}/{EPOCHS}")), "{run:?}");
    assert_eq!((checkpoints(&out), fs::read(out.join("last.safetensors")).unwrap() == model), (kept, true));
    spectnet(resume).done();
    let whole = folder.path().join("whole");
    spectnet(train(&data, &whole, &residual)).done();
    assert_same(&whole, &out);
}

/// Half a line was there, and the next one after it on the same line.
#[test]
fn lines_that_a_full_disk_does_not_take_leave_no_half_line() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (hearts(folder.path()), folder.path().join("run"));
    let run = |epochs: &str, more: &[&str]| -> Vec<OsString> {
        let words = train(&data, &out, &[&["--classifier", "states"], more].concat());
        let words = words.into_iter().map(|word| if word == EPOCHS { OsString::from(epochs) } else { word });
        words.collect()
    };
    spectnet(run("1", &[])).done();
    // Of 8 KiB: journal and metrics grow beyond that, and nothing that must be written anew is as large.
    let limited = on_a_full_disk(16, &run("40", &["--resume"]));
    assert!(limited.stderr.contains("epoch  40/40"), "{limited:?}");
    let log = fs::read_to_string(out.join("log.jsonl")).unwrap();
    // It has got as far as it could, and no farther: an epoch has two lines.
    assert!(log.len() > 6 * 1024 && log.lines().count() < 80, "{} bytes: {log}", log.len());
    assert!(log.ends_with('\n'), "{log}");
    for line in log.lines() {
        serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
    for table in ["metrics.csv", "filters.csv"] {
        let text = fs::read_to_string(out.join(table)).unwrap();
        let cells = |line: &str| line.split(',').count();
        let columns = text.lines().next().map(cells);
        assert!(text.ends_with('\n') && text.lines().all(|line| Some(cells(line)) == columns), "{table}: {text}");
    }
}
