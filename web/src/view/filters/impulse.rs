//! The impulse response of the selected filter, at its start and now, each at its own height.

use web_sys::Element;

use super::geometry::{BOTTOM, LEFT, RIGHT, TOP};
use crate::plot::axis::Axis;
use crate::plot::impulse;
use crate::state::State;
use crate::view::svg;
use crate::{dom, format};

/// Distance of the ticks of the time axis in pixels, at least.
const TICK_SPACING: f64 = 44.0;

/// Draws as much of it as is seen.
pub fn draw(state: &State) {
    let (Some(model), Some(mark)) = (&state.model, state.mark(state.selected)) else { return };
    let front_end = &model.package.config.front_end;
    let kernels = [mark.start, mark.now].map(|filter| front_end.gammatone(filter).kernel());
    let ringing = [&kernels[0], &kernels[1]].map(|kernel| impulse::ringing(kernel));
    let (samples, rate) = (ringing[0].max(ringing[1]).max(2), f64::from(front_end.sample_rate));
    let svg: Element = dom::element("filter-impulse");
    let seconds = ringing.map(|samples| samples as f64 / rate);
    let label = format!(
        "Impulse response of filter {}: it rings for {}, at the start for {}",
        mark.filter + 1,
        format::duration(seconds[1]),
        format::duration(seconds[0])
    );
    dom::set(&svg, "aria-label", &label);

    let Some((width, height)) = svg::clear(&svg) else { return };
    let right = (width - RIGHT).max(LEFT + 1.0);
    let time = Axis { low: 0.0, high: 1000.0 * samples as f64 / rate, start: LEFT, end: right };
    let (bottom, level) = (height - BOTTOM, Axis { low: -1.0, high: 1.0, start: height - BOTTOM, end: TOP });
    for (value, label) in time.ticks(TICK_SPACING) {
        let x = time.pixel(value);
        svg::line(&svg, "tick", [x, bottom, x, bottom + 4.0]);
        svg::text(&svg, if x > right - 12.0 { "label end" } else { "label middle" }, x, bottom + 18.0, &label);
    }
    svg::text(&svg, "label", 0.0, bottom + 18.0, "ms");
    svg::line(&svg, "grid", [LEFT, level.pixel(0.0), right, level.pixel(0.0)]);
    for (kernel, class) in kernels.iter().zip(["initial", "learned"]) {
        let points = impulse::line(kernel, samples, (right - LEFT) as usize);
        let line =
            svg::path(points.into_iter().map(|(k, height)| (time.pixel(1000.0 * k / rate), level.pixel(height))));
        svg::append(&svg, "path", &[("class", class), ("d", &line)]);
    }
}
