//! A folder for lists that are read from files.

use std::fs;
use std::path::{Path, PathBuf};

/// Memory that some systems have as a folder: thousands of lists are written a second.
const IN_MEMORY: &str = "/dev/shm";
/// How the names of folders begin; the number of the process follows.
const PREFIX: &str = "spectnet-fuzz-";

/// A new folder of this process, in memory where that can be. libFuzzer ends a process before it could clear up, so the next one
/// does.
///
/// # Panics
/// Where no folder can be made.
pub fn folder() -> PathBuf {
    let memory = Path::new(IN_MEMORY);
    let above = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
    for entry in fs::read_dir(&above).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if process.and_then(|number| number.parse().ok()).is_some_and(has_ended) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let prefix = format!("{PREFIX}{}-", std::process::id());
    tempfile::Builder::new().prefix(&prefix).tempdir_in(above).expect("a folder can be made").keep()
}

/// Whether there is no such process any more, as far as the system lists them.
fn has_ended(process: u32) -> bool {
    let all = Path::new("/proc");
    all.join("self").exists() && !all.join(process.to_string()).exists()
}
