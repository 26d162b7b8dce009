//! Who makes a run of a table: claims in a folder that several processes and machines share, so that no two make the same run.
//!
//! The claim of a run is a file `NAME.1`, which only one process can make. Its owner writes into it every half minute and
//! removes it at the end. An owner that does not write for [`LEASE`], by the clock of the folder, has died, and so has one of
//! this machine whose lock on the file the system has given back: then `NAME.2` takes the run over, and so on. The highest
//! number owns the run, and nobody renames or removes what is not his, so two that find the same dead owner cannot both follow.
//!
//! Whoever has a claim looks once more whether the run is done: its last owner may have ended in between. An owner that only
//! seemed to be dead makes its run a second time, which costs time and nothing else: results appear whole, and are the same.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::output;
use crate::training::machine;

/// After so long without a sign of life of its owner a claim is taken over: several times what networks keep for themselves
/// before they show a file's new time.
pub const LEASE: Duration = Duration::from_secs(300);
/// Between two signs of life.
const BEAT: Duration = Duration::from_secs(30);
/// Longer than what a claim says of its owner.
const MOST_BYTES: u64 = 4096;
/// Between looking at claims and making one, others may come and go; so often it is tried anew.
const TRIES: usize = 20;
/// Whoever looks whether an owner lives holds its lock for a moment.
const MOMENT: Duration = Duration::from_millis(5);

/// A claim that this process has, given back when it is dropped.
#[derive(Debug)]
pub struct Claim {
    folder: PathBuf,
    name: String,
    number: u32,
    /// Ends the signs of life when it is dropped.
    beating: Option<(Sender<()>, JoinHandle<()>)>,
}

/// What came of the attempt to claim a run.
#[derive(Debug)]
pub enum Claimed {
    /// It is this process's.
    Mine(Claim),
    /// Another one has it, in words.
    By(String),
}

/// What a claim says of its owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Owner {
    pid: u32,
    host: String,
    since: String,
    /// Whether it holds a lock on the file.
    locked: bool,
}

/// How a claim stands.
enum Standing {
    /// It was given back.
    Gone,
    /// Its owner lives.
    Alive(String),
    /// Its owner has died.
    Dead(String),
}

impl Claim {
    /// Claims the run of this name in a folder, which is made where it is not there. A dead owner's claim is taken over, which
    /// is said.
    ///
    /// # Errors
    /// What the system says.
    pub fn take(folder: &Path, name: &str) -> Result<Claimed> {
        for _ in 0..TRIES {
            output::create_folder(folder)?;
            let mut follows = None;
            let number = match newest(folder, name)? {
                None => 1,
                Some(number) => match standing(folder, &file_of(folder, name, number))? {
                    Standing::Gone => continue,
                    Standing::Alive(owner) => return Ok(Claimed::By(owner)),
                    Standing::Dead(owner) => {
                        follows = Some(owner);
                        number.saturating_add(1)
                    }
                },
            };
            let path = file_of(folder, name, number);
            match OpenOptions::new().read(true).write(true).create_new(true).open(&path) {
                Ok(file) => {
                    if let Some(owner) = follows {
                        say!("{name}: {owner} has given no sign of life any more; its run is taken over");
                    }
                    let mut claim = Self { folder: folder.into(), name: name.into(), number, beating: None };
                    claim.beating = Some(begin(&path, file)?);
                    return Ok(Claimed::Mine(claim));
                }
                // Somebody was faster, or the folder is gone.
                Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound) => {}
                Err(source) => return Err(Error::io("claim the run by the file", &path, source)),
            }
        }
        Ok(Claimed::By("another process".into()))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.beating.take() {
            drop(stop);
            let _ = thread.join();
        }
        // What cannot be removed is taken for dead before long.
        for number in 1..=self.number {
            let _ = fs::remove_file(file_of(&self.folder, &self.name, number));
        }
    }
}

/// Writes the owner into a new claim, and starts its signs of life.
fn begin(path: &Path, mut file: File) -> Result<(Sender<()>, JoinHandle<()>)> {
    let failed = |source| Error::io("write the claim", path, source);
    let locked = (0..TRIES).any(|_| {
        let is_locked = file.try_lock().is_ok();
        if !is_locked {
            thread::sleep(MOMENT);
        }
        is_locked
    });
    let owner = Owner { pid: std::process::id(), host: machine::host(), since: machine::now(), locked };
    let text = serde_json::to_vec(&owner)
        .map_err(|error| Error::input(format!("{}: cannot be written: {error}", path.display())))?;
    file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed)?;
    let (stop, stopped) = mpsc::channel();
    let thread = thread::Builder::new().name("claim".into()).spawn(move || beat(file, &text, &stopped));
    Ok((stop, thread.map_err(failed)?))
}

/// Writes the same text again and again until it is stopped: it is the folder that dates it, by its own clock.
fn beat(mut file: File, text: &[u8], stopped: &Receiver<()>) {
    while matches!(stopped.recv_timeout(BEAT), Err(RecvTimeoutError::Timeout)) {
        // A folder that cannot be reached now may be there again at the next beat.
        let _ = file.seek(SeekFrom::Start(0)).and_then(|_| file.write_all(text)).and_then(|()| file.sync_all());
    }
}

fn file_of(folder: &Path, name: &str, number: u32) -> PathBuf {
    folder.join(format!("{name}.{number}"))
}

/// The highest number of the claims of this name; none where there are none.
fn newest(folder: &Path, name: &str) -> Result<Option<u32>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::io("list the folder", folder, source)),
    };
    let number = |file: String| file.strip_prefix(name)?.strip_prefix('.')?.parse::<u32>().ok();
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    Ok(names.filter_map(number).max())
}

fn standing(folder: &Path, path: &Path) -> Result<Standing> {
    let failed = |source| Error::io("read the claim", path, source);
    // For writing, too: network file systems lock nothing else.
    let mut file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Standing::Gone),
        Err(source) => return Err(failed(source)),
    };
    let owner = owner(&mut file);
    let words = match &owner {
        Some(Owner { pid, host, since, .. }) => format!("process {pid} on {host}, which began at {since},"),
        None => "a process that did not say its name".into(),
    };
    // Its lock is the system's, which gives it back when the process ends.
    let is_here = owner.is_some_and(|owner| owner.locked && owner.host == machine::host());
    let has_ended = is_here && file.try_lock().is_ok();
    let written = file.metadata().and_then(|about| about.modified()).map_err(failed)?;
    let now = tempfile::NamedTempFile::new_in(folder).and_then(|probe| probe.as_file().metadata()?.modified());
    let silent = match now {
        Ok(now) => now.duration_since(written).unwrap_or_default(),
        // A claim is younger than its lease as long as nobody knows better.
        Err(_) => Duration::ZERO,
    };
    Ok(if has_ended || silent > LEASE { Standing::Dead(words) } else { Standing::Alive(words) })
}

fn owner(file: &mut File) -> Option<Owner> {
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    const NAME: &str = "static-6.fold0-seed0";

    fn take(folder: &Path) -> Option<Claim> {
        match Claim::take(folder, NAME).unwrap() {
            Claimed::Mine(claim) => Some(claim),
            Claimed::By(_) => None,
        }
    }

    fn files(folder: &Path) -> Vec<String> {
        let mut files: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into()).collect();
        files.sort();
        files
    }

    /// Leaves the claim of another process behind, which wrote into it so long ago.
    fn left(folder: &Path, number: u32, host: &str, silent: Duration) {
        let owner = Owner { pid: 1, host: host.into(), since: machine::now(), locked: true };
        let path = file_of(folder, NAME, number);
        fs::write(&path, serde_json::to_vec(&owner).unwrap()).unwrap();
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - silent).unwrap();
    }

    #[test]
    fn a_run_is_claimed_once_and_free_again_when_the_claim_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let claim = take(folder.path()).unwrap();
        let Claimed::By(owner) = Claim::take(folder.path(), NAME).unwrap() else { panic!("claimed twice") };
        assert!(owner.contains(&format!("process {}", std::process::id())), "{owner}");
        assert!(matches!(Claim::take(folder.path(), "static-6.fold0-seed1").unwrap(), Claimed::Mine(_)));
        assert_eq!(files(folder.path()), [format!("{NAME}.1")]);
        drop(claim);
        assert!(files(folder.path()).is_empty());
        assert!(take(folder.path()).is_some());
    }

    #[test]
    fn a_dead_owner_is_followed_and_a_living_one_of_another_machine_is_not() {
        let folder = tempfile::tempdir().unwrap();
        left(folder.path(), 1, "another-machine", LEASE / 2);
        assert!(take(folder.path()).is_none());
        left(folder.path(), 1, "another-machine", LEASE * 2);
        let claim = take(folder.path()).unwrap();
        assert_eq!(files(folder.path()), [format!("{NAME}.1"), format!("{NAME}.2")]);
        assert!(take(folder.path()).is_none());
        drop(claim);
        assert!(files(folder.path()).is_empty());
        // Of this machine it is known at once, for nobody holds its lock.
        left(folder.path(), 3, &machine::host(), Duration::ZERO);
        assert!(take(folder.path()).is_some());
        // Died before it had said who it was.
        let path = file_of(folder.path(), NAME, 1);
        fs::write(&path, "").unwrap();
        assert!(take(folder.path()).is_none());
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - LEASE * 2).unwrap();
        assert!(take(folder.path()).is_some());
    }

    #[test]
    fn of_many_that_want_a_run_at_once_one_gets_it() {
        let folder = tempfile::tempdir().unwrap();
        for dead in [false, true] {
            if dead {
                left(folder.path(), 1, "another-machine", LEASE * 2);
            }
            let claims: Vec<Option<Claim>> = thread::scope(|scope| {
                let all: Vec<_> = (0..8).map(|_| scope.spawn(|| take(folder.path()))).collect();
                all.into_iter().map(|one| one.join().unwrap()).collect()
            });
            assert_eq!(claims.iter().flatten().count(), 1);
        }
    }
}
