//! The folders of acoustic scenes as DCASE distributes them (task 1), 2016 to 2020, and others of their form.
//!
//! A path is one set (a folder with meta.txt or meta.csv, audio/ and evaluation_setup/) or a folder that holds sets side by
//! side, as `TUT-acoustic-scenes-2016-development` and `-evaluation`. The development set has the official folds; the
//! recordings of the evaluation set are in none, so that they can be held out as a subset and never get into cross-validation.
//! From 2018 on there is one split: its test part is fold 1, its training part fold 2, and what is in neither is left out.

mod consistency;
mod lists;
pub mod set;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::finder::named;
use super::listing::{entries, recordings};
use super::row::{Found, Row};
use crate::error::{Error, Result};

pub use consistency::{NAMED, Problem, problems};
pub use set::{Edition, Kind, Lists, Set};

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
