//! A Python with NumPy, for the test that computes probabilities by docs/FORMAT.md alone.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use super::{apt, installing, present};
use crate::{command, workspace::tools_dir};

/// Finds or makes a virtual environment with NumPy, beside the page's tools, and returns its Python.
///
/// # Errors
/// A machine without Python 3 or its module `venv` on which neither can be installed, or without a package index.
pub fn ensure() -> Result<PathBuf> {
    let what = "Python with NumPy";
    let dir = tools_dir()?.join("python");
    let python = dir.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if has_numpy(&python) {
        present(what, &python.display().to_string());
        return Ok(python);
    }
    installing(what, "a test computes probabilities by docs/FORMAT.md alone");
    if make(&dir).is_err() {
        apt::install(&["python3", "python3-venv"])?;
        make(&dir)?;
    }
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "numpy"];
    command::run(Command::new(&python).args(install))?;
    if !has_numpy(&python) {
        bail!("NumPy was installed but {} cannot import it; delete {} and try again", python.display(), dir.display());
    }
    Ok(python)
}

fn make(dir: &Path) -> Result<()> {
    command::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(dir))
}

fn has_numpy(python: &Path) -> bool {
    command::succeeds(Command::new(python).args(["-c", "import numpy"]))
}
