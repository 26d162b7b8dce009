//! A folder per class: its name is the label, the recordings lie in it.

use std::path::{Path, PathBuf};

use super::Row;
use crate::audio_file::is_recording;
use crate::error::{Error, Result};

/// Reads the recordings of every folder in `path`. Folders without recordings are left out.
///
/// # Errors
/// A folder that cannot be listed.
pub(super) fn read(path: &Path) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for folder in entries(path)?.into_iter().filter(|entry| entry.is_dir()) {
        let Some(label) = folder.file_name().map(|name| name.to_string_lossy().into_owned()) else { continue };
        for recording in entries(&folder)?.into_iter().filter(|entry| is_recording(entry)) {
            rows.push(Row {
                label: label.clone(),
                group: None,
                fold: None,
                subset: None,
                quality: None,
                place: recording.display().to_string(),
                path: recording,
            });
        }
    }
    Ok(rows)
}

/// What lies in a folder, sorted by name; hidden entries are left out.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let refused = |source| Error::io("list the folder", folder, source);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(refused)? {
        let entry = entry.map_err(refused)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            entries.push(entry.path());
        }
    }
    entries.sort_unstable();
    Ok(entries)
}
