//! `spectnet predict`: the verdict on recordings.

use std::path::Path;

use serde::Serialize;
use spectnet_core::predict::{Prepared, Verdict};

use crate::audio_file::read_recording;
use crate::classify::{BATCH, Classifier};
use crate::cli::PredictArgs;
use crate::device;
use crate::error::{Error, Result};
use crate::output::{print, print_json};
use crate::training::outputs::read_model;

/// One element of the JSON list.
#[derive(Debug, Serialize)]
struct Prediction {
    file: String,
    #[serde(flatten)]
    verdict: Verdict,
}

/// Runs the command. A recording that fails does not stop the others.
///
/// # Errors
/// An unreadable model; [`Error::Reported`] when a recording failed.
pub fn run(args: &PredictArgs) -> Result<()> {
    let compute = device::select(args.device)?;
    let package = read_model(&args.model)?;
    let classifier = Classifier::new(&package.config, &package.weights, &compute.device)?;
    if !args.json {
        print("label            probability  windows  file")?;
    }
    let mut predictions = Vec::new();
    let mut failed = false;
    for path in &args.audio {
        match predict(path, &classifier) {
            Ok(verdict) if args.json => predictions.push(Prediction { file: path.display().to_string(), verdict }),
            Ok(verdict) => print(&line(path, &verdict))?,
            Err(error) => {
                say!("error: {error}");
                failed = true;
            }
        }
    }
    if args.json {
        print_json(&predictions)?;
    }
    if failed { Err(Error::Reported) } else { Ok(()) }
}

fn predict(path: &Path, classifier: &Classifier) -> Result<Verdict> {
    let recording = read_recording(path)?;
    let verdict = Prepared::new(classifier.config(), &recording)
        .map_err(Error::from)
        .and_then(|prepared| classifier.classify(&prepared, BATCH));
    verdict.map_err(|error| error.at(path.display()))
}

/// The name comes last: it may have any length.
fn line(path: &Path, verdict: &Verdict) -> String {
    let probability = verdict.probabilities.get(&verdict.label).copied().unwrap_or_default();
    let windows = verdict.windows.len();
    format!("{:<16} {:>9.1} %  {windows:>7}  {}", verdict.label, 100.0 * probability, path.display())
}
