//! The states of the heart cycle over time, on the same axis as waveform and image. Where cycles are too narrow to be
//! seen, the curve of the heart rate stands in their place.

use spectnet_core::heart::{self, StateInterval};
use web_sys::Element;

use super::{LEFT, svg, time};
use crate::dom;
use crate::plot::axis::Axis;
use crate::plot::beats;
use crate::state::State;

/// Height of the strip, and of systole and diastole in it, in pixels.
const HEIGHT: f64 = 22.0;
const QUIET: f64 = 8.0;
/// Cycles of fewer pixels are a comb in which S1 is thinner than a pixel.
const NARROW: f64 = 8.0;
/// Height of the curve, and what is left above and below it for half a number.
const CURVE_HEIGHT: f64 = 56.0;
const CURVE_MARGIN: f64 = 7.0;
/// Pixels from one point of the curve to the next.
const CURVE_STEP: f64 = 2.0;
/// The numbers beside the curve are multiples of this.
const ROUND_RATE: f64 = 10.0;

/// Whether there are any.
pub fn are_there(state: &State) -> bool {
    !states(state).is_empty()
}

fn states(state: &State) -> &[StateInterval] {
    state.timeline.as_ref().map_or(&[][..], |timeline| timeline.states.as_slice())
}

/// Without any the strip is not there.
pub fn draw_shown(state: &State) {
    dom::show("cycles-figure", are_there(state));
}

/// Draws the states over what is seen.
pub fn draw(state: &State) {
    let (states, svg) = (states(state), dom::element::<Element>("cycles"));
    let beats = beats::beats(states);
    let axis = time::axis(state, svg.get_bounding_client_rect().width());
    let cycle = beats::cycle_s(&beats).map(|cycle_s| axis.pixel(axis.low + cycle_s) - axis.start);
    let narrow = cycle.is_some_and(|cycle| cycle < NARROW);
    let width = svg::clear_at(&svg, if narrow { CURVE_HEIGHT } else { HEIGHT });
    dom::set_text("cycles-title", if narrow { "Heart rate, beats a minute" } else { "Heart cycle" });
    dom::show("cycles-key", !narrow);
    if width.is_none() {
        return;
    }
    let label = if narrow {
        curve(&svg, &beats, &axis)
    } else {
        strip(&svg, states, state, &axis);
        format!("States of the heart cycle, {} beats", beats.len())
    };
    dom::set(&svg, "aria-label", &format!("{label}{}", time::seen(state)));
}

/// A rectangle for every state.
fn strip(svg: &Element, states: &[StateInterval], state: &State, axis: &Axis) {
    let seen = states.iter().filter(|interval| interval.start_s < axis.high && interval.end_s > axis.low);
    for interval in seen {
        let [x, end] = [interval.start_s, interval.end_s].map(|seconds| axis.pixel(seconds.clamp(axis.low, axis.high)));
        // The sounds stand out from the silences between them.
        let height = if matches!(interval.state, heart::State::S1 | heart::State::S2) { HEIGHT } else { QUIET };
        let place = [x, HEIGHT - height, (end - x - 0.5).max(0.5), height];
        let name = interval.state.name();
        let part = svg::rectangle(svg, &name.to_lowercase(), place);
        let [start, end] = [interval.start_s, interval.end_s].map(|seconds| time::text(state, seconds, 2));
        svg::title(&part, &format!("{name}, {start} to {end}"));
    }
}

/// The heart rate over what is seen; what it says, in words.
fn curve(svg: &Element, beats: &[f64], axis: &Axis) -> String {
    let columns = ((axis.end - axis.start) / CURVE_STEP).max(1.0) as usize;
    let points = beats::curve(beats, [axis.low, axis.high], columns);
    let rates = || points.iter().filter_map(|(_, rate)| *rate);
    let (least, most) = (rates().fold(f64::MAX, f64::min), rates().fold(f64::MIN, f64::max));
    if least > most {
        return "Heart rate, no beats here".into();
    }
    let low = (least / ROUND_RATE).floor() * ROUND_RATE;
    let high = ((most / ROUND_RATE).ceil() * ROUND_RATE).max(low + ROUND_RATE);
    let level = Axis { low, high, start: CURVE_HEIGHT - CURVE_MARGIN, end: CURVE_MARGIN };
    for value in [low, high] {
        let y = level.pixel(value);
        svg::line(svg, "grid", [LEFT, y, axis.end, y]);
        svg::text(svg, "label end", LEFT - 8.0, y + 4.0, &format!("{value:.0}"));
    }
    // Where there is no rate, the line has a gap.
    for stretch in points.split(|(_, rate)| rate.is_none()).filter(|stretch| !stretch.is_empty()) {
        let stretch = stretch.iter().filter_map(|(at_s, rate)| Some((axis.pixel(*at_s), level.pixel((*rate)?))));
        svg::append(svg, "path", &[("class", "rate"), ("d", &svg::path(stretch))]);
    }
    format!("Heart rate, {least:.0} to {most:.0} beats a minute")
}
