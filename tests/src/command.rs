//! One run of the `spectnet` program, and what it may say when it refuses.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use burn::tensor::Device;
use serde_json::Value;
use spectnet_core::model::Task;
use spectnet_core::network::burn::SpectNet;
use spectnet_core::package::{self, Provenance};

use crate::spectnet::program;

/// Arguments of a command from strings and paths.
#[macro_export]
macro_rules! args {
    ($($argument:expr),* $(,)?) => { [$(std::ffi::OsString::from($argument)),*] };
}

/// What a run left behind.
#[derive(Debug)]
pub struct Run {
    /// Exit status; none when a signal ended it.
    pub status: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// `spectnet` without arguments. What it prepares is kept nowhere, unless `--cache` names a folder: no test rests on what
/// another one left, and nobody's own cache is filled.
pub fn command() -> Command {
    let mut command = Command::new(program());
    command.env("SPECTNET_CACHE", "off");
    command
}

/// Runs `spectnet` with these arguments to its end.
pub fn spectnet<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Run {
    Run::from(command().args(arguments).output().expect("spectnet starts"))
}

/// The same with a file as its standard input.
pub fn spectnet_reading<A: AsRef<OsStr>>(file: &Path, arguments: impl IntoIterator<Item = A>) -> Run {
    let file = std::fs::File::open(file).expect("the file is there");
    Run::from(command().args(arguments).stdin(file).output().expect("spectnet starts"))
}

/// The same as [`spectnet`], and the most memory it held at once in bytes, where the system says so (Linux).
pub fn measured<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> (Run, Option<u64>) {
    let mut command = command();
    let child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("spectnet starts");
    let status = format!("/proc/{}/status", child.id());
    // What it writes is read all the time: a full pipe would stop it.
    let output = thread::spawn(|| child.wait_with_output());
    let mut peak = None;
    while !output.is_finished() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        peak = kibibytes.map(|kibibytes| 1024 * kibibytes).or(peak);
        thread::sleep(Duration::from_millis(20));
    }
    let output = output.join().expect("a thread that only waits");
    (Run::from(output.expect("spectnet ends")), peak)
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("spectnet writes UTF-8");
        Self { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Run {
    /// This run, which must have ended well.
    pub fn done(self) -> Self {
        assert_eq!(self.status, Some(0), "{self:?}");
        self
    }

    /// Standard output as the one JSON document it must be.
    pub fn json(self) -> Value {
        let run = self.done();
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
    }

    /// The one sentence on standard error, beside the lines that name the device and, on a slow machine, progress. The run
    /// must have failed with status 1, without a panic.
    pub fn refusal(&self) -> &str {
        assert_eq!(self.status, Some(1), "{self:?}");
        let lines: Vec<&str> = self.stderr.lines().filter(|line| !is_beside(line)).collect();
        match lines[..] {
            [line] if line.starts_with("error: ") && !line.contains("panicked") => line,
            _ => panic!("expected exactly one sentence that begins with \"error: \": {self:?}"),
        }
    }

    /// Checks that the run was refused as bad usage.
    pub fn bad_usage(&self) {
        assert_eq!(self.status, Some(2), "{self:?}");
        assert!(self.stderr.starts_with("error: ") && self.stdout.is_empty(), "{self:?}");
    }
}

fn is_beside(line: &str) -> bool {
    line.starts_with("device: ") || line.starts_with("progress: ")
}

/// Writes a heart-sound model with 16 filters and random weights, the same every time.
pub fn untrained_model(folder: &Path) -> PathBuf {
    // Tests of one process share the random numbers: who draws them twice gets others than before.
    static MODEL: OnceLock<Vec<u8>> = OnceLock::new();
    let model = MODEL.get_or_init(|| {
        let config = Task::Heart.model(["normal", "abnormal"].map(String::from).to_vec(), 16, 3);
        let device = Device::flex();
        device.seed(7);
        let model = SpectNet::new(&config, &device).expect("the configuration is valid");
        let provenance = Provenance { data: "random weights".into(), seed: 7, ..Default::default() };
        let weights = model.weights().expect("the weights can be read back");
        package::write(&config, &weights, &provenance).expect("a model can be written")
    });
    let file = folder.join("untrained.safetensors");
    std::fs::write(&file, model).expect("the temporary folder is writable");
    file
}

/// How many recordings or segments a confusion matrix of a report counts.
pub fn counted(confusion: &Value) -> u64 {
    let rows = confusion.as_array().expect("rows");
    rows.iter().flat_map(|row| row.as_array().expect("counts")).map(|count| count.as_u64().expect("a count")).sum()
}

/// Flags of a scene network that trains in seconds.
pub fn small() -> impl IntoIterator<Item = OsString> {
    args!["--device", "cpu", "--blocks", "1", "--sample-rate", "8000", "--window", "1", "--epochs", "1", "--batch", "8"]
}

/// Arguments that export a model.
pub fn export(model: &Path, target: &str, out: &Path, more: &[&str]) -> Vec<OsString> {
    let more = more.iter().map(OsString::from);
    args!["export", model, "--to", target, out].into_iter().chain(more).collect()
}

/// The names of what a folder holds, in order.
///
/// # Panics
/// Without that folder.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("a readable folder").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
