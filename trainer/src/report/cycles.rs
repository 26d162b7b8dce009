//! A recording with its heart cycles as a picture: waveform and envelope over coloured states.

use plotters::prelude::*;
use spectnet_core::heart::{Features, SAMPLE_RATE, Segmentation, State};

use super::svg::{Drawing, Drawn, svg};
use crate::error::Result;

/// Longest part of a recording that is drawn, in seconds: viewers refuse much wider pictures.
pub const LONGEST_S: f64 = 120.0;
/// Pixels of a second, and the least width of a picture.
const SECOND: f64 = 110.0;
const LEAST_WIDTH: f64 = 960.0;
/// Samples that are drawn as one stroke from the lowest to the highest: 5 ms.
const STROKE: usize = 5;
const INK: RGBColor = RGBColor(40, 40, 40);

/// What is drawn of a waveform: the lowest and the highest of every few samples.
#[derive(Clone, Debug, Default)]
pub struct Waveform {
    strokes: Vec<[f32; 2]>,
}

impl Waveform {
    /// Adds the next samples of the conditioned recording; what lies beyond [`LONGEST_S`] is not kept.
    pub fn add(&mut self, samples: &[f32]) {
        let left = (LONGEST_S * f64::from(SAMPLE_RATE)) as usize / STROKE - self.strokes.len();
        let stroke = |samples: &[f32]| samples.iter().fold([0.0f32; 2], |[low, high], x| [low.min(*x), high.max(*x)]);
        self.strokes.extend(samples.chunks(STROKE).take(left).map(stroke));
    }
}

/// SVG of a recording and its states.
///
/// # Errors
/// A drawing that fails.
pub fn cycles_svg(waveform: &Waveform, features: &Features, segmentation: &Segmentation) -> Result<String> {
    svg(|svg| draw(waveform, features, segmentation, svg))
}

fn draw(waveform: &Waveform, features: &Features, segmentation: &Segmentation, svg: &mut String) -> Drawn {
    let seconds = features.duration_s().min(LONGEST_S);
    let width = (SECOND * seconds).max(LEAST_WIDTH) as u32 + 80;
    let root = SVGBackend::with_string(svg, (width, 420)).into_drawing_area();
    root.fill(&WHITE)?;
    let (title, panels) = root.split_vertically(34);
    let caption = format!(
        "{:.0} beats/min, S1 to S2 {:.0} ms{}",
        segmentation.heart_rate_bpm,
        1000.0 * segmentation.systolic_interval_s,
        if segmentation.plausible { "" } else { " (no rhythm was found)" }
    );
    title.draw(&Text::new(caption, (16, 12), ("sans-serif", 16).into_font().color(&INK)))?;
    for (place, state) in State::ALL.into_iter().enumerate() {
        let x = 380 + 100 * place as i32;
        title.draw(&Rectangle::new([(x, 12), (x + 14, 26)], colour(state).filled()))?;
        title.draw(&Text::new(state.name(), (x + 20, 12), ("sans-serif", 14).into_font().color(&INK)))?;
    }
    let (upper, lower) = panels.split_vertically(200);
    let peak = waveform.strokes.iter().flatten().fold(f32::MIN_POSITIVE, |peak, x| peak.max(x.abs()));
    let step = STROKE as f64 / f64::from(SAMPLE_RATE);
    let strokes = waveform.strokes.iter().enumerate();
    let line = strokes.flat_map(|(k, ends)| ends.map(|x| (k as f64 * step, f64::from(x / peak)))).collect();
    panel(&upper, "sound", (-1.05, 1.05), seconds, segmentation, line)?;
    let envelope = features.envelope();
    let drawn = envelope.take_while(|(at, _)| *at < seconds).map(|(at, x)| (at, f64::from(x))).collect::<Vec<_>>();
    let (low, high) = drawn.iter().fold((-1.0f64, 1.0f64), |(low, high), (_, x)| (low.min(*x), high.max(*x)));
    panel(&lower, "envelope", (low - 0.2, high + 0.2), seconds, segmentation, drawn)?;
    root.present()?;
    Ok(())
}

/// A line over the states.
fn panel(
    area: &Drawing,
    name: &str,
    (low, high): (f64, f64),
    seconds: f64,
    segmentation: &Segmentation,
    line: Vec<(f64, f64)>,
) -> Drawn {
    let mut chart = ChartBuilder::on(area)
        .margin(6)
        .x_label_area_size(32)
        .y_label_area_size(44)
        .build_cartesian_2d(0.0..seconds, low..high)?;
    let shown = segmentation.states.iter().take_while(|interval| interval.start_s < seconds);
    chart.draw_series(shown.map(|interval| {
        let corners = [(interval.start_s, low), (interval.end_s.min(seconds), high)];
        Rectangle::new(corners, colour(interval.state).filled())
    }))?;
    chart
        .configure_mesh()
        .disable_mesh()
        .x_desc("seconds")
        .y_desc(name)
        .x_labels((seconds as usize + 1).clamp(2, 121))
        .y_labels(3)
        .draw()?;
    chart.draw_series(LineSeries::new(line, INK.stroke_width(1)))?;
    Ok(())
}

/// Pale, so that the line stays legible, and apart for every eye: the sounds strong, the pauses weak.
fn colour(state: State) -> RGBColor {
    match state {
        State::S1 => RGBColor(244, 165, 130),
        State::Systole => RGBColor(253, 232, 220),
        State::S2 => RGBColor(146, 197, 222),
        State::Diastole => RGBColor(226, 238, 246),
    }
}
