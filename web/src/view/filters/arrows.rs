//! Every filter as a point of centre frequency and −3 dB width, with an arrow from its start to where it stands.

use web_sys::Element;

use super::geometry::{self, LEFT, TOP};
use super::rows;
use crate::plot::arrow;
use crate::state::State;
use crate::view::svg;
use crate::{dom, format};

/// Distance of the labels of widths in pixels, at least.
const TICK_SPACING: f64 = 26.0;
/// Radius of a mark in pixels, and of those of many filters.
const RADIUS: [f64; 2] = [4.0, 2.8];
/// From this many filters on marks are smaller.
const MANY: usize = 64;

/// Draws all of it.
pub fn draw(state: &State) {
    let Some(model) = &state.model else { return };
    let (responses, svg) = (&model.responses, dom::element::<Element>("bank-arrows"));
    let Some((width, height)) = svg::clear(&svg) else { return };
    let (frequency, widths) = (geometry::frequency(responses, width), geometry::widths(responses, height));
    rows::axis(&svg, &frequency, TOP, height - geometry::BOTTOM);
    for value in widths.ticks(TICK_SPACING) {
        let y = widths.pixel(value);
        svg::line(&svg, "grid", [frequency.start(), y, frequency.end(), y]);
        let label = if value < 1.0 { format!("{value}") } else { format::hz_short(value) };
        svg::text(&svg, "label end", LEFT - 8.0, y + 4.0, &label);
    }
    let marks = state.marks();
    let radius = RADIUS[usize::from(marks.len() >= MANY)];
    // The selected one lies above the others.
    let selected = |filter: &usize| *filter == state.selected;
    let order = (0..marks.len()).filter(|filter| !selected(filter)).chain((0..marks.len()).filter(selected));
    for mark in order.filter_map(|filter| marks.get(filter)) {
        let class: Vec<&str> =
            rows::classes_of(mark).into_iter().filter_map(|(class, is)| is.then_some(class)).collect();
        let chosen = if mark.filter == state.selected { "selected" } else { "" };
        let group = svg::append(&svg, "g", &[("class", &format!("arrow {} {chosen}", class.join(" ")))]);
        let from = [frequency.pixel(mark.start.centre_hz), widths.pixel(mark.width_hz[0])];
        let to = [frequency.pixel(mark.now.centre_hz), widths.pixel(mark.width_hz[1])];
        svg::line(&group, "way", [from[0], from[1], to[0], to[1]]);
        if let Some(corners) = arrow::head(from, to, radius) {
            let head = format!("{}Z", svg::path(corners.into_iter().map(|[x, y]| (x, y))));
            svg::append(&group, "path", &[("class", "head"), ("d", &head)]);
        }
        svg::circle(&group, "start", from, radius);
        svg::circle(&group, "now", to, radius);
    }
    dom::set(&svg, "aria-label", &describe(state));
}

/// What the arrows say as a whole; the rows have the numbers of each filter.
fn describe(state: &State) -> String {
    let marks = state.marks();
    let narrower = marks.iter().filter(|mark| mark.width_hz[1] < mark.width_hz[0]).count();
    let widths = marks.iter().map(|mark| mark.width_hz[1]);
    let (least, most) = widths.fold((f64::MAX, 0.0), |(least, most): (f64, f64), w| (least.min(w), most.max(w)));
    format!(
        "Minus 3 decibel width over centre frequency: {} from {} to {} wide, {narrower} of them narrower than at the start",
        format::count(marks.len(), "filter"),
        format::hz(least),
        format::hz(most)
    )
}
