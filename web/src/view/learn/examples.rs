//! The table of the examples, and those that come with the page. Rows that are there stay, so that the focus stays on them.

use spectnet_learn::message::Part;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlSelectElement};

use super::{children, classes, focus};
use crate::state::State;
use crate::state::learn::{Example, Standing};
use crate::{dom, example};

/// Offers the examples that suit the model in use.
pub fn offer(state: &State) {
    let list: Element = dom::element("learn-example");
    list.replace_children_with_node_0();
    let config = state.model.as_ref().map(|model| &model.package.config);
    let recorded = config.map(example::recorded).unwrap_or_default();
    let synthesised = config.map(example::synthesised).unwrap_or_default();
    let add = |text: &str, value: String| dom::set(&dom::append(&list, "option", "", text), "value", &value);
    for (index, recorded) in recorded.iter().enumerate() {
        add(recorded.name, format!("recorded {index}"));
    }
    for (index, sound) in synthesised.iter().enumerate() {
        add(&format!("{}, synthesised", sound.name()), format!("synthesised {index}"));
    }
    dom::show("learn-built-in", !recorded.is_empty() || !synthesised.is_empty());
}

/// Draws the table.
pub fn draw(state: &State) {
    let (body, document) = (dom::element::<Element>("learn-rows"), dom::document());
    dom::show("learn-table", !state.learn.examples.is_empty());
    let shown = children(&body);
    let focused = document.active_element().map(|element| element.id()).unwrap_or_default();
    let had_focus = shown.iter().position(|row| focused == format!("{}-remove", row.id()));
    let is_there = |row: &Element| state.learn.examples.iter().any(|example| row.id() == id(example));
    shown.iter().filter(|row| !is_there(row)).for_each(Element::remove);
    let taught = state.taught();
    for example in state.learn.examples.iter() {
        let row = document.get_element_by_id(&id(example)).unwrap_or_else(|| new(&body, example));
        fill(state, &row, example, &taught);
    }
    // Where the row that had the focus is gone the next one has it, or else the heading.
    let lost = document.active_element().is_none_or(|element| element.tag_name() == "BODY");
    if let Some(place) = had_focus.filter(|_| lost) {
        let last = state.learn.examples.len().saturating_sub(1);
        let next = state.learn.examples.get(place.min(last));
        let button = next.and_then(|next| document.get_element_by_id(&format!("{}-remove", id(next))));
        match button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
            // A button takes the focus.
            Some(button) => drop(button.focus()),
            None => focus("learn-examples-title"),
        }
    }
}

fn id(example: &Example) -> String {
    format!("learn-example-{}", example.id)
}

/// A row without texts. Roles are said because a narrow page shows the table as blocks.
fn new(body: &Element, example: &Example) -> Element {
    let (row, id, number) = (dom::append(body, "tr", "", ""), id(example), example.id.to_string());
    dom::set(&row, "id", &id);
    dom::set(&row, "role", "row");
    let name = dom::append(&row, "th", "", &example.name);
    dom::set(&name, "role", "rowheader");
    dom::set(&name, "scope", "row");
    let cell = |class: &str, heading: &str| {
        let cell = dom::append(&row, "td", class, "");
        dom::set(&cell, "role", "cell");
        if !heading.is_empty() {
            dom::set(&cell, "data-heading", heading);
        }
        cell
    };
    let select = dom::append(&cell("class", "Class"), "select", "", "");
    for (attribute, value) in
        [("id", format!("{id}-class")), ("data-learn", "class".into()), ("data-example", number.clone())]
    {
        dom::set(&select, attribute, &value);
    }
    dom::set(&select, "aria-label", &format!("Class of {}", example.name));
    cell("seconds", "Seconds");
    cell("part", "Used for");
    let button = dom::append(&cell("remove", ""), "button", "", "Remove");
    for (attribute, value) in [
        ("id", format!("{id}-remove")),
        ("type", "button".into()),
        ("data-learn", "remove".into()),
        ("data-example", number),
        ("aria-label", format!("Remove {}", example.name)),
    ] {
        dom::set(&button, attribute, &value);
    }
    row
}

fn fill(state: &State, row: &Element, example: &Example, taught: &[(u64, String)]) {
    let select: HtmlSelectElement = dom::element(&format!("{}-class", id(example)));
    classes::offer(&select, taught, Some("choose a class"));
    select.set_value(&state.class_of(example).map(|class| class.to_string()).unwrap_or_default());
    let learning = state.learn.is_learning();
    select.set_disabled(learning);
    let button: Element = dom::element(&format!("{}-remove", id(example)));
    dom::set(&button, "aria-disabled", if learning { "true" } else { "false" });
    let seconds = example.opened().map_or(String::new(), |opened| {
        opened.length_s.map_or_else(|| "unknown".into(), |length_s| format!("{length_s:.1}"))
    });
    let standing = match &example.standing {
        Standing::Waiting | Standing::Opening(_) => "reading",
        Standing::Ready(_) => "ready",
        Standing::Failed(_) => "failed",
    };
    dom::set(row, "data-standing", standing);
    for (class, text) in [(".seconds", seconds), (".part", used_for(state, example))] {
        if let Ok(Some(cell)) = row.query_selector(class)
            && cell.text_content().as_deref() != Some(text.as_str())
        {
            cell.set_text_content(Some(&text));
        }
    }
}

/// What an example is used for, or was the last time.
fn used_for(state: &State, example: &Example) -> String {
    match (&example.standing, &example.part) {
        (Standing::Waiting | Standing::Opening(_), _) => "being read".into(),
        (Standing::Failed(why), _) => format!("left out: {why}"),
        (_, Some(Part::Learned)) => "learned from".into(),
        (_, Some(Part::HeldOut)) => "held out".into(),
        (_, Some(Part::Both)) => "learned from; its end is held out".into(),
        (_, Some(Part::LeftOut { why })) => format!("left out: {why}"),
        (_, None) if state.class_of(example).is_none() => "nothing without a class".into(),
        (_, None) => "not yet".into(),
    }
}
