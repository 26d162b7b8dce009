//! The numbers of the windows in a table, a page at a time: what the plots over time show, without a pointer.

use spectnet_core::prediction::WindowPrediction;
use web_sys::Element;

use super::{many, time};
use crate::plot::beats;
use crate::state::State;
use crate::state::axis::PAGE;
use crate::{dom, format};

/// How many windows there are: those that are drawn.
pub fn count(state: &State) -> usize {
    state.result.as_ref().map_or(0, |result| result.prediction.first_downmix().count())
}

/// Without a result there is no table.
pub fn draw_shown(state: &State) {
    dom::show("window-numbers", count(state) > 0);
}

/// Writes the page.
pub fn draw(state: &State) {
    let [heads, body] = ["window-heads", "window-rows"].map(dom::element::<Element>);
    heads.replace_children_with_node_0();
    body.replace_children_with_node_0();
    let (Some(result), Some(model)) = (&state.result, &state.model) else { return };
    let (labels, rows) = (model.package.config.labels.as_slice(), count(state));
    let (page, pages) = state.axis.page_of(rows);
    let beats = state.timeline.as_ref().map(|timeline| beats::beats(&timeline.states)).unwrap_or_default();
    for name in names(labels, !beats.is_empty()) {
        dom::set(&dom::append(&heads, "th", "", &name), "scope", "col");
    }
    let shown: Vec<&WindowPrediction> = result.prediction.first_downmix().skip(page * PAGE).take(PAGE).collect();
    for window in &shown {
        row(state, &body, labels, window, &beats);
    }
    dom::show("window-pages", pages > 1);
    dom::set_text("window-page", &format!("{} to {} of {rows}", page * PAGE + 1, page * PAGE + shown.len()));
    many::turn("window-previous", page.checked_sub(1));
    many::turn("window-next", Some(page + 1).filter(|next| *next < pages));
}

/// What stands above the columns: of two classes both probabilities, of more the most probable one.
fn names(labels: &[String], with_rate: bool) -> Vec<String> {
    let mut names = vec!["From".to_owned(), "To".into()];
    if labels.len() > 2 {
        names.extend(["Most probable".to_owned(), "Probability".into()]);
    } else {
        names.extend(labels.iter().map(|label| format::label(label)));
    }
    names.extend(with_rate.then(|| "Beats a minute".to_owned()));
    names
}

/// A row of which the first cell is a button that goes there.
fn row(state: &State, body: &Element, labels: &[String], window: &WindowPrediction, beats: &[f64]) {
    // What holds no evidence counts for nothing.
    let line = dom::append(body, "tr", if window.weight > 0.0 { "" } else { "weightless" }, "");
    dom::set(&line, "data-start", &format!("{:.3}", window.start_s));
    dom::set(&line, "data-end", &format!("{:.3}", window.end_s));
    let [start, end] = [window.start_s, window.end_s].map(|seconds| time::text(state, seconds, 2));
    let head = dom::append(&line, "th", "", "");
    dom::set(&head, "scope", "row");
    let button = dom::append(&head, "button", "", &start);
    dom::set(&button, "type", "button");
    dom::set(&button, "aria-label", &format!("{start}, go there"));
    let mut cells = vec![end];
    if labels.len() > 2 {
        let most = window.probabilities.iter().max_by(|a, b| a.1.total_cmp(b.1));
        let (label, probability) = most.map(|(label, probability)| (label.as_str(), *probability)).unwrap_or_default();
        cells.extend([format::label(label), format::percent(probability)]);
    } else {
        let probability = |label: &String| window.probabilities.get(label).copied().unwrap_or(0.0);
        cells.extend(labels.iter().map(probability).map(format::percent));
    }
    if !beats.is_empty() {
        let rate = beats::rate(beats, [window.start_s, window.end_s]);
        cells.push(rate.map_or_else(|| "–".into(), |rate| format!("{rate:.0}")));
    }
    for text in cells {
        dom::append(&line, "td", "", &text);
    }
}
