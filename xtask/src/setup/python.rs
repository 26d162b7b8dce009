//! A Python with what the tests in Python need: NumPy, to compute probabilities by docs/FORMAT.md alone; ONNX Runtime and
//! PyYAML, to read what `spectnet export` writes.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use super::{apt, installing, present};
use crate::{command, workspace::tools_dir};

/// What is installed, and the module that each is imported as.
const PACKAGES: [(&str, &str); 3] = [("numpy", "numpy"), ("onnxruntime", "onnxruntime"), ("pyyaml", "yaml")];

/// Finds or makes a virtual environment with these packages, beside the page's tools, and returns its Python.
///
/// # Errors
/// A machine without Python 3 or its module `venv` on which neither can be installed, or without a package index.
pub fn ensure() -> Result<PathBuf> {
    let what = "Python with NumPy, ONNX Runtime and PyYAML";
    let dir = tools_dir()?.join("python");
    let python = dir.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if has_packages(&python) {
        present(what, &python.display().to_string());
        return Ok(python);
    }
    installing(what, "tests compute probabilities by docs/FORMAT.md alone, and run exported models");
    if make(&dir).is_err() {
        apt::install(&["python3", "python3-venv"])?;
        make(&dir)?;
    }
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    command::run(Command::new(&python).args(install).args(PACKAGES.map(|(package, _)| package)))?;
    if !has_packages(&python) {
        bail!(
            "the packages were installed but {} cannot import them; delete {} and try again",
            python.display(),
            dir.display()
        );
    }
    Ok(python)
}

fn make(dir: &Path) -> Result<()> {
    command::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(dir))
}

fn has_packages(python: &Path) -> bool {
    let modules = PACKAGES.map(|(_, module)| module).join(", ");
    command::succeeds(Command::new(python).args(["-c", &format!("import {modules}")]))
}
