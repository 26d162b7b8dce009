//! What is left of a run whose result is known. The result comes first; the image and the probabilities of the heart
//! cycles, on which it does not rest, follow while it can be read.

use super::{Effect, Event, Handle, Judged, State, Step, Ticket, adjust, running, share, update};
use crate::failure::{Failure, Result};

/// What is left of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Rest {
    /// The run.
    ticket: Ticket,
    /// What was kept of the recording: filters that are moved are followed when the image is whole.
    kept: Option<Handle>,
    /// What a person asked for that holds all of it: files.
    asked: Vec<Event>,
}

impl Rest {
    /// What is left of a run whose result has just become known, and what was kept of the recording by then.
    pub(super) fn of(ticket: Ticket, kept: Option<Handle>) -> Self {
        Self { ticket, kept, asked: Vec::new() }
    }
}

/// Whether this is the run of which something is left.
pub(super) fn runs(state: &State, ticket: Ticket) -> bool {
    state.rest.as_ref().is_some_and(|rest| rest.ticket == ticket)
}

/// Shows what has come of it.
pub(super) fn judging(state: &mut State, step: Step) {
    let (Some(rest), Some(timeline)) = (&mut state.rest, &mut state.timeline) else { return };
    match step {
        Step::Image(image) => timeline.image = image,
        Step::Kept(kept) => rest.kept = Some(kept),
        // The waveform was whole before, and no progress is shown of what nobody waits for.
        Step::Piece { .. } | Step::Done { .. } | Step::Elsewhere | Step::Known(_) => {}
    }
}

/// The result as a whole takes the place of the same one without heart cycles. Where the graphics device fails, the CPU
/// judges the recording again.
pub(super) fn ended(state: &mut State, answer: Result<Box<Judged>>, todo: &mut Vec<Effect>) {
    let Some(Rest { kept, asked, .. }) = state.rest.take() else { return };
    match answer {
        Ok(judged) => {
            running::put(state, *judged);
            state.adjust.kept = kept;
        }
        Err(Failure::Device(why)) if state.model.as_ref().is_some_and(|model| model.on_gpu) && !state.hurries() => {
            state.fall_back(&why);
            return running::restart(state, todo);
        }
        Err(failure) if !state.hurries() => {
            let name = state.recording.open().map(|input| input.name.clone()).unwrap_or_default();
            state.fail(format!("Not all of {name} can be shown"), &failure.to_string());
        }
        // What is on its way is said, and takes the place of the result.
        Err(_) => {}
    }
    adjust::follow(state, todo);
    asked.into_iter().for_each(|event| update::apply(state, event, todo));
}

/// Nothing more of it is wanted: the result that it belongs to goes.
pub(super) fn stop(state: &mut State, todo: &mut Vec<Effect>) {
    todo.extend(state.rest.take().map(|rest| Effect::Stop(rest.ticket)));
}

/// Keeps what a person asks for until all of it is there; the event where nothing is left to wait for.
pub(super) fn put_off(state: &mut State, event: Event) -> Option<Event> {
    match &mut state.rest {
        Some(rest) if event.holds_all() => {
            rest.asked.push(event);
            None
        }
        _ => Some(event),
    }
}

impl Event {
    /// Whether a person asks for something that holds all that comes of a run.
    fn holds_all(&self) -> bool {
        matches!(self, Self::SaveAsked | Self::Share(share::Event::PictureAsked(_)))
    }
}
