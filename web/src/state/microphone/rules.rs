//! From the explanation to a recording like any other.

use super::super::{Effect as PageEffect, State, Ticket, running};
use super::{Button, CLIPPED, Effect, Event, Problem, Processing, Stage, Take, live, words};
use crate::state::Handle;

/// Takes an event.
pub(in crate::state) fn apply(state: &mut State, event: Event, todo: &mut Vec<PageEffect>) {
    match event {
        Event::Pressed => press(state, todo),
        Event::LengthPicked(length) if !state.microphone.is_on() => state.microphone.length = length,
        Event::LengthPicked(_) => {}
        Event::Agreed => ask(state, todo),
        Event::Began { ticket, at, capture, sample_rate, processing } if asks(state, ticket) => {
            let name = format!("microphone {at}");
            begin(state, take(ticket, name, capture, sample_rate, processing), todo);
        }
        Event::Measured { ticket, seconds, peak } => measured(state, ticket, seconds, peak, todo),
        Event::Grew { ticket, sound, part } => live::grew(state, ticket, sound, part, todo),
        Event::Stopped => stop(state, todo),
        Event::Ended { ticket, why } if state.microphone.ticket() == Some(ticket) => ended(state, &why, todo),
        // What comes too late changes nothing.
        Event::Began { .. } | Event::Ended { .. } => {}
    }
}

/// Explains what will happen, or no longer.
fn press(state: &mut State, todo: &mut Vec<PageEffect>) {
    let microphone = &mut state.microphone;
    let stage = match microphone.stage {
        Stage::Idle => Stage::Explained,
        Stage::Explained => {
            todo.push(PageEffect::Microphone(Effect::Focus(Button::Open)));
            Stage::Idle
        }
        Stage::Asking(_) | Stage::Recording(_) => return,
    };
    microphone.stage = stage;
    microphone.note.clear();
    microphone.problem.clear();
}

/// Has the browser ask, where a person has read what for.
fn ask(state: &mut State, todo: &mut Vec<PageEffect>) {
    if state.microphone.stage != Stage::Explained {
        return;
    }
    let (ticket, microphone) = (state.ticket(), &mut state.microphone);
    microphone.stage = Stage::Asking(ticket);
    microphone.note = words::ASKING.into();
    microphone.problem.clear();
    let most_s = microphone.length.most_s();
    todo.extend([Effect::Record { ticket, most_s }, Effect::Focus(Button::Stop)].map(PageEffect::Microphone));
}

fn asks(state: &State, ticket: Ticket) -> bool {
    state.microphone.stage == Stage::Asking(ticket)
}

fn take(ticket: Ticket, name: String, capture: Handle, sample_rate: u32, processing: Processing) -> Take {
    Take {
        ticket,
        name,
        capture,
        sample_rate,
        processing,
        seconds: 0.0,
        peak: 0.0,
        clipped: false,
        grown: None,
        shown: None,
        problem: None,
    }
}

/// What is being recorded takes the place of the recording at hand.
fn begin(state: &mut State, take: Take, todo: &mut Vec<PageEffect>) {
    running::put_away(state, todo);
    state.microphone.note = words::recording(take.processing);
    state.microphone.stage = Stage::Recording(take);
    running::begin(state, todo);
    live::say(state);
}

/// Shows how much there is and how loud it is; at the chosen length it is enough.
fn measured(state: &mut State, ticket: Ticket, seconds: f64, peak: f64, todo: &mut Vec<PageEffect>) {
    let most_s = state.microphone.length.most_s();
    let Some(take) = state.microphone.take_mut(ticket) else { return };
    (take.seconds, take.peak) = (take.seconds.max(seconds), peak);
    take.clipped |= peak >= CLIPPED;
    if take.seconds >= most_s {
        stop(state, todo);
    }
}

/// Stops as a person wants it, or at the chosen length: what was recorded is judged as any recording is.
pub(in crate::state) fn stop(state: &mut State, todo: &mut Vec<PageEffect>) {
    match std::mem::take(&mut state.microphone.stage) {
        Stage::Recording(take) => keep(state, take, todo),
        Stage::Asking(ticket) => {
            state.microphone.stage = Stage::Explained;
            state.microphone.note = words::NOT_ASKED.into();
            todo.extend([PageEffect::Stop(ticket), PageEffect::Microphone(Effect::Focus(Button::Use))]);
        }
        other => state.microphone.stage = other,
    }
}

/// What was recorded becomes a recording like any other.
fn keep(state: &mut State, take: Take, todo: &mut Vec<PageEffect>) {
    todo.push(PageEffect::Stop(take.ticket));
    live::stop(state, todo);
    state.microphone.note = words::recorded(take.seconds);
    if take.seconds > 0.0 {
        running::open_captured(state, take.name, take.processing.note(), take.capture, todo);
    } else {
        running::begin(state, todo);
    }
    todo.push(PageEffect::Microphone(Effect::Focus(Button::Open)));
}

/// The browser gives no microphone, or no more of it. What was recorded until then is kept.
fn ended(state: &mut State, why: &Problem, todo: &mut Vec<PageEffect>) {
    match std::mem::take(&mut state.microphone.stage) {
        Stage::Recording(take) => {
            let problem = why.text(take.seconds);
            keep(state, take, todo);
            state.microphone.problem = problem;
        }
        _ => {
            // There it can be tried again.
            state.microphone.stage = Stage::Explained;
            state.microphone.note.clear();
            state.microphone.problem = why.text(0.0);
            todo.push(PageEffect::Microphone(Effect::Focus(Button::Use)));
        }
    }
}

/// Another recording takes the place of the one that is being made.
pub(in crate::state) fn give_way(state: &mut State, todo: &mut Vec<PageEffect>) {
    let Some(ticket) = state.microphone.ticket() else { return };
    let note = if state.microphone.is_recording() { words::REPLACED } else { "" };
    todo.push(PageEffect::Stop(ticket));
    live::stop(state, todo);
    state.microphone.note = note.into();
    state.microphone.stage = Stage::Idle;
}
