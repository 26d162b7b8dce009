//! The log-energy image that the classifier sees, over time and frequency.

use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use super::canvas::Canvas;
use super::{LEFT, RIGHT, time};
use crate::plot::axis::Axis;
use crate::plot::colours::{Pixels, colour};
use crate::plot::raster::LogEnergy;
use crate::state::State;
use crate::{dom, format};

/// Room for the labels of the time axis.
pub(super) const BOTTOM: f64 = 22.0;
/// Distance between the labels of rows, at least.
const ROW_LABEL_SPACING: f64 = 22.0;

/// An image and what its axes mean.
struct Picture<'a> {
    /// The log energies.
    energy: &'a LogEnergy,
    /// The filters from the bottom row to the top.
    order: &'a [usize],
    /// Their centre frequencies in Hz, by filter.
    centres_hz: &'a [f64],
    /// Time of the left edge of the first frame, in seconds.
    start_s: f64,
    /// Distance of frames in seconds.
    frame_s: f64,
}

impl Picture<'_> {
    /// Where a frame begins on a time axis.
    fn pixel(&self, time: &Axis, frame: usize) -> f64 {
        time.pixel(self.start_s + frame as f64 * self.frame_s)
    }
}

/// Draws the image over what is seen of the recording; an empty plot before there is anything.
pub fn draw(state: &State) {
    let (Some(model), Some(timeline)) = (&state.model, &state.timeline) else { return clear() };
    if !is_there(state) {
        return clear();
    }
    let (front_end, responses) = (&model.package.config.front_end, &model.responses);
    let rate = f64::from(front_end.sample_rate);
    let centres_hz: Vec<f64> = responses.filters.iter().map(|filter| filter.learned.centre_hz).collect();
    let centres_hz = state.adjust.centres_hz(centres_hz);
    let (window, hop) = (front_end.framing.window as f64, front_end.framing.hop as f64);
    let picture = Picture {
        energy: &timeline.image,
        order: &responses.order(),
        centres_hz: &centres_hz,
        // A frame stands at the middle of its energy window; the filters' own delay of some milliseconds is left out.
        start_s: ((window - hop) / 2.0).max(0.0) / rate,
        frame_s: hop / rate,
    };
    paint(&picture, state);
}

fn paint(picture: &Picture, state: &State) {
    let Some(canvas) = Canvas::clear("image") else { return };
    let time = time::axis(state, canvas.width);
    let height = canvas.height - BOTTOM;
    let frames = [time.low, time.high].map(|edge_s| (edge_s - picture.start_s) / picture.frame_s);
    // As many as there are: a number below 0 becomes 0.
    let frames = [frames[0].floor() as usize, (frames[1].ceil() as usize).min(picture.energy.frames())];
    let [left, right] = frames.map(|frame| picture.pixel(&time, frame).clamp(time.start, time.end));
    let range = picture.energy.range();
    let columns = (right - left) * dom::window().device_pixel_ratio().clamp(1.0, 3.0);
    let (pixels, drawn) = picture.energy.pixels(frames, columns.max(1.0) as usize, picture.order, range);
    if let Some(source) = canvas_of(&pixels).filter(|_| drawn[0] < drawn[1]) {
        let [x, end] = drawn.map(|frame| picture.pixel(&time, frame));
        let context = &canvas.context;
        context.set_image_smoothing_enabled(false);
        // Columns that reach beyond what is seen are cut.
        context.save();
        context.begin_path();
        context.rect(LEFT, 0.0, canvas.width - LEFT - RIGHT, height);
        context.clip();
        let _ = context.draw_image_with_html_canvas_element_and_dw_and_dh(&source, x, 0.0, end - x, height);
        context.restore();
    }
    canvas.time_axis(&time, height);
    label_rows(&canvas, picture, height);
    label_colours(range);
    let label = format!(
        "Log-energy image, {} frames of {} filters over {:.1} seconds{}",
        picture.energy.frames(),
        picture.order.len(),
        state.judged_s(),
        time::seen(state)
    );
    dom::set(&canvas.element, "aria-label", &label);
}

/// Whether there is an image.
pub fn is_there(state: &State) -> bool {
    state.timeline.as_ref().is_some_and(|timeline| timeline.image.frames() > 0)
}

/// An empty plot.
fn clear() {
    Canvas::clear("image");
    dom::show("colour-bar", false);
}

/// Centre frequencies left of as many rows as there is room for.
fn label_rows(canvas: &Canvas, picture: &Picture, height: f64) {
    let rows = picture.order.len().max(1);
    let row_height = height / rows as f64;
    let every = (ROW_LABEL_SPACING / row_height).ceil().max(1.0) as usize;
    canvas.fill("--muted");
    for (row, filter) in picture.order.iter().enumerate().step_by(every) {
        let y = height - (row as f64 + 0.5) * row_height;
        let text = format::hz_short(picture.centres_hz.get(*filter).copied().unwrap_or(0.0));
        // The first row says what the numbers are.
        let text = if row == 0 { format!("{text} Hz") } else { text };
        canvas.text(&text, LEFT - 8.0, y.max(7.0), "right");
    }
}

/// Draws the colours beside the title, where they are seen.
pub fn draw_scale(_: &State) {
    let Some(bar) = Canvas::clear("colour-scale") else { return };
    for x in 0..bar.width as usize {
        let [r, g, b, _] = colour(x as f32 / bar.width as f32);
        bar.context.set_fill_style_str(&format!("rgb({r} {g} {b})"));
        bar.context.fill_rect(x as f64, 0.0, 1.5, bar.height);
    }
}

/// What the colours mean, beside the title.
fn label_colours((low, high): (f32, f32)) {
    dom::set_text("colour-low", &format!("{low:.1}").replace('-', "−"));
    dom::set_text("colour-high", &format!("{high:.1}").replace('-', "−"));
    dom::show("colour-bar", true);
}

/// A canvas of exactly these pixels, to be drawn at any size.
fn canvas_of(pixels: &Pixels) -> Option<HtmlCanvasElement> {
    let canvas: HtmlCanvasElement = dom::document().create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(pixels.width as u32);
    canvas.set_height(pixels.height as u32);
    let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
    let (rgba, width, height) = (Clamped(pixels.rgba.as_slice()), pixels.width as u32, pixels.height as u32);
    let data = ImageData::new_with_u8_clamped_array_and_sh(rgba, width, height).ok()?;
    context.put_image_data(&data, 0.0, 0.0).ok()?;
    Some(canvas)
}
