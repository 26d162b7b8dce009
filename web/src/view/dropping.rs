//! The page as the place where files can be dropped.

use crate::dom;
use crate::state::State;

/// Marks the page while files are dragged over it.
pub fn draw(state: &State) {
    if let Some(body) = dom::document().body() {
        // The name of a class is a valid one.
        let _ = body.class_list().toggle_with_force("dropping", state.dragging);
    }
}
