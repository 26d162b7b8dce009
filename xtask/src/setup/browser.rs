//! Chromium and its driver, for the tests that open the page in a real browser.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::{apt, installing, present};
use crate::command;

/// A browser and the program that steers it.
pub struct Browser {
    pub chromium: PathBuf,
    pub driver: PathBuf,
}

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
        return Ok(());
    }
    installing(what, "the tests open the page in a real browser");
    // A font, because a bare machine has none and the page is looked at in pictures too.
    apt::install(&["chromium", "chromium-driver", "fonts-dejavu-core"]).context(
        "the browser tests need Chromium and chromedriver (`cargo xtask test --no-browser` leaves them out)",
    )?;
    if find().is_none() {
        bail!(
            "the Debian packages chromium and chromium-driver are installed, but `chromium` or `chromedriver` is not in PATH"
        );
    }
    Ok(())
}
