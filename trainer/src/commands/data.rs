//! `spectnet data`: a look at a dataset before training on it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;
use spectnet_core::task::Task;

use crate::audio_file::AudioFile;
use crate::cli::DataArgs;
use crate::dataset::{DEFAULT_FOLDS, Dataset};
use crate::error::{Error, Result};
use crate::output::{print, print_json};
use crate::progress;

/// The JSON of `spectnet data summary`.
#[derive(Debug, Serialize)]
struct Summary {
    name: String,
    recordings: usize,
    groups: usize,
    /// Recordings by subset and label.
    subsets: BTreeMap<String, BTreeMap<String, usize>>,
    /// Recordings by fold and label; the data's folds, or those that training would use.
    folds: BTreeMap<u32, BTreeMap<String, usize>>,
    /// Whether the folds are the data's own.
    folds_given: bool,
    /// Recordings by quality, where the data says.
    quality: BTreeMap<String, usize>,
}

/// Runs `spectnet data summary`.
///
/// # Errors
/// A dataset that cannot be opened.
pub fn summary(args: &DataArgs) -> Result<()> {
    let dataset = open(args)?;
    let folds = dataset.folds(DEFAULT_FOLDS).unwrap_or_default();
    let mut summary = Summary {
        name: dataset.name.clone(),
        recordings: dataset.examples.len(),
        groups: dataset.examples.iter().map(|example| &example.group).collect::<BTreeSet<_>>().len(),
        subsets: BTreeMap::new(),
        folds: BTreeMap::new(),
        folds_given: dataset.examples.iter().all(|example| example.fold.is_some()),
        quality: BTreeMap::new(),
    };
    for (number, example) in dataset.examples.iter().enumerate() {
        let label = &dataset.labels[example.label];
        *summary.subsets.entry(example.subset.clone()).or_default().entry(label.clone()).or_default() += 1;
        if let Some(fold) = folds.get(number) {
            *summary.folds.entry(*fold).or_default().entry(label.clone()).or_default() += 1;
        }
        if let Some(quality) = &example.quality {
            *summary.quality.entry(quality.clone()).or_default() += 1;
        }
    }
    if args.json { print_json(&summary) } else { print(&summary.table(&dataset.labels)) }
}

/// The JSON of `spectnet data verify`.
#[derive(Debug, Serialize)]
struct Verification {
    recordings: usize,
    seconds: f64,
    /// Recordings that cannot be used, and why.
    failed: Vec<Failure>,
    /// Recordings without any sound.
    silent: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Failure {
    file: String,
    error: String,
}

/// Runs `spectnet data verify`.
///
/// # Errors
/// A dataset that cannot be opened; [`Error::Reported`] when a recording cannot be read.
pub fn verify(args: &DataArgs) -> Result<()> {
    let dataset = open(args)?;
    let mut verification =
        Verification { recordings: dataset.examples.len(), seconds: 0.0, failed: Vec::new(), silent: Vec::new() };
    let bar = progress::bar(dataset.examples.len() as u64, "decoding");
    for example in &dataset.examples {
        let file = example.path.display().to_string();
        match listen(&example.path) {
            Ok((seconds, silent)) => {
                verification.seconds += seconds;
                if silent {
                    verification.silent.push(file);
                }
            }
            Err(error) => {
                bar.suspend(|| say!("error: {error}"));
                verification.failed.push(Failure { file, error: error.to_string() });
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    for file in &verification.silent {
        say!("warning: {file}: the recording is silent");
    }
    if args.json {
        print_json(&verification)?;
    } else {
        let Verification { recordings, seconds, failed, silent } = &verification;
        print(&format!(
            "{recordings} recordings, {:.1} minutes; {} cannot be read, {} are silent",
            seconds / 60.0,
            failed.len(),
            silent.len()
        ))?;
    }
    if verification.failed.is_empty() { Ok(()) } else { Err(Error::Reported) }
}

/// Decodes a recording to its end: its length in seconds, and whether it is silent.
fn listen(path: &Path) -> Result<(f64, bool)> {
    let listen = || {
        let (mut seconds, mut silent) = (0.0, true);
        for piece in AudioFile::open(path)?.pieces(None)? {
            let piece = piece?;
            seconds += piece.duration_s();
            silent &= piece.samples().iter().all(|&sample| sample == 0.0);
        }
        Ok((seconds, silent))
    };
    listen().map_err(|error: Error| error.at(path.display()))
}

/// Without a task any labels will do, as for scenes.
fn open(args: &DataArgs) -> Result<Dataset> {
    Dataset::open(&args.path, args.task.map_or(Task::Scene, Task::from))
}

impl Summary {
    fn table(&self, labels: &[String]) -> String {
        let mut lines = vec![format!("{}: {} recordings in {} groups", self.name, self.recordings, self.groups)];
        let mut row = |name: &str, counts: &BTreeMap<String, usize>| {
            let total: usize = counts.values().sum();
            let counts = labels.iter().map(|label| format!("{} {label}", counts.get(label).unwrap_or(&0)));
            lines.push(format!("{name:<20} {total:>6}: {}", counts.collect::<Vec<_>>().join(", ")));
        };
        for (subset, counts) in &self.subsets {
            row(&format!("subset {subset}"), counts);
        }
        let made = if self.folds_given { "" } else { " (by groups)" };
        for (fold, counts) in &self.folds {
            row(&format!("fold {fold}{made}"), counts);
        }
        if !self.quality.is_empty() {
            let counts = self.quality.iter().map(|(quality, count)| format!("{count} {quality}"));
            lines.push(format!("quality: {}", counts.collect::<Vec<_>>().join(", ")));
        }
        lines.join("\n")
    }
}
