//! Filters that a person moves or switches off, and the result that follows them.
//!
//! While one change is computed, others only take the place of what is wanted next. The first result stays aside, and comes
//! back when nothing is changed any more.

mod following;
mod words;

use std::collections::BTreeMap;
use std::rc::Rc;

use spectnet_core::prediction::Prediction;
use spectnet_core::prediction::decision::Decision;
pub use spectnet_core::recognise::Change;

use super::{Effect, Handle, State, Ticket};
use crate::failure::Result;
use crate::plot::raster::LogEnergy;
use crate::result::RecordingResult;
pub(super) use following::{follow, forget, let_go};

/// What happens to the filters.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A person moved a filter. What is out of its range is brought to the limit; what is no number changes nothing.
    Moved {
        /// Its place in the bank.
        filter: usize,
        /// Centre frequency in Hz.
        centre_hz: f64,
        /// Bandwidth β in Hz.
        bandwidth_hz: f64,
    },
    /// A person switched a filter on or off.
    Switched {
        /// Its place in the bank.
        filter: usize,
        /// Whether it counts.
        on: bool,
    },
    /// A person wants the filters as they were trained.
    Reset,
    /// The recording follows some changes, or why not.
    Followed {
        /// The request.
        ticket: Ticket,
        /// What comes of it.
        answer: Result<Box<Followed>>,
    },
}

/// The recording at hand through a changed filterbank: [`Event::Followed`].
#[derive(Clone, Debug, PartialEq)]
pub struct Follow {
    /// The request.
    pub ticket: Ticket,
    /// What was kept of the recording.
    pub kept: Handle,
    /// The filters that are not as they were trained.
    pub changes: BTreeMap<usize, Change>,
    /// The picture as the trained filters made it.
    pub image: Rc<LogEnergy>,
    /// How probabilities become a label.
    pub decision: Decision,
}

/// A recording through a changed filterbank.
#[derive(Clone, Debug, PartialEq)]
pub struct Followed {
    /// What is said of it, without notes on its file.
    pub prediction: Prediction,
    /// The log-energy image.
    pub image: Rc<LogEnergy>,
    /// How many seconds from the beginning follow, where that is not all that was judged.
    pub only_s: Option<f64>,
}

/// The filters that are not as they were trained, and what follows them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Adjust {
    /// What a person made of filters, by their places in the bank, in range. Those that are not in here are as they were
    /// trained, and count.
    pub changes: BTreeMap<usize, Change>,
    /// What was kept of the recording at hand, from the end of its run on.
    pub(super) kept: Option<Handle>,
    /// What was seen of it before anything was changed; none while that is what is seen.
    pub(super) before: Option<Before>,
    /// What is being computed.
    following: Option<Following>,
    /// Whether something else is wanted by now.
    again: bool,
}

/// What was seen of a recording before the filters were changed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Before {
    pub(super) result: Rc<RecordingResult>,
    pub(super) image: Rc<LogEnergy>,
}

/// A recording on its way through a changed filterbank.
#[derive(Clone, Debug, PartialEq)]
struct Following {
    ticket: Ticket,
    changes: BTreeMap<usize, Change>,
}

impl Adjust {
    /// Whether a recording is on its way through a changed filterbank.
    pub fn is_following(&self) -> bool {
        self.following.is_some()
    }

    /// Whether what is seen of the recording is the work of changed filters.
    pub fn is_seen(&self) -> bool {
        self.before.is_some()
    }

    /// Centre frequencies in Hz as they are now, from those that were trained.
    pub fn centres_hz(&self, trained: Vec<f64>) -> Vec<f64> {
        let now = |(filter, hz): (usize, f64)| self.changes.get(&filter).map_or(hz, |change| change.centre_hz);
        trained.into_iter().enumerate().map(now).collect()
    }
}

/// What an event does.
pub(super) fn apply(state: &mut State, event: Event, todo: &mut Vec<Effect>) {
    match event {
        Event::Moved { filter, centre_hz, bandwidth_hz } => {
            change(state, filter, |now| Change { centre_hz, bandwidth_hz, ..now }, todo);
        }
        Event::Switched { filter, on } => change(state, filter, |now| Change { on, ..now }, todo),
        Event::Reset => {
            state.adjust.changes.clear();
            follow(state, todo);
        }
        Event::Followed { ticket, answer } => following::followed(state, ticket, answer, todo),
    }
}

/// Makes something else of a filter.
fn change(state: &mut State, filter: usize, to: impl FnOnce(Change) -> Change, todo: &mut Vec<Effect>) {
    let Some(package) = state.model.as_ref().map(|model| &model.package) else { return };
    let Some(trained) = package.filters.get(filter) else { return };
    let as_trained = Change { centre_hz: trained.centre_hz, bandwidth_hz: trained.bandwidth_hz, on: true };
    let now = state.adjust.changes.get(&filter).copied().unwrap_or(as_trained);
    let asked = to(now);
    let Some(moved) = package.config.front_end.moved(trained, asked.centre_hz, asked.bandwidth_hz) else { return };
    let wanted = Change { centre_hz: moved.centre_hz, bandwidth_hz: moved.bandwidth_hz, on: asked.on };
    if wanted == now {
        return;
    }
    if wanted == as_trained {
        state.adjust.changes.remove(&filter);
    } else {
        state.adjust.changes.insert(filter, wanted);
    }
    follow(state, todo);
}
