//! Labelled recordings, whatever the layout of the folder they come in.

pub mod csv_table;
pub mod dcase;
pub mod folders;
mod folds;
mod manifest;
mod physionet;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use spectnet_core::task::Task;

use crate::error::{Error, Result};

use dcase::Set;
pub use folds::DEFAULT_FOLDS;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Name of the folder.
    pub name: String,
    /// Class names; those of the task where it has fixed ones, else those that occur, sorted.
    pub labels: Vec<String>,
    /// The recordings, in the order of the data.
    pub examples: Vec<Example>,
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
    place: String,
}

impl Dataset {
    /// Opens a manifest.csv, a PhysioNet folder, a DCASE folder or a folder per class. A manifest wins over other
    /// layouts in the same folder.
    ///
    /// # Errors
    /// Nothing recognisable or nothing in it, a missing audio file, a label the task does not have, a recording named
    /// twice, a fold that splits a group. The message names file and line.
    pub fn open(path: &Path, task: Task) -> Result<Self> {
        let rows = match recognise(path)? {
            Layout::Manifest(manifest) => manifest::read(&manifest)?,
            Layout::PhysioNet(folders) => physionet::read(&folders)?,
            Layout::Scenes(sets) => dcase::rows(&sets)?,
            Layout::Folders => folders::read(path)?,
        };
        let dataset = Self::from_rows(name(path), rows, task).map_err(|error| match error {
            Error::Input(message) if message == EMPTY => Error::input(message).at(path.display()),
            other => other,
        })?;
        dataset.check_folds()?;
        Ok(dataset)
    }

    fn from_rows(name: String, rows: Vec<Row>, task: Task) -> Result<Self> {
        if rows.is_empty() {
            return Err(Error::input(EMPTY));
        }
        let labels = labels(&rows, task)?;
        let mut seen: HashMap<PathBuf, String> = HashMap::new();
        let mut examples = Vec::with_capacity(rows.len());
        for row in rows {
            let Row { path, label, group, fold, subset, quality, place } = row;
            if !path.is_file() {
                return Err(Error::input(format!("the recording {} is not there", path.display())).at(place));
            }
            if let Some(first) = seen.insert(path.clone(), place.clone()) {
                let twice = format!("the recording {} is listed twice, first in {first}", path.display());
                return Err(Error::input(twice).at(place));
            }
            let label = labels.iter().position(|known| *known == label).ok_or_else(|| {
                let known = labels.join(", ");
                Error::input(format!("label {label:?} is not one of this task's labels: {known}")).at(&place)
            })?;
            let group = group.unwrap_or_else(|| path.to_string_lossy().into_owned());
            examples.push(Example { path, label, group, fold, subset: subset.unwrap_or_else(|| ALL.into()), quality });
        }
        Ok(Self { name, labels, examples })
    }

    /// The same recordings with labels numbered as in a model.
    ///
    /// # Errors
    /// A label of the data that the model does not have.
    pub fn with_labels(mut self, labels: &[String]) -> Result<Self> {
        let mut numbers = Vec::with_capacity(self.labels.len());
        for label in &self.labels {
            numbers.push(labels.iter().position(|known| known == label));
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

/// What lies at a path.
pub enum Layout {
    /// A manifest.csv.
    Manifest(PathBuf),
    /// The folders of PhysioNet/CinC 2016.
    PhysioNet(Vec<PathBuf>),
    /// The sets of a DCASE folder, at least one.
    Scenes(Vec<Set>),
    /// A folder per class, if anything.
    Folders,
}

/// Tells how the data at a path is laid out.
///
/// # Errors
/// A path that is not there or cannot be listed, or a DCASE folder whose lists make no sense.
pub fn recognise(path: &Path) -> Result<Layout> {
    if path.is_file() {
        return Ok(Layout::Manifest(path.into()));
    }
    if !path.is_dir() {
        return Err(Error::input(format!("{}: there is no such file or folder", path.display())));
    }
    let manifest = path.join("manifest.csv");
    if manifest.is_file() {
        return Ok(Layout::Manifest(manifest));
    }
    if let Some(folders) = physionet::folders(path)? {
        return Ok(Layout::PhysioNet(folders));
    }
    let sets = dcase::sets(path)?;
    Ok(if sets.is_empty() { Layout::Folders } else { Layout::Scenes(sets) })
}

const EMPTY: &str = "no recordings; expected a manifest.csv (path,label[,group][,fold][,subset]), a PhysioNet folder \
    (training-a … training-f with REFERENCE.csv), a DCASE folder (meta.txt, or folders that have it) or a folder of \
    recordings per class";

/// Class names in order.
fn labels(rows: &[Row], task: Task) -> Result<Vec<String>> {
    if let Some(fixed) = task.fixed_labels() {
        return Ok(fixed.map(String::from).to_vec());
    }
    let mut labels: Vec<String> = rows.iter().map(|row| row.label.clone()).collect();
    labels.sort_unstable();
    labels.dedup();
    Ok(labels)
}

/// What people call the folder; for a manifest, the folder it lies in.
fn name(path: &Path) -> String {
    let folder = if path.is_file() { path.parent().unwrap_or(path) } else { path };
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    folder.file_name().map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into_owned())
}
