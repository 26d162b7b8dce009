//! Why the result is what it is: sentences, the most telling second, the numbers. The map is in
//! [`why_map`](super::why_map). What is read out is drawn at once, and what takes time behind it.

use spectnet_core::recognise::explain::Explanation;
use web_sys::{Element, HtmlSelectElement};

use super::address;
use crate::plot::contributions::{Across, Contributions};
use crate::plot::response::Responses;
use crate::state::{State, Ticket};
use crate::{dom, format};

/// What [`draw`] shows.
#[derive(PartialEq)]
pub struct Shown {
    explanation: Option<*const Explanation>,
    run: Option<Ticket>,
    seconds: u64,
    left: String,
    problem: Option<String>,
    has_result: bool,
    label: Option<String>,
}

/// What it shows of a state.
pub fn shows(state: &State) -> Shown {
    let why = &state.why;
    Shown {
        explanation: why.explanation.as_ref().map(address),
        run: why.run,
        seconds: why.seconds.to_bits(),
        left: why.time_left(),
        problem: why.problem.clone(),
        has_result: state.result.is_some(),
        label: label(state).map(String::from),
    }
}

/// What the recording is called.
fn label(state: &State) -> Option<&str> {
    state.result.as_ref()?.prediction.label.as_deref()
}

/// Draws the panel, but for map, list of filters and numbers.
pub fn draw(state: &State) {
    let (why, has_result) = (&state.why, state.result.is_some());
    dom::show("why-empty", !has_result);
    dom::show("why-choice", has_result);
    let said = match (&why.explanation, why.run) {
        (Some(_), _) => "Hide the explanation",
        (None, Some(_)) => "Stop explaining",
        (None, None) => "Explain",
    };
    dom::set_text("explain", said);
    let button = dom::element::<Element>("explain");
    dom::set(&button, "aria-expanded", if why.explanation.is_some() { "true" } else { "false" });
    match why.run {
        Some(_) => dom::set(&button, "aria-keyshortcuts", "Escape"),
        // Removing an attribute does not fail.
        None => drop(button.remove_attribute("aria-keyshortcuts")),
    }
    let progress = why.run.map(|_| format!("{:.0} of {:.0} s", why.seconds, state.judged_s())).unwrap_or_default();
    let said: Vec<String> = [progress, why.time_left()].into_iter().filter(|text| !text.is_empty()).collect();
    dom::set_text("why-progress", &said.join(", "));
    dom::show("why-problem", why.problem.is_some());
    dom::set_text("why-problem", why.problem.as_deref().unwrap_or_default());
    dom::show("why-shown", why.explanation.is_some());
    sentences(why.explanation.as_deref());
    telling(state);
}

/// Draws the numbers.
pub fn draw_table(state: &State) {
    let table: Element = dom::element("why-table");
    table.replace_children_with_node_0();
    if let (Some(explanation), Some(model)) = (&state.why.explanation, &state.model) {
        numbers(&table, explanation, &model.responses);
    }
}

/// What is read out when it is there.
fn sentences(explanation: Option<&Explanation>) {
    let list: Element = dom::element("why-sentences");
    list.replace_children_with_node_0();
    let Some(explanation) = explanation else { return };
    // The second has a line of its own, with a button.
    let is_second = |sentence: &String| explanation.telling_seconds.iter().any(|second| second.sentence() == *sentence);
    for sentence in explanation.sentences.iter().filter(|sentence| !is_second(sentence)) {
        dom::append(&list, "li", "", sentence);
    }
}

/// The second that speaks most for what the recording is called.
fn telling(state: &State) {
    let telling = state.why.telling(label(state));
    dom::show("telling", telling.is_some());
    let button: Element = dom::element("telling-play");
    let Some(telling) = telling else { return };
    dom::set_text("telling-text", &telling.sentence());
    dom::set(&button, "data-start", &format!("{:.3}", telling.start_s));
    dom::set(&button, "data-end", &format!("{:.3}", telling.end_s));
    dom::set_text("telling-play", &format!("Play {:.1} to {:.1} s", telling.start_s, telling.end_s));
}

/// Offers every filter by its centre frequency, from low to high, where there is an explanation.
pub fn offer(state: &State) {
    let (Some(model), Some(_)) = (&state.model, &state.why.explanation) else { return };
    let (responses, list) = (&model.responses, dom::element::<Element>("why-filter"));
    list.replace_children_with_node_0();
    for filter in responses.order() {
        let option = dom::append(&list, "option", "", &name(responses, filter));
        dom::set(&option, "value", &filter.to_string());
    }
}

/// What the probability would be without the selected filter.
pub fn select(state: &State) {
    let Some(explanation) = &state.why.explanation else { return };
    dom::element::<HtmlSelectElement>("why-filter").set_value(&state.selected.to_string());
    let Some(filter) = explanation.filters.get(state.selected) else { return };
    let class = format::label(&explanation.class);
    let without = format::percent(filter.probability_without);
    let now = format::percent(explanation.probability);
    let text = format!("{without} for “{class}” (with it {now}); it adds {}.", format::signed(filter.contribution, 3));
    dom::set_text("without", &text);
}

fn name(responses: &Responses, filter: usize) -> String {
    responses.filters.get(filter).map(|filter| format::hz(filter.learned.centre_hz)).unwrap_or_default()
}

/// Every number of the map in a table; over time, what all filters add together.
fn numbers(parent: &Element, explanation: &Explanation, responses: &Responses) {
    let map = Contributions::of(explanation);
    let class = format::label(&explanation.class);
    let signed = |value: f64| format::signed(value, 3);
    let caption = format!("What each filter adds to the log-odds of “{class}”");
    let phases = explanation.phases.as_ref().map(|phases| phases.names.as_slice()).unwrap_or_default();
    let mut heads = vec!["Filter".to_owned(), "All".into(), format!("“{class}” without it")];
    heads.extend(phases.iter().cloned());
    let rows = responses.order().into_iter().filter_map(|filter| {
        let part = explanation.filters.get(filter)?;
        let own = [name(responses, filter), signed(part.contribution), format::percent(part.probability_without)];
        let of_phase = |phase: usize| Some(signed(*map.columns.get(phase)?.get(filter)?));
        Some(own.into_iter().chain((0..phases.len()).filter_map(of_phase)).collect::<Vec<String>>())
    });
    table(parent, &caption, &heads, rows);
    if let Across::Time(step_s) = map.axis {
        let row = |(number, values): (usize, &Vec<f64>)| {
            let start_s = number as f64 * step_s;
            vec![format!("{start_s:.1} to {:.1} s", start_s + step_s), signed(values.iter().sum())]
        };
        let caption = format!("What all filters add to the log-odds of “{class}” over time");
        let heads = ["Time".to_owned(), "All filters".into()];
        table(parent, &caption, &heads, map.columns.iter().enumerate().map(row));
    }
}

fn table(parent: &Element, caption: &str, heads: &[String], rows: impl Iterator<Item = Vec<String>>) {
    let table = dom::append(parent, "table", "", "");
    dom::append(&table, "caption", "", caption);
    let head = dom::append(&dom::append(&table, "thead", "", ""), "tr", "", "");
    for name in heads {
        dom::set(&dom::append(&head, "th", "", name), "scope", "col");
    }
    let body = dom::append(&table, "tbody", "", "");
    for row in rows {
        let line = dom::append(&body, "tr", "", "");
        for (number, text) in row.iter().enumerate() {
            let cell = dom::append(&line, if number == 0 { "th" } else { "td" }, "", text);
            if number == 0 {
                dom::set(&cell, "scope", "row");
            }
        }
    }
}
