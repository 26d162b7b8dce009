//! What is said while something takes long: lines where nobody watches, a dashboard where somebody does, and nothing where that
//! is asked for.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use spectnet_tests::args;
use spectnet_tests::command::{Run, command, names, small, spectnet};
use spectnet_tests::python::Python;
use spectnet_tests::recordings::scenes;
use spectnet_tests::spectnet::program;

/// Synthesised heart sounds.
fn hearts(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    spectnet(args!["synth", "--task", "heart", "--out", &data, "--count", "24", "--seed", "1", "--seconds", "4"])
        .done();
    data
}

fn train_for(epochs: &str, data: &Path, out: &Path, more: &[&str]) -> Vec<OsString> {
    let train = args!["train", "--task", "heart", "--data", data, "--out", out, "--device", "cpu", "--filters", "4"];
    let blocks: &[&str] = if more.contains(&"--classifier") { &[] } else { &["--blocks", "2"] };
    let small = ["--batch", "8", "--epochs", epochs];
    train.into_iter().chain(blocks.iter().chain(&small).chain(more).map(OsString::from)).collect()
}

fn train(data: &Path, out: &Path, more: &[&str]) -> Vec<OsString> {
    train_for("4", data, out, more)
}

/// A run that says what is under way whenever nothing was said for a moment, not for half a minute.
fn impatient(arguments: &[OsString]) -> Run {
    let output = command().args(arguments).env("SPECTNET_PROGRESS_S", "0.02").output();
    Run::from(output.expect("spectnet starts")).done()
}

#[test]
fn where_nobody_watches_lines_say_what_is_under_way_and_the_time_left() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (hearts(folder.path()), folder.path().join("run"));
    let run = impatient(&train(&data, &out, &[]));
    let lines: Vec<&str> = run.stderr.lines().filter_map(|line| line.strip_prefix("progress: ")).collect();
    assert!(lines.iter().any(|line| line.contains("epoch") && line.ends_with(" left")), "{run:?}");
    let epochs: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("epoch ")).collect();
    assert_eq!(epochs.len(), 4, "{run:?}");
    assert!(epochs.iter().all(|line| line.contains(" left)")), "{run:?}");
    // Nothing that moves a cursor or gives a colour goes into a file.
    assert!(!run.stderr.contains('\u{1b}') && !run.stderr.contains('\r'), "{run:?}");
}

/// Recordings are read before the first run and the first epoch, and of many that takes longest.
#[test]
fn while_recordings_are_read_that_is_said_too() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("long");
    spectnet(args!["synth", "--task", "heart", "--out", &data, "--count", "24", "--seconds", "40"]).done();
    // Where heart cycles are looked for, it takes a while.
    let run = train_for("1", &data, &folder.path().join("run"), &["--classifier", "states"]);
    let table = args!["reproduce", "heart", "--data", &data, "--out", folder.path().join("table")];
    let rows = args!["--rows", "majority", "--seeds", "1", "--classifier", "states", "--device", "cpu"];
    for words in [run, table.into_iter().chain(rows).collect()] {
        let run = impatient(&words);
        let mut lines = run.stderr.lines().filter_map(|line| line.strip_prefix("progress: "));
        assert!(lines.any(|line| line.starts_with("preparing recordings ") && line.contains(" of 24")), "{run:?}");
    }
}

#[test]
fn a_table_says_every_run_and_epoch_with_the_time_left() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (scenes(folder.path(), "20", "2"), folder.path().join("table"));
    let table = args!["reproduce", "scene", "--data", &data, "--out", &out, "--rows", "static-6", "--seeds", "1"];
    let run = spectnet(table.into_iter().chain(small())).done();
    let runs: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("run ")).collect();
    assert!(runs.len() > 1, "{run:?}");
    // Of the first nobody knows how long it takes.
    assert!(runs.iter().skip(1).all(|line| line.ends_with(" left)")), "{run:?}");
    let of = |begin: &str, within: &str| {
        let lines = run.stderr.lines().filter(|line| line.starts_with(begin) && line.contains(within));
        lines.filter(|line| line.contains(" left)")).count()
    };
    assert_eq!((of("  epoch ", "training loss"), of("  ", "recordings right")), (runs.len(), runs.len()), "{run:?}");
}

#[test]
fn quiet_says_errors_alone_and_verbose_says_steps() {
    let folder = tempfile::tempdir().unwrap();
    let data = hearts(folder.path());
    let out = |name: &str| folder.path().join(name);
    let run = impatient(&train(&data, &out("quiet"), &["--quiet"]));
    assert!(run.stderr.is_empty() && run.stdout.contains("model: "), "{run:?}");
    let run = spectnet(train(&folder.path().join("nowhere"), &out("none"), &["-q"]));
    assert!(run.refusal().contains("nowhere"), "{run:?}");
    let run = spectnet(train(&data, &out("verbose"), &["-v"])).done();
    let steps = run.stderr.lines().filter(|line| line.contains("batch") && line.contains("learning rate")).count();
    assert!(steps >= 4, "{run:?}");
    let usual = spectnet(train(&data, &out("usual"), &[])).done();
    assert!(!usual.stderr.contains("learning rate"), "{usual:?}");
    spectnet(args!["-q", "-v", "bench"]).bad_usage();
}

/// Runs a program in a terminal of 120 columns and prints what it writes there.
#[cfg(unix)]
const TERMINAL: &str = r#"
import fcntl, os, pty, struct, sys, termios
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
while True:
    try:
        written = os.read(terminal, 65536)
    except OSError:
        break
    if not written:
        break
    sys.stdout.buffer.write(written)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"#;

#[cfg(unix)]
#[test]
fn where_somebody_watches_there_is_a_dashboard() {
    let Some(python) = Python::find("a terminal of Python's") else { return };
    let folder = tempfile::tempdir().unwrap();
    let data = hearts(folder.path());
    let seen = |name: &str, colours: bool| {
        let mut command = python.lines(TERMINAL);
        command.arg(program()).args(train(&data, &folder.path().join(name), &[]));
        command
            .env("TERM", "xterm-256color")
            .env_remove("CLICOLOR")
            .env_remove("CLICOLOR_FORCE")
            .env_remove("NO_COLOR");
        if !colours {
            command.env("NO_COLOR", "1");
        }
        Run::from(command.output().expect("Python starts")).done().stdout
    };
    let screen = seen("colours", true);
    for part in [" of 4 [", " left", "loss ", "█", "filters have moved by ", "Hz at most", "training ["] {
        assert!(screen.contains(part), "{part}: {screen:?}");
    }
    // Lines stay above it, and it is gone in the end.
    assert!(screen.contains("epoch   4/4") && !screen.contains("progress: "), "{screen:?}");
    let end = &screen[screen.rfind("epoch   4/4").unwrap()..];
    assert!(end.rfind("model: ") > end.rfind("filters have moved"), "{end:?}");
    let cyan = "\u{1b}[36m";
    assert!(screen.contains(cyan) && !seen("none", false).contains(cyan), "{screen:?}");
}

/// Reads an event file as its format is described, and prints every scalar. It shares nothing with the program.
const EVENTS: &str = r#"
import json, struct, sys

def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF

def masked(data):
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF

def varint(data, at):
    value, shift = 0, 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at

def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 1:
            value, at = struct.unpack("<d", data[at:at + 8])[0], at + 8
        elif kind == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        elif kind == 5:
            value, at = struct.unpack("<f", data[at:at + 4])[0], at + 4
        else:
            raise ValueError(kind)
        yield number, value

data, at, events = open(sys.argv[1], "rb").read(), 0, []
while at < len(data):
    length, of_length = struct.unpack("<QI", data[at:at + 12])
    assert masked(data[at:at + 8]) == of_length
    record = data[at + 12:at + 12 + length]
    assert masked(record) == struct.unpack("<I", data[at + 12 + length:at + 16 + length])[0]
    at += 16 + length
    event = {"step": 0, "scalars": {}}
    for number, value in fields(record):
        if number == 1:
            event["time"] = value
        elif number == 2:
            event["step"] = value
        elif number == 3:
            event["version"] = value.decode()
        elif number == 5:
            for _, scalar in fields(value):
                scalar = dict(fields(scalar))
                event["scalars"][scalar[1].decode()] = scalar[2]
        elif number == 7:
            event["status"] = dict(fields(value))[1]
    events.append(event)
json.dump(events, sys.stdout)
"#;

#[test]
fn tensorboard_is_given_what_the_journal_says() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (hearts(folder.path()), folder.path().join("run"));
    spectnet(train(&data, &out, &["--tensorboard"])).done();
    let files = || names(&out).into_iter().filter(|name| name.starts_with("events.out.tfevents.")).collect::<Vec<_>>();
    assert_eq!(files().len(), 1, "{:?}", files());
    let Some(python) = Python::find("a reader of event files") else { return };
    let read = |name: &str| Run::from(python.lines(EVENTS).arg(out.join(name)).output().expect("Python starts")).json();
    let first = files().remove(0);
    let events = read(&first);
    let events = events.as_array().unwrap();
    assert_eq!((&events[0]["version"], &events[1]["status"]), (&json!("brain.Event:2"), &json!(1)));
    assert!(events.iter().all(|event| event["time"].as_f64().unwrap() > 1.7e9));
    let log = std::fs::read_to_string(out.join("log.jsonl")).unwrap();
    let log: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let scalar = |tag: &str| -> Vec<(u64, f64)> {
        let of = |event: &Value| Some((event["step"].as_u64()?, event["scalars"][tag].as_f64()?));
        events.iter().filter_map(of).collect()
    };
    let near = |ours: Vec<(u64, f64)>, theirs: Vec<(u64, f64)>| {
        assert!(!ours.is_empty() && ours.len() == theirs.len(), "{ours:?} {theirs:?}");
        for (one, other) in ours.iter().zip(&theirs) {
            assert!(one.0 == other.0 && (one.1 - other.1).abs() <= 1e-6 * (1.0 + other.1.abs()), "{one:?} {other:?}");
        }
    };
    let steps = |name: &str| -> Vec<(u64, f64)> {
        let lines = log.iter().filter(|line| line["event"] == "steps");
        lines.filter_map(|line| Some((line["batch"].as_u64()?, line.pointer(name)?.as_f64()?))).collect()
    };
    near(scalar("training/loss"), steps("/loss"));
    near(scalar("training/gradient norm of the filters"), steps("/gradient_norm/front_end"));
    let epochs: Vec<f64> = scalar("epoch/number").iter().map(|(_, epoch)| *epoch).collect();
    assert_eq!(epochs, [1.0, 2.0, 3.0, 4.0]);
    let losses = scalar("validation/loss");
    let history = log.iter().filter(|line| line["event"] == "epoch");
    let expected =
        losses.iter().zip(history).map(|((step, _), line)| (*step, line["validation_loss"].as_f64().unwrap()));
    near(losses.clone(), expected.collect());
    assert!(!scalar("validation/MAcc").is_empty() && !scalar("validation/score that chooses the epoch").is_empty());
    // A process that goes on writes a file of its own, which begins where it goes on.
    spectnet(train_for("5", &data, &out, &["--tensorboard", "--resume"])).done();
    let second = files().into_iter().find(|name| *name != first).expect("a second file");
    let more = read(&second);
    let last = events.iter().filter_map(|event| event["step"].as_u64()).max();
    assert_eq!((more[1]["step"].as_u64(), &more[1]["status"]), (last, &json!(1)));
}

#[test]
fn without_being_asked_there_is_no_event_file() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (hearts(folder.path()), folder.path().join("run"));
    spectnet(train(&data, &out, &["--tensorboard=false"])).done();
    assert!(names(&out).iter().all(|name| !name.contains("tfevents")));
}
