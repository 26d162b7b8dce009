//! The probabilities of the windows over time, on the same axis as waveform and image. The line is at the threshold
//! from which the recording is called positive too.

use spectnet_core::model::ModelConfig;
use spectnet_core::prediction::{CyclePrediction, WindowPrediction};
use web_sys::Element;

use super::{LEFT, RIGHT, TICK_SPACING, svg};
use crate::plot::axis::Axis;
use crate::result::RecordingResult;
use crate::state::State;
use crate::{dom, format};

/// Room for the labels of the time axis.
const BOTTOM: f64 = 22.0;
/// Height of a plot of one class, and of a row among several, in pixels.
const BARS_HEIGHT: f64 = 96.0;
const ROW_HEIGHT: f64 = 20.0;
/// Distance that keeps two numbers at the axis apart, in pixels.
const LABEL_HEIGHT: f64 = 13.0;

/// Most rows: of more classes the most probable ones are shown.
const MOST_ROWS: usize = 6;

/// Draws the windows over what is judged of the recording: bars of one class where there are two, a row for each of the
/// most probable classes where there are more; an empty plot without a result.
pub fn draw(state: &State) {
    let svg = dom::element::<Element>("windows");
    match (&state.result, &state.model) {
        (Some(result), Some(model)) => paint(&svg, result, &model.package.config, state.judged_s()),
        _ => svg.replace_children_with_node_0(),
    }
}

fn paint(svg: &Element, result: &RecordingResult, config: &ModelConfig, seconds: f64) {
    let (labels, prediction) = (&config.labels, &result.prediction);
    let windows: Vec<WindowPrediction> = prediction.first_downmix().cloned().collect();
    let (mut ranked, _) = result.ranking(labels);
    ranked.truncate(MOST_ROWS);
    let plot_height = if labels.len() > 2 { ranked.len() as f64 * ROW_HEIGHT } else { BARS_HEIGHT };
    dom::set(svg, "height", &format!("{}", plot_height + BOTTOM));
    // Where the model abstains, no colour stands for a class.
    dom::set(svg, "class", if prediction.abstained.is_some() { "neutral" } else { "" });
    let Some((width, _)) = svg::clear(svg) else { return };
    let time = Axis { low: 0.0, high: seconds, start: LEFT, end: width - RIGHT };
    for (value, label) in time.ticks(TICK_SPACING) {
        let x = time.pixel(value);
        svg::line(svg, "tick", [x, plot_height, x, plot_height + 4.0]);
        svg::text(svg, if x > width - 16.0 { "label end" } else { "label middle" }, x, plot_height + 17.0, &label);
    }
    svg::text(svg, "label", 0.0, plot_height + 17.0, "s");
    // The class that bars stand for.
    let shown = config.positive().or(Some(1)).and_then(|index| labels.get(index)).filter(|_| labels.len() <= 2);
    match shown {
        Some(label) => {
            let threshold = prediction.threshold.unwrap_or(0.5);
            bars(svg, &windows, label, threshold, &time);
            dots(svg, &prediction.cycles, label, threshold, &time);
        }
        None => rows(svg, &windows, &ranked, &time),
    }
    let title = match shown {
        Some(label) => {
            let cycles = if prediction.cycles.is_empty() { "" } else { " (bars) and each heart cycle (dots)" };
            format!("Probability of “{}” in each window{cycles}", format::label(label))
        }
        None if ranked.len() < labels.len() => {
            format!("Probability of the {} likeliest classes in each window", ranked.len())
        }
        None => "Probability of each class in each window".into(),
    };
    dom::set_text("windows-title", &title);
    dom::set(svg, "aria-label", &format!("{title}, {}", format::count(windows.len(), "window")));
}

/// One bar a window, its height the probability of `label`, and a line at the threshold.
fn bars(svg: &Element, windows: &[WindowPrediction], label: &str, threshold: f64, time: &Axis) {
    let level = Axis { low: 0.0, high: 1.0, start: BARS_HEIGHT, end: 6.0 };
    let at = level.pixel(threshold);
    for value in [0.0, 1.0] {
        let y = level.pixel(value);
        svg::line(svg, "grid", [LEFT, y, time.end, y]);
        // Where the threshold lies close to an end, its own number stands there.
        if (y - at).abs() >= LABEL_HEIGHT {
            svg::text(svg, "label end", LEFT - 8.0, y + 4.0, &format::percent(value));
        }
    }
    for (window, probability, [x, width]) in places(windows, label, time) {
        let high = if probability >= threshold { " high" } else { "" };
        let silent = if window.weight > 0.0 { "" } else { " weightless" };
        let y = level.pixel(probability);
        let bar = svg::rectangle(svg, &format!("bar{high}{silent}"), [x, y, width, (BARS_HEIGHT - y).max(1.5)]);
        title(&bar, [window.start_s, window.end_s], label, probability);
    }
    svg::line(svg, "threshold", [LEFT, at, time.end, at]);
    svg::text(svg, "label end", LEFT - 8.0, at + 4.0, &format::percent(threshold));
}

/// One dot a heart cycle, its height the probability of `label`.
fn dots(svg: &Element, cycles: &[CyclePrediction], label: &str, threshold: f64, time: &Axis) {
    let level = Axis { low: 0.0, high: 1.0, start: BARS_HEIGHT, end: 6.0 };
    for cycle in cycles.iter().filter(|cycle| cycle.end_s <= time.high) {
        let probability = cycle.probabilities.get(label).copied().unwrap_or(0.0);
        let x = time.pixel((cycle.start_s + cycle.end_s) / 2.0);
        let class = if probability >= threshold { "cycle high" } else { "cycle" };
        let dot = svg::circle(svg, class, [x, level.pixel(probability)], 2.5);
        title(&dot, [cycle.start_s, cycle.end_s], label, probability);
    }
}

/// A row a class; the more probable, the more solid.
fn rows(svg: &Element, windows: &[WindowPrediction], labels: &[&str], time: &Axis) {
    for (row, label) in labels.iter().enumerate() {
        let y = row as f64 * ROW_HEIGHT;
        for (window, probability, [x, width]) in places(windows, label, time) {
            let cell = svg::rectangle(svg, "cell", [x, y + 1.0, width, ROW_HEIGHT - 2.0]);
            dom::set(&cell, "fill-opacity", &format!("{probability:.3}"));
            title(&cell, [window.start_s, window.end_s], label, probability);
        }
        svg::text(svg, "label row", LEFT + 4.0, y + ROW_HEIGHT / 2.0 + 4.0, &format::label(label));
    }
}

/// Where each window stands: up to the start of the next one where windows overlap.
fn places<'a>(
    windows: &'a [WindowPrediction],
    label: &'a str,
    time: &'a Axis,
) -> impl Iterator<Item = (&'a WindowPrediction, f64, [f64; 2])> {
    windows.iter().enumerate().map(move |(i, window)| {
        let end_s = windows.get(i + 1).map_or(window.end_s, |next| next.start_s.min(window.end_s));
        let (x, end) = (time.pixel(window.start_s), time.pixel(end_s.min(time.high)));
        let probability = window.probabilities.get(label).copied().unwrap_or(0.0);
        (window, probability, [x + 0.5, (end - x - 1.0).max(0.5)])
    })
}

/// The text that appears where the pointer rests on it.
fn title(element: &Element, [start_s, end_s]: [f64; 2], label: &str, probability: f64) {
    let text = format!("{start_s:.1} to {end_s:.1} s: {} {}", format::label(label), format::percent(probability));
    svg::title(element, &text);
}
