//! Stamps: "what this was made from", so that a second run only makes what changed.
//!
//! Contents are compared, not times: a fresh clone, a branch switched forth and back or a touched file make nothing stale.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// One line that changes when any file below `inputs` (files or folders, relative to `root`) or `options` does.
///
/// Files under a path of `except` do not count, nor do inputs that do not exist: appearing changes the line.
pub fn of(root: &Path, inputs: &[&str], except: &[&str], options: &str) -> Result<String> {
    let except: Vec<PathBuf> = except.iter().map(|path| root.join(path)).collect();
    let mut files = Vec::new();
    for input in inputs {
        collect(&root.join(input), &except, &mut files)?;
    }
    files.sort();
    // Not for security: a stale page is the worst that a collision could do.
    let mut hasher = DefaultHasher::new();
    options.hash(&mut hasher);
    for file in &files {
        file.strip_prefix(root).unwrap_or(file).hash(&mut hasher);
        fs::read(file).with_context(|| format!("cannot read {}", file.display()))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Whether the stamp file holds exactly this line.
pub fn is_current(stamp: &Path, line: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|text| text == line)
}

/// Leaves the line in the stamp file.
pub fn write(stamp: &Path, line: &str) -> Result<()> {
    fs::write(stamp, line).with_context(|| format!("cannot write {}", stamp.display()))
}

fn collect(path: &Path, except: &[PathBuf], files: &mut Vec<PathBuf>) -> Result<()> {
    if except.iter().any(|prefix| path.starts_with(prefix)) {
        return Ok(());
    }
    if path.is_file() {
        files.push(path.to_path_buf());
    } else if path.is_dir() {
        for entry in fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))? {
            collect(&entry?.path(), except, files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_follows_contents_names_and_options_only() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir_all(root.join("src/skip")).unwrap();
        fs::write(root.join("src/a.rs"), "one").unwrap();
        let line = || of(root, &["src", "absent"], &["src/skip"], "options").unwrap();

        let first = line();
        fs::write(root.join("src/a.rs"), "one").unwrap();
        fs::write(root.join("src/skip/b"), "not looked at").unwrap();
        assert_eq!(line(), first, "writing the same bytes again changes nothing");

        assert_ne!(of(root, &["src"], &["src/skip"], "other options").unwrap(), first);
        fs::write(root.join("src/a.rs"), "two").unwrap();
        let second = line();
        assert_ne!(second, first, "contents count");
        fs::rename(root.join("src/a.rs"), root.join("src/b.rs")).unwrap();
        assert_ne!(line(), second, "names count");

        let stamp = root.join("stamp");
        assert!(!is_current(&stamp, &first), "no stamp, nothing is current");
        write(&stamp, &first).unwrap();
        assert!(is_current(&stamp, &first) && !is_current(&stamp, &second));
    }
}
