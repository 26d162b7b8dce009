//! The frequency response of the selected filter, at its start and now.

use web_sys::Element;

use super::geometry::{self, BOTTOM, LEFT};
use super::rows;
use crate::plot::axis::Axis;
use crate::plot::curves::{Curves, FLOOR_DB};
use crate::state::State;
use crate::view::svg;
use crate::{dom, format};

/// Room above the plot: a curve may rise a little above the highest label.
const TOP: f64 = 10.0;

/// Draws the pair of curves.
pub fn draw(state: &State) {
    let (Some(model), Some(mark)) = (&state.model, state.mark(state.selected)) else { return };
    let (responses, svg) = (&model.responses, dom::element::<Element>("filter-curves"));
    let Some((width, height)) = svg::clear(&svg) else { return };
    let curves = Curves::new(&model.package.config.front_end, responses.scale, &mark.start, &mark.now);
    let frequency = geometry::frequency(responses, width);
    let level = Axis { low: FLOOR_DB, high: curves.highest_db().ceil(), start: height - BOTTOM, end: TOP };
    rows::axis(&svg, &frequency, level.end, level.start);
    for (value, label) in level.ticks(32.0) {
        let y = level.pixel(value);
        svg::line(&svg, "grid", [frequency.start(), y, frequency.end(), y]);
        svg::text(&svg, "label end", LEFT - 8.0, y + 4.0, &label);
    }
    svg::text(&svg, "label", 0.0, TOP + 18.0, "dB");
    let clip = svg::append(&svg, "clipPath", &[("id", "filter-curves-clip")]);
    let [left, right] = [frequency.start(), frequency.end()];
    svg::rectangle(&clip, "", [left, level.end - 4.0, right - left, level.start - level.end + 4.0]);
    let class = if mark.on { "" } else { "off" };
    let group = svg::append(&svg, "g", &[("class", class), ("clip-path", "url(#filter-curves-clip)")]);
    let line = |levels: &[f64]| {
        svg::path(curves.frequencies_hz.iter().zip(levels).map(|(hz, db)| (frequency.pixel(*hz), level.pixel(*db))))
    };
    let now = line(&curves.now_db);
    let area = format!("{now}L{right:.1} {:.1}L{left:.1} {:.1}Z", level.start, level.start);
    svg::append(&group, "path", &[("class", "area"), ("d", &area)]);
    svg::append(&group, "path", &[("class", "initial"), ("d", &line(&curves.start_db))]);
    svg::append(&group, "path", &[("class", "learned"), ("d", &now)]);
    let [before, after] = curves.peak_db();
    let label = format!(
        "Frequency response of filter {}: peak {} dB, at the start {} dB",
        mark.filter + 1,
        format::signed(after, 1),
        format::signed(before, 1)
    );
    dom::set(&svg, "aria-label", &label);
}
