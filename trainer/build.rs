//! Which revision of the source the program is built from, for `environment.json` of a run: `SPECTNET_REVISION` where whoever
//! builds it says one; else the commit that is checked out, with `-dirty` where files were changed since, as the page names
//! its commit (`xtask/src/page.rs`); none outside of a clone.
//!
//! Only files that the program is made of are looked at. When one of them changes, or another commit is checked out, this runs
//! again and the program is compiled again: no program names a revision that it was not built from.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Says the revision, and hands it to the compiler.
const VARIABLE: &str = "SPECTNET_REVISION";
/// What the program is made of, in the folder of the workspace.
const SOURCES: [&str; 8] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "core/Cargo.toml",
    "core/src",
    "trainer/Cargo.toml",
    "trainer/build.rs",
    "trainer/src",
];

fn main() {
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    // The compiler sees by itself what the environment says.
    let is_said = std::env::var_os(VARIABLE).is_some_and(|said| !said.is_empty());
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    if let (false, Some(root)) = (is_said, package.as_deref().and_then(Path::parent))
        && let Some(revision) = revision(root)
    {
        println!("cargo::rustc-env={VARIABLE}={revision}");
    }
}

/// The commit that is checked out in this folder, and whether files were changed since; none where nobody knows.
fn revision(root: &Path) -> Option<String> {
    // A package that was unpacked within the clone of something else is no part of it.
    git(root, &["ls-files", "--error-unmatch", "trainer/Cargo.toml"])?;
    let commit = git(root, &["rev-parse", "HEAD"])?;
    let status = ["--no-optional-locks", "status", "--porcelain", "--untracked-files=no", "--"];
    let changed = git(root, &[&status[..], &SOURCES].concat())?;
    SOURCES.iter().for_each(|source| watch(&root.join(source)));
    // Where these lie is known to git alone: several folders can share a clone.
    let place = |name: &str| git(root, &["rev-parse", "--git-path", name]).map(|path| root.join(path));
    ["HEAD", "packed-refs"].into_iter().filter_map(place).for_each(|path| watch(&path));
    // Without a branch HEAD has the commit itself. The file of a branch can be missing as long as packed-refs has it.
    let branch = git(root, &["symbolic-ref", "--quiet", "HEAD"]).as_deref().and_then(place);
    if let Some(path) = branch.as_deref().and_then(|path| path.ancestors().find(|path| path.exists())) {
        watch(path);
    }
    Some(if changed.is_empty() { commit } else { format!("{commit}-dirty") })
}

/// Runs this again when a file changes, or anything in a folder. What is not there would make it run every time.
fn watch(path: &Path) {
    if path.exists() {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

/// What git says; none where it fails, or is not there.
fn git(root: &Path, words: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(root).args(words).stdin(Stdio::null()).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| said.trim().to_owned())
}
