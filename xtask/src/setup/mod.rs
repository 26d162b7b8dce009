//! What the page and its tests need beyond a Rust tool-chain: looked for, and installed where it is missing.

pub mod apt;
pub mod axe;
pub mod browser;
pub mod cuda;
pub mod python;
pub mod tools;
pub mod vulkan;
pub mod wasm;

use std::{env, path::PathBuf, process::Command};

use anyhow::Result;

use crate::workspace::Workspace;

/// Everything that building the page takes.
pub struct PageTools {
    wasm: wasm::Toolchain,
    /// Folder that holds `trunk` and `wasm-bindgen`, if they are not the ones in `PATH` already.
    bin: PathBuf,
}

/// Makes sure of a compiler for WebAssembly, trunk and wasm-bindgen.
///
/// # Errors
/// Names the step that failed and what to type where this program cannot help.
pub fn for_page(workspace: &Workspace) -> Result<PageTools> {
    let wasm = wasm::ensure()?;
    let bin = tools::ensure(workspace)?;
    Ok(PageTools { wasm, bin })
}

impl PageTools {
    /// Makes the command compile for WebAssembly and find the tools.
    pub fn configure(&self, command: &mut Command) -> Result<()> {
        self.wasm.configure(command);
        let mut path: Vec<PathBuf> = vec![self.bin.clone()];
        path.extend(self.wasm.bin());
        path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        command.env("PATH", env::join_paths(path)?);
        Ok(())
    }
}

/// Says on the terminal that something is there already.
fn present(what: &str, detail: &str) {
    eprintln!("setup: {what}: there ({detail})");
}

/// Says on the terminal what is installed now, and why.
fn installing(what: &str, why: &str) {
    eprintln!("setup: {what}: installing; {why}");
}
