//! The project's documents.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use xtask::workspace::Workspace;

/// Folders that hold no documentation of ours.
const NOT_OURS: [&str; 3] = ["target", "dist", "node_modules"];

/// The paths of all that is written in Markdown.
///
/// # Panics
/// For a folder that cannot be read.
pub fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    gather(&Workspace::root_from_manifest(), &mut found);
    found
}

fn gather(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder that can be read") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_ours = !name.starts_with('.') && !NOT_OURS.contains(&name.as_str());
        if path.is_dir() && !path.is_symlink() && is_ours {
            gather(&path, found);
        } else if path.extension() == Some(OsStr::new("md")) {
            found.push(path);
        }
    }
}
