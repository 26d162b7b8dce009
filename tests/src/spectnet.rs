//! The `spectnet` program as the tests start it.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::command::spectnet;

/// The built program: `SPECTNET_BIN`, or the one that cargo left beside this test.
pub fn program() -> PathBuf {
    let built = || {
        let test = env::current_exe().ok()?;
        let release = test.parent()?.parent()?;
        Some(release.join(format!("spectnet{}", env::consts::EXE_SUFFIX)))
    };
    let program = env::var_os("SPECTNET_BIN").map(PathBuf::from).or_else(built).unwrap_or_default();
    assert!(
        program.is_file(),
        "there is no program {}; `cargo build --release` builds it, and `cargo xtask test` builds it before it runs the tests",
        program.display()
    );
    program
}

/// What `spectnet predict --json` says about one recording, on the CPU.
pub fn predict(model: &Path, recording: &Path) -> Value {
    predict_with(&[], model, recording)
}

/// The same about all of the recording, minute by minute.
pub fn predict_whole(model: &Path, recording: &Path) -> Value {
    predict_with(&["--whole"], model, recording)
}

/// The same with more flags.
pub fn predict_with(extra: &[&str], model: &Path, recording: &Path) -> Value {
    let arguments = ["predict", "--device", "cpu", "--json"].iter().chain(extra).chain(&["--model"]).map(OsStr::new);
    spectnet(arguments.chain([model.as_os_str(), recording.as_os_str()])).json()[0].clone()
}
