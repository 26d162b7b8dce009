//! A table that was stopped in the middle of a run, by whatever, goes on there: on the CPU it ends with the same results.
#![cfg(unix)]

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use spectnet_tests::args;
use spectnet_tests::command::{Run, command, names, spectnet};
use spectnet_tests::process::{kill, signal, start, wait};
use spectnet_tests::recordings::scenes;

/// Arguments of a table that makes a checkpoint after every step, of runs that are long beside the time it takes to stop them.
fn table(task: &str, data: &Path, out: &Path, more: &[&str]) -> Vec<OsString> {
    let table = args!["reproduce", task, "--data", data, "--out", out, "--device", "cpu", "--seeds", "1"];
    let small = ["--epochs", "8", "--checkpoint-minutes", "1e-9", "--keep-models"];
    table.into_iter().chain(small.iter().chain(more).map(OsString::from)).collect()
}

/// The folders of the checkpoints of the runs that are under way.
fn under_way(out: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let runs = entries(&out.join("runs")).flat_map(|row| entries(&row).collect::<Vec<_>>());
    runs.filter(|run| run.extension().is_some_and(|extension| extension == "checkpoints")).collect()
}

/// What lies in them under names that begin so.
fn found(out: &Path, begin: &str) -> Vec<PathBuf> {
    let entries = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let all = under_way(out).into_iter().flat_map(entries);
    all.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(begin))).collect()
}

/// Whether there is a checkpoint of the first two epochs that was not there before: its run is far from its end.
fn begins(out: &Path, before: &[PathBuf]) -> bool {
    ["epoch-000000-", "epoch-000001-"].iter().any(|epoch| found(out, epoch).iter().any(|path| !before.contains(path)))
}

/// JSON without the seconds, in which two runs always differ.
fn without_seconds(text: &[u8]) -> Vec<u8> {
    fn forget(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.remove("seconds");
                members.values_mut().for_each(forget);
            }
            Value::Array(values) => values.iter_mut().for_each(forget),
            _ => {}
        }
    }
    let mut value = serde_json::from_slice(text).unwrap();
    forget(&mut value);
    serde_json::to_vec(&value).unwrap()
}

/// All that is left of the runs of a table, and its results, each by its name; nothing else may be there.
fn made(out: &Path) -> Vec<(String, Vec<u8>)> {
    let rows = names(&out.join("runs")).into_iter().map(|row| Path::new("runs").join(row));
    let files = rows.flat_map(|row| names(&out.join(&row)).into_iter().map(move |name| row.join(name)));
    let files = files.chain([PathBuf::from("results.json")]);
    let read = |file: PathBuf| {
        let bytes = fs::read(out.join(&file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let is_json = file.extension().is_some_and(|extension| extension == "json");
        (file.display().to_string(), if is_json { without_seconds(&bytes) } else { bytes })
    };
    files.map(read).collect()
}

fn assert_same(whole: &Path, other: &Path) {
    let [whole, others] = [whole, other].map(made);
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&whole), names(&others));
    assert!(names(&whole).iter().any(|name| name.ends_with(".safetensors")), "{:?}", names(&whole));
    for ((name, ours), (_, theirs)) in whole.iter().zip(&others) {
        assert!(ours == theirs, "{name} differs");
    }
    assert!(self::names(&other.join("claims")).is_empty());
}

#[test]
fn a_killed_table_ends_as_if_it_had_not_been() {
    let folder = tempfile::tempdir().unwrap();
    let [data, whole, killed] = ["data", "whole", "killed"].map(|name| folder.path().join(name));
    spectnet(args!["synth", "--task", "heart", "--out", &data, "--count", "24", "--seed", "1", "--seconds", "4"])
        .done();
    let more = ["--rows", "spectrum,static-4,learnable-4", "--classifier", "states", "--batch", "8", "--ema", "0.9"];
    spectnet(table("heart", &data, &whole, &more)).done();
    assert!(under_way(&whole).is_empty());
    let arguments = table("heart", &data, &killed, &more);
    let mut kills = 0;
    let mut killed_when = |until: &dyn Fn() -> bool| {
        let mut child = start(&arguments);
        wait(&mut child, until);
        kills += usize::from(kill(child).signal() == Some(9));
    };
    // At the beginning of a run, of that or of another one, in the middle of writing a checkpoint, and once more.
    killed_when(&|| begins(&killed, &[]));
    let before = found(&killed, "epoch-");
    killed_when(&|| begins(&killed, &before));
    killed_when(&|| [".new-", "epoch-000004-"].iter().any(|begin| !found(&killed, begin).is_empty()));
    let before = found(&killed, "epoch-");
    killed_when(&|| begins(&killed, &before));
    assert_eq!(kills, 4, "the table ended before it was killed");
    let last = spectnet(&arguments).done();
    assert!(last.stderr.contains("is taken over") && last.stderr.contains("  going on after epoch "), "{last:?}");
    assert_same(&whole, &killed);
}

#[test]
fn a_signal_ends_a_table_after_its_step_and_it_goes_on_with_the_same_settings_alone() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, stopped] = ["whole", "stopped"].map(|name| folder.path().join(name));
    let data = scenes(folder.path(), "20", "2");
    let small = ["--blocks", "1", "--sample-rate", "8000", "--window", "1", "--batch", "4"];
    let more = [&small[..], &["--rows", "logmel-6,learnable-6"]].concat();
    spectnet(table("scene", &data, &whole, &more)).done();
    // Of other settings nothing is done yet, and something is under way.
    let mut other = start(&table("scene", &data, &stopped, &[&more[..], &["--learning-rate", "0.01"]].concat()));
    wait(&mut other, || begins(&stopped, &[]));
    assert_eq!(kill(other).signal(), Some(9));
    let arguments = table("scene", &data, &stopped, &more);
    let anew = "the checkpoints there are of other settings (--learning-rate was 0.01 and is ";
    for (name, status, said) in [("TERM", 143, anew), ("INT", 130, "  going on after epoch ")] {
        let before = found(&stopped, "epoch-");
        let mut command = command();
        command.args(&arguments).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("spectnet starts");
        wait(&mut child, || begins(&stopped, &before));
        signal(&child, name);
        let run = Run::from(child.wait_with_output().expect("spectnet ends"));
        assert_eq!(run.status, Some(status), "{run:?}");
        assert!(run.stderr.contains(said) && run.stderr.contains("error: stopped by a signal"), "{run:?}");
        assert!(names(&stopped.join("claims")).is_empty() && !found(&stopped, "epoch-").is_empty());
    }
    let last = spectnet(&arguments).done();
    assert!(last.stderr.contains("  going on after epoch ") && !last.stderr.contains("begins anew"), "{last:?}");
    assert_same(&whole, &stopped);
}
