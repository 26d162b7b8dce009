//! The programs that turn the crate `web` into a page: trunk, and the wasm-bindgen that fits the lock file.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use super::{installing, present};
use crate::{
    command,
    workspace::{Workspace, tools_dir},
};

/// 0.22 wants a newer compiler than the one this workspace is written for.
const TRUNK: &str = "0.21.14";

/// How they are compiled: for a tool that works for seconds, minutes of optimising are lost. trunk's own profile optimises all of
/// it at once, on one core.
const PROFILE: [(&str, &str); 3] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
];

/// Finds or installs both and returns the folder to put before `PATH`.
pub fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    let dir = tools_dir()?;
    let lock = workspace.root().join("Cargo.lock");
    let lock = fs::read_to_string(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let wasm_bindgen = locked_version(&lock, "wasm-bindgen")?;

    // trunk's own lock file is needed: newer versions of what it depends on do not compile.
    // Without TLS and news of itself: it is told to download nothing.
    let lean = &["--no-default-features"];
    let trunk = Tool { program: "trunk", package: "trunk", version: TRUNK, locked: true, more: lean };
    trunk.ensure(&dir, "it builds the page from index.html")?;
    // Without its lock file, which can name versions that a package mirror does not have yet.
    // It runs no tests, for which it would need TLS.
    let bindgen = Tool {
        program: "wasm-bindgen",
        package: "wasm-bindgen-cli",
        version: &wasm_bindgen,
        locked: false,
        more: &["--no-default-features", "--bin", "wasm-bindgen"],
    };
    bindgen.ensure(
        &dir,
        "it writes the JavaScript beside the WebAssembly and must match the crate in Cargo.lock exactly",
    )?;
    Ok(dir.join("bin"))
}

/// Latest when it was chosen.
const CARGO_DENY: &str = "0.20.2";

/// Finds or installs cargo-deny and returns it.
///
/// # Errors
/// A machine on which it cannot be compiled.
pub fn cargo_deny() -> Result<PathBuf> {
    let dir = tools_dir()?;
    let tool = Tool { program: "cargo-deny", package: "cargo-deny", version: CARGO_DENY, locked: true, more: &[] };
    tool.ensure(&dir, "it compares licences and sources of all dependencies with deny.toml")?;
    Ok(command::find(&["cargo-deny"]).unwrap_or_else(|| dir.join("bin/cargo-deny")))
}

/// Whether cargo-deny has a list of known weaknesses from an earlier time.
pub fn has_advisories() -> bool {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let found = home.and_then(|home| fs::read_dir(home.join("advisory-dbs")).ok());
    found.into_iter().flatten().flatten().any(|entry| entry.path().join("crates").is_dir())
}

struct Tool<'a> {
    program: &'a str,
    package: &'a str,
    version: &'a str,
    locked: bool,
    /// What cargo is told beside that.
    more: &'a [&'a str],
}

impl Tool<'_> {
    fn ensure(&self, dir: &Path, why: &str) -> Result<()> {
        let what = format!("{} {}", self.program, self.version);
        let own = dir.join("bin").join(self.program);
        let known = command::find(&[self.program]).into_iter().chain([own.clone()]);
        if let Some(program) = known.into_iter().find(|program| self.is_right(program)) {
            present(&what, &program.display().to_string());
            return Ok(());
        }
        installing(&what, why);
        eprintln!("  into {}; compiling it takes some minutes", dir.display());
        let mut install = Command::new("cargo");
        install.args(["install", self.package, "--version", self.version, "--force", "--root"]).arg(dir);
        install.args(self.more).envs(PROFILE);
        if self.locked {
            install.arg("--locked");
        }
        command::run(&mut install)?;
        if !self.is_right(&own) {
            bail!("{} was installed but is not {what}; delete {} and try again", own.display(), dir.display());
        }
        Ok(())
    }

    fn is_right(&self, program: &Path) -> bool {
        // `trunk 0.21.14`, `wasm-bindgen 0.2.130`
        let said = command::output(Command::new(program).arg("--version")).unwrap_or_default();
        said.split_whitespace().nth(1) == Some(self.version)
    }
}

/// The version of a package in a `Cargo.lock`.
fn locked_version(lock: &str, package: &str) -> Result<String> {
    let lock: toml::Table = lock.parse().context("cannot read Cargo.lock")?;
    let packages = lock.get("package").and_then(|packages| packages.as_array()).into_iter().flatten();
    let version = |entry: &toml::Value| Some(entry.get("version")?.as_str()?.to_owned());
    let found =
        packages.filter(|entry| entry.get("name").and_then(|name| name.as_str()) == Some(package)).find_map(version);
    found.with_context(|| format!("Cargo.lock names no {package}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_comes_from_the_lock_file() {
        let lock = "version = 4\n[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"9.9.9\"\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").unwrap(), "0.2.130");
        let error = locked_version(lock, "absent").unwrap_err().to_string();
        assert!(error.contains("absent"), "{error}");
    }

    #[test]
    fn a_program_of_another_version_is_not_taken() {
        let tool = Tool { program: "cargo", package: "cargo", version: "0.0.0", locked: true, more: &[] };
        assert!(!tool.is_right(Path::new("cargo")));
        assert!(!tool.is_right(Path::new("no-such-program-here")));
    }
}
