//! How long things took.

use crate::dom;
use crate::state::State;

/// Shows it.
pub fn draw(state: &State) {
    dom::set_text("elapsed", &state.elapsed);
}
