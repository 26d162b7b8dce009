//! Selecting a part of the recording, by pointer or by numbers; a pointer that does not move goes to a time.

use super::super::{Effect as PageEffect, State};
use super::playing::{resume, seek};
use super::{Drag, Event, Place};

/// A pointer that moves less is still, in CSS pixels.
const SLACK: f64 = 5.0;
/// Shortest part that is selected, in seconds: what is shorter is a tone when it is repeated.
const LEAST_S: f64 = 0.1;

/// Takes an event about a recording of this length.
pub(super) fn apply(state: &mut State, event: Event, length_s: f64, todo: &mut Vec<PageEffect>) {
    match event {
        Event::Pressed { place, selects } => {
            let before = state.player.selection;
            state.player.drag = Some(Drag { from: place, selects, moved: false, before });
        }
        Event::Dragged(place) => drag(state, place, length_s),
        Event::Released(place) => {
            drag(state, place, length_s);
            match state.player.drag.take() {
                Some(drag) if drag.moved && drag.selects => finish(state, drag.before, length_s, todo),
                Some(_) => seek(state, place.at_s, length_s, todo),
                None => {}
            }
        }
        Event::Abandoned => {
            if let Some(drag) = state.player.drag.take() {
                state.player.selection = drag.before;
            }
        }
        Event::Typed(typed) => typed_in(state, typed, length_s, todo),
        Event::SelectionCleared => select(state, None, length_s, todo),
        _ => {}
    }
}

/// Shows what is being selected.
fn drag(state: &mut State, place: Place, length_s: f64) {
    let Some(drag) = &mut state.player.drag else { return };
    drag.moved |= (place.x - drag.from.x).abs() >= SLACK;
    if drag.moved && drag.selects {
        let [from, to] = [drag.from.at_s, place.at_s].map(|seconds| seconds.clamp(0.0, length_s));
        state.player.selection = Some([from.min(to), from.max(to)]);
    }
}

/// Takes what was selected by a pointer, unless it is too short.
fn finish(state: &mut State, before: Option<[f64; 2]>, length_s: f64, todo: &mut Vec<PageEffect>) {
    match state.player.selection {
        Some([from, to]) if to - from >= LEAST_S => select(state, Some([from, to]), length_s, todo),
        _ => state.player.selection = before,
    }
}

/// Takes numbers; an empty field is the beginning or the end of the recording.
fn typed_in(state: &mut State, [from, to]: [f64; 2], length_s: f64, todo: &mut Vec<PageEffect>) {
    if from.is_nan() && to.is_nan() {
        return select(state, None, length_s, todo);
    }
    let or = |number: f64, other: f64| if number.is_nan() { other } else { number.clamp(0.0, length_s) };
    let (from, to) = (or(from, 0.0), or(to, length_s));
    if to - from >= LEAST_S {
        select(state, Some([from, to]), length_s, todo);
    } else {
        let problem = format!("From {from:.2} to {to:.2} s there is nothing: a part has at least {LEAST_S} s.");
        state.player.problem = Some(problem);
    }
}

/// Another part is selected, or none. Where the player stands outside it goes to its beginning.
fn select(state: &mut State, selection: Option<[f64; 2]>, length_s: f64, todo: &mut Vec<PageEffect>) {
    let player = &mut state.player;
    (player.selection, player.problem) = (selection, None);
    if let Some([from, to]) = selection
        && !(from..to).contains(&player.position_s)
    {
        player.position_s = from;
    }
    resume(state, length_s, todo);
}
