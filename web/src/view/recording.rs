//! What is known of the recording, above its plots.

use web_sys::HtmlInputElement;

use crate::dom;
use crate::state::State;

/// Shows name, length and rate, and whether there is more of it than is judged.
pub fn draw(state: &State) {
    dom::set_text("recording-note", &state.recording_note());
    dom::show("timeline-empty", state.timeline.is_none());
    dom::show("whole-choice", state.offers_whole());
}

/// Shows whether all of it is judged.
pub fn draw_whole(state: &State) {
    dom::element::<HtmlInputElement>("whole").set_checked(state.whole);
}
