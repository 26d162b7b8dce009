//! Why the result is what it is: computed when a person asks for it.

use std::rc::Rc;

use spectnet_core::recognise::explain::{Explaining, Explanation, Telling};

use super::control::Pace;
use super::{Handle, Options, State, Ticket};
use crate::failure::Result;
use crate::format;

/// The explanation of the result at hand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Why {
    /// What it says; none before a person asked for it.
    pub explanation: Option<Rc<Explanation>>,
    /// The explanation on its way.
    pub run: Option<Ticket>,
    /// How many seconds of the recording are explained by now.
    pub seconds: f64,
    /// Why there is none, in a sentence.
    pub problem: Option<String>,
    /// How fast it goes.
    pub(super) pace: Option<Pace>,
}

/// What can happen to it.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A person wants the explanation, or no longer.
    Pressed,
    /// So many seconds of the recording are explained.
    Progressed {
        /// The request.
        ticket: Ticket,
        /// Seconds from the beginning.
        seconds: f64,
    },
    /// The explanation is there, or why not.
    Ended {
        /// The request.
        ticket: Ticket,
        /// The explanation.
        answer: Result<Rc<Explanation>>,
    },
}

/// What it wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Explain a recording: some [`Progressed`](Event::Progressed), then [`Ended`](Event::Ended).
    Explain {
        /// The request.
        ticket: Ticket,
        /// The recording's samples.
        sound: Handle,
        /// The model on its device.
        engine: Handle,
        /// What was kept of the recording when it was judged, as in [`Adjust`](super::adjust::Adjust), where it was.
        kept: Option<Handle>,
        /// How the recording was judged.
        options: Box<Options>,
        /// The class that is explained, by its place among the labels.
        class: usize,
    },
}

impl Effect {
    /// The request.
    pub fn ticket(&self) -> Ticket {
        let Self::Explain { ticket, .. } = self;
        *ticket
    }
}

impl Why {
    /// The second that speaks most for what the recording is called now; where it has no label, or nothing speaks for
    /// that, the first that there is.
    pub fn telling(&self, label: Option<&str>) -> Option<&Telling> {
        let seconds = &self.explanation.as_ref()?.telling_seconds;
        let of_label = seconds.iter().find(|second| Some(second.class.as_str()) == label);
        of_label.or_else(|| seconds.first())
    }

    /// How long the explanation on its way still takes, in words; empty where nobody knows.
    pub fn time_left(&self) -> String {
        self.pace.and_then(|pace| pace.left_s()).map(format::left).unwrap_or_default()
    }
}

/// Changes the state by what happened.
pub(super) fn apply(state: &mut State, event: Event, todo: &mut Vec<super::Effect>) {
    match event {
        Event::Pressed => press(state, todo),
        Event::Progressed { ticket, seconds } if state.why.run == Some(ticket) => state.why.seconds = seconds,
        Event::Ended { ticket, answer } if state.why.run == Some(ticket) => {
            state.why = match answer {
                Ok(explanation) => Why { explanation: Some(explanation), ..Why::default() },
                Err(failure) => {
                    let why = failure.to_string();
                    let problem = format!("The result cannot be explained: {}.", why.trim_end_matches('.'));
                    Why { problem: Some(problem), ..Why::default() }
                }
            };
        }
        // What comes too late changes nothing.
        Event::Progressed { .. } | Event::Ended { .. } => {}
    }
}

/// The explanation on its way has just told how far it is.
pub(super) fn timed(state: &mut State, ticket: Ticket, now_s: f64) {
    let whole_s = state.judged_s();
    if state.why.run == Some(ticket) && whole_s > 0.0 {
        let part = state.why.seconds / whole_s;
        state.why.pace = Some(Pace::after(state.why.pace.take(), ticket, now_s, part));
    }
}

/// An explanation belongs to a result, and goes with it.
pub(super) fn follow(state: &mut State, todo: &mut Vec<super::Effect>) {
    if state.result.is_none() {
        clear(state, todo);
    }
}

/// Asks for the explanation; what is there or on its way goes instead.
fn press(state: &mut State, todo: &mut Vec<super::Effect>) {
    if state.why.run.is_some() || state.why.explanation.is_some() {
        return clear(state, todo);
    }
    let (ticket, decision) = (state.ticket(), state.decision());
    let (Some(result), Some(decision), Some(model), Some(input)) =
        (&state.result, decision, &state.model, state.recording.open())
    else {
        return;
    };
    let config = &model.package.config;
    let max_seconds = if state.whole { None } else { config.conditioning.max_seconds };
    let effect = Effect::Explain {
        ticket,
        sound: input.sound.clone(),
        engine: model.engine.clone(),
        kept: state.adjust.kept.clone(),
        options: Box::new(Options { channels: state.channel, max_seconds, decision }),
        class: Explaining::class(config, &result.prediction),
    };
    state.why = Why { run: Some(ticket), ..Why::default() };
    todo.push(super::Effect::Why(effect));
}

/// An explanation on its way is not wanted any more; one that is there stays.
pub(super) fn stop(state: &mut State, todo: &mut Vec<super::Effect>) {
    if state.why.run.is_some() {
        clear(state, todo);
    }
}

/// No explanation is shown or on its way any more.
pub(super) fn clear(state: &mut State, todo: &mut Vec<super::Effect>) {
    todo.extend(state.why.run.map(super::Effect::Stop));
    state.why = Why::default();
}
