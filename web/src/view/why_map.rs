//! The map of an explanation: rows are filters as in the log-energy image, columns are phases of the heart cycle or
//! time.

use super::canvas::Canvas;
use super::{LEFT, RIGHT};
use crate::plot::axis::Axis;
use crate::plot::contributions::{Across, Contributions, Group};
use crate::plot::phase_labels::PhaseLabels;
use crate::state::State;
use crate::{dom, format};

/// Room for the labels below the map, their two lines in it, and the length of a tick.
const BOTTOM: f64 = 38.0;
const UPPER: f64 = 11.0;
const LOWER: f64 = 28.0;
const TICK: f64 = 4.0;
/// Distance between the labels of rows, at least.
const ROW_LABEL_SPACING: f64 = 22.0;
/// Contributions from this fraction of the largest on are drawn.
const LEAST: f64 = 0.004;
/// From this fraction on, and in cells of at least so many pixels, the sign stands in the cell: colour is not all that
/// tells.
const SIGNED: f64 = 0.4;
const SIGNED_SIZE: f64 = 9.0;
/// Height of the lines that frame the selected filter.
const FRAME: f64 = 2.0;

/// Where the cells of a map are.
struct Cells {
    across: Axis,
    down: Axis,
    size: [f64; 2],
}

/// Draws the map, with the selected filter framed.
pub fn draw(state: &State) {
    let (Some(model), Some(explanation)) = (&state.model, &state.why.explanation) else { return };
    let Some(canvas) = Canvas::clear("why-map") else { return };
    let (map, order) = (Contributions::of(explanation), model.responses.order());
    let (columns, rows) = (map.columns.len().max(1) as f64, order.len().max(1) as f64);
    // Over time it shows what the plots over time show.
    let seen = match map.axis {
        Across::Time(step_s) => state.visible_s().map(|edge_s| edge_s / step_s.max(1e-3)),
        Across::States(_) => [0.0, columns],
    };
    let across = Axis { low: seen[0], high: seen[1], start: LEFT, end: canvas.width - RIGHT };
    let down = Axis { low: 0.0, high: rows, start: canvas.height - BOTTOM, end: 0.0 };
    let size = [across.pixel(1.0) - across.pixel(0.0), (down.start - down.end) / rows];
    let cells = Cells { across, down, size };
    paint(&canvas, &cells, &map, &order);
    frame(&canvas, &cells, order.iter().position(|filter| *filter == state.selected));
    let centres: Vec<f64> = order
        .iter()
        .filter_map(|&filter| model.responses.filters.get(filter))
        .map(|filter| filter.learned.centre_hz)
        .collect();
    label_rows(&canvas, &cells, &centres);
    let (title, of) = match &map.axis {
        Across::States(groups) => {
            label_states(&canvas, &cells, groups);
            ("Filters × phases of the heart cycle", "phases of the heart cycle")
        }
        Across::Time(step_s) => {
            let [low, high] = seen.map(|edge| edge * step_s.max(1e-3));
            canvas.time_axis(&Axis { low, high, ..cells.across }, cells.down.start);
            ("Filters × time", "stretches of time")
        }
    };
    dom::set_text("why-map-title", title);
    dom::set_text("why-largest", &format!("± {:.3}", map.largest));
    let (filters, columns) = (format::count(order.len(), "filter"), map.columns.len());
    let label = format!("What {filters} add in {columns} {of}. The table behind “Numbers” has every value.");
    dom::set(&canvas.element, "aria-label", &label);
}

/// All cells of one sign, then all of the other: a colour is looked up once. What is not seen of cells is cut.
fn paint(canvas: &Canvas, cells: &Cells, map: &Contributions, order: &[usize]) {
    let [width, height] = cells.size;
    let context = &canvas.context;
    let last = (cells.across.high.ceil() as usize).min(map.columns.len());
    let first = (cells.across.low.floor() as usize).min(last);
    context.save();
    context.begin_path();
    context.rect(cells.across.start, 0.0, cells.across.end - cells.across.start, cells.down.start);
    context.clip();
    let each = |draw: &dyn Fn(f64, f64, f64)| {
        for column in first..last {
            for (place, filter) in order.iter().enumerate() {
                let (x, y) = (cells.across.pixel(column as f64), cells.down.pixel(place as f64 + 1.0));
                draw(map.part(column, *filter), x, y);
            }
        }
    };
    for (sign, property) in [(1.0, "--alert"), (-1.0, "--accent")] {
        canvas.fill(property);
        each(&|part: f64, x: f64, y: f64| {
            if sign * part >= LEAST {
                context.set_global_alpha(part.abs());
                // A little over the edge, so that no gap shows between cells.
                context.fill_rect(x, y, width + 0.25, height + 0.25);
            }
        });
    }
    context.set_global_alpha(1.0);
    if width.min(height) >= SIGNED_SIZE {
        canvas.fill("--surface");
        each(&|part: f64, x: f64, y: f64| {
            if part.abs() >= SIGNED {
                canvas.text(if part > 0.0 { "+" } else { "−" }, x + width / 2.0, y + height / 2.0, "center");
            }
        });
    }
    context.restore();
}

/// Lines above and below the row of a filter.
fn frame(canvas: &Canvas, cells: &Cells, place: Option<usize>) {
    let Some(place) = place else { return };
    let (left, width) = (cells.across.start, cells.across.end - cells.across.start);
    let [above, below] = [1.0, 0.0].map(|edge| cells.down.pixel(place as f64 + edge));
    canvas.fill("--ink");
    canvas.context.fill_rect(left, (above - FRAME).max(0.0), width, FRAME);
    canvas.context.fill_rect(left, below, width, FRAME);
}

/// Centre frequencies left of as many rows as there is room for.
fn label_rows(canvas: &Canvas, cells: &Cells, centres_hz: &[f64]) {
    let every = (ROW_LABEL_SPACING / cells.size[1].max(1.0)).ceil().max(1.0) as usize;
    canvas.fill("--muted");
    for (place, centre) in centres_hz.iter().enumerate().step_by(every) {
        let text = format::hz_short(*centre);
        // The first row says what the numbers are.
        let text = if place == 0 { format!("{text} Hz") } else { text };
        canvas.text(&text, LEFT - 8.0, cells.down.pixel(place as f64 + 0.5).max(7.0), "right");
    }
}

/// States below their phases, with a line between them; the phases of a state are numbered where there is room, and
/// otherwise parted by ticks.
fn label_states(canvas: &Canvas, cells: &Cells, groups: &[Group]) {
    let (bottom, labels) = (cells.down.start, PhaseLabels::of(groups, cells.size[0], RIGHT));
    let line = |column: usize, from: f64, length: f64| {
        canvas.context.fill_rect(cells.across.pixel(column as f64).round(), from, 1.0, length);
    };
    canvas.fill("--line");
    // A name that is wider than its columns is not crossed out.
    let below = if labels.in_turns { TICK } else { BOTTOM };
    groups.iter().skip(1).for_each(|group| line(group.first, 0.0, bottom + below));
    canvas.fill("--muted");
    for (place, (group, middle)) in groups.iter().zip(&labels.names).enumerate() {
        let y = if labels.in_turns && place.is_multiple_of(2) { UPPER } else { LOWER };
        canvas.text(&group.name, cells.across.start + middle, bottom + y, "center");
        if !labels.numbered {
            (1..group.count).for_each(|part| line(group.first + part, bottom, TICK));
        } else if group.count > 1 {
            for part in 0..group.count {
                let x = cells.across.pixel((group.first + part) as f64 + 0.5);
                canvas.text(&(part + 1).to_string(), x, bottom + UPPER, "center");
            }
        }
    }
}
