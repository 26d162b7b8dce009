//! The menu of models.

use web_sys::{Element, HtmlSelectElement};

use crate::dom;
use crate::state::State;

/// Writes the menu; until it is there, what stands in the page stays.
pub fn draw(state: &State) {
    if state.awaits_menu && state.sources.is_empty() {
        return;
    }
    let select: Element = dom::element("model-select");
    select.replace_children_with_node_0();
    for source in &state.sources {
        dom::append(&select, "option", "", &source.name);
    }
    choose(state);
}

/// Marks the model that was chosen; where none is loaded it marks none, so that each can be chosen.
pub fn choose(state: &State) {
    if state.awaits_menu && state.sources.is_empty() {
        return;
    }
    let index = if has_none(state) { -1 } else { i32::try_from(state.chosen).unwrap_or(i32::MAX) };
    dom::element::<HtmlSelectElement>("model-select").set_selected_index(index);
}

/// Whether no model is loaded or on its way.
pub fn has_none(state: &State) -> bool {
    state.model.is_none() && state.opening.is_none()
}
