//! The numbers of the selected filter, before and after training.

use web_sys::Element;

use crate::plot::curves::Curves;
use crate::state::State;
use crate::{dom, format};

/// The table of numbers of one filter.
pub fn draw(state: &State) {
    let Some(model) = &state.model else { return };
    let (responses, index) = (&model.responses, state.selected);
    let Some(filter) = responses.filters.get(index) else { return };
    let panel: Element = dom::element("filter-details");
    panel.replace_children_with_node_0();
    dom::append(&panel, "h3", "", &format!("Filter {} of {}", index + 1, responses.filters.len()));
    let table = dom::append(&panel, "table", "", "");
    let head = dom::append(&dom::append(&table, "thead", "", ""), "tr", "", "");
    dom::append(&head, "td", "", "");
    for title in ["initial", "learned", "shift"] {
        dom::set(&dom::append(&head, "th", "", title), "scope", "col");
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
    let curves = Curves::new(&model.package.config.front_end, responses.scale, initial, learned);
    let [before, after] = curves.peak_db();
    row("Peak level", level(before), level(after), level(after - before));
    let gain_shift = format!("{} dB", format::signed(filter.gain_shift_db(), 2));
    row("Gain", format::scientific(initial.gain), format::scientific(learned.gain), gain_shift);
}
