//! Data sets from where they are published, as they are published: with resume, and with checksums.
//!
//! - [`sets`]: which sets, where, under which licence, and how they are cited
//! - `listing`: what a set consists of: names, sizes, checksums
//! - `client`: a text or a file over HTTP, with limits, repeats and resume
//! - `sum`: checksums
//! - `names`: names of files that come from elsewhere
//! - `archive`: files out of an archive
//! - `room`: how much fits on a disk
//!
//! What is trusted is the list of checksums, which comes from the publisher over TLS. A file has its own name only after it was
//! found to match; until then it is called `.part`, and a later call goes on with it.

mod archive;
mod client;
mod listing;
mod names;
mod room;
pub mod sets;
mod sum;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use self::client::Client;
use self::listing::{Item, Listing};
use self::sets::Set;
use crate::data::left_out::{NAMED, first};
use crate::error::{Error, Result};
use crate::output;
use crate::progress;

/// Which archives of a folder have been unpacked, and their checksums.
const UNPACKED: &str = "fetched.json";
/// Larger than a list of some thousand archives.
const MOST_BYTES: u64 = 1 << 20;
/// Archives and what comes out of them lie side by side for a while, and recordings hardly get smaller when they are packed.
const ROOM: f64 = 2.4;
/// Where no bar is seen, something is said so often.
const TOLD_EVERY: Duration = Duration::from_secs(30);

/// How a set is fetched.
#[derive(Clone, Debug)]
pub struct Fetching {
    /// The server; none: that of the publisher.
    pub from: Option<String>,
    /// Files that are fetched at once.
    pub connections: usize,
    /// A connection on which nothing comes for so long is given up.
    pub stall: Duration,
    /// So often in a row a file is tried without getting further.
    pub tries: u32,
    /// Whether archives stay when they have been unpacked.
    pub keeps_archives: bool,
}

/// Fetches a set into a folder; what is there already and matches is not fetched again. Returns how many files were fetched.
///
/// # Errors
/// A server that does not answer or gives something else than it promises, all files that could not be had by name, or a folder
/// that cannot be written or has too little room.
pub fn fetch(set: &Set, out: &Path, fetching: &Fetching) -> Result<usize> {
    let client = Client::new(fetching.stall, fetching.tries);
    let base = fetching.from.as_deref().unwrap_or(set.server()).trim_end_matches('/').to_owned();
    say!(
        "{}\n  licence: {}\n  please cite: {}\n  from {base} into {}",
        set.title,
        set.licence,
        set.citation,
        out.display()
    );
    let listing = Listing::get(&client, set, &base)?;
    output::create_folder(out)?;
    let unpacked = read_unpacked(out);
    let is_unpacked = |item: &Item| unpacked.get(&item.name).is_some_and(|sum| *sum == item.sum.to_string());
    let wanted: Vec<&Item> = listing.items.iter().filter(|item| !is_unpacked(item)).collect();
    check_room(&wanted, set, out)?;
    let fetched = fetch_all(&client, &wanted, out, fetching.connections)?;
    for item in wanted.iter().filter(|item| item.is_archive()) {
        unpack(item, out, fetching.keeps_archives)?;
    }
    Ok(fetched)
}

/// Says how large it is and how much room there is, and refuses what does not fit.
fn check_room(wanted: &[&Item], set: &Set, out: &Path) -> Result<()> {
    let missing: Vec<&&Item> = wanted.iter().filter(|item| !out.join(&item.path).is_file()).collect();
    let known: Option<u64> = missing.iter().map(|item| item.size).sum();
    let parts: u64 = missing.iter().filter_map(|item| Some(fs::metadata(item.part(out)).ok()?.len())).sum();
    let archives = missing.iter().any(|item| item.is_archive());
    let needed = match known {
        Some(size) if archives => (size as f64 * ROOM) as u64,
        Some(size) => size,
        // Of single files nobody says the size before; the set's is known roughly.
        None => (set.about_gb * 1e9 * missing.len() as f64 / wanted.len().max(1) as f64) as u64,
    };
    let room = room::free(out);
    let about = if known.is_none() { "about " } else { "" };
    let transfer = known.unwrap_or(needed).saturating_sub(parts);
    let is_free = room.map_or("how much is free is not known".into(), |room| format!("{} are free", bytes(room)));
    say!("  {} of {} files to fetch, {about}{}; {is_free}", missing.len(), wanted.len(), bytes(transfer));
    match room {
        Some(room) if room < needed.saturating_sub(parts) => Err(Error::input(format!(
            "{}: the set needs {} here and {} are free; choose another --out",
            out.display(),
            bytes(needed),
            bytes(room)
        ))),
        _ => Ok(()),
    }
}

/// Fetches what is missing, several files at a time. One that cannot be had does not keep the others.
fn fetch_all(client: &Client, wanted: &[&Item], out: &Path, connections: usize) -> Result<usize> {
    let (next, fetched) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failures: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let telling = Telling::new(wanted.len());
    thread::scope(|scope| {
        for _ in 0..connections.clamp(1, wanted.len().max(1)) {
            scope.spawn(|| {
                while let Some(item) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match fetch_one(client, item, out, &telling) {
                        Ok(true) => _ = fetched.fetch_add(1, Ordering::Relaxed),
                        Ok(false) => {}
                        Err(error) => {
                            if let Ok(mut failures) = failures.lock() {
                                failures.push(error.to_string());
                            }
                        }
                    }
                    telling.file();
                }
            });
        }
    });
    telling.end();
    let failures = failures.into_inner().unwrap_or_default();
    if failures.is_empty() {
        return Ok(fetched.into_inner());
    }
    let (count, named) = (failures.len(), first(&failures, NAMED, "; "));
    Err(Error::input(format!(
        "{count} of {} files could not be had: {named}; the same command goes on with what is missing",
        wanted.len()
    )))
}

/// Fetches one file, unless it is there. Returns whether it was not.
fn fetch_one(client: &Client, item: &Item, out: &Path, telling: &Telling) -> Result<bool> {
    let path = out.join(&item.path);
    if path.is_file() {
        if item.sum.matches(&path)? {
            return Ok(false);
        }
        say!("{}: does not match its checksum and is fetched again", path.display());
    }
    if let Some(folder) = path.parent() {
        output::create_folder(folder)?;
    }
    let part = item.part(out);
    client.file(&item.url, &part, item.size, &item.sum, &mut |count| telling.bytes(count))?;
    fs::rename(&part, &path).map_err(|source| Error::io("write the file", &path, source))?;
    Ok(true)
}

/// Unpacks an archive and notes that.
fn unpack(item: &Item, out: &Path, keeps: bool) -> Result<()> {
    let path = out.join(&item.path);
    say!("unpacking {}", path.display());
    archive::unpack(&path, out)?;
    let mut unpacked = read_unpacked(out);
    unpacked.insert(item.name.clone(), item.sum.to_string());
    let text = serde_json::to_vec_pretty(&unpacked)
        .map_err(|error| Error::input(format!("the list of archives cannot be written: {error}")))?;
    output::write_file(&out.join(UNPACKED), &text)?;
    if !keeps {
        fs::remove_file(&path).map_err(|source| Error::io("remove the file", &path, source))?;
    }
    Ok(())
}

/// The archives that were unpacked before; none where the list is damaged, so that they are fetched again.
fn read_unpacked(out: &Path) -> BTreeMap<String, String> {
    let text = output::read_file(&out.join(UNPACKED), MOST_BYTES).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

impl Item {
    /// Where it lies as long as it is not whole.
    fn part(&self, out: &Path) -> PathBuf {
        let mut name = out.join(&self.path).into_os_string();
        name.push(".part");
        name.into()
    }

    fn is_archive(&self) -> bool {
        self.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"))
    }
}

/// What a person sees while it goes on.
struct Telling {
    bar: progress::Bar,
    files: usize,
    /// When something was said, files and bytes so far.
    so_far: Mutex<(Instant, usize, u64)>,
}

impl Telling {
    fn new(files: usize) -> Self {
        let so_far = Mutex::new((Instant::now(), 0, 0));
        Self { bar: progress::bar(files as u64, "fetching files"), files, so_far }
    }

    fn file(&self) {
        self.bar.inc(1);
        if let Ok(mut so_far) = self.so_far.lock() {
            so_far.1 += 1;
        }
    }

    fn bytes(&self, count: u64) {
        let Ok(mut so_far) = self.so_far.lock() else { return };
        so_far.2 += count;
        if so_far.0.elapsed() >= TOLD_EVERY {
            so_far.0 = Instant::now();
            let line = format!("{} of {} files, {} so far", so_far.1, self.files, bytes(so_far.2));
            say!("{line}");
        }
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// A number of bytes for people.
fn bytes(count: u64) -> String {
    let count = count as f64;
    match count {
        _ if count >= 1e9 => format!("{:.1} GB", count / 1e9),
        _ if count >= 1e6 => format!("{:.0} MB", count / 1e6),
        _ => format!("{:.0} kB", (count / 1e3).ceil()),
    }
}
