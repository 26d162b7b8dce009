//! Debian packages, installed only where that needs no password.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;

/// Whether every one of these packages is installed.
pub fn installed(packages: &[&str]) -> bool {
    packages.iter().all(|package| {
        let query =
            command::output(Command::new("dpkg-query").args(["--show", "--showformat=${db:Status-Status}", package]));
        query.is_ok_and(|status| status == "installed")
    })
}

/// Installs the packages as root or through a `sudo` that does not ask.
///
/// # Errors
/// Where that is impossible, with the command to type.
pub fn install(packages: &[&str]) -> Result<()> {
    let typed = format!("sudo apt-get install --no-install-recommends {}", packages.join(" "));
    if command::find(&["apt-get"]).is_none() {
        bail!(
            "this is no Debian (no apt-get): install the equivalents of the Debian packages {} by hand",
            packages.join(", ")
        );
    }
    let root = command::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !root && !command::succeeds(Command::new("sudo").args(["-n", "true"])) {
        bail!("installing Debian packages needs root; type\n    {typed}\nand run this again");
    }
    let apt = || {
        let mut command = Command::new(if root { "env" } else { "sudo" });
        if !root {
            command.args(["-n", "env"]);
        }
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]);
        command
    };
    // A list that cannot be refreshed is no reason to stop: the packages may be in the one that is there.
    if let Err(error) = command::run(apt().arg("update")) {
        eprintln!("  {error:#}; going on with the package lists that are here");
    }
    command::run(apt().args(["install", "-y", "--no-install-recommends"]).args(packages))
        .with_context(|| format!("cannot install Debian packages; try by hand: {typed}"))
}
