//! Prepared recordings on disk, for the next run: decoding, conditioning and above all segmentation take ten times as long as
//! reading what came of them.
//!
//! - `place`: where they are kept
//! - `key`: what they are kept under: all that they depend on
//! - `entry`: how one lies in its file; `bytes`: numbers as bytes
//!
//! A file is whole or not there, its name says what is in it, and nobody changes it: so any number of processes, on any number
//! of machines, may use one folder at once, and it may be emptied at any time. What is damaged is made anew. Where nothing can
//! be kept, everything goes on without.
//!
//! Files are read as a whole and not mapped into memory: a map is `unsafe`, for whoever cuts the file short pulls the memory
//! away from under the program, and the samples are copied once in either case, into the recording that owns them.

mod bytes;
mod entry;
mod key;
mod place;

use std::fs;
use std::io::ErrorKind;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use spectnet_core::audio::Downmix;
use spectnet_core::model::ModelConfig;
use spectnet_core::package::recordings::Digest;
use spectnet_core::prediction::{Groundwork, Prepared};

use super::left_out;
use crate::error::{Error, Result};
use crate::output::{create_folder, write_soon};
use entry::{decode, encode};
use key::Key;

pub use place::{CachePlace, cache_place};

/// A recording in every downmix that a model takes of it; there is at least one.
pub type Downmixes = Vec<(Downmix, Prepared)>;

/// The folder in the cache, so that others can lie beside it.
const FOLDER: &str = "prepared";
/// Extension of an entry.
const EXTENSION: &str = "bin";
/// Nothing is added to a folder of so many bytes. All scenes of DCASE 2020 are a quarter of it.
const MOST_BYTES: u64 = 40 << 30;
/// A file that is still half written after this time never will be whole: who wrote it was killed.
const GIVEN_UP: Duration = Duration::from_secs(3600);

/// Prepared recordings on disk.
#[derive(Debug, Default)]
pub struct Cache {
    /// None where nothing is kept.
    folder: Option<PathBuf>,
    counts: Mutex<Counts>,
    room: Mutex<Room>,
}

/// What was done since it was said last.
#[derive(Debug, Default)]
struct Counts {
    found: u64,
    found_bytes: u64,
    made: u64,
    kept_bytes: u64,
    /// Files that could not be used, and why.
    damaged: Vec<String>,
    /// Why nothing more is kept.
    trouble: Option<String>,
}

/// Whether there is room.
#[derive(Debug, Default)]
struct Room {
    /// Bytes of all entries, where that was looked up.
    bytes: Option<u64>,
    /// Something could not be kept: nothing more is tried.
    is_closed: bool,
}

/// What tells that a file was changed.
type Stamp = (u64, SystemTime);

impl Cache {
    /// The cache that is asked for, or the usual one.
    pub fn new(asked: Option<&CachePlace>) -> Self {
        let place = asked.cloned().unwrap_or_else(CachePlace::usual);
        Self { folder: place.folder().map(|folder| folder.join(FOLDER)), ..Self::default() }
    }

    /// The recording in a file as `make` prepares it for a model with this configuration, and the digest of its sound: from the
    /// cache, where it is there.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn get_or_make(
        &self,
        path: &Path,
        config: &ModelConfig,
        make: impl FnOnce() -> Result<(Downmixes, Digest)>,
    ) -> Result<(Downmixes, Digest)> {
        // What is no file, or cannot be read, is left to whoever decodes it: there it is said what is wrong with it.
        let Some((file, key, before)) = self.place(path, config) else { return make() };
        if let Some(found) = self.get(&file, &key, config) {
            return Ok(found);
        }
        let (downmixes, digest) = make()?;
        self.counts().made += 1;
        // The key is that of the bytes that were there before.
        if stamp(path) == Some(before) {
            self.keep(&file, || encode(&key, &downmixes, digest));
        }
        Ok((downmixes, digest))
    }

    /// The recording in a file as it was prepared for a model with this configuration before; none where the cache does not have
    /// it. Nothing is made, and nothing is changed in the cache.
    pub fn find(&self, path: &Path, config: &ModelConfig) -> Option<(Downmixes, Digest)> {
        let (file, key, _) = self.place(path, config)?;
        self.get(&file, &key, config)
    }

    /// Where the recording in a file lies, under which key, and what the file was like when that was made; none where nothing
    /// is kept, or what is no file, or cannot be read.
    fn place(&self, path: &Path, config: &ModelConfig) -> Option<(PathBuf, Key, Stamp)> {
        let (folder, before) = (self.folder.as_ref()?, stamp(path)?);
        let key = Key::of(path, config).ok()?;
        Some((folder.join(format!("{key}.{EXTENSION}")), key, before))
    }

    fn get(&self, file: &Path, key: &Key, config: &ModelConfig) -> Option<(Downmixes, Digest)> {
        let bytes = match fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return None,
            Err(error) => {
                self.counts().damaged.push(format!("{} cannot be read: {error}", file.display()));
                return None;
            }
        };
        let kept = match decode(key, &bytes) {
            Ok(kept) => kept,
            Err(why) => {
                self.counts().damaged.push(format!("{} {why}", file.display()));
                return None;
            }
        };
        // What has no window for this model has none when it is made either, and then it is said.
        let laid_out =
            |(downmix, groundwork): (Downmix, Groundwork)| Some((downmix, groundwork.laid_out(config).ok()?));
        let downmixes = kept.downmixes.into_iter().map(laid_out).collect::<Option<Downmixes>>()?;
        let mut counts = self.counts();
        counts.found += 1;
        counts.found_bytes += bytes.len() as u64;
        Some((downmixes, kept.digest))
    }

    fn keep(&self, file: &Path, bytes: impl FnOnce() -> Vec<u8>) {
        let Some(folder) = file.parent().filter(|_| !self.room().is_closed) else { return };
        let bytes = bytes();
        let kept = self.take_room(folder, bytes.len() as u64).and_then(|()| write_soon(file, &bytes));
        let mut counts = self.counts();
        match kept {
            Ok(()) => counts.kept_bytes += bytes.len() as u64,
            Err(error) => {
                self.room().is_closed = true;
                counts.trouble.get_or_insert_with(|| error.to_string());
            }
        }
    }

    /// Sees to it that the folder is there and has room for so many bytes.
    fn take_room(&self, folder: &Path, bytes: u64) -> Result<()> {
        let mut room = self.room();
        let before = match room.bytes {
            Some(before) => before,
            None => {
                create_folder(folder)?;
                tidy(folder)
            }
        };
        room.bytes = Some(before + bytes);
        if before + bytes <= MOST_BYTES {
            return Ok(());
        }
        Err(Error::Limit(format!("{}: more than {} are kept there", folder.display(), size(MOST_BYTES))))
    }

    /// Says what came from the cache and what was added to it since the last time, if anything.
    pub fn say(&self) {
        let Some(folder) = &self.folder else { return };
        let Counts { found, found_bytes, made, kept_bytes, damaged, trouble } = mem::take(&mut *self.counts());
        if !damaged.is_empty() {
            let named = left_out::first(&damaged, 1, "; ");
            say!("entries of the cache that are damaged, and made anew ({}): {named}", damaged.len());
        }
        if let Some(trouble) = trouble {
            say!(
                "what is prepared is not kept for the next run: {trouble}; --cache names another folder, --cache off keeps \
                 nothing, and what lies there may be removed"
            );
        }
        if found + made > 0 {
            let read = if found > 0 { format!(" ({})", size(found_bytes)) } else { String::new() };
            let kept = match kept_bytes {
                0 => String::new(),
                bytes => format!(" ({} more in {})", size(bytes), folder.display()),
            };
            say!("recordings: {found} from the cache{read}, {made} prepared{kept}");
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // They are whole whoever panicked.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Length and time of a file; none of what is no file, and could be read only once.
fn stamp(path: &Path) -> Option<Stamp> {
    let about = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((about.len(), about.modified().ok()?))
}

/// Bytes of all entries in a folder, from which what killed processes left half written is removed.
fn tidy(folder: &Path) -> u64 {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(about) = entry.metadata() else { continue };
        let path = entry.path();
        let is_part = path.extension().is_some_and(|extension| extension == "part");
        let age = about.modified().ok().and_then(|written| written.elapsed().ok());
        if is_part && age.is_some_and(|age| age > GIVEN_UP) {
            // What cannot be removed is in nobody's way.
            let _ = fs::remove_file(path);
        } else {
            bytes += about.len();
        }
    }
    bytes
}

/// For people.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        1_000_000..10_000_000_000 => format!("{} MB", bytes.div_ceil(1_000_000)),
        _ => format!("{} GB", bytes.div_ceil(1_000_000_000)),
    }
}

#[cfg(test)]
mod tests;
