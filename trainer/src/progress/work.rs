//! What is under way: courses within one another, and in the innermost of them the steps of a bar.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use spectnet_core::text::plain;

use super::estimate;

/// All of it, outermost first.
pub(super) struct Work {
    pub(super) levels: Vec<Level>,
    pub(super) bars: Vec<Steps>,
    /// How many there have been.
    numbered: u64,
}

/// A run, or a table of runs.
pub(super) struct Level {
    pub(super) number: u64,
    /// What is done now, in words.
    pub(super) words: String,
    pub(super) begun: Instant,
    /// How much of it was done then, and now, 0 to 1.
    pub(super) begun_at: f64,
    pub(super) fraction: f64,
    /// How much of it the level below is.
    pub(super) share: f64,
    pub(super) bar: ProgressBar,
}

/// Steps of a bar.
pub(super) struct Steps {
    pub(super) number: u64,
    pub(super) what: &'static str,
    pub(super) begun: Instant,
    pub(super) bar: ProgressBar,
}

static WORK: Mutex<Work> = Mutex::new(Work { levels: Vec::new(), bars: Vec::new(), numbered: 0 });

/// Does something with it. It must say nothing meanwhile: whoever says something may look here.
pub(super) fn with<R>(act: impl FnOnce(&mut Work) -> R) -> R {
    act(&mut WORK.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Work {
    /// A number that nothing else has.
    pub(super) fn number(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered
    }

    /// How much of the outermost level is done, with what is done of the levels below it.
    pub(super) fn fraction(&self) -> f64 {
        let within = |fraction: f64, level: &Level| level.fraction + level.share * fraction;
        self.levels.iter().rev().fold(0.0, within)
    }

    /// The time until all of the outermost level is done.
    pub(super) fn left(&self) -> Option<Duration> {
        let outermost = self.levels.first()?;
        estimate::left(outermost.begun.elapsed(), outermost.begun_at, self.fraction())
    }

    fn line(&self) -> Option<String> {
        let steps = self.bars.last();
        let counted = |steps: &Steps| {
            let (done, all) = (steps.bar.position(), steps.bar.length().unwrap_or_default());
            format!("{} {done} of {all}", steps.what)
        };
        let alone = |steps: &Steps| {
            let all = steps.bar.length().filter(|all| *all > 0)?;
            estimate::left(steps.begun.elapsed(), 0.0, steps.bar.position() as f64 / all as f64)
        };
        let left = if self.levels.is_empty() { steps.and_then(alone) } else { self.left() };
        let levels = self.levels.iter().map(|level| level.words.clone()).filter(|words| !words.is_empty());
        let left = left.map(|left| format!("{} left", estimate::in_words(left)));
        let parts: Vec<String> = levels.chain(steps.map(counted)).chain(left).collect();
        (!parts.is_empty()).then(|| plain(&parts.join(", ")).into_owned())
    }
}

/// What is under way, and the time left, in a line; none where nothing is.
pub(super) fn line() -> Option<String> {
    with(|work| work.line())
}

/// The time left of all runs, as the end of a line: empty where nobody knows.
pub fn left() -> String {
    with(|work| work.left()).map_or(String::new(), |left| format!("  ({} left)", estimate::in_words(left)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(fraction: f64, share: f64, words: &str) -> Level {
        let begun = Instant::now().checked_sub(Duration::from_secs(3600)).unwrap();
        let bar = ProgressBar::hidden();
        Level { number: 0, words: words.into(), begun, begun_at: 0.0, fraction, share, bar }
    }

    #[test]
    fn a_line_says_what_is_done_and_the_time_left_of_all() {
        let mut work = Work { levels: Vec::new(), bars: Vec::new(), numbered: 0 };
        assert_eq!((work.line(), work.left()), (None, None));
        let bar = ProgressBar::hidden();
        bar.set_length(40);
        bar.set_position(10);
        let begun = Instant::now().checked_sub(Duration::from_secs(60)).unwrap();
        work.bars.push(Steps { number: 1, what: "reading recordings", begun, bar });
        assert_eq!(work.line().unwrap(), "reading recordings 10 of 40, 3 min left");
        // One of four runs is done and half of the second: an hour for three eighths.
        work.levels.push(level(0.25, 0.25, "run 2 of 4 (\u{1b}static-16)"));
        work.levels.push(level(0.5, 0.0, "epoch 7 of 12"));
        let expected = "run 2 of 4 (\\u{1b}static-16), epoch 7 of 12, reading recordings 10 of 40, 1 h 40 min left";
        assert_eq!(work.line().unwrap(), expected);
    }
}
