//! Finding the files that lists mean: written with backslashes, in other capitals, with or without an extension.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::audio_file::{EXTENSIONS, is_recording};
use super::listing::entries;

/// Finds files, and remembers what lies in folders.
#[derive(Default)]
pub struct Finder {
    folders: HashMap<PathBuf, Vec<PathBuf>>,
}

impl Finder {
    /// The file that is written so in a list in `folder`: as it stands there, else with slashes for backslashes, else the only
    /// one of this name in other capitals. Where there is none, what was looked for.
    pub fn file(&mut self, folder: &Path, written: &str) -> PathBuf {
        let exact = folder.join(written);
        if exact.exists() {
            return exact;
        }
        let path = folder.join(written.replace('\\', "/"));
        if path.exists() {
            return path;
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return path };
        let alike: Vec<&PathBuf> = self
            .list(parent)
            .iter()
            .filter(|entry| entry.file_name().is_some_and(|found| found.eq_ignore_ascii_case(name)))
            .collect();
        match alike[..] {
            [one] => one.clone(),
            _ => path,
        }
    }

    /// The recording of a record, which may be written with an extension or folders before it: WAV before other formats, and
    /// the name as written before other capitals. Where there is none, the name as PhysioNet distributes it, so that the
    /// message about it says what was looked for.
    pub fn recording(&mut self, folder: &Path, record: &str) -> PathBuf {
        let record = record.replace('\\', "/");
        let (before, name) = record.rsplit_once('/').unwrap_or(("", record.as_str()));
        let inner = folder.join(before);
        let folder = if before.is_empty() || !inner.is_dir() { folder.to_path_buf() } else { inner };
        let name = bare(name);
        let usual = folder.join(format!("{name}.wav"));
        if usual.is_file() {
            return usual;
        }
        let rank = |path: &&PathBuf| {
            let extension = path.extension().unwrap_or_default();
            let place = EXTENSIONS.iter().position(|known| extension.eq_ignore_ascii_case(known));
            (path.file_stem().is_none_or(|stem| stem != name), place)
        };
        let of_record = |path: &&PathBuf| {
            is_recording(path) && path.file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case(name))
        };
        self.list(&folder).iter().filter(of_record).min_by_key(rank).cloned().unwrap_or(usual)
    }

    /// What lies in a folder; nothing where it cannot be listed.
    fn list(&mut self, folder: &Path) -> &[PathBuf] {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        self.folders.entry(folder.to_path_buf()).or_insert_with(|| entries(folder).unwrap_or_default())
    }
}

/// The name of a record: without the extension of a recording or of what PhysioNet puts beside it.
pub fn bare(name: &str) -> &str {
    let of_record = |extension: &str| {
        EXTENSIONS.iter().chain(&["hea", "dat", "mat"]).any(|known| extension.eq_ignore_ascii_case(known))
    };
    match name.rsplit_once('.') {
        Some((bare, extension)) if !bare.is_empty() && of_record(extension) => bare,
        _ => name,
    }
}

/// The entry of a folder with this name, in whatever capitals; the name as it is written here comes first.
pub fn named(folder: &Path, name: &str) -> Option<PathBuf> {
    let exact = folder.join(name);
    if exact.exists() {
        return Some(exact);
    }
    let entries = entries(folder).unwrap_or_default();
    entries.into_iter().find(|entry| entry.file_name().is_some_and(|found| found.eq_ignore_ascii_case(name)))
}

/// What a folder or file is called; of `.` and the like, what they stand for.
pub fn called(path: &Path) -> String {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    absolute.file_name().map_or_else(|| absolute.display().to_string(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    #[test]
    fn a_file_is_found_as_windows_writes_it() {
        let folder = folder(&["wav/N0.WAV", "wav/a.wav", "b.wav", "B.wav"]);
        let found = |written: &str| {
            Finder::default().file(folder.path(), written).strip_prefix(folder.path()).unwrap().to_path_buf()
        };
        for (written, expected) in [
            ("wav/a.wav", "wav/a.wav"),
            ("wav\\a.wav", "wav/a.wav"),
            ("wav\\n0.wav", "wav/N0.WAV"),
            ("b.wav", "b.wav"),
            // Two are alike: neither is meant.
            ("b.WAV", "b.WAV"),
            ("gone\\c.wav", "gone/c.wav"),
        ] {
            assert_eq!(found(written), Path::new(expected), "{written}");
        }
    }

    #[test]
    fn a_record_is_found_with_and_without_its_extension() {
        let folder = folder(&["a1.WAV", "a1.hea", "a2.flac", "A3.Wav", "a4.ogg", "a4.wav", "sub/a5.wav", "a.6.wav"]);
        let found = |record: &str| {
            Finder::default().recording(folder.path(), record).strip_prefix(folder.path()).unwrap().to_path_buf()
        };
        for (record, expected) in [
            ("a1", "a1.WAV"),
            ("a1.wav", "a1.WAV"),
            ("a1.hea", "a1.WAV"),
            ("a2.wav", "a2.flac"),
            ("a3", "A3.Wav"),
            ("a4", "a4.wav"),
            ("sub\\a5", "sub/a5.wav"),
            ("elsewhere/a4", "a4.wav"),
            ("a.6", "a.6.wav"),
            ("a7", "a7.wav"),
        ] {
            assert_eq!(found(record), Path::new(expected), "{record}");
        }
    }
}
