//! `spectnet segment --train`: learns the parameters of the segmentation.

use std::collections::BTreeSet;
use std::path::Path;

use spectnet_core::heart::{Parameters, Provenance};

use super::annotated::{Annotated, Collection};
use crate::error::Result;
use crate::fit::segmentation::{self, Example};
use crate::output::{print, write_file};

/// Learns from recordings with known states and writes a JSON file. Where it `skips`, it goes on without recordings that
/// cannot be used.
///
/// # Errors
/// Those of [`Collection::read`], too few recordings, or a file that cannot be written.
pub fn run(data: &Path, states: &Path, skips: bool, out: &Path) -> Result<()> {
    let collection = Collection::read(data, states, skips)?;
    let all: Vec<&Annotated> = collection.recordings.iter().collect();
    let groups: BTreeSet<&str> = all.iter().map(|recording| recording.example.group.as_str()).collect();
    let flag = if skips { " --skip-unreadable" } else { "" };
    let provenance = Provenance {
        data: collection.name.clone(),
        states: states.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        recordings: all.len(),
        groups: groups.len(),
        seconds: all.iter().map(|recording| recording.features.duration_s()).sum::<f64>().round(),
        skipped: collection.skipped.clone(),
        command: format!("spectnet segment --train DATA --states FILE --out FILE{flag}"),
        software_version: env!("CARGO_PKG_VERSION").into(),
    };
    let mut parameters = learn(&all)?;
    parameters.provenance = provenance;
    write_file(out, parameters.to_json()?.as_bytes())?;
    print(&format!("{}: learned from {} recordings", out.display(), all.len()))
}

/// Learns from these recordings.
///
/// # Errors
/// Too few recordings with heart beats.
pub fn learn(recordings: &[&Annotated]) -> Result<Parameters> {
    let examples: Vec<Example> = recordings
        .iter()
        .map(|r| Example {
            features: &r.features,
            annotation: &r.annotation,
            subset: &r.example.subset,
            poor: r.poor(),
        })
        .collect();
    segmentation::learn(&examples)
}
