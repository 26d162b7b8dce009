//! What a person sets: how much of the way from start to learned is seen, and the selected filter.

use web_sys::HtmlInputElement;

use crate::state::State;
use crate::{dom, format};

/// Where the filters were not trained there is no way from start to learned.
pub fn draw_shown(state: &State) {
    let learnable = state.model.as_ref().is_some_and(|model| model.package.config.front_end.learnable);
    dom::show("bank-way", learnable);
}

/// Shows where the slider stands on it.
pub fn draw_way(state: &State) {
    let (slider, progress) = (dom::element::<HtmlInputElement>("bank-progress"), state.bank.progress);
    if slider.value_as_number() != progress {
        slider.set_value_as_number(progress);
    }
    let words = match progress {
        p if p <= 0.0 => "start".into(),
        p if p >= 1.0 => "learned".into(),
        p => format::percent(p),
    };
    dom::set(&slider, "aria-valuetext", &words);
    dom::set_text("bank-progress-value", &words);
    dom::set_text("bank-play", if state.bank.film.is_some() { "Pause" } else { "Play" });
}

/// Shows the selected filter in its fields.
pub fn draw_filter(state: &State) {
    let (Some(model), Some(mark)) = (&state.model, state.mark(state.selected)) else { return };
    let (front_end, learned) = (&model.package.config.front_end, model.package.filters.get(mark.filter));
    let (centre, bandwidth) = (mark.now.centre_hz, mark.now.bandwidth_hz);
    // Training goes further than a filter can start, and where a filter is it can stay.
    let and = |[low, high]: [f64; 2], here: f64| [low.min(here), high.max(here)];
    let centres = and(front_end.centre_reach_hz(), learned.map_or(centre, |filter| filter.centre_hz));
    let bandwidths = front_end.bandwidth_reach_hz(centre);
    let bandwidths = and(bandwidths, learned.map_or(bandwidth, |filter| filter.bandwidth_hz));
    number("filter-centre", centre, centres);
    number("filter-bandwidth", bandwidth, bandwidths);
    dom::element::<HtmlInputElement>("filter-on").set_checked(mark.on);
    let title = format!("Set filter {} of {}", mark.filter + 1, model.responses.filters.len());
    dom::set_text("bank-selected-title", &title);
    let [lowest, highest, narrowest, widest] = [centres[0], centres[1], bandwidths[0], bandwidths[1]].map(format::hz);
    let range = format!("Centre from {lowest} to {highest}; there, bandwidth from {narrowest} to {widest}.");
    dom::set_text("filter-range", &range);
    let changed = match state.adjust.changes.len() {
        0 => "All filters are as they were learned.".into(),
        count => format!("{} set by you.", format::count(count, "filter")),
    };
    dom::set_text("bank-changed", &changed);
}

/// A number in its field with a decimal, unless it stands there already.
fn number(id: &str, value: f64, [low, high]: [f64; 2]) {
    let field: HtmlInputElement = dom::element(id);
    // What is shown of a limit is within the limits.
    for (name, tenths) in [("min", (10.0 * low).floor()), ("max", (10.0 * high).ceil())] {
        dom::set(&field, name, &format!("{}", tenths / 10.0));
    }
    field.set_value(&shown(value));
}

/// A number as its field shows it.
pub fn shown(value: f64) -> String {
    format!("{value:.1}")
}
