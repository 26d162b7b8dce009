//! Files out of an archive.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use zip::ZipArchive;

use super::names::below;
use crate::error::{Error, Result};
use crate::output;

/// More bytes than any file in a set has: what is packed can be a million times as large when it is unpacked.
const MOST_BYTES: u64 = 8 << 30;

/// Unpacks an archive into a folder. Files that are there are replaced; each is whole or not there.
///
/// # Errors
/// An archive that is none or damaged, that holds links or leads out of the folder, or a folder that cannot be written.
pub fn unpack(path: &Path, out: &Path) -> Result<()> {
    let damaged =
        |error: &dyn std::fmt::Display| Error::input(format!("the archive is damaged: {error}")).at(path.display());
    let file = File::open(path).map_err(|source| Error::io("read the file", path, source))?;
    let mut archive = ZipArchive::new(file).map_err(|error| damaged(&error))?;
    // Everything is looked at before anything is written.
    for number in 0..archive.len() {
        let entry = archive.by_index(number).map_err(|error| damaged(&error))?;
        if below(entry.name().trim_end_matches('/')).is_none() || entry.is_symlink() {
            let why = format!("{:?} would lie outside of the folder; nothing was unpacked", entry.name());
            return Err(Error::input(why).at(path.display()));
        }
        if entry.size() > MOST_BYTES {
            let why = format!("{:?} would have {} bytes; nothing was unpacked", entry.name(), entry.size());
            return Err(Error::Limit(why).at(path.display()));
        }
    }
    for number in 0..archive.len() {
        let entry = archive.by_index(number).map_err(|error| damaged(&error))?;
        let Some(name) = below(entry.name().trim_end_matches('/')) else { continue };
        let place = out.join(name);
        if entry.is_dir() {
            output::create_folder(&place)?;
            continue;
        }
        let folder = place.parent().unwrap_or(out);
        output::create_folder(folder)?;
        let failed = |source| Error::io("write the file", &place, source);
        let mut part = tempfile::Builder::new().suffix(".part").tempfile_in(folder).map_err(failed)?;
        let size = entry.size();
        // The checksum of the entry is compared at its end.
        let written = io::copy(&mut entry.take(size.saturating_add(1)), part.as_file_mut()).map_err(failed)?;
        if written != size {
            return Err(damaged(&format!("{} has {written} bytes of {size}", place.display())));
        }
        readable(part.as_file()).map_err(failed)?;
        part.persist(&place).map_err(|error| failed(error.error))?;
    }
    Ok(())
}

/// Temporary files are for their owner alone; what is unpacked is for others, too.
#[cfg(unix)]
fn readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_file: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(folder: &Path, entries: &[(&str, &str)]) -> std::path::PathBuf {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        let path = folder.join("archive.zip");
        fs::write(&path, writer.finish().unwrap().into_inner()).unwrap();
        path
    }

    #[test]
    fn an_archive_is_unpacked_within_its_folder_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let path = archive(folder.path(), &[("set/meta.txt", "a\tpark\n"), ("set/audio/a.wav", "RIFF")]);
        unpack(&path, &out).unwrap();
        unpack(&path, &out).unwrap();
        assert_eq!(fs::read_to_string(out.join("set/meta.txt")).unwrap(), "a\tpark\n");
        assert_eq!(fs::read_dir(out.join("set/audio")).unwrap().count(), 1);

        let other = folder.path().join("other");
        let path = archive(folder.path(), &[("good.txt", "good"), ("../../evil.txt", "evil")]);
        let refused = unpack(&path, &other).unwrap_err().to_string();
        assert!(refused.contains("evil.txt") && refused.contains("nothing was unpacked"), "{refused}");
        assert!(!other.exists());

        let mut bytes = fs::read(archive(folder.path(), &[("a.txt", "some text that is long enough")])).unwrap();
        bytes[45] ^= 0xff;
        fs::write(&path, bytes).unwrap();
        assert!(unpack(&path, &other).is_err());
        assert!(!other.join("a.txt").exists());
    }
}
