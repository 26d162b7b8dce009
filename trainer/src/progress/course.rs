//! Long work that consists of other work: a training run, and a table of runs. Where a person watches, a run shows its curves.

use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use spectnet_core::text::plain;

use super::sparkline::Curve;
use super::work::{self, Level, with};
use super::{estimate, screen};

/// Parts of a course that its bar tells apart.
const PARTS: u64 = 1000;
/// Letters of a curve.
const WIDTH: usize = 24;

/// A run or a table under way, as long as it is kept. The outermost one tells the time left of all.
pub struct Course {
    number: u64,
    bar: ProgressBar,
    curves: Option<Curves>,
}

/// Curves of a run: its losses, its scores, and how far its filters have moved.
struct Curves {
    losses: Curve,
    scores: Curve,
    figures: ProgressBar,
    drift: ProgressBar,
}

/// How far the filters have moved from where they began, in Hz.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Drift {
    /// In the mean.
    pub mean_hz: f64,
    /// The one that has moved farthest.
    pub largest_hz: f64,
}

/// A table of so many runs.
pub fn table(runs: usize) -> Course {
    Course::new(1.0 / runs.max(1) as f64)
}

/// A training run. Within a table it is one of its runs.
pub fn run() -> Course {
    let mut course = Course::new(0.0);
    let text = || screen::shown(styled(ProgressBar::no_length(), "  {wide_msg}"));
    let (figures, drift) = (text(), text());
    course.curves = Some(Curves { losses: Curve::new(), scores: Curve::new(), figures, drift });
    course
}

impl Course {
    fn new(share: f64) -> Self {
        let bar = styled(ProgressBar::new(PARTS), "{msg} [{bar:30.cyan}] {percent:>3} %  {prefix}");
        let bar = screen::shown(bar);
        screen::tell_now_and_then(work::line);
        let number = with(|work| {
            let number = work.number();
            let begun = Instant::now();
            let bar = bar.clone();
            work.levels.push(Level { number, words: String::new(), begun, begun_at: 0.0, fraction: 0.0, share, bar });
            number
        });
        Self { number, bar, curves: None }
    }

    /// It begins now, with so much of it done before, 0 to 1.
    pub fn begins_at(&self, fraction: f64) {
        self.change(|level| {
            (level.begun, level.begun_at, level.fraction) = (Instant::now(), fraction, fraction);
        });
    }

    /// So much of it is done, 0 to 1, and this is done next.
    pub fn at(&self, fraction: f64, words: &str) {
        let words = plain(words).into_owned();
        self.bar.set_message(words.clone());
        self.change(|level| (level.fraction, level.words) = (fraction, words));
        let position = |fraction: f64| (fraction.clamp(0.0, 1.0) * PARTS as f64) as u64;
        self.bar.set_position(position(fraction));
        // What is done here is also a part of what is around it.
        let outermost = with(|work| Some((work.levels.first()?.bar.clone(), work.fraction(), work.left())));
        if let Some((bar, fraction, left)) = outermost {
            bar.set_position(position(fraction));
            left.into_iter().for_each(|left| bar.set_prefix(format!("{} left", estimate::in_words(left))));
        }
    }

    /// The mean loss of some more batches.
    pub fn loss(&mut self, loss: f64) {
        if let Some(curves) = &mut self.curves {
            curves.losses.add(loss);
            curves.show();
        }
    }

    /// The figure that chooses the epoch, after one more; and how far the filters have moved.
    pub fn epoch(&mut self, score: Option<f64>, drift: Drift) {
        if let Some(curves) = &mut self.curves {
            score.into_iter().for_each(|score| curves.scores.add(score));
            curves.show();
            let Drift { mean_hz, largest_hz } = drift;
            let moved = format!("filters have moved by {mean_hz:.1} Hz in the mean, {largest_hz:.1} Hz at most");
            curves.drift.set_message(moved);
        }
    }

    fn change(&self, change: impl FnOnce(&mut Level)) {
        with(|work| {
            if let Some(level) = work.levels.iter_mut().find(|level| level.number == self.number) {
                change(level);
            }
        });
    }
}

impl Curves {
    fn show(&self) {
        let curve = |curve: &Curve| Some((curve.sparkline(WIDTH), curve.last()?));
        let loss = curve(&self.losses).map(|(line, loss)| format!("loss {line} {loss:.3}"));
        let score = curve(&self.scores).map(|(line, score)| format!("validation {line} {:.1} %", 100.0 * score));
        let text = loss.into_iter().chain(score).collect::<Vec<_>>().join("   ");
        self.figures.set_message(text);
    }
}

fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}

impl Drop for Course {
    fn drop(&mut self) {
        with(|work| {
            let place = work.levels.iter().position(|level| level.number == self.number);
            let Some(place) = place else { return };
            let done = work.levels.remove(place).fraction;
            // What is around it has got so far, until it says so itself.
            if let Some(around) = place.checked_sub(1).and_then(|place| work.levels.get_mut(place)) {
                around.fraction += around.share * done;
            }
        });
        if let Some(curves) = &self.curves {
            screen::clear(&curves.figures);
            screen::clear(&curves.drift);
        }
        screen::clear(&self.bar);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The other tests of this program train nothing at the same time.
    #[test]
    fn a_run_is_a_part_of_its_table() {
        let table = table(4);
        table.at(0.25, "run 2 of 4");
        let fraction = || with(|work| work.levels.iter().find(|level| level.number == table.number).unwrap().fraction);
        {
            let mut run = run();
            run.begins_at(0.0);
            run.at(0.5, "epoch 2 of 4");
            run.loss(0.7);
            run.epoch(Some(0.8), Drift { mean_hz: 1.0, largest_hz: 2.0 });
            assert!((fraction() - 0.25).abs() < 1e-12);
        }
        // The run has ended, and what it came to stays.
        assert!((fraction() - 0.375).abs() < 1e-12);
    }
}
