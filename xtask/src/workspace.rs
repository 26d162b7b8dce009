//! Where things are: the repository, cargo's target folder, the page, the tools.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::command;

/// The folders that every task works in.
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Asks cargo, so that `CARGO_TARGET_DIR` and the user's own cargo configuration count.
    pub fn find() -> Result<Self> {
        let root = Self::root_from_manifest();
        let metadata = command::output(
            Command::new("cargo").args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(&root),
        )?;
        let metadata: serde_json::Value =
            serde_json::from_str(&metadata).context("cannot read what `cargo metadata` printed")?;
        let target = metadata["target_directory"].as_str().context("`cargo metadata` names no target_directory")?;
        Ok(Self { target: target.into(), root })
    }

    /// The repository in which cargo runs this program, or else the one that it was compiled in: of two clones that share a
    /// target folder, cargo may take the program of the other one, which need not be there any more.
    pub fn root_from_manifest() -> PathBuf {
        let compiled = || PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let manifest = env::var_os("CARGO_MANIFEST_DIR").map_or_else(compiled, PathBuf::from);
        manifest.parent().unwrap_or(&manifest).to_path_buf()
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's target folder.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The built page.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// What the demo makes: recordings and a model.
    pub fn demo(&self) -> PathBuf {
        self.root.join("runs").join("demo")
    }

    /// Models that come with the repository, each with a model card `NAME.md` beside `NAME.safetensors`.
    pub fn shipped_models(&self) -> PathBuf {
        self.root.join("web").join("weights")
    }

    /// The `spectnet` program, where `cargo build --release` leaves it.
    pub fn spectnet(&self) -> PathBuf {
        self.target.join("release").join(format!("spectnet{}", env::consts::EXE_SUFFIX))
    }

    /// `cargo` in the repository, with the lock file as it stands.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(&self.root).arg(subcommand);
        if subcommand != "fmt" {
            cargo.arg("--locked");
        }
        cargo
    }
}

/// Where `trunk` and `wasm-bindgen` are installed: outside the clone, so that every clone shares them, and outside `~/.cargo/bin`,
/// so that no version of the user's own is replaced.
pub fn tools_dir() -> Result<PathBuf> {
    let cache = match env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty()) {
        Some(dir) => PathBuf::from(dir),
        None => env::home_dir().context("there is no home folder: set HOME or XDG_CACHE_HOME")?.join(".cache"),
    };
    Ok(cache.join("spectnet").join("tools"))
}
