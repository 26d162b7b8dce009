//! Which part of the recording the plots over time show, and the page of the table of its windows.

mod pointing;

use super::{Effect, Recording, State, Ticket, player};
use crate::plot::time;
use crate::plot::zoom::{self, Edge, Grip, LEAST_S};

/// Rows of a page of the table: an hour of windows has some dozen pages.
pub const PAGE: usize = 100;
/// Where all is seen, so many times the length of a window is shown around one that is looked for.
const AROUND: f64 = 4.0;
/// A part that is shorter than all by less than this, in seconds, is all.
const ROUNDING_S: f64 = 1e-6;

/// How the time axis stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimeAxis {
    /// The part that is looked at, from and to in seconds; none: all that is judged.
    part: Option<[f64; 2]>,
    /// What of the overview a pointer holds.
    pub held: Option<Held>,
    /// The fingers on the plots, two at most.
    fingers: Vec<Finger>,
    /// The page of the table that is shown.
    page: usize,
    /// The part that a link asks for, once its example is there.
    asked: Option<(Ticket, [f64; 2])>,
    /// The recording that all of this is about.
    of: Option<Ticket>,
    /// What played when this was last looked at, and where the player stood.
    seen: (Option<Ticket>, f64),
}

/// What a pointer holds of the frame in the overview.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// The part of the frame.
    grip: Grip,
    /// How far behind its edge, in seconds; behind the first one where it holds all of it.
    offset_s: f64,
}

/// A finger on the plots over time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finger {
    /// The browser's number of it.
    pub id: i32,
    /// Where it is on the axis, 0 at the beginning of what is seen and 1 at the end.
    pub at: f64,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// A person looks more closely by this factor, or from farther away where it is less than 1.
    Zoomed {
        /// The factor.
        by: f64,
        /// What stays where it is, 0 at the beginning of what is seen and 1 at the end; none: where the player stands,
        /// or else the middle.
        about: Option<f64>,
    },
    /// A person moves what is seen by so many of its widths.
    Panned(f64),
    /// A person wants to see all.
    AllAsked,
    /// A finger comes down on the plots; `first` where no other one is there.
    FingerDown {
        /// The finger.
        finger: Finger,
        /// Whether it is the first.
        first: bool,
    },
    /// It moves.
    FingerMoved(Finger),
    /// It is lifted, or scrolls the page.
    FingerUp(i32),
    /// A pointer comes down on the overview.
    Grabbed {
        /// Where, 0 at the beginning of the recording and 1 at the end.
        at: f64,
        /// How far beside an edge that is still held, on the same scale.
        near: f64,
    },
    /// It moves.
    Dragged(f64),
    /// It holds nothing any more.
    Dropped,
    /// A key moves an edge by so many widths of what is seen.
    EdgeMoved(Edge, f64),
    /// A person looks for a window, from and to in seconds.
    WindowAsked([f64; 2]),
    /// A person turns to a page of the table.
    Turned(usize),
}

impl TimeAxis {
    /// The page of so many rows that is shown: its number, and how many there are.
    pub fn page_of(&self, rows: usize) -> (usize, usize) {
        let pages = rows.div_ceil(PAGE).max(1);
        (self.page.min(pages - 1), pages)
    }

    /// Whether fingers are on the plots.
    pub fn is_touched(&self) -> bool {
        !self.fingers.is_empty()
    }
}

impl State {
    /// What the plots over time show of the recording, from and to in seconds.
    pub fn visible_s(&self) -> [f64; 2] {
        let length_s = self.judged_s();
        self.axis.part.map_or([0.0, length_s], |part| zoom::within(part, length_s))
    }

    /// Whether that is less than all that is judged.
    pub fn is_zoomed(&self) -> bool {
        let [from_s, to_s] = self.visible_s();
        to_s - from_s < self.judged_s() - ROUNDING_S
    }

    /// Whether it is the least that can be seen.
    pub fn is_closest(&self) -> bool {
        let [from_s, to_s] = self.visible_s();
        to_s - from_s <= LEAST_S + ROUNDING_S
    }

    /// Which part is seen, in words.
    pub fn visible_note(&self) -> String {
        let length_s = self.judged_s();
        let text = |seconds: f64| time::text(seconds, 1, length_s);
        let [from, to] = self.visible_s().map(text);
        if self.is_zoomed() { format!("{from} to {to} of {}", text(length_s)) } else { format!("all of {to}") }
    }
}

/// Takes an event. Without a recording there is no axis.
pub(super) fn apply(state: &mut State, event: Event, todo: &mut Vec<Effect>) {
    let (length_s, [from_s, to_s]) = (state.judged_s(), state.visible_s());
    let width_s = to_s - from_s;
    if let Event::Dropped = event {
        state.axis.held = None;
    }
    if width_s <= 0.0 {
        return;
    }
    match event {
        Event::Zoomed { by, about } => {
            let about_s = about.map_or_else(|| centre(state), |about| from_s + about * width_s);
            show(state, zoom::zoomed([from_s, to_s], about_s, by, length_s));
        }
        Event::Panned(widths) => show(state, zoom::moved([from_s, to_s], widths * width_s, length_s)),
        Event::AllAsked => state.axis.part = None,
        Event::FingerDown { finger, first } => pointing::finger_down(state, finger, first, todo),
        Event::FingerMoved(finger) => pointing::finger_moved(state, finger),
        Event::FingerUp(id) => state.axis.fingers.retain(|finger| finger.id != id),
        Event::Grabbed { at, near } => pointing::grab(state, at * length_s, near * length_s),
        Event::Dragged(at) => pointing::drag(state, at * length_s),
        Event::Dropped => {}
        Event::EdgeMoved(edge, widths) => {
            let edge_s = if edge == Edge::From { from_s } else { to_s };
            show(state, zoom::with_edge([from_s, to_s], edge, edge_s + widths * width_s, length_s));
        }
        Event::WindowAsked(window) => go_to(state, window, todo),
        Event::Turned(page) => state.axis.page = page,
    }
}

/// After every event: another recording is seen as a whole, and the view follows the player.
pub(super) fn follow(state: &mut State) {
    let of = state.recording.open().map(|input| input.ticket);
    if state.axis.of != of {
        let asked = state.axis.asked.filter(|_| of.is_none());
        let part = state.axis.asked.filter(|(ticket, _)| of == Some(*ticket)).map(|(_, part)| part);
        state.axis = TimeAxis { part, asked, of, seen: state.axis.seen, ..TimeAxis::default() };
    }
    let (playing, at_s) = (state.player.playing.as_ref().map(|playing| playing.ticket), state.player.position_s);
    let (before, was_s) = std::mem::replace(&mut state.axis.seen, (playing, at_s));
    let part = state.visible_s();
    if at_s == was_s || zoom::shows(part, at_s) {
        return;
    }
    // What plays on behind what a person looks at meanwhile does not take that away; where the player is sent is seen.
    let sent = if playing.is_some() { playing != before } else { before.is_none() };
    if sent || zoom::shows(part, was_s) {
        show(state, zoom::turned(part, at_s, state.judged_s()));
    }
}

/// The example of a link, which is on its way, is to be seen in this part.
pub(super) fn ask(state: &mut State, part: [f64; 2]) {
    if let Recording::Reading { ticket, .. } = state.recording {
        state.axis.asked = Some((ticket, part));
    }
}

fn show(state: &mut State, part: [f64; 2]) {
    let length_s = state.judged_s();
    let [from_s, to_s] = zoom::within(part, length_s);
    // All stays all, also of a recording that turns out to be longer.
    state.axis.part = (to_s - from_s < length_s - ROUNDING_S).then_some([from_s, to_s]);
}

/// Where the player stands, if that is seen and not the beginning; or else the middle.
fn centre(state: &State) -> f64 {
    let ([from_s, to_s], at_s) = (state.visible_s(), state.player.position_s);
    if at_s > 0.0 && zoom::shows([from_s, to_s], at_s) { at_s } else { (from_s + to_s) / 2.0 }
}

/// The player goes to the beginning of a window, which is seen as a whole.
fn go_to(state: &mut State, [begin_s, end_s]: [f64; 2], todo: &mut Vec<Effect>) {
    if !(begin_s.is_finite() && end_s.is_finite()) {
        return;
    }
    let ([from_s, to_s], length_s) = (state.visible_s(), state.judged_s());
    let zoomed = state.is_zoomed();
    if !(zoomed && from_s <= begin_s && end_s <= to_s) {
        let width_s = if zoomed { (to_s - from_s).max(end_s - begin_s) } else { AROUND * (end_s - begin_s) };
        show(state, zoom::around([begin_s, end_s], width_s, length_s));
    }
    player::apply(state, player::Event::Sought(begin_s), todo);
}
