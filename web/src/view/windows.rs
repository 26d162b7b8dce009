//! The probabilities of the windows over time, on the same axis as waveform and image. The line is at the threshold
//! from which the recording is called positive too. From afar, neighbours too narrow to be told apart are their mean.

use spectnet_core::model::ModelConfig;
use spectnet_core::prediction::{CyclePrediction, WindowPrediction};
use web_sys::Element;

use super::{LEFT, svg, time};
use crate::plot::axis::Axis;
use crate::plot::time::Form;
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

/// So many pixels are wide enough for a window, and for a heart cycle.
const NARROW: f64 = 2.0;
const NARROW_CYCLE: f64 = 3.0;

/// Most rows: of more classes the most probable ones are shown.
const MOST_ROWS: usize = 6;

/// Draws the windows over what is seen of the recording: bars of one class where there are two, a row for each of the
/// most probable classes where there are more; an empty plot without a result.
pub fn draw(state: &State) {
    let svg = dom::element::<Element>("windows");
    match (&state.result, &state.model) {
        (Some(result), Some(model)) => paint(&svg, result, &model.package.config, state),
        _ => svg.replace_children_with_node_0(),
    }
}

fn paint(svg: &Element, result: &RecordingResult, config: &ModelConfig, state: &State) {
    let (labels, prediction) = (&config.labels, &result.prediction);
    let windows: Vec<WindowPrediction> = prediction.first_downmix().cloned().collect();
    let (mut ranked, _) = result.ranking(labels);
    ranked.truncate(MOST_ROWS);
    let plot_height = if labels.len() > 2 { ranked.len() as f64 * ROW_HEIGHT } else { BARS_HEIGHT };
    let width = svg::clear_at(svg, plot_height + BOTTOM);
    // Where the model abstains, no colour stands for a class.
    dom::set(svg, "class", if prediction.abstained.is_some() { "neutral" } else { "" });
    let Some(width) = width else { return };
    let time = time::axis(state, width);
    time::draw_ticks(svg, &time, width, plot_height);
    let cycles = cycles_apart(&prediction.cycles, &time);
    // The class that bars stand for.
    let shown = config.positive().or(Some(1)).and_then(|index| labels.get(index)).filter(|_| labels.len() <= 2);
    match shown {
        Some(label) => {
            let threshold = prediction.threshold.unwrap_or(0.5);
            bars(svg, &windows, label, threshold, &time);
            dots(svg, cycles, label, threshold, &time);
        }
        None => rows(svg, &windows, &ranked, &time),
    }
    let title = match shown {
        Some(label) => {
            let dots = if cycles.is_empty() { "" } else { " (bars) and each heart cycle (dots)" };
            format!("Probability of “{}” in each window{dots}", format::label(label))
        }
        None if ranked.len() < labels.len() => {
            format!("Probability of the {} likeliest classes in each window", ranked.len())
        }
        None => "Probability of each class in each window".into(),
    };
    dom::set_text("windows-title", &title);
    let (count, seen) = (format::count(windows.len(), "window"), time::seen(state));
    dom::set(svg, "aria-label", &format!("{title}, {count}{seen}"));
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
    for place in places(windows, label, time) {
        let high = if place.probability >= threshold { " high" } else { "" };
        let silent = if place.counts { "" } else { " weightless" };
        let ([x, width], y) = (place.drawn(), level.pixel(place.probability));
        let bar = svg::rectangle(svg, &format!("bar{high}{silent}"), [x, y, width, (BARS_HEIGHT - y).max(1.5)]);
        title(&bar, place.times_s, label, place.probability, time);
    }
    svg::line(svg, "threshold", [LEFT, at, time.end, at]);
    svg::text(svg, "label end", LEFT - 8.0, at + 4.0, &format::percent(threshold));
}

/// One dot a heart cycle, its height the probability of `label`.
fn dots(svg: &Element, cycles: &[CyclePrediction], label: &str, threshold: f64, time: &Axis) {
    let level = Axis { low: 0.0, high: 1.0, start: BARS_HEIGHT, end: 6.0 };
    for cycle in cycles {
        let probability = cycle.probabilities.get(label).copied().unwrap_or(0.0);
        let x = time.pixel((cycle.start_s + cycle.end_s) / 2.0);
        if !(time.start..=time.end).contains(&x) {
            continue;
        }
        let class = if probability >= threshold { "cycle high" } else { "cycle" };
        let dot = svg::circle(svg, class, [x, level.pixel(probability)], 2.5);
        title(&dot, [cycle.start_s, cycle.end_s], label, probability, time);
    }
}

/// A row a class; the more probable, the more solid.
fn rows(svg: &Element, windows: &[WindowPrediction], labels: &[&str], time: &Axis) {
    for (row, label) in labels.iter().enumerate() {
        let y = row as f64 * ROW_HEIGHT;
        for place in places(windows, label, time) {
            let [x, width] = place.drawn();
            let cell = svg::rectangle(svg, "cell", [x, y + 1.0, width, ROW_HEIGHT - 2.0]);
            dom::set(&cell, "fill-opacity", &format!("{:.3}", place.probability));
            title(&cell, place.times_s, label, place.probability, time);
        }
        svg::text(svg, "label row", LEFT + 4.0, y + ROW_HEIGHT / 2.0 + 4.0, &format::label(label));
    }
}

/// The cycles, where they are wide enough to be told apart.
fn cycles_apart<'a>(cycles: &'a [CyclePrediction], time: &Axis) -> &'a [CyclePrediction] {
    let whole_s = cycles.iter().map(|cycle| cycle.end_s - cycle.start_s).sum::<f64>();
    let width = (time.end - time.start) / (time.high - time.low) * whole_s / cycles.len().max(1) as f64;
    if width >= NARROW_CYCLE { cycles } else { &[] }
}

/// What stands at one place: a window, or some that are too narrow to be told apart.
struct Place {
    /// From when to when.
    times_s: [f64; 2],
    /// From where to where, in pixels.
    pixels: [f64; 2],
    /// The probability, or the mean of them.
    probability: f64,
    /// Whether any of them says something of the recording.
    counts: bool,
    /// How many there are.
    windows: f64,
}

impl Place {
    /// Where it is drawn, and how wide: neighbours do not touch.
    fn drawn(&self) -> [f64; 2] {
        let [x, end] = self.pixels;
        [x + 0.5, (end - x - 1.0).max(0.5)]
    }
}

/// Where the windows that are seen stand: each up to the start of the next one where windows overlap.
fn places(windows: &[WindowPrediction], label: &str, time: &Axis) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for (number, window) in windows.iter().enumerate() {
        let end_s = windows.get(number + 1).map_or(window.end_s, |next| next.start_s.min(window.end_s));
        if end_s <= time.low || window.start_s >= time.high {
            continue;
        }
        let pixels = [window.start_s, end_s].map(|seconds| time.pixel(seconds.clamp(time.low, time.high)));
        let probability = window.probabilities.get(label).copied().unwrap_or(0.0);
        let counts = window.weight > 0.0;
        match places.last_mut() {
            Some(place) if place.pixels[1] - place.pixels[0] < NARROW => {
                place.probability = (place.probability * place.windows + probability) / (place.windows + 1.0);
                place.windows += 1.0;
                place.counts |= counts;
                (place.times_s[1], place.pixels[1]) = (window.end_s, pixels[1]);
            }
            _ => places.push(Place {
                times_s: [window.start_s, window.end_s],
                pixels,
                probability,
                counts,
                windows: 1.0,
            }),
        }
    }
    places
}

/// The text that appears where the pointer rests on it.
fn title(element: &Element, times_s: [f64; 2], label: &str, probability: f64, time: &Axis) {
    let [start, end] = times_s.map(|seconds| Form::up_to(time.high).write(seconds, 1));
    let unit = if Form::up_to(time.high) == Form::Seconds { " s" } else { "" };
    let text = format!("{start} to {end}{unit}: {} {}", format::label(label), format::percent(probability));
    svg::title(element, &text);
}
