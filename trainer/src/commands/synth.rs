//! `spectnet synth`: labelled recordings with a known truth, to try everything without a dataset.

mod args;
mod dcase;

use std::path::Path;

use serde::Serialize;
use spectnet_core::audio::{Recording, write_wav};
use spectnet_core::synth::{Beat, HeartOptions, Murmur, SCENES, heart, scene};

use crate::error::{Error, Result};
use crate::output::{create_folder, print, read_file, write_file};
use crate::progress;
use crate::task_name::TaskName;

use args::SynthLayout;

pub use args::SynthArgs;

/// Folds the recordings are dealt out over.
const FOLDS: u64 = 4;
/// The sensors heart sounds are recorded with: name and sample rate in Hz.
const STETHOSCOPES: [(&str, u32); 3] = [("stethoscope-a", 2000), ("stethoscope-b", 4000), ("stethoscope-c", 8000)];
/// The sensors scenes are recorded with: name and sample rate in Hz.
const MICROPHONES: [(&str, u32); 2] = [("microphone-a", 16_000), ("microphone-b", 22_050)];

/// A row of manifest.csv.
#[derive(Debug, Serialize)]
struct ManifestRow {
    path: String,
    label: &'static str,
    group: String,
    fold: u64,
    subset: &'static str,
}

/// A row of truth.csv: when the two sounds of a beat begin.
#[derive(Debug, Serialize)]
struct TruthRow {
    path: String,
    beat: usize,
    s1_s: f64,
    s2_s: f64,
}

/// A synthesised recording with what is known about it.
struct Synthesised {
    recording: Recording,
    label: &'static str,
    subset: &'static str,
    fold: u64,
    beats: Vec<Beat>,
}

/// Runs the command. The manifest is written last: a folder with one is complete.
///
/// # Errors
/// An unwritable folder, or one with another manifest in it; heart sounds as a DCASE folder.
pub fn run(args: &SynthArgs) -> Result<()> {
    if args.layout == SynthLayout::Dcase {
        return dcase::run(args);
    }
    let task = match args.task {
        TaskName::Heart => "heart",
        TaskName::Scene => "scene",
    };
    create_folder(&args.out)?;
    let manifest = args.out.join("manifest.csv");
    let name = |number: u64| format!("{task}-{number:05}.wav");
    check_own(&manifest, &name(0))?;
    let (mut rows, mut truth) = (Vec::new(), Vec::new());
    let bar = progress::bar(args.count, "synthesising");
    for number in 0..args.count {
        let sound = match args.task {
            TaskName::Heart => heart_sound(args, number)?,
            TaskName::Scene => scene_sound(args, number)?,
        };
        let Synthesised { recording, label, subset, fold, beats } = sound;
        let path = name(number);
        write_file(&args.out.join(&path), &write_wav(&recording)?)?;
        let beats = beats.iter().enumerate();
        truth.extend(beats.map(|(beat, b)| TruthRow { path: path.clone(), beat, s1_s: b.s1_s, s2_s: b.s2_s }));
        // Every recording is of another heart or place.
        rows.push(ManifestRow { path, label, group: format!("{task}-{number:05}"), fold, subset });
        bar.inc(1);
    }
    bar.finish_and_clear();
    if args.task == TaskName::Heart {
        write_file(&args.out.join("truth.csv"), &table(&truth)?)?;
    }
    write_file(&manifest, &table(&rows)?)?;
    print(&format!("{}: {} recordings of {} s", manifest.display(), args.count, args.seconds))
}

/// Labels alternate within every sensor, and sensors within every fold, so that neither gives the other away.
fn heart_sound(args: &SynthArgs, number: u64) -> Result<Synthesised> {
    let (subset, sample_rate) = STETHOSCOPES[(number / 2) as usize % STETHOSCOPES.len()];
    let murmur = match number % 4 {
        1 => Some(Murmur::Systolic),
        3 => Some(Murmur::Diastolic),
        _ => None,
    };
    let options = HeartOptions { seed: seed(args, number), seconds: args.seconds, sample_rate, murmur };
    let sound = heart(&options)?;
    let fold = number / (2 * STETHOSCOPES.len() as u64) % FOLDS;
    Ok(Synthesised { recording: sound.recording, label: sound.label, subset, fold, beats: sound.beats })
}

fn scene_sound(args: &SynthArgs, number: u64) -> Result<Synthesised> {
    let scenes = SCENES.len() as u64;
    let (subset, sample_rate) = MICROPHONES[(number / scenes) as usize % MICROPHONES.len()];
    let label = SCENES[(number % scenes) as usize];
    let recording = scene(label, seed(args, number), args.seconds, sample_rate)?;
    let fold = number / (scenes * MICROPHONES.len() as u64) % FOLDS;
    Ok(Synthesised { recording, label, subset, fold, beats: Vec::new() })
}

/// Another seed for every recording and every `--seed`.
fn seed(args: &SynthArgs, number: u64) -> u64 {
    args.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number)
}

/// A manifest that stands there already must be an earlier one of this command: someone's dataset is not overwritten.
fn check_own(manifest: &Path, first: &str) -> Result<()> {
    if !manifest.exists() {
        return Ok(());
    }
    let text = read_file(manifest, 64 << 20)?;
    if String::from_utf8_lossy(&text).lines().any(|line| line.starts_with(first)) {
        return Ok(());
    }
    Err(Error::input(format!("{}: this folder holds other recordings; choose another --out", manifest.display())))
}

fn table(rows: &[impl Serialize]) -> Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let written = rows.iter().try_for_each(|row| table.serialize(row)).map_err(|error| error.to_string());
    let bytes = written.and_then(|()| table.into_inner().map_err(|error| error.to_string()));
    bytes.map_err(|error| Error::input(format!("the table cannot be written: {error}")))
}
