//! A folder per class: its name is the label, the recordings lie in it. Folders that are parts of the data (train, test) are
//! never classes: the folders of the classes lie in them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::finder::called;
use super::listing::{entries, recordings};
use super::place::Place;
use super::row::{Found, Row};
use crate::error::{Error, Result};

/// What folders are called that divide data into parts. Their recordings form a subset.
const PARTS: [&str; 11] =
    ["train", "training", "test", "testing", "dev", "development", "eval", "evaluation", "val", "valid", "validation"];
/// What folders are called that only hold other folders and recordings.
const HOLDERS: [&str; 3] = ["audio", "data", "wav"];

/// Reads the recordings of every folder in `path`. Folders without recordings are left out.
///
/// # Errors
/// A folder that cannot be listed, or recordings that lie in a part of the data and in no class.
pub(super) fn read(path: &Path) -> Result<Found> {
    let mut found = Found::default();
    let mut parts = BTreeSet::new();
    for folder in entries(path)?.into_iter().filter(|entry| entry.is_dir()) {
        let name = called(&folder);
        let is_part = is_one_of(&PARTS, &name);
        if !is_part && !is_one_of(&HOLDERS, &name) {
            found.rows.extend(class(&folder, None)?);
            continue;
        }
        let unclassed = recordings(&folder)?.len();
        if unclassed > 0 {
            return Err(Error::input(format!(
                "{}: {unclassed} recordings lie here, but a folder called {name} is no class: expected a folder per class in it, \
                 or a manifest.csv (path,label[,group][,fold][,subset]) that names the classes; a class of this name needs \
                 another",
                folder.display()
            )));
        }
        let subset = is_part.then(|| name.to_lowercase());
        for inner in entries(&folder)?.into_iter().filter(|entry| entry.is_dir()) {
            let rows = class(&inner, subset.as_ref())?;
            if !rows.is_empty() {
                parts.extend(subset.clone());
            }
            found.rows.extend(rows);
        }
    }
    if !parts.is_empty() {
        let names = parts.into_iter().collect::<Vec<_>>().join(", ");
        found.notes.push(format!(
            "{}: the folders {names} are subsets of the data; --protocol leave-one-subset-out --hold-out NAME reports on one",
            path.display()
        ));
    }
    Ok(found)
}

/// The recordings of a class.
fn class(folder: &Path, subset: Option<&String>) -> Result<Vec<Row>> {
    let label = called(folder).trim().to_owned();
    let row = |recording: PathBuf| {
        let place = Place::from(&recording);
        Row { subset: subset.cloned(), ..Row::new(recording, &*label, place) }
    };
    Ok(recordings(folder)?.into_iter().map(row).collect())
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}
