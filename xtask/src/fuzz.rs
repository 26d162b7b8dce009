//! Coverage-guided fuzzing of everything that reads files of strangers, with the stable compiler: `fuzz/` has the targets,
//! docs/RELIABILITY.md what was found.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command},
};

use anyhow::{Context, Result, ensure};

use crate::{command, workspace::Workspace};

/// How long each target runs in `cargo xtask test`.
pub const SECONDS: u64 = 30;
/// The programs of `fuzz/`.
const TARGETS: [&str; 7] = ["wav", "decoder", "model", "recording", "table", "lists", "settings"];
/// What tells libFuzzer which parts of the program ran. Sanitizers would need a nightly compiler.
const INSTRUMENTED: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";
/// Most memory of a target in MiB; what an input may take is bounded in the targets themselves.
const MOST_MIB: u32 = 2048;

/// The compiler of C++, in which libFuzzer is written.
///
/// # Errors
/// A machine without one.
pub fn compiler() -> Result<PathBuf> {
    command::find(&["c++", "g++", "clang++"]).context("there is no C++ compiler (Debian: build-essential)")
}

/// Asks whether the targets' lock file still goes with what the library asks for. They are a workspace of their own, so no
/// build of the other one notices when a dependency of the library comes or goes.
///
/// # Errors
/// A lock file out of date; cargo says how to renew it.
pub fn locked_versions(workspace: &Workspace) -> Result<()> {
    let mut metadata = Command::new("cargo");
    metadata.current_dir(workspace.root().join("fuzz")).args(["metadata", "--locked", "--format-version", "1"]);
    command::output(&mut metadata).map(drop).context("fuzz/Cargo.lock (`cargo update --workspace` there renews it)")
}

/// Builds the targets and runs each for so many seconds, from the inputs in `fuzz/corpus` and those that earlier runs found.
///
/// # Errors
/// A target that does not compile, or an input at which one fails; the file with it is named.
pub fn run(workspace: &Workspace, seconds: u64) -> Result<()> {
    let fuzz = workspace.root().join("fuzz");
    let target = workspace.target().join("fuzz");
    let host = command::output(Command::new("rustc").arg("-vV"))?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc does not name its host")?;
    let mut build = Command::new("cargo");
    build.current_dir(&fuzz).env("CARGO_TARGET_DIR", &target).env("RUSTFLAGS", INSTRUMENTED);
    // With a target named, build scripts are not instrumented.
    command::run(build.args(["build", "--release", "--locked", "--bins", "--target", host]))?;
    // Each on a core of its own; a machine with more is not asked for more, because each may take MOST_MIB.
    for pair in TARGETS.chunks(2) {
        let runs = pair.iter().map(|name| start(workspace, host, name, seconds)).collect::<Result<Vec<_>>>()?;
        for (name, mut run) in pair.iter().zip(runs) {
            let status = run.wait().with_context(|| format!("cannot wait for the target {name}"))?;
            ensure!(status.success(), "the target {name} fails ({status}) at the input that it wrote above");
        }
    }
    Ok(())
}

/// Starts a target, which ends by itself.
fn start(workspace: &Workspace, host: &str, name: &str, seconds: u64) -> Result<Child> {
    let target = workspace.target().join("fuzz");
    let found = target.join("corpus").join(name);
    fs::create_dir_all(&found).with_context(|| format!("cannot make {}", found.display()))?;
    let mut run = Command::new(target.join(host).join("release").join(name));
    run.arg(format!("-max_total_time={seconds}")).arg(format!("-rss_limit_mb={MOST_MIB}"));
    run.args(["-timeout=20", "-verbosity=0", "-print_final_stats=1"]);
    run.arg(format!("-artifact_prefix={}/{name}-", target.display()));
    run.arg(&found).arg(workspace.root().join("fuzz/corpus").join(name));
    run.spawn().with_context(|| format!("cannot start the target {name}"))
}
