//! Progress of long work on standard error: a bar where a person watches, nothing where it goes to a file.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over `length` steps of work called `what`.
pub fn bar(length: u64, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} {eta}");
    let bar = ProgressBar::new(length).with_message(what);
    match style {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}
