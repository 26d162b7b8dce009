//! What compiling the trainer with the feature `cuda` needs: the LLVM that Burn's CUDA runtime links.

use std::{env, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use super::{apt, installing, present};
use crate::{command, workspace::Workspace};

/// The version that burn 0.22 links; its build script looks for this folder and downloads it where it is absent.
const LLVM: &str = "tracel-llvm-23.1.0-4";
/// Lays out the same folder from Debian's packages.
const FROM_DEBIAN: &str = "xtask/src/setup/llvm-for-cuda.sh";

/// Makes sure of LLVM. The NVIDIA driver is not touched: the trainer loads it when it starts, and says so if there is none.
pub fn ensure(workspace: &Workspace) -> Result<()> {
    let what = "LLVM for CUDA";
    let folder = folder()?;
    let complete = || folder.join(".tracel-llvm-installed").exists();
    if complete() {
        present(what, &folder.display().to_string());
        return Ok(());
    }
    installing(what, "Burn compiles its CUDA kernels with it");
    // The build script of this one crate is what downloads it; it would run in the trainer's build anyway.
    let mut bundler = workspace.cargo("build");
    bundler.args(["--release", "-p", "tracel-llvm-bundler", "--features", "spectnet-trainer/cuda"]);
    match command::run(&mut bundler) {
        Ok(()) if complete() => return Ok(()),
        Ok(()) => bail!("the download went to another place than {}", folder.display()),
        Err(error) => eprintln!("  {error:#}"),
    }
    eprintln!("  it could not be downloaded; laying it out from Debian's packages instead");
    // Its last lines install these where they are missing; here, so that whoever lacks root is told what to type.
    let headers = ["zlib1g-dev", "libzstd-dev"];
    if !apt::installed(&headers) {
        apt::install(&headers)?;
    }
    command::run(Command::new("bash").arg(workspace.root().join(FROM_DEBIAN))).context("no LLVM for CUDA")
}

/// Where the build script looks on Linux.
fn folder() -> Result<PathBuf> {
    let data = match env::var_os("XDG_DATA_HOME").filter(|dir| !dir.is_empty()) {
        Some(dir) => PathBuf::from(dir),
        None => env::home_dir().context("there is no home folder: set HOME or XDG_DATA_HOME")?.join(".local/share"),
    };
    Ok(data.join("tracel").join(LLVM))
}
