//! axe, which finds faults of accessibility in a page. It is fetched, not kept here: half a megabyte under its own licence.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use super::{installing, present};
use crate::{command, workspace::tools_dir};

/// Latest when it was chosen.
const VERSION: &str = "4.14.1";
/// What is taken of the package of that version.
const FILE: &str = "package/axe.min.js";
/// SHA-256 of that file.
const DIGEST: &str = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c";

/// The script, if it is here and is the right one.
pub fn find() -> Option<PathBuf> {
    let script = place().ok()?;
    is_right(&script).then_some(script)
}

/// Finds it or fetches it, beside the page's tools.
///
/// # Errors
/// A machine without a network, or without the programs that fetch and unpack it.
pub fn ensure() -> Result<PathBuf> {
    let what = format!("axe-core {VERSION}");
    let script = place()?;
    if is_right(&script) {
        present(&what, &script.display().to_string());
        return Ok(script);
    }
    installing(&what, "a test looks for faults of accessibility with it");
    let dir = tools_dir()?;
    fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let package = dir.join(format!("axe-core-{VERSION}.tgz"));
    fetch(&format!("https://registry.npmjs.org/axe-core/-/axe-core-{VERSION}.tgz"), &package)?;
    let unpacked = command::output(Command::new("tar").arg("-xzOf").arg(&package).arg(FILE));
    // It is not needed any more; where it cannot be removed it does no harm.
    let _ = fs::remove_file(&package);
    fs::write(&script, unpacked?).with_context(|| format!("cannot write {}", script.display()))?;
    if !is_right(&script) {
        let _ = fs::remove_file(&script);
        bail!("what was fetched is not {what}: its SHA-256 is not {DIGEST}");
    }
    Ok(script)
}

fn place() -> Result<PathBuf> {
    Ok(tools_dir()?.join(format!("axe-{VERSION}.min.js")))
}

fn is_right(script: &Path) -> bool {
    fs::read(script).is_ok_and(|bytes| digest(&bytes) == DIGEST)
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Fetches an address into a file with the program that is here.
fn fetch(address: &str, file: &Path) -> Result<()> {
    let mut fetch = match command::find(&["curl", "wget"]) {
        Some(curl) if curl.ends_with("curl") => {
            let mut fetch = Command::new(curl);
            fetch.args(["--fail", "--location", "--silent", "--show-error", "--output"]);
            fetch
        }
        Some(wget) => {
            let mut fetch = Command::new(wget);
            fetch.args(["--quiet", "--output-document"]);
            fetch
        }
        None => bail!("neither curl nor wget is here to fetch {address}"),
    };
    command::run(fetch.arg(file).arg(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_script_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let script = dir.path().join("axe.js");
        assert!(!is_right(&script));
        fs::write(&script, "axe").unwrap();
        assert!(!is_right(&script));
        // The digest of nothing, from the standard (FIPS 180-4).
        assert_eq!(digest(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
