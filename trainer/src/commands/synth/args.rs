//! What can be asked of `spectnet synth`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::task_name::TaskName;

/// Arguments of `spectnet synth`.
#[derive(Clone, Debug, Args)]
pub struct SynthArgs {
    /// What to make: normal and abnormal heart sounds, or scenes.
    #[arg(long, value_enum)]
    pub task: TaskName,
    /// How the folder is laid out: a manifest.csv with everything beside it, or for scenes as TUT Acoustic Scenes 2016 is
    /// distributed.
    #[arg(long, value_enum, default_value_t)]
    pub layout: SynthLayout,
    /// Folder to write to; it gets manifest.csv, and truth.csv with the beats of heart sounds; or with --layout dcase the
    /// folders of the development and the evaluation set.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Number of recordings; with --layout dcase those of the development set, with a third as many in the evaluation set.
    #[arg(long, value_name = "N", default_value_t = 48, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub count: u64,
    /// The same seed makes the same recordings on every machine.
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,
    /// Length of each recording in seconds, 1 to 600.
    #[arg(long, value_name = "T", default_value_t = 10.0, value_parser = seconds)]
    pub seconds: f64,
}

/// How `spectnet synth` lays out a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SynthLayout {
    /// manifest.csv and mono recordings beside it.
    #[default]
    Manifest,
    /// meta.txt, audio/ and evaluation_setup/ with four folds, binaural at 44.1 kHz and 24 bits.
    Dcase,
}

/// A length in seconds that a recording can have.
fn seconds(text: &str) -> std::result::Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (1.0..=600.0).contains(&seconds) => Ok(seconds),
        _ => Err("expected 1 to 600 seconds".into()),
    }
}
