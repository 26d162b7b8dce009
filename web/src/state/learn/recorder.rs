//! Some seconds from the microphone become an example. They are not judged. The browser's part is that of the recording
//! that is judged (`microphone`): its events come here where they carry the ticket of this one.

use super::{Effect, examples};
use crate::state::microphone::Event as Happened;
use crate::state::{Effect as PageEffect, Handle, State, Ticket, player};

/// How long an example can be, in seconds.
pub const LENGTHS_S: [u32; 5] = [1, 2, 3, 5, 10];
/// What is shorter than this, in seconds, was a slip of the finger.
const LEAST_S: f64 = 0.5;

/// Something that is being recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorder {
    ticket: Ticket,
    /// Its class.
    class: Option<u64>,
    /// How long it becomes, in seconds.
    pub length_s: f64,
    /// Length so far, in seconds; none while the browser asks for the microphone.
    pub seconds: Option<f64>,
    /// What it is called, and all samples so far.
    take: Option<(String, Handle)>,
}

/// Begins to record, or ends it.
pub(super) fn press(state: &mut State, todo: &mut Vec<PageEffect>) {
    if state.learn.recorder.is_some() {
        return end(state, todo);
    }
    if state.microphone.is_on() {
        state.learn.note = "The microphone is in use above: stop that recording first.".into();
        return;
    }
    if state.learn.is_learning() {
        return;
    }
    let (ticket, class) = (state.ticket(), state.into_class());
    let length_s = f64::from(state.learn.length_s);
    state.learn.note.clear();
    state.learn.recorder = Some(Recorder { ticket, class, length_s, seconds: None, take: None });
    todo.push(PageEffect::Learn(Effect::Record { ticket, most_s: length_s }));
}

/// Whether an event of the microphone belongs to it.
pub(in crate::state) fn owns(state: &State, event: &Happened) -> bool {
    let of = match event {
        Happened::Began { ticket, .. }
        | Happened::Measured { ticket, .. }
        | Happened::Grew { ticket, .. }
        | Happened::Ended { ticket, .. } => Some(*ticket),
        _ => None,
    };
    of.is_some() && of == state.learn.recorder.as_ref().map(|recorder| recorder.ticket)
}

/// Takes such an event.
pub(in crate::state) fn take(state: &mut State, event: Happened, todo: &mut Vec<PageEffect>) {
    let Some(recorder) = &mut state.learn.recorder else { return };
    match event {
        Happened::Began { at, capture, .. } => {
            recorder.take = Some((format!("microphone {at}"), capture));
            recorder.seconds = Some(0.0);
        }
        Happened::Measured { seconds, .. } if recorder.take.is_some() => {
            recorder.seconds = Some(seconds);
            if seconds >= recorder.length_s {
                end(state, todo);
            }
        }
        Happened::Ended { why, .. } => {
            let seconds = recorder.seconds.unwrap_or_default();
            // The effect has come to its end by itself.
            keep(state);
            state.learn.note = if seconds >= LEAST_S {
                "The microphone gives no more. What was recorded until then is an example.".into()
            } else {
                why.text(0.0)
            };
        }
        _ => {}
    }
}

fn end(state: &mut State, todo: &mut Vec<PageEffect>) {
    todo.extend(state.learn.recorder.as_ref().map(|recorder| PageEffect::Stop(recorder.ticket)));
    keep(state);
}

/// What was recorded becomes an example.
fn keep(state: &mut State) {
    let Some(recorder) = state.learn.recorder.take() else { return };
    match (recorder.take, recorder.seconds) {
        (Some((name, capture)), Some(seconds)) if seconds >= LEAST_S => {
            examples::give_captured(state, name, capture, recorder.class);
        }
        (Some(_), _) => state.learn.note = "That was too short to be an example: record for a second or more.".into(),
        (None, _) => state.learn.note = "Nothing was recorded.".into(),
    }
}

/// A recording that is to be judged takes the microphone; and what plays would be recorded.
pub(super) fn follow(state: &mut State, todo: &mut Vec<PageEffect>) {
    if state.learn.recorder.is_none() {
        return;
    }
    if state.microphone.is_on() {
        return end(state, todo);
    }
    if state.player.playing.is_some() {
        player::apply(state, player::Event::Toggled, todo);
    }
}
