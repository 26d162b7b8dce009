//! A strip of how many filters cover each frequency.

use web_sys::Element;

use super::geometry::{self, LEFT, TOP};
use crate::plot::coverage::Coverage;
use crate::plot::held::held_hz;
use crate::state::State;
use crate::view::svg;
use crate::{dom, format};

/// Room below the strip in pixels.
const BOTTOM: f64 = 4.0;

/// Draws the strip: an area for now, a dashed line for the start.
pub fn draw(state: &State) {
    let Some(model) = &state.model else { return };
    let (responses, marks) = (&model.responses, state.marks());
    let (scale, highest_hz) = (responses.scale, responses.scale.highest_hz());
    let start = Coverage::new(marks.iter().map(|mark| mark.start_band_hz(scale)), highest_hz);
    let on = marks.iter().filter(|mark| mark.on);
    let now = Coverage::new(on.map(|mark| mark.band_hz(scale)), highest_hz);
    let svg: Element = dom::element("bank-coverage");
    let rate = state.recording.open().map(|input| input.sample_rate);
    let held = held_hz(model.package.config.conditioning.band_hz, highest_hz, rate);
    dom::set(&svg, "aria-label", &describe(&start, &now, held));

    let Some((width, height)) = svg::clear(&svg) else { return };
    let (frequency, bottom) = (geometry::frequency(responses, width), height - BOTTOM);
    let most = start.most().max(now.most()).max(1);
    let y = |count: f64| bottom + (TOP - bottom) * count / most as f64;
    for value in frequency.ticks(geometry::TICK_SPACING) {
        let x = frequency.pixel(value);
        svg::line(&svg, "grid", [x, TOP, x, bottom]);
    }
    let line = |coverage: &Coverage| {
        svg::path(coverage.corners().into_iter().map(|(hz, count)| (frequency.pixel(hz), y(count))))
    };
    let learned = line(&now);
    let area = format!("{learned}L{:.1} {bottom:.1}L{:.1} {bottom:.1}Z", frequency.end(), frequency.start());
    svg::append(&svg, "path", &[("class", "covered-area"), ("d", &area)]);
    svg::append(&svg, "path", &[("class", "covered"), ("d", &learned)]);
    svg::append(&svg, "path", &[("class", "covered start"), ("d", &line(&start))]);
    svg::text(&svg, "label end", LEFT - 8.0, TOP + 8.0, &most.to_string());
    svg::text(&svg, "label end", LEFT - 8.0, bottom, "0");
}

/// The strip in words.
fn describe(start: &Coverage, now: &Coverage, held: [f64; 2]) -> String {
    let uncovered = match now.uncovered_hz(held) {
        hz if hz < 0.05 => "no frequency of the input is left out".into(),
        hz => format!("{} of what the input holds are covered by no filter", format::hz(hz)),
    };
    format!(
        "At most {} cover the same frequency, at the start {}; {uncovered}",
        format::count(now.most(), "filter"),
        start.most()
    )
}
