//! `spectnet data verify`: decodes every recording, and compares a folder with what its distribution promises.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;
use spectnet_core::model::Task;
use spectnet_core::package::recordings::Digest;

use super::args::DataArgs;
use super::deviation::Deviation;
use super::open;
use super::promise::{self, Decoded};
use crate::data::audio_file::AudioFile;
use crate::data::dcase::{Edition, Kind, Set};
use crate::data::digest::SoundDigest;
use crate::data::{Layout, LeftOut, recognise};
use crate::error::{Error, Result};
use crate::output::{print, print_json};
use crate::progress;

/// The JSON of `spectnet data verify`.
#[derive(Debug, Default, Serialize)]
struct Verification {
    recordings: usize,
    seconds: f64,
    /// Recordings that cannot be used, and why.
    failed: Vec<Failure>,
    /// Recordings without any sound.
    silent: Vec<String>,
    /// Recordings with the sound of another one, and which.
    copies: Vec<[String; 2]>,
    /// The sets of a DCASE folder.
    sets: Vec<SetSummary>,
    /// What is not as the distribution promises.
    deviations: Vec<Deviation>,
}

#[derive(Debug, Serialize)]
struct Failure {
    file: String,
    error: String,
}

/// Recordings of a set by scene and fold.
#[derive(Debug, Serialize)]
struct SetSummary {
    folder: String,
    kind: Option<&'static str>,
    /// The years whose form it has.
    edition: &'static str,
    recordings: usize,
    locations: usize,
    scenes: BTreeMap<String, usize>,
    folds: BTreeMap<u32, BTreeMap<String, usize>>,
}

/// Runs `spectnet data verify`.
///
/// # Errors
/// A dataset that cannot be opened; [`Error::Reported`] when a recording cannot be read; a sentence where something
/// deviates from what was promised.
pub fn verify(args: &DataArgs) -> Result<()> {
    let sets = match recognise(&args.path)? {
        Layout::Scenes(sets) if args.task.map(Task::from) != Some(Task::Heart) => sets,
        _ => Vec::new(),
    };
    let verification = if sets.is_empty() { verify_recordings(args)? } else { verify_sets(&sets)? };
    verification.failed.iter().for_each(|failure| complain!("error: {}", failure.error));
    for file in &verification.silent {
        say!("warning: {file}: the recording is silent");
    }
    for [file, other] in &verification.copies {
        say!("warning: {file}: the same sound as {other}");
    }
    if args.json {
        print_json(&verification)?
    } else {
        print(&verification.text())?
    }
    match verification.deviations.len() {
        0 if verification.failed.is_empty() => Ok(()),
        0 => Err(Error::Reported),
        count => Err(Error::input(format!(
            "{}: {count} things are not as promised; they are listed on standard output",
            args.path.display()
        ))),
    }
}

/// Any layout: every recording that it names.
fn verify_recordings(args: &DataArgs) -> Result<Verification> {
    let dataset = open(args, true)?;
    let paths: Vec<PathBuf> = dataset.examples.iter().map(|example| example.path.clone()).collect();
    let recordings = paths.len() + dataset.left_out.len();
    let failed = dataset.left_out.iter().map(Failure::from).collect();
    let mut verification = Verification { recordings, failed, ..Default::default() };
    let decoded = decode_all(&paths);
    verification.take(&decoded);
    Ok(verification)
}

/// The sets of a DCASE folder: what is missing does not keep the rest from being checked.
fn verify_sets(sets: &[Set]) -> Result<Verification> {
    let mut verification = Verification { deviations: promise::of_lists(sets), ..Default::default() };
    for set in sets {
        let there: Vec<_> = set.recordings.iter().filter(|entry| set.path(entry).is_file()).collect();
        let paths: Vec<PathBuf> = there.iter().map(|entry| set.path(entry)).collect();
        let results = decode_all(&paths);
        verification.recordings += set.recordings.len();
        verification.take(&results);
        let decoded = there.iter().zip(&results);
        let decoded =
            decoded.filter_map(|(entry, (_, decoded))| Some((entry.file.clone(), decoded.as_ref().ok()?.0))).collect();
        verification.deviations.extend(promise::of_set(set, &decoded)?);
        verification.sets.push(SetSummary::new(set));
    }
    Ok(verification)
}

/// A file, and what decoding it has shown.
type FileDecoded = (String, Result<(Decoded, Digest)>);

/// Decodes recordings to their ends on all cores, in the order given.
fn decode_all(paths: &[PathBuf]) -> Vec<FileDecoded> {
    let bar = progress::bar(paths.len() as u64, "decoding");
    let decode = |path: &PathBuf| {
        let decoded = decode_file(path).map_err(|error| error.at(path.display()));
        bar.inc(1);
        (path.display().to_string(), decoded)
    };
    let decoded = paths.par_iter().map(decode).collect();
    bar.finish_and_clear();
    decoded
}

fn decode_file(path: &Path) -> Result<(Decoded, Digest)> {
    let mut file = AudioFile::open(path)?;
    let (sample_rate, channels, bits) = (file.sample_rate(), file.channels(), file.bits());
    let (mut seconds, mut silent) = (0.0, true);
    let mut sound = SoundDigest::new(sample_rate, None);
    for piece in file.pieces(None)? {
        let piece = piece?;
        seconds += piece.duration_s();
        silent &= piece.samples().iter().all(|&sample| sample == 0.0);
        sound.add(piece.samples());
    }
    file.refuse_cut()?;
    Ok((Decoded { seconds, silent, sample_rate, channels, bits }, sound.digest()))
}

impl From<&LeftOut> for Failure {
    fn from(left_out: &LeftOut) -> Self {
        Self { file: left_out.path.display().to_string(), error: left_out.to_string() }
    }
}

impl Verification {
    fn take(&mut self, decoded: &[FileDecoded]) {
        let mut first: BTreeMap<Digest, &String> = BTreeMap::new();
        for (file, decoded) in decoded {
            match decoded {
                Ok((decoded, sound)) => {
                    self.seconds += decoded.seconds;
                    if decoded.silent {
                        self.silent.push(file.clone());
                    } else if let Some(other) = first.get(sound) {
                        self.copies.push([file.clone(), (*other).clone()]);
                    } else {
                        first.insert(*sound, file);
                    }
                }
                Err(error) => self.failed.push(Failure { file: file.clone(), error: error.to_string() }),
            }
        }
    }

    fn text(&self) -> String {
        let mut lines: Vec<String> = self.sets.iter().map(SetSummary::table).collect();
        let Self { recordings, seconds, failed, silent, .. } = self;
        lines.push(format!(
            "{recordings} recordings, {:.1} minutes; {} cannot be read, {} are silent",
            seconds / 60.0,
            failed.len(),
            silent.len()
        ));
        match self.deviations.len() {
            0 if self.sets.is_empty() => {}
            0 if self.sets.iter().all(|set| set.edition == Edition::Tut2016.name()) => {
                lines.push("everything is as TUT Acoustic Scenes 2016 promises".into());
            }
            0 => lines.push("the lists agree with each other and with the files".into()),
            count => lines.push(format!("\n{count} things are not as promised:")),
        }
        lines.extend(self.deviations.iter().map(Deviation::line));
        lines.join("\n")
    }
}

impl SetSummary {
    fn new(set: &Set) -> Self {
        let fold_of = set.fold_of();
        let in_fold = |fold: u32| {
            let held_out = set.recordings.iter().filter(|entry| fold_of.get(&entry.file[..]) == Some(&fold));
            promise::counts(held_out.map(|entry| entry.scene.as_deref()))
        };
        Self {
            folder: set.name(),
            kind: set.kind.map(Kind::name),
            edition: set.edition.name(),
            recordings: set.recordings.len(),
            locations: set.recordings.iter().filter_map(|entry| entry.location.as_ref()).collect::<BTreeSet<_>>().len(),
            scenes: promise::counts(set.recordings.iter().map(|entry| entry.scene.as_deref())),
            folds: set.folds.keys().map(|&fold| (fold, in_fold(fold))).collect(),
        }
    }

    /// Recordings by scene (rows) and fold (columns).
    fn table(&self) -> String {
        let Self { folder, kind, recordings, locations, scenes, folds, .. } = self;
        let kind = kind.map_or(String::new(), |kind| format!(" ({kind})"));
        let mut lines = vec![format!("{folder}{kind}: {recordings} recordings, {locations} known locations")];
        let cells = |first: String, cells: &mut dyn Iterator<Item = String>| {
            format!("{first:<28}{}", cells.map(|cell| format!("{cell:>8}")).collect::<String>())
        };
        let header = folds.keys().map(|fold| format!("fold {fold}"));
        lines.push(cells("  scene".into(), &mut ["all".to_string()].into_iter().chain(header)));
        for (scene, all) in scenes {
            let counts = folds.values().map(|fold| fold.get(scene).unwrap_or(&0).to_string());
            lines.push(cells(format!("  {scene}"), &mut [all.to_string()].into_iter().chain(counts)));
        }
        lines.push(String::new());
        lines.join("\n")
    }
}
