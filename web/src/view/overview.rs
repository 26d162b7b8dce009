//! All of the recording in a narrow strip, with a frame around what the plots over time show.

use web_sys::{Element, HtmlElement};

use super::canvas::Canvas;
use super::{LEFT, RIGHT, time};
use crate::dom;
use crate::plot::axis::Axis;
use crate::state::State;

/// So many pixels beside an edge of the frame a pointer still holds it: half of 44.
const NEAR: f64 = 22.0;
/// The colours of the strip: without a class, of the positive class, and where the model abstains.
const COLOURS: [&str; 3] = ["--wave", "--alert", "--muted"];

/// Without a recording there is no strip.
pub fn draw_shown(state: &State) {
    dom::show("axis", state.judged_s() > 0.0);
}

/// Draws the strip: the waveform in the colours of the windows.
pub fn draw(state: &State) {
    let Some(canvas) = Canvas::clear("overview") else { return };
    let (Some(timeline), Some(input)) = (&state.timeline, state.recording.open()) else { return };
    let (axis, length_s) = (axis(state, canvas.width), state.judged_s());
    let columns = (axis.end - axis.start).max(1.0) as usize;
    let samples = (length_s * f64::from(input.sample_rate)).round() as usize;
    let (peak, middle) = (f64::from(timeline.waveform.peak()), canvas.height / 2.0);
    let waveform = timeline.waveform.columns(columns, samples);
    let colours: Vec<usize> =
        colours(state, (0..columns).map(|column| (column as f64 + 0.5) * length_s / columns as f64));
    // Colour by colour: looking one up takes time.
    for (number, property) in COLOURS.into_iter().enumerate() {
        canvas.fill(property);
        let of_colour = waveform.iter().zip(&colours).enumerate().filter(|(_, (_, colour))| **colour == number);
        for (column, ((low, high), _)) in of_colour {
            let [top, bottom] = [*high, *low].map(|sample| middle - f64::from(sample) / peak * (middle - 2.0));
            canvas.context.fill_rect(axis.start + column as f64, top, 1.0, (bottom - top).max(1.0));
        }
    }
    let length = time::text(state, length_s, 1);
    dom::set(&canvas.element, "aria-label", &format!("All of the recording, {length}"));
}

/// The colours of the windows at these times, which come in order.
fn colours(state: &State, times_s: impl Iterator<Item = f64>) -> Vec<usize> {
    let Some(result) = &state.result else { return times_s.map(|_| 0).collect() };
    let prediction = &result.prediction;
    if prediction.abstained.is_some() {
        return times_s.map(|_| 2).collect();
    }
    let config = state.model.as_ref().map(|model| &model.package.config);
    let positive = config.and_then(|config| config.labels.get(config.positive()?));
    let threshold = prediction.threshold.unwrap_or(0.5);
    let mut windows = prediction.first_downmix().peekable();
    let mut now = None;
    let colour = |at_s: f64| {
        while let Some(window) = windows.next_if(|window| window.start_s <= at_s) {
            now = Some(window);
        }
        let here = now.filter(|window| at_s < window.end_s).zip(positive);
        let probability = here.and_then(|(window, label)| window.probabilities.get(label));
        usize::from(probability.is_some_and(|probability| *probability >= threshold))
    };
    times_s.map(colour).collect()
}

/// Draws the frame, and says which part it is around. Its places are parts of the strip, however wide that is.
pub fn draw_frame(state: &State) {
    let (length_s, seen) = (state.judged_s(), state.visible_s());
    if length_s <= 0.0 {
        return;
    }
    let [from, to] = seen.map(|edge_s| edge_s / length_s);
    let put = |id: &str, property: &str, start: f64, part: f64| {
        let element: HtmlElement = dom::element(id);
        let place = format!("calc({start}px + (100% - {}px) * {part:.6})", LEFT + RIGHT);
        let _ = element.style().set_property(property, &place);
    };
    put("overview-frame", "left", LEFT, from);
    put("overview-frame", "width", 0.0, to - from);
    put("overview-from", "left", LEFT, from);
    put("overview-to", "left", LEFT, to);
    for (id, seconds) in [("overview-from", seen[0]), ("overview-to", seen[1])] {
        let slider: Element = dom::element(id);
        dom::set(&slider, "aria-valuemax", &format!("{length_s:.2}"));
        dom::set(&slider, "aria-valuenow", &format!("{seconds:.2}"));
        dom::set(&slider, "aria-valuetext", &time::text(state, seconds, 1));
    }
    let off = |id: &str, off: bool| {
        dom::set(&dom::element::<Element>(id), "aria-disabled", if off { "true" } else { "false" });
    };
    off("axis-in", state.is_closest());
    off("axis-out", !state.is_zoomed());
    off("axis-all", !state.is_zoomed());
    dom::set_text("axis-text", &format!("Shown: {}", state.visible_note()));
}

/// Where a place in the window is in the strip, 0 where the recording begins and 1 where it ends; and how far beside an
/// edge that is still held.
pub fn place(client_x: f64) -> [f64; 2] {
    let strip = dom::element::<Element>("overview-strip").get_bounding_client_rect();
    let width = (strip.width() - LEFT - RIGHT).max(1.0);
    [((client_x - strip.left() - LEFT) / width).clamp(0.0, 1.0), NEAR / width]
}

/// All of the recording, in a strip of this width.
fn axis(state: &State, width: f64) -> Axis {
    Axis { low: 0.0, high: state.judged_s(), start: LEFT, end: width - RIGHT }
}
