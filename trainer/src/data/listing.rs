//! What lies in folders.

use std::path::{Path, PathBuf};

use super::audio_file::is_recording;
use crate::error::{Error, Result};

/// What lies in a folder, sorted by name; hidden entries are left out.
///
/// # Errors
/// A folder that cannot be listed.
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

/// The recordings that lie in a folder, sorted by name.
///
/// # Errors
/// A folder that cannot be listed.
pub fn recordings(folder: &Path) -> Result<Vec<PathBuf>> {
    Ok(entries(folder)?.into_iter().filter(|entry| is_recording(entry)).collect())
}
