//! What the browser's events mean for the player.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, HtmlSelectElement, KeyboardEvent, PointerEvent};

use super::{number, target};
use crate::dom;
use crate::state::player::{Event, Place, Through};
use crate::state::{Event as PageEvent, State};
use crate::view::player;

/// How far the keys go, in seconds: the arrows, and with the shift key or by whole pages.
const STEP_S: f64 = 1.0;
const STRIDE_S: f64 = 5.0;
/// What has a meaning of its own when it is pressed.
const CONTROLS: &str = "a, button, input, select, textarea, summary, label, [contenteditable], [tabindex]:not(#plots)";
/// What is among the plots and not one of them.
const NO_PLOT: &str = "a, button, input, select, summary, label, table";

/// The space bar, where nothing has the focus that would take it.
pub fn space(event: &web_sys::Event, state: &State) -> Option<PageEvent> {
    let key = event.dyn_ref::<KeyboardEvent>()?;
    let changed = key.ctrl_key() || key.alt_key() || key.meta_key() || key.repeat();
    if key.key() != " " || changed || key.default_prevented() || !state.player.is_there() || within(event, CONTROLS) {
        return None;
    }
    // The page does not scroll.
    event.prevent_default();
    Some(PageEvent::Player(Event::Toggled))
}

/// A key on the slider of the position.
pub fn step(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    let key = event.dyn_ref::<KeyboardEvent>()?;
    let step_s = if key.shift_key() { STRIDE_S } else { STEP_S };
    let meaning = match key.key().as_str() {
        "ArrowRight" | "ArrowUp" => Event::Stepped(step_s),
        "ArrowLeft" | "ArrowDown" => Event::Stepped(-step_s),
        "PageUp" => Event::Stepped(STRIDE_S),
        "PageDown" => Event::Stepped(-STRIDE_S),
        "Home" => Event::Sought(0.0),
        "End" => Event::Sought(f64::MAX),
        _ => return None,
    };
    event.prevent_default();
    Some(PageEvent::Player(meaning))
}

/// The slider of the position.
pub fn sought(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    Some(PageEvent::Player(Event::Sought(number(event)?)))
}

/// A pointer goes down on the plots over time. It stays theirs until it goes up, wherever that is.
pub fn pressed(event: &web_sys::Event, state: &State) -> Option<PageEvent> {
    let pointer = event.dyn_ref::<PointerEvent>()?;
    let usable = pointer.is_primary() && pointer.button() == 0 && state.player.is_there();
    if !usable || within(event, NO_PLOT) || !player::is_within(state, f64::from(pointer.client_x())) {
        return None;
    }
    // Without that the pointer may go up unseen, and the next movement ends what it began.
    let _ = target::<Element>(event)?.set_pointer_capture(pointer.pointer_id());
    let selects = within(event, "#waveform");
    Some(PageEvent::Player(Event::Pressed { place: place(event, state)?, selects }))
}

/// It moves.
pub fn dragged(event: &web_sys::Event, state: &State) -> Option<PageEvent> {
    state.player.drag?;
    Some(PageEvent::Player(Event::Dragged(place(event, state)?)))
}

/// It goes up.
pub fn released(event: &web_sys::Event, state: &State) -> Option<PageEvent> {
    state.player.drag?;
    Some(PageEvent::Player(Event::Released(place(event, state)?)))
}

/// It was taken for scrolling.
pub fn abandoned(_: &web_sys::Event, state: &State) -> Option<PageEvent> {
    state.player.drag.map(|_| PageEvent::Player(Event::Abandoned))
}

/// The fields of the part that is repeated.
pub fn typed(_: &web_sys::Event, _: &State) -> Option<PageEvent> {
    let field = |id| dom::element::<HtmlInputElement>(id).value_as_number();
    Some(PageEvent::Player(Event::Typed([field("player-from"), field("player-to")])))
}

/// The list of what can be played.
pub fn through(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    let through = Through::named(&target::<HtmlSelectElement>(event)?.value())?;
    Some(PageEvent::Player(Event::ThroughPicked(through)))
}

/// The list of speeds.
pub fn speed(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    let speed = target::<HtmlSelectElement>(event)?.value().parse().ok()?;
    Some(PageEvent::Player(Event::SpeedPicked(speed)))
}

/// The volume.
pub fn volume(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    Some(PageEvent::Player(Event::VolumeMoved(number(event)?)))
}

/// Whether frequencies are raised.
pub fn raised(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    Some(PageEvent::Player(Event::RaisedPicked(target::<HtmlInputElement>(event)?.checked())))
}

/// A button anywhere on the page that plays a part of the recording: it has the class `listen`, and the part in seconds
/// in `data-start` and `data-end`.
pub fn part_asked(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    let button = event.target()?.dyn_into::<Element>().ok()?.closest(".listen").ok()??;
    let seconds = |name: &str| button.get_attribute(name)?.parse::<f64>().ok();
    Some(PageEvent::Player(Event::PartAsked([seconds("data-start")?, seconds("data-end")?])))
}

/// Where a pointer is on the plots over time.
fn place(event: &web_sys::Event, state: &State) -> Option<Place> {
    let x = f64::from(event.dyn_ref::<PointerEvent>()?.client_x());
    Some(Place { at_s: player::time_at(state, x)?, x })
}

/// Whether what was touched lies in something that a selector finds.
fn within(event: &web_sys::Event, selector: &str) -> bool {
    let touched = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    touched.is_some_and(|touched| matches!(touched.closest(selector), Ok(Some(_))))
}
