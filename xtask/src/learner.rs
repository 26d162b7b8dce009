//! The learner for WebGPU, which `cargo xtask page --learn` puts beside the built page. The one for the CPU is built by trunk,
//! with the page.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, bail};

use crate::{
    command,
    setup::{PageTools, wasm},
    workspace::Workspace,
};

/// Its program, by the name of the binary.
const PROGRAM: &str = "spectnet-learner-webgpu";
/// Cargo's profile of the page.
const PROFILE: &str = "page";
/// Where `index.html` says whether it is there.
const ABSENT: &str = r#"data-webgpu="no""#;
const PRESENT: &str = r#"data-webgpu="yes""#;

/// Builds it into `dist/`, where the page must be already. trunk empties that folder whenever anything changes that the page is
/// made of, so what lies there belongs to the page.
///
/// # Errors
/// A build that fails, or a page that is not there.
pub fn build(workspace: &Workspace, tools: &PageTools) -> Result<()> {
    let dist = workspace.dist();
    let files = [format!("{PROGRAM}.js"), format!("{PROGRAM}_bg.wasm")];
    if files.iter().all(|file| dist.join(file).is_file()) {
        eprintln!("The learner for WebGPU is up to date.");
    } else {
        eprintln!("The learner for WebGPU: its first build takes some minutes.");
        let mut build = workspace.cargo("build");
        build.args(["--profile", PROFILE, "--target", wasm::TARGET]);
        build.args(["-p", "spectnet-learn", "--features", "webgpu", "--bin", PROGRAM]);
        tools.configure(&mut build)?;
        command::run(&mut build)?;
        let program = workspace.target().join(wasm::TARGET).join(PROFILE).join(format!("{PROGRAM}.wasm"));
        let mut bindings = Command::new("wasm-bindgen");
        bindings.args(["--target", "no-modules", "--no-typescript", "--out-name", PROGRAM, "--out-dir"]);
        bindings.arg(&dist).arg(program);
        tools.configure(&mut bindings)?;
        command::run(&mut bindings)?;
    }
    announce(&dist.join("index.html"))
}

/// Tells the page that it is there.
fn announce(index: &Path) -> Result<()> {
    let page = fs::read_to_string(index).with_context(|| format!("cannot read {}", index.display()))?;
    if page.contains(PRESENT) {
        return Ok(());
    }
    if !page.contains(ABSENT) {
        bail!("{} has no {ABSENT}, which tells the page whether there is a learner for WebGPU", index.display());
    }
    fs::write(index, page.replace(ABSENT, PRESENT)).with_context(|| format!("cannot write {}", index.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_told_once_that_the_learner_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let index = dir.path().join("index.html");
        let source = fs::read_to_string(Workspace::root_from_manifest().join("index.html")).unwrap();
        fs::write(&index, &source).unwrap();
        for _ in 0..2 {
            announce(&index).unwrap();
            let page = fs::read_to_string(&index).unwrap();
            assert!(page.contains(r#"<template id="learner" data-js="./learner.js" data-webgpu="yes"></template>"#));
            assert_eq!(page.replace(PRESENT, ABSENT), source);
        }
        fs::write(&index, "<p>no learner").unwrap();
        assert!(announce(&index).unwrap_err().to_string().contains("whether there is a learner"));
    }
}
