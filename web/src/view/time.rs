//! The one time axis of all plots: which place in a plot, and in the window, is which time of the recording.

use web_sys::{Element, HtmlCanvasElement};

use super::{LEFT, RIGHT, svg};
use crate::dom;
use crate::plot::axis::Axis;
use crate::plot::time;
use crate::state::State;

/// So near to the end of a drawing the middle of a label is not under its tick: half of a long label.
pub(super) const END: f64 = 26.0;

/// What is seen of the recording, in a plot of this width.
pub fn axis(state: &State, width: f64) -> Axis {
    let [low, high] = state.visible_s();
    // However narrow a window is, the axis does not end before it begins.
    Axis { low, high, start: LEFT, end: (width - RIGHT).max(LEFT + 1.0) }
}

/// Whether nothing of a recording can be seen yet.
pub fn is_empty(state: &State) -> bool {
    state.timeline.as_ref().is_none_or(|timeline| timeline.waveform.is_empty())
}

/// Empties the plots where nothing can be seen yet: what they have is of another recording.
pub fn clear(state: &State) {
    if !is_empty(state) {
        return;
    }
    for id in ["overview", "waveform", "image"] {
        let canvas: HtmlCanvasElement = dom::element(id);
        // A canvas that is given a width is empty.
        canvas.set_width(canvas.width());
    }
    for id in ["cycles", "windows"] {
        dom::element::<Element>(id).replace_children_with_node_0();
    }
    ["image-row", "colour-bar"].into_iter().for_each(|id| dom::show(id, false));
}

/// The left edge of the plots over time in the window, and their time axis; none where there is nothing to see.
pub fn in_window(state: &State) -> Option<(f64, Axis)> {
    let place = dom::element::<Element>("plots").get_bounding_client_rect();
    let axis = axis(state, place.width());
    (axis.high > axis.low).then(|| (place.left(), axis))
}

/// The place on the time axis of a place in the window: 0 where what is seen begins, 1 where it ends, and beyond.
pub fn place(state: &State, client_x: f64) -> Option<f64> {
    let (left, axis) = in_window(state)?;
    Some((client_x - left - axis.start) / (axis.end - axis.start))
}

/// A time as it is written for the recording at hand.
pub fn text(state: &State, seconds: f64, decimals: usize) -> String {
    time::text(seconds, decimals, state.judged_s())
}

/// What is seen, for the end of a description; nothing where that is all.
pub fn seen(state: &State) -> String {
    if state.is_zoomed() { format!(", shown {}", state.visible_note()) } else { String::new() }
}

/// Ticks below a drawing of this width, from `y` on.
pub fn draw_ticks(drawing: &Element, axis: &Axis, width: f64, y: f64) {
    let (ticks, form) = time::ticks(axis);
    for (seconds, label) in ticks {
        let x = axis.pixel(seconds);
        svg::line(drawing, "tick", [x, y, x, y + 4.0]);
        let (class, x) = if x > width - END { ("label end", width) } else { ("label middle", x) };
        svg::text(drawing, class, x, y + 17.0, &label);
    }
    svg::text(drawing, "label", 0.0, y + 17.0, form.unit());
}
