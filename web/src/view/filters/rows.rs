//! One row a filter: hollow where it started, solid where it stands, its −3 dB band as a bar.

use wasm_bindgen::JsCast;
use web_sys::{Element, SvgElement};

use super::geometry::{self, BOTTOM, LEFT, TICK_SPACING, TOP};
use crate::plot::frequency::FrequencyAxis;
use crate::plot::mark::{Mark, Shift};
use crate::plot::response::Responses;
use crate::plot::rows::Rows;
use crate::state::State;
use crate::view::svg;
use crate::{dom, format};

/// Height of the label of a row with some room.
const LABEL: f64 = 20.0;

/// Draws everything that stays where it is. Rows can be focused and are marked with `data-filter`.
pub fn draw(state: &State) {
    let Some(model) = &state.model else { return };
    let (responses, svg) = (&model.responses, dom::element::<SvgElement>("filters"));
    let rows = geometry::rows(responses);
    let bottom = TOP + rows.total();
    let _ = svg.style().set_property("height", &format!("{:.1}px", bottom + BOTTOM));
    let Some((width, _)) = svg::clear(&svg) else { return };
    let frequency = geometry::frequency(responses, width);
    // What lies behind the rows is drawn when it is known.
    svg::append(&svg, "g", &[("id", "bank-behind")]);
    axis(&svg, &frequency, TOP, bottom);
    for (row, filter) in responses.order().into_iter().enumerate() {
        if row.is_multiple_of(rows.label_every(LABEL)) {
            svg::text(&svg, "label end", LEFT - 8.0, TOP + rows.middle(row) + 4.0, &(filter + 1).to_string());
        }
        if let Some(mark) = state.mark(filter) {
            append(&svg, &mark, responses, &frequency, &rows, row);
        }
    }
}

/// A frequency axis under a plot between two heights.
pub fn axis(svg: &Element, frequency: &FrequencyAxis, top: f64, bottom: f64) {
    for value in frequency.ticks(TICK_SPACING) {
        let x = frequency.pixel(value);
        svg::line(svg, "grid", [x, top, x, bottom]);
        svg::line(svg, "tick", [x, bottom, x, bottom + 4.0]);
        let class = if x > frequency.end() - 12.0 { "label end" } else { "label middle" };
        svg::text(svg, class, x, bottom + 18.0, &format::hz_short(value));
    }
    svg::text(svg, "label", 0.0, bottom + 18.0, "Hz");
}

/// The row of a filter. Of its parts the bar, the way and the mark for now move later.
fn append(svg: &Element, mark: &Mark, responses: &Responses, frequency: &FrequencyAxis, rows: &Rows, row: usize) {
    let (y, number) = (TOP + rows.middle(row), mark.filter.to_string());
    let attributes = [("class", "filter"), ("data-filter", number.as_str()), ("role", "img"), ("tabindex", "-1")];
    let group = svg::append(svg, "g", &attributes);
    let [start, end] = [frequency.start(), frequency.end()];
    svg::rectangle(&group, "row", [start, y - rows.height / 2.0, end - start, rows.height]);
    svg::rectangle(&group, "band", [start, y - rows.bar() / 2.0, 0.0, rows.bar()]);
    let [low, high] = mark.start_band_hz(responses.scale).map(|hz| frequency.pixel(hz));
    let below = y + rows.bar() / 2.0;
    svg::line(&group, "start-band", [low, below, high, below]);
    let x = frequency.pixel(mark.start.centre_hz);
    svg::line(&group, "way", [x, y, x, y]);
    svg::circle(&group, "start", [x, y], rows.radius());
    svg::circle(&group, "now", [x, y], rows.radius());
}

/// The parts of a row in the order in which they were appended.
fn parts(row: &Element) -> Option<[Element; 6]> {
    let mut parts = Vec::with_capacity(6);
    let mut next = row.first_element_child();
    while let Some(part) = next {
        next = part.next_element_sibling();
        parts.push(part);
    }
    parts.try_into().ok()
}

/// All rows with the places of their filters in the bank.
fn all() -> impl Iterator<Item = (usize, Element)> {
    let rows = dom::element::<Element>("filters").query_selector_all(".filter").ok();
    rows.into_iter().flat_map(|rows| (0..rows.length()).filter_map(move |place| rows.item(place))).filter_map(|row| {
        let row = row.dyn_into::<Element>().ok()?;
        Some((row.get_attribute("data-filter")?.parse().ok()?, row))
    })
}

/// Puts bars and marks where the filters stand. The rows stay the same elements, so that focus and pointer stay on them.
pub fn place(state: &State) {
    let Some(model) = &state.model else { return };
    let width = dom::element::<Element>("filters").get_bounding_client_rect().width();
    let (responses, frequency) = (&model.responses, geometry::frequency(&model.responses, width));
    for (filter, row) in all() {
        let (Some(mark), Some([_, band, _, way, _, now])) = (state.mark(filter), parts(&row)) else { continue };
        let number = |element: &Element, name: &str, value: f64| dom::set(element, name, &format!("{value:.2}"));
        let [low, high] = mark.band_hz(responses.scale).map(|hz| frequency.pixel(hz));
        number(&band, "x", low);
        number(&band, "width", (high - low).max(0.0));
        let x = frequency.pixel(mark.now.centre_hz);
        number(&way, "x2", x);
        number(&now, "cx", x);
        let classes = row.class_list();
        for (class, is) in classes_of(&mark) {
            let _ = classes.toggle_with_force(class, is);
        }
        dom::set(&row, "aria-label", &describe(&mark, responses));
    }
}

/// How a mark looks: never by colour alone, for the way shows the direction too.
pub fn classes_of(mark: &Mark) -> [(&'static str, bool); 4] {
    let shift = |shift| mark.shift == shift;
    [("down", shift(Shift::Down)), ("up", shift(Shift::Up)), ("off", !mark.on), ("moved", mark.moved)]
}

/// Marks the row of the selected filter.
pub fn select(state: &State) {
    for (filter, row) in all() {
        let chosen = filter == state.selected;
        let _ = row.class_list().toggle_with_force("selected", chosen);
        // One stop for the tab key; the arrows move among the filters.
        dom::set(&row, "tabindex", if chosen { "0" } else { "-1" });
    }
}

/// The numbers of a filter in one sentence, for those to whom the page is read out.
fn describe(mark: &Mark, responses: &Responses) -> String {
    let gain = responses.filters.get(mark.filter).map_or(0.0, |filter| filter.gain_shift_db());
    let off = if mark.on { "" } else { "; switched off" };
    format!(
        "Filter {} of {}: centre {}, shifted by {} Hz; minus 3 decibel width {}; gain shifted by {} dB{off}",
        mark.filter + 1,
        responses.filters.len(),
        format::hz(mark.now.centre_hz),
        format::signed(mark.now.centre_hz - mark.start.centre_hz, 1),
        format::hz(mark.width_hz[1]),
        format::signed(gain, 2)
    )
}
