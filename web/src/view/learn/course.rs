//! The course of learning: curves over the steps, and their numbers in a table.

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::Element;

use crate::dom;
use crate::plot::learning::{self, Line, Plot, Point};
use crate::state::State;
use crate::state::learn::figures;
use crate::view::canvas::{Canvas, colour};
use crate::view::{LEFT, RIGHT};

/// Distances of ticks in pixels, at least.
const SPACING: [f64; 2] = [60.0, 34.0];
/// Widths of the lines, and lengths of dash and gap of what is frozen: colour is not all that tells.
const WIDTHS: [f64; 2] = [2.5, 2.0];
const DASH: [f64; 2] = [6.0, 4.0];
/// A course of one point is a dot of this size.
const DOT: f64 = 5.0;

/// Without anything learned there is no course.
pub fn draw_shown(state: &State) {
    dom::show("learn-course", !state.learn.curve.is_empty());
}

/// Draws the curves.
pub fn draw(state: &State) {
    let curve = &state.learn.curve;
    let Some(canvas) = Canvas::clear("learn-curves") else { return };
    let plot = Plot::new(curve, LEFT, canvas.width - RIGHT, canvas.height);
    axes(&canvas, &plot);
    let properties = ["--accent", "--alert"];
    for which in [1, 0] {
        for line in [&plot.losses[which], &plot.rights[which]] {
            stroke(&canvas, line, properties[which], which);
        }
    }
    dom::set(&canvas.element, "aria-label", &describe(curve));
}

fn axes(canvas: &Canvas, plot: &Plot) {
    let (from, to) = (plot.steps.start, plot.steps.end);
    let bottom = plot.loss.start;
    let line = |y: f64| canvas.context.fill_rect(from, y.round(), to - from, 1.0);
    for (value, label) in plot.loss.ticks(SPACING[1]) {
        let y = plot.loss.pixel(value);
        canvas.fill("--line");
        line(y);
        canvas.fill("--muted");
        canvas.text(&label, from - 8.0, y, "right");
    }
    for part in [0.0, 0.5, 1.0] {
        let Some(axis) = plot.right else { break };
        let y = axis.pixel(part);
        canvas.fill("--line");
        line(y);
        canvas.fill("--muted");
        canvas.text(&format!("{:.0} %", 100.0 * part), from - 8.0, y, "right");
    }
    for (value, label) in plot.steps.ticks(SPACING[0]) {
        let x = plot.steps.pixel(value);
        canvas.fill("--muted");
        canvas.context.fill_rect(x.round(), bottom, 1.0, 4.0);
        // The last label may not leave the canvas.
        let align = if x > canvas.width - 24.0 { "right" } else { "center" };
        canvas.text(&label, if align == "right" { canvas.width } else { x }, bottom + 13.0, align);
    }
    canvas.text("step", 0.0, bottom + 13.0, "left");
}

fn stroke(canvas: &Canvas, line: &Line, property: &str, which: usize) {
    let context = &canvas.context;
    if let [[x, y]] = line[..] {
        canvas.fill(property);
        return context.fill_rect(x - DOT / 2.0, y - DOT / 2.0, DOT, DOT);
    }
    context.set_stroke_style_str(&colour(property));
    context.set_line_width(WIDTHS[which]);
    context.set_line_join("round");
    let dash: Array = if which == 1 { DASH.iter().copied().map(JsValue::from_f64).collect() } else { Array::new() };
    // Lengths of dashes that are numbers are taken.
    let _ = context.set_line_dash(&dash);
    context.begin_path();
    for (place, [x, y]) in line.iter().enumerate() {
        if place == 0 { context.move_to(*x, *y) } else { context.line_to(*x, *y) }
    }
    context.stroke();
}

/// The plot in words.
fn describe(curve: &[Point]) -> String {
    let Some(last) = curve.last() else { return "Course of learning, empty".into() };
    let frozen = last.frozen.as_ref().map(|frozen| format!("; with frozen filters {}", figures(frozen)));
    let learned = figures(&last.learned);
    format!("Course of learning up to step {}: {learned}{}.", last.step, frozen.unwrap_or_default())
}

/// Draws the table.
pub fn draw_numbers(state: &State) {
    let place: Element = dom::element("learn-number-table");
    place.replace_children_with_node_0();
    let curve = &state.learn.curve;
    if curve.is_empty() {
        return;
    }
    let table = dom::append(&place, "table", "", "");
    dom::append(&table, "caption", "", "Loss in nats, and held-out windows that are right");
    let head = dom::append(&dom::append(&table, "thead", "", ""), "tr", "", "");
    let with_frozen = curve.iter().any(|point| point.frozen.is_some());
    let mut heads = vec!["Step", "Seconds", "Loss", "Held out"];
    heads.extend(with_frozen.then_some(["Loss, frozen", "Held out, frozen"]).into_iter().flatten());
    for name in heads {
        dom::set(&dom::append(&head, "th", "", name), "scope", "col");
    }
    let body = dom::append(&table, "tbody", "", "");
    for point in learning::rows(curve) {
        let row = dom::append(&body, "tr", "", "");
        dom::set(&dom::append(&row, "th", "", &point.step.to_string()), "scope", "row");
        dom::append(&row, "td", "", &format!("{:.1}", point.seconds));
        let twin = with_frozen.then_some(point.frozen.unwrap_or_default());
        for of in [Some(point.learned), twin].into_iter().flatten() {
            let loss = of.loss.map_or_else(|| "–".into(), |loss| format!("{loss:.3}"));
            let right = if of.of > 0 { format!("{} of {}", of.right, of.of) } else { "–".into() };
            dom::append(&row, "td", "", &loss);
            dom::append(&row, "td", "", &right);
        }
    }
}
