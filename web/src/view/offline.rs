//! That a new version of the page is ready.

use crate::dom;
use crate::state::State;

/// Says so.
pub fn draw(state: &State) {
    dom::show("update", state.offline.new_version);
}
