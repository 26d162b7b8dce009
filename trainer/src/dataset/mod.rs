//! Labelled recordings, whatever the layout of the folder they come in.
//!
//! - [`csv_table`], [`text`], [`finder`], [`place`]: lists and names as people and programs leave them, and where they stand
//! - `manifest`, `physionet`, `circor`, `pascal`, [`dcase`], [`folders`]: the layouts
//! - `labels`: which class a label means
//! - [`left_out`]: recordings that cannot be used, all at once
//! - `listed`, `same_sound`: recordings that are listed, or lie there, twice
//! - `folds`: which are held out together

mod circor;
pub mod csv_table;
pub mod dcase;
pub mod finder;
pub mod folders;
mod folds;
mod labels;
pub mod left_out;
mod listed;
mod manifest;
mod pascal;
mod physionet;
pub mod place;
mod same_sound;
#[cfg(test)]
mod tests;
pub mod text;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use spectnet_core::model::Task;

use crate::audio_file::AudioFile;
use crate::error::{Error, Result};
use crate::progress;

use circor::Circor;
use dcase::Set;
use finder::called;
use labels::Labels;
use listed::Listed;
use place::Place;

pub use circor::CircorLabels;
pub use folds::DEFAULT_FOLDS;
pub use left_out::LeftOut;
pub use physionet::published_list;

/// Name of the subset of recordings that belong to none.
const ALL: &str = "all";

/// One labelled recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The audio file.
    pub path: PathBuf,
    /// Index into the dataset's labels.
    pub label: usize,
    /// What must not be split between training and validation: a subject, a place; the recording's own path where the data
    /// names nothing better.
    pub group: String,
    /// The fold the data assigns.
    pub fold: Option<u32>,
    /// Where the recording comes from: sensor, database.
    pub subset: String,
    /// How good the recording is, where the data says.
    pub quality: Option<String>,
}

impl Example {
    /// Whether the data names the group. Where it does not, the recording is its own, and others may be of the same subject.
    pub fn has_group(&self) -> bool {
        self.group != self.path.to_string_lossy()
    }

    /// What the recording is called in tables and lists: its file without folder and extension.
    pub fn name(&self) -> String {
        self.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// Labelled recordings: at least one, each file once and there when the dataset was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dataset {
    /// Name of the folder.
    pub name: String,
    /// Class names; those of the task where it has fixed ones, else those that occur, sorted.
    pub labels: Vec<String>,
    /// The recordings, in the order of the data.
    pub examples: Vec<Example>,
    /// Recordings that are listed and cannot be used.
    pub left_out: Vec<LeftOut>,
}

/// How a data set is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// What makes a recording of CirCor abnormal.
    pub circor: CircorLabels,
    /// Whether every recording is opened, too, and its beginning decoded.
    pub decodes: bool,
    /// Goes on without the recordings that cannot be used.
    pub skips: bool,
    /// Whether the user could have asked to go on without them, so that a refusal says how.
    pub may_skip: bool,
}

impl Opening {
    /// As usual, with these labels of CirCor.
    pub fn labelled_by(circor: CircorLabels) -> Self {
        Self { circor, ..Self::default() }
    }
}

/// A recording as a layout describes it, before labels are numbered.
struct Row {
    path: PathBuf,
    label: String,
    group: Option<String>,
    fold: Option<u32>,
    subset: Option<String>,
    quality: Option<String>,
    /// The file and line it comes from, for messages.
    place: Place,
}

impl Row {
    /// A recording of which nothing more is known.
    fn new(path: impl Into<PathBuf>, label: impl Into<String>, place: impl Into<Place>) -> Self {
        let (path, label, place) = (path.into(), label.into(), place.into());
        Self { path, label, group: None, fold: None, subset: None, quality: None, place }
    }
}

/// What a layout holds.
#[derive(Default)]
struct Found {
    rows: Vec<Row>,
    /// What was not taken as it stands there, in sentences.
    notes: Vec<String>,
    /// What to do about recordings that are not there.
    hint: Option<String>,
}

impl Found {
    fn add(&mut self, other: Self) {
        self.rows.extend(other.rows);
        self.notes.extend(other.notes);
    }
}

impl From<Vec<Row>> for Found {
    fn from(rows: Vec<Row>) -> Self {
        Self { rows, ..Self::default() }
    }
}

impl Dataset {
    /// Opens a manifest.csv, a PhysioNet folder (2016 or 2022), a PASCAL folder, a DCASE folder or a folder per class. A
    /// manifest wins over other layouts in the same folder. What is not taken as it stands there is said on standard error.
    ///
    /// # Errors
    /// Nothing recognisable or nothing in it, a label the task does not have, a fold that splits a group, with file and line;
    /// all recordings that cannot be used at once: missing, named twice, and where they are opened unreadable. Where those are
    /// skipped, only that none is left.
    pub fn open(path: &Path, task: Task, opening: Opening) -> Result<Self> {
        let found: Found = match recognise(path)? {
            Layout::Manifest(manifest) => manifest::read(&manifest)?.into(),
            Layout::PhysioNet(folders) => physionet::read(&folders)?,
            Layout::Circor(circor) => circor::read(&circor, opening.circor)?,
            Layout::Pascal(sets) => pascal::read(&sets)?,
            Layout::Scenes(sets) => dcase::rows(&sets)?,
            Layout::Folders(folder) => folders::read(&folder)?,
        };
        found.notes.iter().for_each(|note| say!("{note}"));
        let name = called(if path.is_file() { path.parent().unwrap_or(path) } else { path });
        let dataset = Self::from_rows(name, found, task, opening).map_err(|error| match error {
            Error::Input(message) if message == EMPTY => Error::input(message).at(path.display()),
            other => other,
        })?;
        dataset.check_folds()?;
        Ok(dataset)
    }

    fn from_rows(name: String, found: Found, task: Task, opening: Opening) -> Result<Self> {
        let Found { rows, hint, .. } = found;
        if rows.is_empty() {
            return Err(Error::input(EMPTY));
        }
        let (labels, total) = (Labels::new(&rows, task), rows.len());
        let mut listed = Listed::default();
        for row in rows {
            listed.add(labels.number(&row)?, row);
        }
        let (mut examples, mut faults) = listed.finish();
        if opening.decodes {
            let unreadable = unreadable(&examples);
            let paths: HashSet<PathBuf> = unreadable.iter().map(|fault| fault.path.clone()).collect();
            examples.retain(|example| !paths.contains(&example.path));
            faults.extend(unreadable);
        }
        if !faults.is_empty() && (!opening.skips || examples.is_empty()) {
            let refusal = left_out::refusal(&faults, total, opening.may_skip && !opening.skips);
            return Err(match hint {
                Some(hint) => Error::input(format!("{refusal}; {hint}")),
                None => refusal,
            });
        }
        if opening.may_skip {
            left_out::say_left_out(&faults, total);
        }
        Ok(Self { name, labels: labels.names, examples, left_out: faults })
    }

    /// The same recordings with labels numbered as in a model.
    ///
    /// # Errors
    /// A label of the data that the model does not have.
    pub fn with_labels(mut self, labels: &[String]) -> Result<Self> {
        let mut numbers = Vec::with_capacity(self.labels.len());
        for label in &self.labels {
            numbers.push(labels::position(labels, label));
        }
        for example in &mut self.examples {
            example.label = numbers[example.label].ok_or_else(|| {
                let label = &self.labels[example.label];
                let known = labels.join(", ");
                Error::input(format!("label {label:?} is not one of the model's labels: {known}"))
                    .at(example.path.display())
            })?;
        }
        self.labels = labels.to_vec();
        Ok(self)
    }
}

/// The recordings that cannot be opened, or are damaged where they begin.
fn unreadable(examples: &[Example]) -> Vec<LeftOut> {
    let bar = progress::bar(examples.len() as u64, "opening recordings");
    let open = |example: &Example| {
        let opened = AudioFile::open(&example.path).and_then(|file| file.refuse_cut());
        bar.inc(1);
        opened.err().map(|error| LeftOut::unreadable(&example.path, error))
    };
    let faults = examples.par_iter().filter_map(open).collect();
    bar.finish_and_clear();
    faults
}

/// What lies at a path.
pub enum Layout {
    /// A manifest.csv.
    Manifest(PathBuf),
    /// The folders of PhysioNet/CinC 2016.
    PhysioNet(Vec<PathBuf>),
    /// PhysioNet/CinC 2022.
    Circor(Circor),
    /// The sets of PASCAL, at least one.
    Pascal(Vec<pascal::Set>),
    /// The sets of a DCASE folder, at least one.
    Scenes(Vec<Set>),
    /// A folder per class, if anything.
    Folders(PathBuf),
}

/// Tables that describe the folder they lie in, by their names in lower case.
const TABLES: [&str; 7] =
    ["reference.csv", "reference-sqi.csv", "training_data.csv", "set_a.csv", "set_b.csv", "meta.txt", "meta.csv"];

/// Tells how the data at a path is laid out.
///
/// # Errors
/// A path that is not there or cannot be listed, or a folder of a known layout that lacks its lists, or whose lists make no
/// sense.
pub fn recognise(path: &Path) -> Result<Layout> {
    if path.is_file() {
        let is_table = TABLES.contains(&&called(path).to_lowercase()[..]) && !manifest::is_one(path);
        return match path.parent() {
            Some(folder) if is_table => layout_of(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }),
            _ => Ok(Layout::Manifest(path.into())),
        };
    }
    if !path.is_dir() {
        return Err(Error::input(format!("{}: there is no such file or folder", path.display())));
    }
    match manifest::of(path) {
        Some(manifest) => Ok(Layout::Manifest(manifest)),
        None => layout_of(path),
    }
}

/// The layout of a folder without a manifest.
fn layout_of(folder: &Path) -> Result<Layout> {
    if let Some(folders) = physionet::folders(folder)? {
        return Ok(Layout::PhysioNet(folders));
    }
    if let Some(circor) = circor::find(folder)? {
        return Ok(Layout::Circor(circor));
    }
    let sets = pascal::sets(folder)?;
    if !sets.is_empty() {
        return Ok(Layout::Pascal(sets));
    }
    let sets = dcase::sets(folder)?;
    Ok(if sets.is_empty() { Layout::Folders(folder.into()) } else { Layout::Scenes(sets) })
}

const EMPTY: &str = "no recordings; expected a manifest.csv (path,label[,group][,fold][,subset]), a PhysioNet folder \
    (training-a … training-f with REFERENCE.csv, or training_data with training_data.csv), a DCASE folder (meta.txt or \
    meta.csv, or folders that have it), PASCAL's set_a and set_b with their tables, or a folder of recordings per class";
