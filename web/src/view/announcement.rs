//! What is read out.

use crate::dom;
use crate::state::State;

/// Says it.
pub fn draw(state: &State) {
    dom::set_text("announcement", &state.announcement());
}
