//! A Vulkan driver, on which tests run the page's shaders and the filterbank's kernels.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};

use super::{apt, installing, present};

/// Mesa's drivers, among them lavapipe, which computes on the processor.
const DEBIAN: [&str; 1] = ["mesa-vulkan-drivers"];
/// Where drivers leave their descriptions on Linux.
const FOLDERS: [&str; 3] = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"];

/// Finds one or installs those of Debian. Other systems than Linux bring theirs with the graphics card.
///
/// # Errors
/// A Linux without a driver on which none can be installed.
pub fn ensure() -> Result<()> {
    let what = "Vulkan driver";
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if let Some(driver) = find() {
        present(what, &driver.display().to_string());
        return Ok(());
    }
    installing(what, "tests run the page's shaders and the GPU kernels on one that computes on the processor");
    apt::install(&DEBIAN).context("without a Vulkan driver, tests of shaders and GPU kernels are skipped")?;
    if find().is_none() {
        bail!("the Debian package {} is installed, but there is no driver in {}", DEBIAN[0], FOLDERS[0]);
    }
    Ok(())
}

fn find() -> Option<PathBuf> {
    let entries = FOLDERS.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    entries.map(|entry| entry.path()).find(|file| file.extension().is_some_and(|extension| extension == "json"))
}
