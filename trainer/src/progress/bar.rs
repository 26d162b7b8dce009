//! Work in steps.

use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use super::work::{self, Steps};
use super::{screen, work::with};

/// Steps of work under way, as long as it is kept.
pub struct Bar {
    number: u64,
    bar: ProgressBar,
}

/// `length` steps of work called `what`.
pub fn bar(length: u64, what: &'static str) -> Bar {
    let style = ProgressStyle::with_template("{msg} [{bar:30.cyan}] {pos}/{len} {eta}");
    let bar = ProgressBar::new(length).with_message(what);
    let bar = match style {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    };
    let bar = screen::shown(bar);
    screen::tell_now_and_then(work::line);
    let number = with(|work| {
        let number = work.number();
        work.bars.push(Steps { number, what, begun: Instant::now(), bar: bar.clone() });
        number
    });
    Bar { number, bar }
}

impl Bar {
    /// So many steps more are done.
    pub fn inc(&self, steps: u64) {
        self.bar.inc(steps);
    }

    /// So many steps are done.
    pub fn set_position(&self, steps: u64) {
        self.bar.set_position(steps);
    }

    /// All that was to do is done.
    pub fn finish_and_clear(&self) {
        with(|work| work.bars.retain(|steps| steps.number != self.number));
        screen::clear(&self.bar);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.finish_and_clear();
    }
}
