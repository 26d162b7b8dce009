//! A compiler for `wasm32-unknown-unknown`: rustup's target, or Debian's compiler where rustup cannot download.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use super::{apt, installing, present};
use crate::command;

/// The target of the page.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's compiler for its browsers, its standard library in source (there is no compiled one for wasm), a linker and the lints.
const DEBIAN: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "lld-22"];

/// Which compiler builds the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// The one that is in use anyway, with the target added.
    Rustup,
    /// `/usr/bin/rustc`, which builds the standard library along with the page.
    Debian,
}

/// Finds or installs one.
///
/// # Errors
/// When both ways fail, with both reasons.
pub fn ensure() -> Result<Toolchain> {
    let what = "target wasm32-unknown-unknown";
    if has_target() {
        present(what, "this tool-chain's own");
        return Ok(Toolchain::Rustup);
    }
    if apt::installed(&DEBIAN) {
        present(what, "Debian's rustc-web");
        return Ok(Toolchain::Debian);
    }
    installing(what, "the page is Rust compiled to WebAssembly");
    let Err(rustup) = command::run(Command::new("rustup").args(["target", "add", TARGET])) else {
        return Ok(Toolchain::Rustup);
    };
    eprintln!("  {rustup:#}");
    eprintln!("  rustup could not; taking Debian's compiler instead, which builds the standard library itself");
    apt::install(&DEBIAN).with_context(|| format!("no way to compile for WebAssembly: {rustup:#}"))?;
    Ok(Toolchain::Debian)
}

/// Whether the compiler in use has a standard library for the target.
fn has_target() -> bool {
    let libdir = command::output(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    libdir.is_ok_and(|dir| {
        let files = Path::new(dir.trim()).read_dir().into_iter().flatten().flatten();
        files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

impl Toolchain {
    /// Folder of the `cargo` to use, if it is not the first one in `PATH`.
    pub fn bin(self) -> Option<PathBuf> {
        (self == Self::Debian).then(|| PathBuf::from("/usr/bin"))
    }

    /// Sets what the compiler needs to know.
    pub fn configure(self, command: &mut Command) {
        if self == Self::Debian {
            // The standard library is built from source with a stable compiler, which takes cargo's unstable option and the
            // compiler's leave to use it.
            command.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1");
            command.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-22");
            // rustup's cargo leaves the way to its own compiler's libraries here.
            command.env_remove("LD_LIBRARY_PATH").env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_fallback_changes_the_environment() {
        let mut command = Command::new("cargo");
        Toolchain::Rustup.configure(&mut command);
        assert_eq!(command.get_envs().count(), 0);
        Toolchain::Debian.configure(&mut command);
        let shown = command::display(&command);
        assert!(shown.contains("RUSTC=/usr/bin/rustc") && shown.contains("LINKER=wasm-ld-22"), "{shown}");
    }
}
