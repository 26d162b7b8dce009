//! The states of the heart cycle over time, on the same axis as waveform and image.

use spectnet_core::heart;
use web_sys::Element;

use super::{LEFT, RIGHT, svg};
use crate::dom;
use crate::plot::axis::Axis;
use crate::state::State;

/// Height of the strip, and of S1 and S2 in it, in pixels.
const HEIGHT: f64 = 22.0;
const QUIET: f64 = 8.0;

/// Draws the states over what is judged; without any the strip is not there.
pub fn draw(state: &State) {
    let states = state.timeline.as_ref().map_or(&[][..], |timeline| timeline.states.as_slice());
    let seconds = state.judged_s();
    dom::show("cycles-figure", !states.is_empty());
    let svg = dom::element::<Element>("cycles");
    let Some((width, _)) = svg::clear(&svg) else { return };
    let time = Axis { low: 0.0, high: seconds, start: LEFT, end: width - RIGHT };
    for interval in states.iter().filter(|interval| interval.start_s < seconds) {
        let (x, end) = (time.pixel(interval.start_s), time.pixel(interval.end_s.min(seconds)));
        // The sounds stand out from the silences between them.
        let height = if matches!(interval.state, heart::State::S1 | heart::State::S2) { HEIGHT } else { QUIET };
        let place = [x, HEIGHT - height, (end - x - 0.5).max(0.5), height];
        let name = interval.state.name();
        let part = svg::rectangle(&svg, &name.to_lowercase(), place);
        svg::title(&part, &format!("{name}, {:.2} to {:.2} s", interval.start_s, interval.end_s));
    }
    let beats = states.iter().filter(|interval| interval.state == heart::State::S1).count();
    dom::set(&svg, "aria-label", &format!("States of the heart cycle, {beats} beats"));
}
