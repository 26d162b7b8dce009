//! The player: its controls, and a line through all plots over time that runs while it plays.

use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlSelectElement};

use super::time;
use crate::plot::axis::Axis;
use crate::state::State;
use crate::{dom, format};

/// What the controls show, but for the position.
pub type Shown = (Option<f64>, [bool; 3], &'static str, [f64; 2], Option<String>);

/// What [`draw`] shows of a state.
pub fn shown(state: &State) -> Shown {
    let player = &state.player;
    let length_s = state.playable_s().filter(|_| player.is_there());
    let switches = [player.playing.is_some(), player.raised, state.offers_raising()];
    (length_s, switches, player.through.name(), [player.speed, player.volume], player.problem.clone())
}

/// Draws the controls; there are none without a recording.
pub fn draw(state: &State) {
    let (length_s, [playing, raised, offers_raising], through, [speed, volume], problem) = shown(state);
    dom::show("player", length_s.is_some());
    let toggle: Element = dom::element("player-toggle");
    dom::set(&toggle, "data-playing", if playing { "true" } else { "false" });
    dom::set_text("player-toggle", if playing { "Pause" } else { "Play" });
    dom::element::<HtmlInputElement>("player-position").set_max(&format!("{:.2}", length_s.unwrap_or(1.0)));
    dom::element::<HtmlSelectElement>("player-through").set_value(through);
    dom::element::<HtmlSelectElement>("player-speed").set_value(&format!("{speed}"));
    let slider: HtmlInputElement = dom::element("player-volume");
    if slider.value_as_number() != volume {
        slider.set_value_as_number(volume);
    }
    dom::set(&slider, "aria-valuetext", &format::percent(volume));
    dom::show("player-raised-choice", offers_raising);
    dom::element::<HtmlInputElement>("player-raised").set_checked(raised);
    dom::show("player-problem", problem.is_some());
    dom::set_text("player-problem", &problem.unwrap_or_default());
    draw_position(state);
}

/// The position in tenths of a second: as it is written.
pub fn tenths(state: &State) -> i64 {
    (state.player.position_s * 10.0).round() as i64
}

/// Writes where the player stands.
pub fn draw_position(state: &State) {
    let (position_s, length_s) = (tenths(state) as f64 / 10.0, state.playable_s().unwrap_or(0.0));
    let slider: HtmlInputElement = dom::element("player-position");
    slider.set_value_as_number(position_s.min(length_s));
    dom::set(&slider, "aria-valuetext", &format!("{position_s:.1} of {length_s:.1} seconds"));
    dom::set_text("player-time", &format!("{position_s:.1} of {length_s:.1} s"));
}

/// Draws the line where the player stands, if that is seen; at rest at the beginning there is none.
pub fn draw_line(state: &State) {
    let player = &state.player;
    let moved = player.playing.is_some() || player.position_s > 0.0;
    let at_s = player.position_s.min(state.judged_s());
    // Where there is no line nobody asks where the plots are: that takes time.
    let place = if player.is_there() && moved { axis(state) } else { None };
    let place = place.filter(|(_, time)| (time.low..=time.high).contains(&at_s));
    dom::show("play-line", place.is_some());
    let Some((_, time)) = place else { return };
    let x = time.pixel(at_s);
    let line: HtmlElement = dom::element("play-line");
    let _ = line.style().set_property("transform", &format!("translateX({x:.2}px)"));
}

/// Draws the part that is repeated, and writes where it begins and ends.
pub fn draw_selection(state: &State) {
    let selection = state.player.selection;
    let field = |id: &str, seconds: Option<f64>| {
        let text = seconds.map(|seconds| format!("{}", (seconds * 100.0).round() / 100.0)).unwrap_or_default();
        dom::element::<HtmlInputElement>(id).set_value(&text);
    };
    field("player-from", selection.map(|part| part[0]));
    field("player-to", selection.map(|part| part[1]));
    dom::show("player-all", selection.is_some());
    let place = selection.and_then(|part| Some((axis(state)?.1, part)));
    let place = place.filter(|(time, [from, to])| *from <= time.high && *to >= time.low);
    dom::show("play-part", place.is_some());
    let Some((time, part)) = place else { return };
    let [from, to] = part.map(|seconds| time.pixel(seconds.clamp(time.low, time.high)));
    let element: HtmlElement = dom::element("play-part");
    let _ = element.style().set_property("left", &format!("{from:.1}px"));
    let _ = element.style().set_property("width", &format!("{:.1}px", to - from));
}

/// The time in the recording at a place in the window, in CSS pixels from its left; outside the plots it is that of the
/// nearest end of what is seen.
pub fn time_at(state: &State, client_x: f64) -> Option<f64> {
    let (left, time) = axis(state)?;
    Some(time.value(client_x - left).clamp(time.low, time.high))
}

/// Whether a place in the window lies between the ends of the time axis.
pub fn is_within(state: &State, client_x: f64) -> bool {
    axis(state).is_some_and(|(left, time)| (time.start..=time.end).contains(&(client_x - left)))
}

/// The left edge of the plots over time in the window, and their time axis; none where there is nothing to see.
fn axis(state: &State) -> Option<(f64, Axis)> {
    state.playable_s()?;
    time::in_window(state)
}
