//! How much fits on the disk of a folder.

use std::path::Path;

/// Bytes that are free there; none where the system does not say.
#[cfg(unix)]
pub fn free(folder: &Path) -> Option<u64> {
    let about = rustix::fs::statvfs(folder).ok()?;
    about.f_bavail.checked_mul(about.f_frsize)
}

/// Bytes that are free there: this system is not asked.
#[cfg(not(unix))]
pub fn free(_folder: &Path) -> Option<u64> {
    None
}
