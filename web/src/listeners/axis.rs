//! What the browser's events mean for the time axis: pointers, fingers, wheel and keys on the plots, the overview, and
//! the table of windows.

use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent, PointerEvent, WheelEvent};

use super::{place, target};
use crate::plot::zoom::Edge;
use crate::state::axis::{Event, Finger};
use crate::state::{Event as PageEvent, State};
use crate::view::{overview, time};

/// A key or a button looks so many times more closely.
const STEP: f64 = 2.0;
/// What the buttons and keys mean.
pub const CLOSER: Event = Event::Zoomed { by: STEP, about: None };
/// See [`CLOSER`].
pub const FARTHER: Event = Event::Zoomed { by: 1.0 / STEP, about: None };
/// How far the arrow keys go, in widths of what is seen: and with the shift key.
const PAN: f64 = 0.25;
const STRIDE: f64 = 1.0;
/// How far they move an edge of the frame, and with the shift key or by whole pages.
const EDGE: f64 = 0.05;
const EDGE_STRIDE: f64 = 0.25;
/// How much closer a pixel of the wheel is, as a natural logarithm: a notch of a mouse wheel is about 100, and a movement
/// of two fingers on a trackpad some few.
const ZOOM: f64 = 0.005;
/// One event of the wheel looks at most so many times more closely.
const MOST_ZOOM: f64 = 4.0;
/// Pixels of a line and of a page, where a wheel counts in these.
const LINE: f64 = 16.0;
const PAGE: f64 = 400.0;

/// A pointer is over the plots: the first finger of several.
pub fn pointed(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    let pointer = event.dyn_ref::<PointerEvent>()?;
    pointer.is_primary().then(|| PageEvent::Pointed(Some(f64::from(pointer.client_x()))))
}

/// A pointer leaves the plots. What a finger has shown stays to be read when it is lifted.
pub fn left(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    (event.dyn_ref::<PointerEvent>()?.pointer_type() != "touch").then_some(PageEvent::Pointed(None))
}

/// A finger touches something else: what it had shown before goes.
pub fn pressed_elsewhere(event: &web_sys::Event, state: &State) -> Option<PageEvent> {
    state.cursor?;
    closest(event, "#plots").is_none().then_some(PageEvent::Pointed(None))
}

/// A finger comes down on the plots.
pub fn finger_down(event: &web_sys::Event, state: &State) -> Option<PageEvent> {
    let (finger, first) = finger(event, state)?;
    Some(PageEvent::Axis(Event::FingerDown { finger, first }))
}

/// It moves.
pub fn finger_moved(event: &web_sys::Event, state: &State) -> Option<PageEvent> {
    if !state.axis.is_touched() {
        return None;
    }
    Some(PageEvent::Axis(Event::FingerMoved(finger(event, state)?.0)))
}

/// It is lifted, or scrolls the page.
pub fn finger_up(event: &web_sys::Event, state: &State) -> Option<PageEvent> {
    let id = event.dyn_ref::<PointerEvent>()?.pointer_id();
    state.axis.is_touched().then_some(PageEvent::Axis(Event::FingerUp(id)))
}

/// The wheel with Ctrl or ⌘, which is also what two fingers on a trackpad are, looks more closely at what is under the
/// pointer; with Shift, or to the side, it moves. Without either it scrolls the page.
pub fn wheel(event: &web_sys::Event, state: &State) -> Option<PageEvent> {
    let wheel = event.dyn_ref::<WheelEvent>()?;
    let size = match wheel.delta_mode() {
        WheelEvent::DOM_DELTA_LINE => LINE,
        WheelEvent::DOM_DELTA_PAGE => PAGE,
        _ => 1.0,
    };
    let [x, y] = [wheel.delta_x(), wheel.delta_y()].map(|delta| delta * size);
    let (left, axis) = time::in_window(state)?;
    let width = axis.end - axis.start;
    if wheel.ctrl_key() || wheel.meta_key() {
        // The whole page stays as large as it is.
        event.prevent_default();
        let by = (-ZOOM * y).exp().clamp(1.0 / MOST_ZOOM, MOST_ZOOM);
        // Over the overview no place of the plots is meant.
        let on_plots = closest(event, "#plots").is_some();
        let about = ((f64::from(wheel.client_x()) - left - axis.start) / width).clamp(0.0, 1.0);
        return Some(PageEvent::Axis(Event::Zoomed { by, about: on_plots.then_some(about) }));
    }
    let aside = wheel.shift_key() || x.abs() > y.abs();
    if !aside || !state.is_zoomed() {
        return None;
    }
    event.prevent_default();
    // Some browsers turn the wheel aside themselves.
    let across = if x == 0.0 { y } else { x };
    Some(PageEvent::Axis(Event::Panned(across / width)))
}

/// A key while the plots have the focus.
pub fn key(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    let key = event.dyn_ref::<KeyboardEvent>()?;
    let changed = key.ctrl_key() || key.alt_key() || key.meta_key() || key.default_prevented();
    if changed || event.target() != event.current_target() {
        return None;
    }
    let pan = if key.shift_key() { STRIDE } else { PAN };
    let meaning = match key.key().as_str() {
        "+" | "=" => CLOSER,
        "-" | "−" | "_" => FARTHER,
        "0" => Event::AllAsked,
        "ArrowRight" => Event::Panned(pan),
        "ArrowLeft" => Event::Panned(-pan),
        "Home" => Event::Panned(f64::MIN),
        "End" => Event::Panned(f64::MAX),
        _ => return None,
    };
    event.prevent_default();
    Some(PageEvent::Axis(meaning))
}

/// A pointer comes down on the overview, which holds it from now on.
pub fn grabbed(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    let pointer = event.dyn_ref::<PointerEvent>()?;
    if !pointer.is_primary() || pointer.button() != 0 {
        return None;
    }
    // Without that the pointer may go up unseen, and the next movement goes on with what it began.
    let _ = target::<Element>(event)?.set_pointer_capture(pointer.pointer_id());
    let [at, near] = overview::place(f64::from(pointer.client_x()));
    Some(PageEvent::Axis(Event::Grabbed { at, near }))
}

/// It moves.
pub fn dragged(event: &web_sys::Event, state: &State) -> Option<PageEvent> {
    let pointer = event.dyn_ref::<PointerEvent>()?;
    state.axis.held?;
    Some(PageEvent::Axis(Event::Dragged(overview::place(f64::from(pointer.client_x()))[0])))
}

/// It holds nothing any more.
pub fn dropped(_: &web_sys::Event, state: &State) -> Option<PageEvent> {
    state.axis.held.map(|_| PageEvent::Axis(Event::Dropped))
}

/// A key on the edge where the frame begins.
pub fn from_key(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    edge_key(event, Edge::From)
}

/// A key on the edge where it ends.
pub fn to_key(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    edge_key(event, Edge::To)
}

fn edge_key(event: &web_sys::Event, edge: Edge) -> Option<PageEvent> {
    let key = event.dyn_ref::<KeyboardEvent>()?;
    if key.ctrl_key() || key.alt_key() || key.meta_key() {
        return None;
    }
    let step = if key.shift_key() { EDGE_STRIDE } else { EDGE };
    let widths = match key.key().as_str() {
        "ArrowRight" | "ArrowUp" => step,
        "ArrowLeft" | "ArrowDown" => -step,
        "PageUp" => EDGE_STRIDE,
        "PageDown" => -EDGE_STRIDE,
        "Home" => f64::MIN,
        "End" => f64::MAX,
        _ => return None,
    };
    event.prevent_default();
    Some(PageEvent::Axis(Event::EdgeMoved(edge, widths)))
}

/// A row of the table, or the button in it: the view and the player go there.
pub fn window_pressed(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    let row = closest(event, "tr")?;
    let seconds = |name: &str| row.get_attribute(name)?.parse::<f64>().ok();
    Some(PageEvent::Axis(Event::WindowAsked([seconds("data-start")?, seconds("data-end")?])))
}

/// A button turns to another page of the table; at either end it has none.
pub fn page_turned(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    Some(PageEvent::Axis(Event::Turned(place(event, "data-page")?)))
}

/// Where a finger is, and whether it is the first; none for other pointers.
fn finger(event: &web_sys::Event, state: &State) -> Option<(Finger, bool)> {
    let pointer = event.dyn_ref::<PointerEvent>().filter(|pointer| pointer.pointer_type() == "touch")?;
    let at = time::place(state, f64::from(pointer.client_x()))?;
    Some((Finger { id: pointer.pointer_id(), at }, pointer.is_primary()))
}

/// What a selector finds around what was touched.
fn closest(event: &web_sys::Event, selector: &str) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(selector).ok()?
}
