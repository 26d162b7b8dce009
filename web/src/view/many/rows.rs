//! The table of the list, a page at a time. Rows that are there already are changed and not made anew: the focus stays
//! where it is while recordings are judged.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, Node};

use crate::state::State;
use crate::state::many::{Column, PAGE, Row, Standing, Verdict};
use crate::{dom, format};

/// The cells behind the name, with the class and the heading of each.
const CELLS: [(&str, &str); 6] = [
    ("result", "Result"),
    ("probability", "Probability"),
    ("rate heart", "Heart rate"),
    ("quality heart", "Quality"),
    ("truth", "Given label"),
    ("model-name", "Model"),
];

/// Shows a page of the table.
pub fn draw(state: &State) {
    let many = &state.many;
    if !many.is_shown() {
        dom::element::<Element>("many-rows").replace_children_with_node_0();
        return;
    }
    let listed = many.listed();
    let (page, pages) = many.page_of(listed.len());
    head(state);
    let labels = labels(state);
    let labelled = many.rows.iter().any(|row| row.truth_text(labels).is_some());
    let heart = many.rows.iter().filter_map(|row| row.verdict.as_ref()).any(|verdict| verdict.quality.is_some());
    let table: Element = dom::element("many-table");
    dom::set(&table, "data-labelled", if labelled { "true" } else { "false" });
    dom::set(&table, "data-heart", if heart { "true" } else { "false" });
    let rows: Vec<&Rc<Row>> = listed.iter().copied().skip(page * PAGE).take(PAGE).collect();
    body(state, &rows);
    dom::show("many-none", listed.is_empty());
    dom::show("many-pages", pages > 1);
    let first = page * PAGE;
    dom::set_text("many-page", &format!("{} to {} of {}", first + 1, first + rows.len(), listed.len()));
    turn("many-previous", page.checked_sub(1));
    turn("many-next", Some(page + 1).filter(|next| *next < pages));
}

/// Shows how far the recording in the panels is, in its row.
pub fn draw_progress(state: &State) {
    let Some(row) = state.many.working() else { return };
    if let Some(cell) = dom::document().get_element_by_id(&format!("many-result-{}", row.id)) {
        put(&cell, &result(state, row));
    }
}

/// What the table is sorted by.
fn head(state: &State) {
    let table = &state.many.table;
    for column in Column::ALL {
        let sorted = match table.by == Some(column) {
            false => "none",
            true if table.descending => "descending",
            true => "ascending",
        };
        dom::set(&dom::element::<Element>(&format!("many-by-{}", column.name())), "aria-sort", sorted);
    }
}

fn body(state: &State, rows: &[&Rc<Row>]) {
    let (body, document) = (dom::element::<Element>("many-rows"), dom::document());
    let focused = document.active_element().map(|element| element.id()).unwrap_or_default();
    for (place, row) in (0..).zip(rows) {
        let id = format!("many-row-{}", row.id);
        let line = document.get_element_by_id(&id).unwrap_or_else(|| new(&body, &id, row));
        fill(state, &line, row);
        let there = body.child_nodes().item(place);
        if !there.as_ref().is_some_and(|there| there.is_same_node(Some(&line))) {
            // It is a row of this table or a new one.
            let _ = body.insert_before(&line, there.as_ref());
        }
    }
    while let Some(left) = body.child_nodes().item(rows.len() as u32) {
        if body.remove_child(&left).is_err() {
            break;
        }
    }
    // What was moved has lost the focus.
    let has_focus = |id: &str| document.active_element().is_some_and(|element| element.id() == id);
    if focused.starts_with("many-") && !has_focus(&focused) {
        let lost = document.get_element_by_id(&focused).and_then(|element| element.dyn_into::<HtmlElement>().ok());
        let _ = lost.map(|element| element.focus());
    }
}

/// A row without texts. Roles are said because a narrow page shows the table as blocks.
fn new(body: &Element, id: &str, row: &Row) -> Element {
    let line = dom::append(body, "tr", "", "");
    dom::set(&line, "id", id);
    dom::set(&line, "role", "row");
    let name = dom::append(&line, "th", "", "");
    dom::set(&name, "role", "rowheader");
    dom::set(&name, "scope", "row");
    button(&name, "open", row, &row.name, &format!("Show {}", row.name));
    for (class, heading) in CELLS {
        let cell = dom::append(&line, "td", class, "");
        dom::set(&cell, "role", "cell");
        dom::set(&cell, "data-heading", heading);
        if class == "result" {
            dom::set(&cell, "id", &format!("many-result-{}", row.id));
        }
    }
    let last = dom::append(&line, "td", "remove", "");
    dom::set(&last, "role", "cell");
    button(&last, "remove", row, "Remove", &format!("Remove {}", row.name));
    line
}

fn button(parent: &Element, what: &str, row: &Row, text: &str, label: &str) {
    let button = dom::append(parent, "button", "", text);
    dom::set(&button, "type", "button");
    dom::set(&button, "id", &format!("many-{what}-{}", row.id));
    dom::set(&button, "data-many", what);
    dom::set(&button, "data-row", &row.id.to_string());
    dom::set(&button, "aria-label", label);
}

fn fill(state: &State, line: &Element, row: &Row) {
    let labels = labels(state);
    let verdict = row.verdict.as_ref();
    let probability = verdict.and_then(Verdict::probability).map(format::percent);
    let positive = verdict.and_then(|verdict| verdict.positive.as_deref());
    let probability = match (probability, positive) {
        (Some(probability), Some(positive)) => format!("{probability} {}", format::label(positive)),
        (probability, _) => probability.unwrap_or_default(),
    };
    let rate = verdict.and_then(|verdict| verdict.heart_rate_bpm).map(|rate| format!("{rate:.0} a minute"));
    let quality = verdict.and_then(|verdict| verdict.quality);
    let quality = quality.map_or("", |quality| if quality.too_noisy { "poor" } else { "good" });
    let truth = match (row.truth(labels), row.truth_text(labels)) {
        (_, None) => String::new(),
        (Some(_), Some(label)) => format::label(label),
        (None, Some(label)) => format!("“{label}”, no class of this model"),
    };
    let model = verdict.map_or("", |verdict| &*verdict.model_name);
    let (said, rate) = (result(state, row), rate.unwrap_or_default());
    let texts: [&str; 6] = [&said, &probability, &rate, quality, &truth, model];
    let cells = line.child_nodes();
    for (place, text) in (1..).zip(texts) {
        if let Some(cell) = cells.item(place) {
            put(&cell, text);
        }
    }
    let standing = match &row.standing {
        Standing::Waiting => "waiting",
        Standing::Working => "working",
        Standing::Done => "done",
        Standing::Failed(_) => "failed",
    };
    dom::set(line, "data-standing", standing);
    let is_positive = verdict.is_some_and(|verdict| verdict.label.is_some() && verdict.label == verdict.positive);
    dom::set(line, "data-positive", if is_positive { "true" } else { "false" });
    let shown = state.many.shown.as_ref().is_some_and(|shown| shown.row == row.id);
    dom::set(line, "aria-current", if shown { "true" } else { "false" });
}

/// What is said of a recording, or what is going on with it.
fn result(state: &State, row: &Row) -> String {
    let said = row.verdict.as_ref().map(|verdict| match (&verdict.label, verdict.abstained) {
        (Some(label), _) => format::label(label),
        (None, Some(reason)) => format!("cannot say: {}", reason.title()),
        (None, None) => "cannot say".into(),
    });
    match (&row.standing, said) {
        (Standing::Failed(why), _) => format!("failed: {why}"),
        (Standing::Working, _) => match &state.progress {
            Some(progress) => format!("being judged: {}", progress.text),
            None => "being judged".into(),
        },
        (Standing::Waiting, Some(said)) => format!("{said}; waits to be judged again"),
        (Standing::Waiting, None) => "waits".into(),
        (Standing::Done, said) => said.unwrap_or_default(),
    }
}

/// Sets a text where it is another one.
fn put(node: &Node, text: &str) {
    if node.text_content().as_deref() != Some(text) {
        node.set_text_content(Some(text));
    }
}

/// What a button turns to; without a page it does nothing.
pub fn turn(id: &str, page: Option<usize>) {
    let button: Element = dom::element(id);
    match page {
        Some(page) => {
            dom::set(&button, "data-page", &page.to_string());
            dom::set(&button, "aria-disabled", "false");
        }
        None => {
            let _ = button.remove_attribute("data-page");
            dom::set(&button, "aria-disabled", "true");
        }
    }
}

fn labels(state: &State) -> &[String] {
    state.model.as_ref().map_or(&[][..], |model| model.package.config.labels.as_slice())
}
