//! The `spectnet` program as the tests start it.

use std::{env, path::Path, path::PathBuf, process::Command};

use serde_json::Value;

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
    let mut command = Command::new(program());
    command.arg("predict").args(["--device", "cpu", "--json", "--model"]).arg(model).arg(recording);
    let output = command.output().expect("spectnet starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "spectnet predict failed: {stderr}");
    let verdicts: Value = serde_json::from_slice(&output.stdout).expect("--json prints one JSON document");
    verdicts[0].clone()
}
