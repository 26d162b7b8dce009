//! What happens on the plots of the filterbank.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, KeyboardEvent, PointerEvent};

use super::{number, place, target};
use crate::dom;
use crate::plot::drag::Drag;
use crate::plot::mark::Nudge;
use crate::state::{Event, Move, State, adjust, bank};
use crate::view::filters::{controls, pointer};

/// A pointer is over the rows: it drags what it holds, or selects the row.
pub fn over_rows(event: &web_sys::Event, state: &State) -> Option<Event> {
    over(event, state, pointer::row_at)
}

/// A pointer is over the arrows: it drags what it holds, or selects the nearest one.
pub fn over_arrows(event: &web_sys::Event, state: &State) -> Option<Event> {
    over(event, state, pointer::arrow_at)
}

fn over(event: &web_sys::Event, state: &State, found: impl FnOnce(&State, [f64; 2]) -> Option<usize>) -> Option<Event> {
    let at = client(event.dyn_ref::<PointerEvent>()?);
    if state.bank.drag.is_some() {
        return pointer::dragged(state, at).and_then(|(filter, to)| moved(state, filter, to));
    }
    if is_set() { None } else { found(state, at).map(Event::FilterSelected) }
}

/// Whether a person is at work with the selected filter: then a pointer on its way to the fields, or under which the
/// page scrolls, selects no other.
fn is_set() -> bool {
    let focused = dom::document().active_element();
    focused.and_then(|element| element.closest("#filters, .bank-set").ok().flatten()).is_some()
}

/// A pointer comes down on the rows.
pub fn down_on_rows(event: &web_sys::Event, state: &State) -> Option<Event> {
    let pointer = event.dyn_ref::<PointerEvent>()?;
    let at = client(pointer);
    let held =
        pointer::grab_row(state, at, pointer.pointer_type() == "touch").and_then(|drag| hold("filters", pointer, drag));
    held.or_else(|| pointer::row_at(state, at).map(Event::FilterSelected))
}

/// A pointer comes down on the arrows.
pub fn down_on_arrows(event: &web_sys::Event, state: &State) -> Option<Event> {
    let pointer = event.dyn_ref::<PointerEvent>()?;
    hold("bank-arrows", pointer, pointer::grab_arrow(state, client(pointer))?)
}

/// The plot holds the pointer from now on, also where that leaves it. None for other buttons and further fingers.
fn hold(plot: &str, pointer: &PointerEvent, drag: Drag) -> Option<Event> {
    if pointer.button() != 0 || !pointer.is_primary() {
        return None;
    }
    dom::element::<Element>(plot).set_pointer_capture(pointer.pointer_id()).ok()?;
    Some(Event::Bank(bank::Event::Grabbed(drag)))
}

/// A plot holds the pointer no longer.
pub fn dropped(_: &web_sys::Event, state: &State) -> Option<Event> {
    state.bank.drag.map(|_| Event::Bank(bank::Event::Dropped))
}

/// The focus is on a row.
pub fn focused(event: &web_sys::Event, _: &State) -> Option<Event> {
    place(event, "data-filter").map(Event::FilterSelected)
}

/// A key on the rows: arrows move among the filters, with Shift they move the filter.
pub fn key_pressed(event: &web_sys::Event, state: &State) -> Option<Event> {
    let key = event.dyn_ref::<KeyboardEvent>()?;
    let meant = if key.shift_key() { nudged(&key.key(), state)? } else { Event::FilterMoved(step(&key.key())?) };
    event.prevent_default();
    Some(meant)
}

fn step(key: &str) -> Option<Move> {
    Some(match key {
        "ArrowRight" | "ArrowUp" => Move::Next,
        "ArrowLeft" | "ArrowDown" => Move::Previous,
        "Home" => Move::First,
        "End" => Move::Last,
        _ => return None,
    })
}

fn nudged(key: &str, state: &State) -> Option<Event> {
    let nudge = match key {
        "ArrowRight" => Nudge::Higher,
        "ArrowLeft" => Nudge::Lower,
        "ArrowUp" => Nudge::Wider,
        "ArrowDown" => Nudge::Narrower,
        _ => return None,
    };
    let (mark, scale) = (state.mark(state.selected)?, state.model.as_ref()?.responses.scale);
    moved(state, mark.filter, mark.nudged(scale, nudge))
}

/// A button goes to the next filter, or to the one before; the focus stays on the button.
pub fn next_pressed(_: &web_sys::Event, state: &State) -> Option<Event> {
    state.neighbour(Move::Next).map(Event::FilterSelected)
}

/// See [`next_pressed`].
pub fn previous_pressed(_: &web_sys::Event, state: &State) -> Option<Event> {
    state.neighbour(Move::Previous).map(Event::FilterSelected)
}

/// A person typed a centre frequency.
pub fn centre_typed(event: &web_sys::Event, state: &State) -> Option<Event> {
    let mark = state.mark(state.selected)?;
    moved(state, mark.filter, [typed(event, mark.now.centre_hz)?, mark.now.bandwidth_hz])
}

/// A person typed a bandwidth.
pub fn bandwidth_typed(event: &web_sys::Event, state: &State) -> Option<Event> {
    let mark = state.mark(state.selected)?;
    moved(state, mark.filter, [mark.now.centre_hz, typed(event, mark.now.bandwidth_hz)?])
}

/// The number that a person typed; none where the field has what the page shows there. Browsers call that a change too,
/// when the focus leaves a field that the page has written into.
fn typed(event: &web_sys::Event, now: f64) -> Option<f64> {
    let field = target::<HtmlInputElement>(event)?;
    (field.value() != controls::shown(now)).then(|| field.value_as_number())
}

/// A person leaves a field: whatever was typed, it shows what counts.
pub fn field_left(_: &web_sys::Event, _: &State) -> Option<Event> {
    Some(Event::Bank(bank::Event::FieldLeft))
}

/// The selected filter is switched on or off.
pub fn switched(event: &web_sys::Event, state: &State) -> Option<Event> {
    let on = target::<HtmlInputElement>(event)?.checked();
    Some(Event::Adjust(adjust::Event::Switched { filter: state.selected, on }))
}

/// All filters are to be as they were learned.
pub fn reset_pressed(_: &web_sys::Event, _: &State) -> Option<Event> {
    Some(Event::Adjust(adjust::Event::Reset))
}

/// The slider between start and learned was moved.
pub fn way_moved(event: &web_sys::Event, _: &State) -> Option<Event> {
    Some(Event::Bank(bank::Event::ProgressMoved(number(event)?)))
}

/// The way is to be shown as a film; in one step to those who want no motion.
pub fn play_pressed(_: &web_sys::Event, _: &State) -> Option<Event> {
    let asked = dom::window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
    let still = asked.is_some_and(|asked| asked.matches());
    Some(Event::Bank(bank::Event::PlayPressed { still }))
}

/// A filter is moved to this centre frequency and bandwidth in Hz, as far as it can be; what is no number moves nothing.
fn moved(state: &State, filter: usize, to: [f64; 2]) -> Option<Event> {
    let [centre_hz, bandwidth_hz] = state.model.as_ref()?.responses.within(to);
    let numbers = centre_hz.is_finite() && bandwidth_hz.is_finite();
    numbers.then_some(Event::Adjust(adjust::Event::Moved { filter, centre_hz, bandwidth_hz }))
}

/// Where a pointer is in the window, in CSS pixels.
fn client(pointer: &PointerEvent) -> [f64; 2] {
    [pointer.client_x(), pointer.client_y()].map(f64::from)
}
