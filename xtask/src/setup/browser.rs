//! Chromium and its driver, and Firefox, for the tests that open the page in a real browser.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::{apt, installing, present};
use crate::command;

/// A browser and the program that steers it.
pub struct Browser {
    pub chromium: PathBuf,
    pub driver: PathBuf,
}

/// Debian's package of DejaVu Sans. A bare machine has no font at all, and the tests that compare pictures of the page need
/// the same one everywhere.
const FONT: &str = "fonts-dejavu-core";

/// The browser, if it is installed.
pub fn find() -> Option<Browser> {
    let chromium = command::find(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"])?;
    let driver = command::find(&["chromedriver"])?;
    Some(Browser { chromium, driver })
}

/// Finds it or installs it from Debian.
pub fn ensure() -> Result<()> {
    let what = "Chromium and chromedriver";
    if let Some(browser) = find() {
        present(what, &format!("{}, {}", browser.chromium.display(), browser.driver.display()));
        // The one test that needs it says so where it is missing.
        if let Err(error) = font() {
            eprintln!("{error:#}");
        }
        return Ok(());
    }
    installing(what, "the tests open the page in a real browser");
    apt::install(&["chromium", "chromium-driver", FONT]).context(
        "the browser tests need Chromium and chromedriver (`cargo xtask test --no-browser` leaves them out)",
    )?;
    if find().is_none() {
        bail!(
            "the Debian packages chromium and chromium-driver are installed, but `chromium` or `chromedriver` is not in PATH"
        );
    }
    Ok(())
}

/// Makes sure of the font where there is Debian; elsewhere the tests that need it say that it is missing.
fn font() -> Result<()> {
    if command::find(&["apt-get"]).is_none() || apt::installed(&[FONT]) {
        return Ok(());
    }
    installing("DejaVu Sans", "pictures of the page are compared, and look alike only in the same font");
    apt::install(&[FONT])
}

/// Firefox, if it is installed. It needs no driver: it understands WebDriver BiDi by itself.
pub fn firefox() -> Option<PathBuf> {
    command::find(&["firefox-esr", "firefox"])
}

/// Finds Firefox or installs the one that Debian supports for long.
///
/// # Errors
/// A machine on which it cannot be installed; the tests that need it are then left out, and say so.
pub fn ensure_firefox() -> Result<()> {
    let what = "Firefox";
    if let Some(firefox) = firefox() {
        present(what, &firefox.display().to_string());
        return Ok(());
    }
    installing(what, "the tests open the page in it too");
    apt::install(&["firefox-esr"]).context("without Firefox the tests that open the page in it are left out")?;
    if firefox().is_none() {
        bail!("the Debian package firefox-esr is installed, but `firefox-esr` is not in PATH");
    }
    Ok(())
}
