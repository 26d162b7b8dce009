//! What of the bank lies under a pointer.

use web_sys::Element;

use super::geometry::{self, TOP};
use crate::dom;
use crate::plot::drag::{Drag, FINGER, Grip};
use crate::plot::mark::Mark;
use crate::state::State;

/// The filter in whose row a place of the window lies.
pub fn row_at(state: &State, [x, y]: [f64; 2]) -> Option<usize> {
    let responses = &state.model.as_ref()?.responses;
    let ([x, y], [width, _]) = inside("filters", [x, y]);
    let frequency = geometry::frequency(responses, width);
    let within = (frequency.start()..=frequency.end()).contains(&x);
    let row = geometry::rows(responses).at(y - TOP).filter(|_| within)?;
    responses.order().get(row).copied()
}

/// The filter whose mark over frequency and width is nearest to a place of the window, where one is near.
pub fn arrow_at(state: &State, place: [f64; 2]) -> Option<usize> {
    let responses = &state.model.as_ref()?.responses;
    let ([x, y], [width, height]) = inside("bank-arrows", place);
    let (frequency, widths) = (geometry::frequency(responses, width), geometry::widths(responses, height));
    let distance = |mark: &Mark| (frequency.pixel(mark.now.centre_hz) - x).hypot(widths.pixel(mark.width_hz[1]) - y);
    let near = state.marks().into_iter().map(|mark| (mark.filter, distance(&mark)));
    near.filter(|(_, far)| *far <= FINGER).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(filter, _)| filter)
}

/// What a pointer that comes down at this place of the window holds among the rows. A finger holds the selected filter
/// where that is near, however narrow its row.
pub fn grab_row(state: &State, place: [f64; 2], finger: bool) -> Option<Drag> {
    let responses = &state.model.as_ref()?.responses;
    let ([x, y], [width, _]) = inside("filters", place);
    let frequency = geometry::frequency(responses, width);
    let selected = || {
        let row = responses.order().iter().position(|&filter| filter == state.selected)?;
        let aside = y - TOP - geometry::rows(responses).middle(row);
        Drag::under_finger(&state.mark(state.selected)?, &frequency, x, aside)
    };
    let held = if finger { selected() } else { None };
    held.or_else(|| Drag::in_row(&state.mark(row_at(state, place)?)?, &frequency, x))
}

/// What it holds among the marks over frequency and width.
pub fn grab_arrow(state: &State, place: [f64; 2]) -> Option<Drag> {
    let responses = &state.model.as_ref()?.responses;
    let (at, [width, height]) = inside("bank-arrows", place);
    let (frequency, widths) = (geometry::frequency(responses, width), geometry::widths(responses, height));
    Some(Drag::over_widths(&state.mark(arrow_at(state, place)?)?, &frequency, &widths, at))
}

/// Filter, centre frequency and bandwidth β in Hz that come of a pointer at this place of the window, while it holds a
/// filter.
pub fn dragged(state: &State, place: [f64; 2]) -> Option<(usize, [f64; 2])> {
    let (responses, drag) = (&state.model.as_ref()?.responses, state.bank.drag.as_ref()?);
    let mark = state.mark(drag.filter)?;
    let svg = if drag.grip == Grip::Both { "bank-arrows" } else { "filters" };
    let (at, [width, height]) = inside(svg, place);
    let (frequency, widths) = (geometry::frequency(responses, width), geometry::widths(responses, height));
    let [centre_hz, width_hz] = drag.to(&mark, &frequency, &widths, at);
    Some((drag.filter, [centre_hz, width_hz / responses.width_per_bandwidth]))
}

/// A place of the window as one in a plot, and the size of the plot.
fn inside(id: &str, [x, y]: [f64; 2]) -> ([f64; 2], [f64; 2]) {
    let place = dom::element::<Element>(id).get_bounding_client_rect();
    ([x - place.left(), y - place.top()], [place.width(), place.height()])
}
