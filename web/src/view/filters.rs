//! The filterbank: the frequency response of every filter before and after training, and the numbers of one of them.

use wasm_bindgen::JsCast;
use web_sys::{Element, SvgElement};

use super::svg;
use crate::plot::axis::Axis;
use crate::plot::frequency::FrequencyAxis;
use crate::plot::response::{FLOOR_DB, Response, Responses};
use crate::state::State;
use crate::{dom, format};

const LEFT: f64 = 44.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 26.0;
/// Distance of the ticks of the frequency axis in pixels, at least.
const TICK_SPACING: f64 = 36.0;
/// From this many filters on, curves are drawn so thin that one can be followed among the others.
const CROWDED: usize = 25;

/// Draws the responses of all filters; they can be focused and are marked with `data-filter`.
pub fn draw(state: &State) {
    let Some(model) = &state.model else { return };
    let responses = &model.responses;
    dom::set_text("filters-summary", &summary(responses, model.package.config.front_end.learnable));
    let svg: Element = dom::element("filters");
    let Some((frequency, level)) = axes(&svg, responses) else { return };
    for (value, label) in level.ticks(44.0) {
        let y = level.pixel(value);
        svg::line(&svg, "grid", [frequency.start(), y, frequency.end(), y]);
        svg::text(&svg, "label end", LEFT - 8.0, y + 4.0, &label);
    }
    for value in frequency.ticks(TICK_SPACING) {
        let x = frequency.pixel(value);
        svg::line(&svg, "tick", [x, level.start, x, level.start + 4.0]);
        let class = if x > frequency.end() - 12.0 { "label end" } else { "label middle" };
        svg::text(&svg, class, x, level.start + 18.0, &format::hz_short(value));
    }
    svg::text(&svg, "label", 0.0, level.start + 18.0, "Hz");
    svg::text(&svg, "label", 0.0, TOP + 18.0, "dB");

    let clip = svg::append(&svg, "clipPath", &[("id", "filters-clip")]);
    let (width, height) = (frequency.end() - frequency.start(), level.start - level.end);
    let [x, y, width, height] = [frequency.start(), level.end - 4.0, width, height + 4.0].map(|v| format!("{v:.1}"));
    svg::append(&clip, "rect", &[("x", &x), ("y", &y), ("width", &width), ("height", &height)]);
    let class = if responses.filters.len() < CROWDED { "" } else { "crowded" };
    let curves = svg::append(&svg, "g", &[("class", class), ("clip-path", "url(#filters-clip)")]);
    let last = (responses.filters.len().max(2) - 1) as f64;
    for (index, filter) in responses.filters.iter().enumerate() {
        let label = describe(index, responses.filters.len(), filter);
        let number = index.to_string();
        let group = svg::append(
            &curves,
            "g",
            &[("class", "filter"), ("data-filter", &number), ("role", "img"), ("aria-label", &label)],
        );
        // Low filters and high filters differ in hue.
        if let Some(styled) = group.dyn_ref::<SvgElement>() {
            let _ = styled.style().set_property("--hue", &format!("{:.1}%", 100.0 * index as f64 / last));
        }
        let curve = |levels: &[f64]| {
            svg::path(responses.frequencies_hz.iter().zip(levels).map(|(f, l)| (frequency.pixel(*f), level.pixel(*l))))
        };
        let learned = curve(&filter.learned_db);
        let area =
            format!("{learned}L{:.1} {:.1}L{:.1} {:.1}Z", frequency.end(), level.start, frequency.start(), level.start);
        svg::append(&group, "path", &[("class", "area"), ("d", &area)]);
        svg::append(&group, "path", &[("class", "initial"), ("d", &curve(&filter.initial_db))]);
        svg::append(&group, "path", &[("class", "learned"), ("d", &learned)]);
    }
    select(state);
}

/// The filter nearest to a place in the window, if that is inside the plot.
pub fn at(responses: &Responses, client_x: f64, client_y: f64) -> Option<usize> {
    let svg: Element = dom::element("filters");
    let place = svg.get_bounding_client_rect();
    let (frequency, level) = scales(responses, place.width(), place.height())?;
    let (x, y) = (client_x - place.left(), client_y - place.top());
    let inside = (frequency.start()..=frequency.end()).contains(&x) && (0.0..=level.start).contains(&y);
    inside.then(|| responses.nearest(frequency.value(x), level.value(y)))?
}

/// Marks the selected filter and shows its numbers.
pub fn select(state: &State) {
    let (Some(model), selected) = (&state.model, state.selected) else { return };
    let svg: Element = dom::element("filters");
    if let Ok(groups) = svg.query_selector_all(".filter") {
        for i in 0..groups.length() {
            let Some(group) = groups.item(i).and_then(|node| node.dyn_into::<Element>().ok()) else { continue };
            let chosen = i as usize == selected;
            let _ = group.class_list().toggle_with_force("selected", chosen);
            // One stop for the tab key; the arrows move among the filters.
            dom::set(&group, "tabindex", if chosen { "0" } else { "-1" });
        }
    }
    let filters = &model.responses.filters;
    if let Some(filter) = filters.get(selected) {
        details(selected, filters.len(), filter);
    }
}

/// One sentence on what training did to the whole bank.
fn summary(responses: &Responses, learnable: bool) -> String {
    if !learnable {
        return "The filters of this model were not trained: dashed and solid lines coincide.".into();
    }
    let shifts: Vec<f64> = responses.filters.iter().map(|f| f.learned.centre_hz - f.initial.centre_hz).collect();
    let mean = shifts.iter().map(|shift| shift.abs()).sum::<f64>() / shifts.len().max(1) as f64;
    let largest = shifts.iter().copied().fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
    format!(
        "Training moved the centre frequencies by {} Hz on average, at most by {} Hz.",
        format::signed(mean, 1).replace('+', ""),
        format::signed(largest, 1)
    )
}

fn axes(svg: &Element, responses: &Responses) -> Option<(FrequencyAxis, Axis)> {
    let (width, height) = svg::clear(svg)?;
    scales(responses, width, height)
}

fn scales(responses: &Responses, width: f64, height: f64) -> Option<(FrequencyAxis, Axis)> {
    if responses.filters.is_empty() {
        return None;
    }
    let frequency = FrequencyAxis::new(responses.scale, LEFT, width - RIGHT);
    let level = Axis { low: FLOOR_DB, high: responses.highest_db().ceil(), start: height - BOTTOM, end: TOP };
    Some((frequency, level))
}

/// The table of numbers of one filter.
fn details(index: usize, count: usize, filter: &Response) {
    let panel: Element = dom::element("filter-details");
    panel.replace_children_with_node_0();
    dom::append(&panel, "h3", "", &format!("Filter {} of {count}", index + 1));
    let table = dom::append(&panel, "table", "", "");
    let head = dom::append(&dom::append(&table, "thead", "", ""), "tr", "", "");
    for title in ["", "initial", "learned", "shift"] {
        dom::append(&head, "th", "", title);
    }
    let body = dom::append(&table, "tbody", "", "");
    let row = |name: &str, initial: String, learned: String, shift: String| {
        let row = dom::append(&body, "tr", "", "");
        dom::set(&dom::append(&row, "th", "", name), "scope", "row");
        for text in [initial, learned, shift] {
            dom::append(&row, "td", "", &text);
        }
    };
    let (initial, learned) = (&filter.initial, &filter.learned);
    let in_hz = |name: &str, before: f64, after: f64| {
        row(name, format::hz(before), format::hz(after), format!("{} Hz", format::signed(after - before, 1)));
    };
    in_hz("Centre frequency", initial.centre_hz, learned.centre_hz);
    in_hz("Bandwidth β", initial.bandwidth_hz, learned.bandwidth_hz);
    in_hz("−3 dB width", filter.width_hz[0], filter.width_hz[1]);
    let level = |decibels: f64| format!("{} dB", format::signed(decibels, 1));
    let [before, after] = filter.peak_db();
    row("Peak level", level(before), level(after), level(after - before));
    let gain_shift = format!("{} dB", format::signed(filter.gain_shift_db(), 2));
    row("Gain", format::scientific(initial.gain), format::scientific(learned.gain), gain_shift);
}

/// The same numbers in one sentence, for those to whom the page is read out.
fn describe(index: usize, count: usize, filter: &Response) -> String {
    format!(
        "Filter {} of {count}: centre {}, shifted by {} Hz; minus 3 decibel width {}; gain shifted by {} dB",
        index + 1,
        format::hz(filter.learned.centre_hz),
        format::signed(filter.learned.centre_hz - filter.initial.centre_hz, 1),
        format::hz(filter.width_hz[1]),
        format::signed(filter.gain_shift_db(), 2)
    )
}
