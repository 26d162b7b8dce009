//! Recordings to try, as buttons. `data-example` says which one a button stands for.

use web_sys::Element;

use crate::state::State;
use crate::{dom, example};

/// Offers the examples that suit the model in use.
pub fn draw(state: &State) {
    let config = state.model.as_ref().map(|model| &model.package.config);
    let (recorded, synthesised) = (config.map(example::recorded), config.map(example::synthesised));
    offer("recorded", recorded.unwrap_or_default().iter().map(|example| example.name));
    offer("examples", synthesised.unwrap_or_default().iter().map(|example| example.name()));
}

/// A button for each; without any the list is not there.
fn offer<'a>(id: &str, names: impl Iterator<Item = &'a str>) {
    let list: Element = dom::element(id);
    list.replace_children_with_node_0();
    let mut any = false;
    for (index, name) in names.enumerate() {
        let button = dom::append(&list, "button", "example", name);
        dom::set(&button, "type", "button");
        dom::set(&button, "data-example", &index.to_string());
        any = true;
    }
    dom::show(&format!("{id}-choice"), any);
}
