//! The folders of acoustic scenes as DCASE distributes them (task 1), 2016 to 2020, and others of their form.
//!
//! A path is one set (a folder with meta.txt or meta.csv, audio/ and evaluation_setup/) or a folder that holds sets side by
//! side, as `TUT-acoustic-scenes-2016-development` and `-evaluation`. The development set has the official folds; the
//! recordings of the evaluation set are in none, so that they can be held out as a subset and never get into cross-validation.
//! From 2018 on there is one split: its test part is fold 1, its training part fold 2, and what is in neither is left out.

mod consistency;
mod lists;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::finder::named;
use super::folders::{entries, recordings};
use super::left_out::first;
use super::{Found, Row};
use crate::error::{Error, Result};

pub use consistency::{Problem, problems};
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

/// Which years' form a set has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// TUT Acoustic Scenes 2016: segments of 30 s.
    Tut2016,
    /// TUT Acoustic Scenes 2017: the same lists, segments of 10 s.
    Tut2017,
    /// 2018 to 2020: lists with a header, and one split.
    Urban,
}

impl Edition {
    /// By the name of the folder, else by the lengths of the segments, as far as names say them. Without meta.csv.
    fn of(folder: &Path, seconds: impl Iterator<Item = Option<u32>>) -> Self {
        let name = super::finder::called(folder);
        let mut seconds = seconds.flatten().peekable();
        match () {
            () if name.contains("2016") => Self::Tut2016,
            () if name.contains("2017") => Self::Tut2017,
            () if seconds.peek().is_some() && seconds.all(|seconds| seconds == 10) => Self::Tut2017,
            () => Self::Tut2016,
        }
    }

    /// The years.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tut2016 => "2016",
            Self::Tut2017 => "2017",
            Self::Urban => "2018 to 2020",
        }
    }
}

/// One set.
#[derive(Clone, Debug)]
pub struct Set {
    /// Its folder.
    pub folder: PathBuf,
    /// What it is, where its lists or the name of its folder say.
    pub kind: Option<Kind>,
    /// Which years' form it has.
    pub edition: Edition,
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

    /// What the list of all recordings is called.
    pub fn meta(&self) -> &'static str {
        if self.edition == Edition::Urban { "meta.csv" } else { lists::META }
    }

    /// Where a recording lies.
    pub fn path(&self, recording: &Entry) -> PathBuf {
        self.folder.join(&recording.file)
    }

    /// Recordings whose files are not there.
    pub fn missing(&self) -> Vec<&Entry> {
        self.recordings.iter().filter(|recording| !self.path(recording).is_file()).collect()
    }

    /// Of one official split, its number and the files of its training part; no files where there are several folds.
    fn split(&self) -> (u32, BTreeSet<&str>) {
        match self.folds.iter().next() {
            Some((&fold, lists)) if self.edition == Edition::Urban && self.folds.len() == 1 => {
                let train = lists.train.iter().flatten().map(|entry| entry.file.as_str());
                (fold, train.collect())
            }
            _ => (0, BTreeSet::new()),
        }
    }

    /// The fold that evaluates each file.
    pub fn fold_of(&self) -> BTreeMap<&str, u32> {
        let held_out = self.folds.iter().flat_map(|(&fold, lists)| {
            lists.held_out().into_iter().flatten().map(move |entry| (entry.file.as_str(), fold))
        });
        held_out.collect()
    }
}

/// The first few names, and how many more there are.
pub fn few(names: &[String]) -> String {
    first(names, NAMED, ", ")
}

/// The sets at a path: the folder itself, or those in it; none where there are none.
///
/// # Errors
/// A list that cannot be read or has a row that makes no sense, two sets of the same kind, or a set without its lists.
pub fn sets(path: &Path) -> Result<Vec<Set>> {
    let folders = if lists::is_set(path) {
        vec![path.to_path_buf()]
    } else {
        let inner: Vec<PathBuf> = entries(path)?.into_iter().filter(|folder| folder.is_dir()).collect();
        let (sets, others): (Vec<PathBuf>, Vec<PathBuf>) = inner.into_iter().partition(|folder| lists::is_set(folder));
        for folder in [path].into_iter().chain(others.iter().map(PathBuf::as_path)) {
            refuse_without_lists(folder)?;
        }
        sets
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

/// Refuses a folder whose recordings lie in audio/ and nowhere else, as in a set: nothing says which scenes they are.
fn refuse_without_lists(folder: &Path) -> Result<()> {
    let Some(audio) = named(folder, "audio").filter(|audio| audio.is_dir()) else { return Ok(()) };
    let count = recordings(&audio)?.len();
    let mut others = entries(folder)?.into_iter().filter(|other| other.is_dir() && *other != audio);
    let classes = others.any(|other| recordings(&other).is_ok_and(|recordings| !recordings.is_empty()));
    if count == 0 || classes {
        return Ok(());
    }
    Err(Error::input(format!(
        "{}: not whole: meta.txt (DCASE 2016 and 2017) or meta.csv (2018 to 2020) is missing, so nobody knows the scenes of the \
         {count} recordings in audio; extract the meta archive (TUT-acoustic-scenes-2016-development.meta.zip and the like) \
         into this folder, or for other data write a manifest.csv (path,label[,group][,fold][,subset])",
        folder.display()
    )))
}

/// The recordings of these sets, their official folds and locations.
///
/// # Errors
/// Lists that contradict each other.
pub(super) fn rows(sets: &[Set]) -> Result<Found> {
    if let Some(problem) = problems(sets).first() {
        return Err(Error::input(problem.to_string()));
    }
    let mut found = Found::default();
    for set in sets {
        let folds = set.fold_of();
        let (split, trained) = set.split();
        let mut neither = 0;
        for recording in &set.recordings {
            let file = recording.file.as_str();
            let fold = folds.get(file).copied().or_else(|| trained.contains(file).then_some(split + 1));
            if fold.is_none() && !trained.is_empty() {
                neither += 1;
                continue;
            }
            found.rows.push(Row {
                group: recording.location.clone(),
                fold,
                subset: set.kind.map(|kind| kind.name().to_string()),
                ..Row::new(set.path(recording), recording.scene.clone().unwrap_or_default(), recording.place.clone())
            });
        }
        if neither > 0 {
            found.notes.push(format!(
                "{}: {neither} recordings are in neither part of the official split and are left out",
                set.name()
            ));
        }
        found.hint = found.hint.or_else(|| hint(set));
    }
    Ok(found)
}

/// What to do about recordings that are not there.
fn hint(set: &Set) -> Option<String> {
    let missing = set.missing();
    if missing.is_empty() {
        return None;
    }
    let folders: BTreeSet<PathBuf> =
        missing.iter().filter_map(|entry| Some(set.path(entry).parent()?.into())).collect();
    Some(match folders.iter().find(|folder| !folder.is_dir()) {
        Some(folder) => format!("the folder {} is not there: extract the audio archives", folder.display()),
        None => "extract all audio archives, or take the lines of these files out of the lists".into(),
    })
}
