//! One run a folder: a lock that names its owner.
//!
//! The lock itself is the operating system's, which gives it back when the process ends, however it ends. The text in its file
//! is for people, and for machines that share the folder but not the locks of their systems.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::machine;
use crate::error::{Error, Result};

/// File of the lock in the folder of a run.
pub const LOCK: &str = "run.lock";
/// Longer than what a lock says of its owner.
const MOST_BYTES: u64 = 4096;
/// Between opening and locking the file its last owner may remove it; so often it is opened anew.
const TRIES: usize = 20;

/// The lock of a folder, given back when it is dropped.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    /// Open as long as the lock is held.
    _file: File,
}

/// Who holds a lock.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Owner {
    pid: u32,
    host: String,
    since: String,
}

impl Lock {
    /// Takes the lock of a folder. One whose owner has ended is taken over, which is said.
    ///
    /// # Errors
    /// A lock that another process holds, by its process and machine, or what the system says.
    pub fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(LOCK);
        let failed = |source| Error::io("lock the folder by the file", &path, source);
        for _ in 0..TRIES {
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
            let mut file = file.map_err(failed)?;
            let is_ours = match file.try_lock() {
                Ok(()) => true,
                Err(TryLockError::WouldBlock) => return Err(taken(&path, owner(&mut file), "")),
                // A file system without locks.
                Err(TryLockError::Error(_)) => false,
            };
            if !is_there(&path, &file) {
                continue;
            }
            match owner(&mut file) {
                Some(other) if !is_ours || other.host != machine::host() => {
                    let advice = "; if that process is no longer there, remove the file";
                    return Err(taken(&path, Some(other), advice));
                }
                Some(Owner { pid, since, .. }) => {
                    say!("the run of process {pid}, begun {since}, ended without saying so: its lock is taken over");
                }
                None => {}
            }
            let owner = Owner { pid: std::process::id(), host: machine::host(), since: machine::now() };
            let text = serde_json::to_vec(&owner)
                .map_err(|error| Error::input(format!("{}: cannot be written: {error}", path.display())))?;
            let written = file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0)));
            written.and_then(|_| file.write_all(&text)).and_then(|()| file.sync_all()).map_err(failed)?;
            return Ok(Self { path, _file: file });
        }
        Err(taken(&path, None, ""))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Whoever finds the file sees that nobody holds it.
        let _ = fs::remove_file(&self.path);
    }
}

fn owner(file: &mut File) -> Option<Owner> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(MOST_BYTES).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn taken(path: &Path, owner: Option<Owner>, advice: &str) -> Error {
    let who = match owner {
        Some(Owner { pid, host, since }) => format!("process {pid} on {host} since {since}"),
        None => "another process".into(),
    };
    Error::input(format!("this folder is in use by {who}: wait for it, or choose another --out{advice}"))
        .at(path.display())
}

/// Whether the opened file is the one that has this name now.
#[cfg(unix)]
fn is_there(path: &Path, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(named), Ok(opened)) = (fs::metadata(path), file.metadata()) else { return false };
    (named.dev(), named.ino()) == (opened.dev(), opened.ino())
}

#[cfg(not(unix))]
fn is_there(path: &Path, _file: &File) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_run_and_a_lock_without_an_owner_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(folder.path()).unwrap();
        let refused = Lock::take(folder.path()).unwrap_err().to_string();
        let me = format!("in use by process {} on {}", std::process::id(), machine::host());
        assert!(refused.contains("run.lock") && refused.contains(&me), "{refused}");
        drop(lock);
        assert!(!folder.path().join(LOCK).exists());
        let stale = |host: &str| {
            let owner = Owner { pid: 1, host: host.into(), since: machine::now() };
            fs::write(folder.path().join(LOCK), serde_json::to_vec(&owner).unwrap()).unwrap();
        };
        stale(&machine::host());
        drop(Lock::take(folder.path()).unwrap());
        // Of another machine nobody here knows.
        stale("another-machine");
        let refused = Lock::take(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("process 1 on another-machine") && refused.contains("remove the file"), "{refused}");
        fs::write(folder.path().join(LOCK), "half a li").unwrap();
        Lock::take(folder.path()).unwrap();
    }
}
