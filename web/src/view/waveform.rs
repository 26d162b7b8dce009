//! The recording as it was given, over time.

use super::canvas::Canvas;
use super::{LEFT, RIGHT, time};
use crate::dom;
use crate::plot::axis::Axis;
use crate::plot::envelope::connected;
use crate::state::State;

/// Draws what is seen of the recording, scaled to the peak of all of it; an empty plot before there is anything.
pub fn draw(state: &State) {
    let Some(canvas) = Canvas::clear("waveform") else { return };
    let (Some(timeline), Some(input)) = (&state.timeline, state.recording.open()) else { return };
    let (waveform, seconds) = (&timeline.waveform, state.judged_s());
    if waveform.is_empty() {
        return;
    }
    let samples = state.visible_s().map(|edge_s| (edge_s * f64::from(input.sample_rate)).round() as usize);
    let (width, middle) = (canvas.width - LEFT - RIGHT, canvas.height / 2.0);
    let peak = waveform.peak();

    canvas.fill("--line");
    canvas.context.fill_rect(LEFT, middle.round(), width, 1.0);
    canvas.fill("--muted");
    let amplitude = Axis { low: -1.0, high: 1.0, start: canvas.height - 8.0, end: 8.0 };
    for (value, label) in [(1.0, format!("{peak:.2}")), (0.0, "0".into()), (-1.0, format!("−{peak:.2}"))] {
        canvas.text(&label, LEFT - 8.0, amplitude.pixel(value), "right");
    }

    canvas.fill("--wave");
    // Half a pixel a column looks smooth on dense screens and costs nothing on others.
    let columns = (width * 2.0).max(1.0) as usize;
    for (column, (low, high)) in connected(&waveform.part(columns, samples)).into_iter().enumerate() {
        let x = LEFT + width * column as f64 / columns as f64;
        let (top, bottom) = (amplitude.pixel(f64::from(high / peak)), amplitude.pixel(f64::from(low / peak)));
        canvas.context.fill_rect(x, top, width / columns as f64, (bottom - top).max(1.0));
    }
    let seen = time::seen(state);
    let label = format!("Waveform, {seconds:.1} seconds, largest amplitude {peak:.2} of full scale{seen}");
    dom::set(&canvas.element, "aria-label", &label);
}
