//! What is said of learning.

use std::rc::Rc;

use spectnet_learn::message::{Figures, Learns};

use super::{Side, Stage};
use crate::format;
use crate::plot::learning::Point;
use crate::state::State;

/// When it begins.
pub(super) const BEGINS: &str = "Learning begins.";

/// With a full stop.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{text}{end}")
}

/// Loss and held-out windows in words.
pub fn figures(figures: &Figures) -> String {
    let loss = figures.loss.map(|loss| format!("loss {loss:.3}"));
    let right = (figures.of > 0).then(|| format!("{} of {} held-out windows right", figures.right, figures.of));
    let parts: Vec<String> = loss.into_iter().chain(right).collect();
    if parts.is_empty() { "nothing measured yet".into() } else { parts.join(", ") }
}

/// When it is over.
pub(super) fn over(why: &str, last: Option<&Point>, learned: bool) -> String {
    let why = sentence(why);
    let Some(last) = last.filter(|_| learned) else { return format!("{why} Nothing was learned.") };
    let frozen = last.frozen.as_ref().map(|frozen| format!(" With frozen filters: {}.", figures(frozen)));
    format!("{why} With all that learns: {}.{}", figures(&last.learned), frozen.unwrap_or_default())
}

/// What failed, and what to do.
pub(super) fn failed(why: &str, kept: bool) -> String {
    let kept = if kept { " What was learned until then is kept." } else { "" };
    format!("Learning failed: {}{kept} Try again.", sentence(why))
}

/// The CPU takes over, from where it was or from the beginning.
pub(super) fn on_cpu(why: &str, goes_on: bool) -> String {
    let what = if goes_on { "goes on from the last step that was kept" } else { "learns instead of it" };
    format!("The graphics device failed ({}): the CPU {what}.", why.trim_end_matches('.'))
}

/// What learns, in words.
pub(super) fn what(learns: Learns) -> &'static str {
    match learns {
        Learns::Head => "the last layer",
        Learns::Filters => "the filters and the last layer",
        Learns::Everything => "everything",
        Learns::Calibration => "the calibration",
    }
}

impl State {
    /// How far it is, in a sentence; empty where nothing is being learned.
    pub fn learn_progress(&self) -> String {
        let Some(run) = &self.learn.run else { return String::new() };
        let all = run.order.recordings.len();
        match run.stage {
            Stage::Loading(0, _) => "Loading the learner.".into(),
            Stage::Loading(received, total) => format!("Loading the learner: {}.", format::received(received, total)),
            Stage::Reading(done) => format!("Reading the examples: {done} of {all}."),
            Stage::Preparing(done) => format!("Preparing the examples: {done} of {all}."),
            Stage::Stopping => "Stopping after this step. Press “Stop” once more to end it at once.".into(),
            Stage::Learning => {
                let what = what(run.order.learns);
                let Some(last) = self.learn.curve.last() else { return format!("Learning {what}.") };
                format!(
                    "Learning {what}: step {}, {:.0} of {:.0} s; {}.",
                    last.step,
                    last.seconds,
                    run.order.seconds,
                    figures(&last.learned)
                )
            }
        }
    }

    /// How much of the learner is loaded, and then how much of the time is over, 0 to 1; none where that is not known.
    pub fn learn_part(&self) -> Option<f64> {
        let run = self.learn.run.as_ref()?;
        let part = match run.stage {
            Stage::Loading(received, total) => received as f64 / total?.max(1) as f64,
            Stage::Reading(_) | Stage::Preparing(_) => return None,
            Stage::Learning | Stage::Stopping => self.learn.curve.last()?.seconds / run.order.seconds.max(1e-3),
        };
        Some(part.clamp(0.0, 1.0))
    }

    /// Where the filters are that are learning, for the model in use; none where that is another one, where a person moved
    /// filters, or where the way from the start is looked at.
    pub fn live_filter(&self, filter: usize) -> Option<(f64, f64)> {
        let filters = self.live_filters()?;
        let (centre_hz, width_hz) = *filters.get(filter)?;
        (centre_hz.is_finite() && width_hz.is_finite() && width_hz > 0.0).then_some((centre_hz, width_hz))
    }

    /// The same of all.
    pub fn live_filters(&self) -> Option<&Rc<Vec<(f64, f64)>>> {
        let filters = self.learn.filters.as_ref()?;
        let count = self.model.as_ref()?.responses.filters.len();
        let follows = self.learn.side == Some(Side::After) && self.learn.shows.is_some();
        (follows && !self.is_held() && self.bank.progress >= 1.0 && filters.len() == count).then_some(filters)
    }
}
