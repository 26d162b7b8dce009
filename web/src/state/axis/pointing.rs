//! Fingers on the plots over time, and the pointer that holds something of the overview.

use super::super::{Effect, State, player};
use super::{Finger, Held, show};
use crate::plot::zoom::{self, Edge, Grip};

/// With the second finger a part is no longer selected: both zoom.
pub(super) fn finger_down(state: &mut State, finger: Finger, first: bool, todo: &mut Vec<Effect>) {
    let fingers = &mut state.axis.fingers;
    if first {
        fingers.clear();
    }
    fingers.retain(|other| other.id != finger.id);
    if fingers.len() < 2 && finger.at.is_finite() {
        fingers.push(finger);
    }
    if fingers.len() == 2 {
        player::apply(state, player::Event::Abandoned, todo);
    }
}

/// What was under two fingers stays under them.
pub(super) fn finger_moved(state: &mut State, finger: Finger) {
    let ([from_s, to_s], length_s) = (state.visible_s(), state.judged_s());
    let fingers = &mut state.axis.fingers;
    let before: Vec<f64> = fingers.iter().map(|finger| finger.at).collect();
    let Some(moved) = fingers.iter_mut().find(|other| other.id == finger.id && finger.at.is_finite()) else { return };
    moved.at = finger.at;
    if let ([first, second], [one, other]) = (before.as_slice(), fingers.as_slice()) {
        let times_s = [first, second].map(|at| from_s + at * (to_s - from_s));
        if let Some(part) = zoom::pinched(times_s, [one.at, other.at], length_s) {
            show(state, part);
        }
    }
}

/// Beside the frame a pointer brings it there, and holds it.
pub(super) fn grab(state: &mut State, at_s: f64, near_s: f64) {
    if !(at_s.is_finite() && near_s.is_finite()) {
        return;
    }
    let mut grip = zoom::grip(state.visible_s(), at_s, near_s.max(0.0));
    if grip == Grip::Beside {
        let [from_s, to_s] = state.visible_s();
        show(state, zoom::around([at_s, at_s], to_s - from_s, state.judged_s()));
        grip = Grip::Whole;
    }
    let [from_s, to_s] = state.visible_s();
    let edge_s = if grip == Grip::Edge(Edge::To) { to_s } else { from_s };
    state.axis.held = Some(Held { grip, offset_s: at_s - edge_s });
}

/// What is held moves with the pointer.
pub(super) fn drag(state: &mut State, at_s: f64) {
    let Some(Held { grip, offset_s }) = state.axis.held else { return };
    let ([from_s, to_s], length_s) = (state.visible_s(), state.judged_s());
    let edge_s = at_s - offset_s;
    show(
        state,
        match grip {
            Grip::Edge(edge) => zoom::with_edge([from_s, to_s], edge, edge_s, length_s),
            Grip::Whole | Grip::Beside => zoom::moved([from_s, to_s], edge_s - from_s, length_s),
        },
    );
}
