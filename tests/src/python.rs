//! A Python that has NumPy, for the scripts that compute what the program computes, and ONNX Runtime and PyYAML, for those
//! that read what it exports.

use std::env;
use std::ffi::OsString;
use std::process::Command;
use std::sync::OnceLock;

use xtask::workspace::Workspace;

use crate::skip::skipped;

/// A Python that has NumPy: the one that `SPECTNET_PYTHON` names, as `cargo xtask test` does, or `python3`.
pub struct Python(OsString);

impl Python {
    /// None where there is none, which is said even though the test passes: that this script of the repository was not run.
    ///
    /// # Panics
    /// Where `SPECTNET_PYTHON` names something else.
    pub fn find(script: &str) -> Option<&'static Self> {
        static FOUND: OnceLock<Option<Python>> = OnceLock::new();
        let found = FOUND.get_or_init(Self::look_for).as_ref();
        if found.is_none() {
            skipped(&format!("{script} is not run beside spectnet, python3 has no NumPy"));
        }
        found
    }

    /// One that also has these modules, which `what` needs. None where there is none, which is said.
    ///
    /// # Panics
    /// Where `SPECTNET_PYTHON` names one without them.
    pub fn with(modules: &[&str], what: &str) -> Option<&'static Self> {
        let python = Self::find(what)?;
        let has = Command::new(&python.0).args(["-c", &format!("import {}", modules.join(", "))]).output();
        if has.is_ok_and(|output| output.status.success()) {
            return Some(python);
        }
        let modules = modules.join(", ");
        assert!(
            env::var_os("SPECTNET_PYTHON").is_none(),
            "{:?}, which SPECTNET_PYTHON names, has no {modules}",
            python.0
        );
        skipped(&format!("{what} is not run, python3 has no {modules}"));
        None
    }

    fn look_for() -> Option<Self> {
        let named = env::var_os("SPECTNET_PYTHON");
        let python = Self(named.clone().unwrap_or_else(|| "python3".into()));
        let numpy = Command::new(&python.0).args(["-c", "import numpy"]).output();
        if numpy.is_ok_and(|output| output.status.success()) {
            return Some(python);
        }
        assert!(named.is_none(), "{:?}, which SPECTNET_PYTHON names, is no Python with NumPy", python.0);
        None
    }

    /// A run of these lines.
    pub fn lines(&self, code: &str) -> Command {
        let mut command = Command::new(&self.0);
        command.args(["-c", code]);
        command
    }

    /// A run of a script, named from the root of the repository, that leaves nothing there.
    pub fn command(&self, script: &str) -> Command {
        let mut command = Command::new(&self.0);
        command.env("PYTHONDONTWRITEBYTECODE", "1").arg(Workspace::root_from_manifest().join(script));
        command
    }
}
