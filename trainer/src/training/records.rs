//! What a run was made with, for people and programs that look at its folder later: the machine, the data, and what its model
//! says of every recording.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};
use spectnet_core::model::ModelConfig;
use spectnet_core::package::recordings::Part;

use super::fingerprint::Fingerprint;
use super::outputs::RunFolder;
use super::{journal, machine};
use crate::compute::device::ComputeDevice;
use crate::data::library::LabelledRecording;
use crate::data::{DEFAULT_FOLDS, Dataset, digest};
use crate::error::{Error, Result};
use crate::evaluation::Decided;
use crate::output;

/// Version of Burn, which computes; a test compares it with that of the workspace.
const BURN: &str = "0.22.1";
/// Revision of the source: what whoever builds the program says, or else what `build.rs` finds.
const REVISION: Option<&str> = option_env!("SPECTNET_REVISION");
/// Larger than what ten thousand processes say of their machines.
const MOST_BYTES: u64 = 1 << 24;

/// A process that makes a run, or a part of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Process {
    version: &'static str,
    revision: Option<&'static str>,
    burn: &'static str,
    device: String,
    driver: Option<String>,
    threads: usize,
    host: String,
    date: String,
    command: Vec<String>,
}

/// Writes on which machine a run is made and by which command, or adds those with which it goes on.
///
/// # Errors
/// What the system says.
pub fn environment(folder: &RunFolder, compute: &ComputeDevice, goes_on: bool) -> Result<()> {
    let process = Process {
        version: env!("CARGO_PKG_VERSION"),
        revision: REVISION.filter(|revision| !revision.is_empty()),
        burn: BURN,
        device: compute.name.clone(),
        driver: machine::driver(),
        threads: compute.threads,
        host: machine::host(),
        date: machine::now(),
        command: std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect(),
    };
    let path = folder.file("environment.json");
    let before = if goes_on && path.exists() { output::read_file(&path, MOST_BYTES)? } else { Vec::new() };
    let mut written = json!(process);
    // What cannot be read is of no use to anybody.
    if let Ok(Value::Object(mut first)) = serde_json::from_slice::<Value>(&before) {
        let others = first.entry("resumed").or_insert_with(|| json!([]));
        if let Some(others) = others.as_array_mut() {
            others.push(written);
        }
        written = Value::Object(first);
    }
    write(&path, &written)
}

/// Writes which data a run is made on.
///
/// # Errors
/// What the system says.
pub fn data(folder: &RunFolder, name: &str, fingerprint: &Fingerprint) -> Result<()> {
    let mut recordings = json!(fingerprint.recordings);
    let text = recordings.to_string();
    for recording in recordings.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        let part = recording.remove("part").unwrap_or_default();
        recording.insert("role".into(), part);
    }
    let data = json!({
        "name": name,
        "fingerprint": digest::of_text(text.as_bytes()),
        "recordings": recordings,
        "left_out": fingerprint.left_out,
    });
    write(&folder.file("data.json"), &data)
}

fn write(path: &Path, value: &Value) -> Result<()> {
    let bytes = serde_json::to_vec_pretty(value)
        .map_err(|error| Error::input(format!("cannot be written: {error}")).at(path.display()))?;
    output::write_file(path, &bytes)
}

/// What a model says of recordings, one row each.
pub struct Predictions<'a> {
    config: &'a ModelConfig,
    /// The folder that holds the recordings.
    folder: &'a Path,
    folds: BTreeMap<PathBuf, u32>,
    rows: Vec<Vec<String>>,
}

impl<'a> Predictions<'a> {
    /// None yet, of this data set at this path.
    pub fn new(config: &'a ModelConfig, dataset: &Dataset, data: &'a Path) -> Self {
        let folder = if data.is_file() { data.parent().unwrap_or(data) } else { data };
        // Data whose folds cannot be dealt out has none.
        let folds = dataset.folds(DEFAULT_FOLDS).unwrap_or_default();
        let folds = dataset.examples.iter().map(|example| example.path.clone()).zip(folds).collect();
        let head = ["file", "part", "fold", "subset", "group", "truth", "label", "abstained", "probability"];
        let head = head.into_iter().map(String::from);
        let head = head.chain(config.labels.iter().map(|label| format!("probability of {label}")));
        Self { config, folder, folds, rows: vec![head.collect()] }
    }

    /// Adds what was said of recordings of this part, in their order. The probability is that of the positive class of two,
    /// where there is one, and that of the likeliest class otherwise.
    pub fn add(&mut self, part: Part, recordings: &[LabelledRecording], said: &[Decided]) {
        let rows = recordings.iter().zip(said).map(|(recording, said)| self.row(part, recording, said));
        let rows: Vec<Vec<String>> = rows.collect();
        self.rows.extend(rows);
    }

    fn row(&self, part: Part, recording: &LabelledRecording, said: &Decided) -> Vec<String> {
        let example = &recording.example;
        let Decided { probabilities, label, abstained } = said;
        let name = |label: usize| self.config.labels.get(label).cloned().unwrap_or_default();
        let positive = self.config.positive().and_then(|positive| probabilities.get(positive)).copied();
        let likeliest = || probabilities.iter().copied().fold(0.0, f64::max);
        let row = [
            example.path.strip_prefix(self.folder).unwrap_or(&example.path).display().to_string(),
            match part {
                Part::Trained => "trained".into(),
                Part::Chose => "chose".into(),
                Part::HeldOut => "held_out".into(),
            },
            self.folds.get(&example.path).map_or(String::new(), u32::to_string),
            example.subset.clone(),
            if example.has_group() { example.group.clone() } else { String::new() },
            name(example.label),
            label.map(name).unwrap_or_default(),
            abstained.map(|reason| reason.name().to_owned()).unwrap_or_default(),
            positive.unwrap_or_else(likeliest).to_string(),
        ];
        row.into_iter().chain(probabilities.iter().map(f64::to_string)).collect()
    }

    /// Writes them.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(self, folder: &RunFolder) -> Result<()> {
        output::write_file(&folder.file("predictions.csv"), journal::rows(self.rows)?.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_burn_is_that_of_the_workspace() {
        let manifest = include_str!("../../../Cargo.toml");
        assert!(manifest.contains(&format!("burn = {{ version = \"={BURN}\"")));
    }

    #[test]
    fn the_machines_that_a_run_went_on_on_are_added() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::create(folder.path(), false).unwrap();
        let compute = ComputeDevice { device: burn::tensor::Device::flex(), name: "CPU, 2 threads".into(), threads: 2 };
        let read =
            || -> Value { serde_json::from_slice(&std::fs::read(run.file("environment.json")).unwrap()).unwrap() };
        environment(&run, &compute, false).unwrap();
        let first = read();
        assert_eq!((&first["threads"], &first["burn"]), (&json!(2), &json!(BURN)));
        assert!(first["command"].is_array() && first.get("resumed").is_none());
        environment(&run, &compute, true).unwrap();
        environment(&run, &compute, true).unwrap();
        assert_eq!(read()["resumed"].as_array().unwrap().len(), 2);
        environment(&run, &compute, false).unwrap();
        assert!(read().get("resumed").is_none());
    }
}
