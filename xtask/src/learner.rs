//! The page's learners, which are built beside the page: the one for the CPU with it, or in the demo after it, and the one for
//! WebGPU by `cargo xtask page --learn`.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, bail};

use crate::{
    command,
    setup::{PageTools, wasm},
    workspace::Workspace,
};

/// A learner.
struct Learner {
    /// What it is called.
    name: &'static str,
    /// Its program, by the name of the binary.
    program: &'static str,
    /// What cargo is told beside that.
    features: &'static [&'static str],
}

const CPU: Learner = Learner { name: "The learner", program: "spectnet-learner", features: &[] };
const WEBGPU: Learner =
    Learner { name: "The learner for WebGPU", program: "spectnet-learner-webgpu", features: &["--features", "webgpu"] };

/// Cargo's profile of the learner.
const PROFILE: &str = "learner";
/// Where `index.html` says whether the learner for WebGPU is there.
const ABSENT: &str = r#"data-webgpu="no""#;
const PRESENT: &str = r#"data-webgpu="yes""#;

/// Builds the learner for the CPU into `dist/`, where the page must be already. trunk empties that folder whenever anything
/// changes that the page is made of, so what lies there belongs to the page.
///
/// # Errors
/// A build that fails.
pub fn build(workspace: &Workspace, tools: &PageTools) -> Result<()> {
    CPU.build(workspace, tools)
}

/// Builds the learner for WebGPU likewise, and tells the page that it is there.
///
/// # Errors
/// A build that fails, or a page that is not there.
pub fn build_for_webgpu(workspace: &Workspace, tools: &PageTools) -> Result<()> {
    WEBGPU.build(workspace, tools)?;
    announce(&workspace.dist().join("index.html"))
}

impl Learner {
    fn build(&self, workspace: &Workspace, tools: &PageTools) -> Result<()> {
        let Self { name, program, features } = *self;
        let dist = workspace.dist();
        let files = [format!("{program}.js"), format!("{program}_bg.wasm")];
        if files.iter().all(|file| dist.join(file).is_file()) {
            eprintln!("{name} is up to date.");
            return Ok(());
        }
        eprintln!("{name}: its first build takes some minutes.");
        let mut build = workspace.cargo("build");
        build.args(["--profile", PROFILE, "--target", wasm::TARGET, "-p", "spectnet-learn", "--bin", program]);
        build.args(features);
        tools.configure(&mut build)?;
        command::run(&mut build)?;
        let built = workspace.target().join(wasm::TARGET).join(PROFILE).join(format!("{program}.wasm"));
        let mut bindings = Command::new("wasm-bindgen");
        bindings.args(["--target", "no-modules", "--no-typescript", "--out-name", program, "--out-dir"]);
        bindings.arg(&dist).arg(built);
        tools.configure(&mut bindings)?;
        command::run(&mut bindings)
    }
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
