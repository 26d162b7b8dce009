//! Which layout a folder has.

use std::path::{Path, PathBuf};

use super::circor::{self, Circor};
use super::dcase::{self, Set};
use super::finder::called;
use super::{manifest, pascal, physionet};
use crate::error::{Error, Result};

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
