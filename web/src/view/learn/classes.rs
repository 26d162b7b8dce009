//! The classes: a field for the name of each, and the lists in which one is chosen. Fields that are there stay, so that
//! whoever types in one keeps the focus.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, HtmlSelectElement};

use super::{children, disable, focus};
use crate::dom;
use crate::state::State;
use crate::state::learn::{BACKGROUND, Class};

/// Draws the fields.
pub fn draw(state: &State) {
    let (list, document) = (dom::element::<Element>("learn-names"), dom::document());
    let learning = state.learn.is_learning();
    let had_focus = document.active_element().is_some_and(|element| element.id().starts_with("learn-class-remove-"));
    let shown = children(&list);
    let is_there = |line: &Element| state.learn.classes.iter().any(|class| line.id() == id(class));
    shown.iter().filter(|line| !is_there(line)).for_each(Element::remove);
    for (place, class) in (0..).zip(state.learn.classes.iter()) {
        let line = document.get_element_by_id(&id(class)).unwrap_or_else(|| new(&list, class));
        let before = list.child_nodes().item(place);
        if !before.as_ref().is_some_and(|before| before.is_same_node(Some(&line))) {
            // It is a line of this list or a new one.
            let _ = list.insert_before(&line, before.as_ref());
        }
        fill(state, class, learning);
    }
    disable("learn-class-add", learning || !state.learn.can_add_class());
    if had_focus && document.active_element().is_none_or(|element| element.tag_name() == "BODY") {
        focus("learn-class-add");
    }
}

fn id(class: &Class) -> String {
    format!("learn-class-{}", class.id)
}

fn new(list: &Element, class: &Class) -> Element {
    let (line, number) = (dom::append(list, "li", "", ""), class.id.to_string());
    dom::set(&line, "id", &id(class));
    let field = dom::append(&line, "input", "", "");
    let name = format!("learn-class-name-{number}");
    for (attribute, value) in
        [("type", "text"), ("id", name.as_str()), ("maxlength", "40"), ("autocomplete", "off"), ("data-learn", "name")]
    {
        dom::set(&field, attribute, value);
    }
    dom::set(&field, "data-class", &number);
    if class.id == BACKGROUND {
        dom::set(&field, "readonly", "");
        dom::set(&field, "aria-label", "Name of the class, which is always there");
        return line;
    }
    dom::set(&field, "aria-label", "Name of the class");
    let button = dom::append(&line, "button", "", "Remove");
    let remove = format!("learn-class-remove-{number}");
    for (attribute, value) in
        [("type", "button"), ("id", remove.as_str()), ("data-learn", "remove-class"), ("data-class", number.as_str())]
    {
        dom::set(&button, attribute, value);
    }
    line
}

fn fill(state: &State, class: &Class, learning: bool) {
    let field: HtmlInputElement = dom::element(&format!("learn-class-name-{}", class.id));
    if field.value() != class.name {
        field.set_value(&class.name);
    }
    field.set_disabled(learning);
    let button = format!("learn-class-remove-{}", class.id);
    if let Some(button) = dom::document().get_element_by_id(&button) {
        dom::set(&button, "aria-label", &format!("Remove the class {}", class.label()));
        let can = state.learn.can_remove_class(class.id) && !learning;
        dom::set(&button, "aria-disabled", if can { "false" } else { "true" });
    }
}

/// Offers the classes for what is added next.
pub fn draw_into(state: &State) {
    let select: HtmlSelectElement = dom::element("learn-into");
    offer(&select, &state.taught(), None);
    select.set_value(&state.into_class().map(|class| class.to_string()).unwrap_or_default());
}

/// Writes the classes into a list, where they are others; `none` stands for none of them.
pub fn offer(select: &HtmlSelectElement, classes: &[(u64, String)], none: Option<&str>) {
    let written: String = classes.iter().map(|(number, name)| format!("{number} {name}\n")).collect();
    if select.get_attribute("data-classes").as_deref() == Some(written.as_str()) {
        return;
    }
    let list: &Element = select.unchecked_ref();
    list.replace_children_with_node_0();
    if let Some(none) = none {
        dom::set(&dom::append(list, "option", "", none), "value", "");
    }
    for (number, name) in classes {
        let name = if name.is_empty() { "without a name" } else { name };
        dom::set(&dom::append(list, "option", "", name), "value", &number.to_string());
    }
    dom::set(list, "data-classes", &written);
}
