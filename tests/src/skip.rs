//! Tests that are left out because something is not here.

use std::io::{self, Write};

/// Says that the test is left out, and why, although it passes: `cargo xtask test` counts these lines.
pub fn skipped(why: &str) {
    // What the macros print is not shown where a test passes; one call, so that tests side by side do not mix their lines.
    let _ = io::stderr().write_all(format!("SKIPPED: {why}\n").as_bytes());
}
