//! The folders of TUT Acoustic Scenes 2016 (DCASE 2016, task 1) as distributed, and others of their form.
//!
//! A path is one set (a folder with meta.txt, audio/ and evaluation_setup/) or a folder that holds sets side by side, as
//! `TUT-acoustic-scenes-2016-development` and `-evaluation`. The development set has the official folds; the recordings of
//! the evaluation set are in none, so that they can be held out as a subset and never get into cross-validation.

mod consistency;
mod lists;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Row;
use super::folders::entries;
use crate::error::{Error, Result};

pub use consistency::{Problem, few, problems};
pub use lists::{Entry, Lists};

/// Offenders that a message names.
pub const NAMED: usize = 3;

/// Which part of the distribution a set is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// To train on, with folds.
    Development,
    /// To report on, without.
    Evaluation,
}

/// One set.
#[derive(Clone, Debug)]
pub struct Set {
    /// Its folder.
    pub folder: PathBuf,
    /// What it is, where its lists or the name of its folder say.
    pub kind: Option<Kind>,
    /// Its recordings, in the order of meta.txt.
    pub recordings: Vec<Entry>,
    /// The official folds.
    pub folds: BTreeMap<u32, Lists>,
    /// The lists of an evaluation set, which has no folds.
    pub evaluation: Lists,
}

impl Kind {
    /// The subset that its recordings form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Evaluation => "evaluation",
        }
    }

    /// Tells what a set is by its lists, else by the name of its folder.
    fn of(folder: &Path, folds: bool, evaluation: bool) -> Option<Self> {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
        let named = |kind: &Self| folder.file_name().is_some_and(|name| name.to_string_lossy().contains(kind.name()));
        match (folds, evaluation) {
            (true, _) => Some(Self::Development),
            (false, true) => Some(Self::Evaluation),
            (false, false) => [Self::Development, Self::Evaluation].into_iter().find(named),
        }
    }
}

impl Set {
    /// What to call it in a message.
    pub fn name(&self) -> String {
        self.folder.display().to_string()
    }

    /// Where a recording lies.
    pub fn path(&self, recording: &Entry) -> PathBuf {
        self.folder.join(&recording.file)
    }

    /// Recordings whose files are not there.
    pub fn missing(&self) -> Vec<&Entry> {
        self.recordings.iter().filter(|recording| !self.path(recording).is_file()).collect()
    }

    /// The fold that evaluates each file.
    pub fn fold_of(&self) -> BTreeMap<&str, u32> {
        let held_out = self.folds.iter().flat_map(|(&fold, lists)| {
            lists.held_out().into_iter().flatten().map(move |entry| (entry.file.as_str(), fold))
        });
        held_out.collect()
    }
}

/// The sets at a path: the folder itself, or those in it; none where there are none.
///
/// # Errors
/// A list that cannot be read or has a row that makes no sense, or two sets of the same kind.
pub fn sets(path: &Path) -> Result<Vec<Set>> {
    let folders = if is_set(path) {
        vec![path.to_path_buf()]
    } else {
        entries(path)?.into_iter().filter(|folder| folder.is_dir() && is_set(folder)).collect()
    };
    let mut sets = folders.iter().map(|folder| lists::read(folder)).collect::<Result<Vec<Set>>>()?;
    sets.sort_by_key(|set| set.kind);
    match sets.windows(2).find(|pair| pair[0].kind == pair[1].kind) {
        Some([first, second]) => Err(Error::input(format!(
            "{}: {} and {} are both {} sets; name the folder of one of them",
            path.display(),
            first.name(),
            second.name(),
            first.kind.map_or("undescribed", Kind::name)
        ))),
        _ => Ok(sets),
    }
}

fn is_set(folder: &Path) -> bool {
    folder.join(lists::META).is_file() || folder.join(lists::SETUP).join("evaluate.txt").is_file()
}

/// The recordings of these sets, their official folds and locations.
///
/// # Errors
/// Lists that contradict each other, or recordings that are not there.
pub(super) fn rows(sets: &[Set]) -> Result<Vec<Row>> {
    if let Some(problem) = problems(sets).first() {
        return Err(Error::input(problem.to_string()));
    }
    let mut rows = Vec::new();
    for set in sets {
        refuse_missing(set)?;
        let folds = set.fold_of();
        rows.extend(set.recordings.iter().map(|recording| Row {
            path: set.path(recording),
            label: recording.scene.clone().unwrap_or_default(),
            group: recording.location.clone(),
            fold: folds.get(recording.file.as_str()).copied(),
            subset: set.kind.map(|kind| kind.name().to_string()),
            quality: None,
            place: recording.place.clone(),
        }));
    }
    Ok(rows)
}

fn refuse_missing(set: &Set) -> Result<()> {
    let missing = set.missing();
    let Some(first) = missing.first() else { return Ok(()) };
    let folders: BTreeSet<PathBuf> =
        missing.iter().filter_map(|entry| Some(set.path(entry).parent()?.into())).collect();
    let folder = folders.iter().find(|folder| !folder.is_dir());
    let hint = match folder {
        Some(folder) => format!("the folder {} is not there: extract the audio archives", folder.display()),
        None => "extract all audio archives, or take the lines of these files out of the lists".into(),
    };
    Err(Error::input(format!(
        "the recording {} is not there, nor are {} more of the {} that are listed; {hint} (`spectnet data verify` says more)",
        set.path(first).display(),
        missing.len() - 1,
        set.recordings.len()
    ))
    .at(&first.place))
}
