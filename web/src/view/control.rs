//! What a person controls of the work: what computes, stopping it, and trying again what failed.

use web_sys::HtmlSelectElement;

use crate::dom;
use crate::state::State;

/// Marks what shall compute.
pub fn draw_device(state: &State) {
    dom::element::<HtmlSelectElement>("device-select").set_value(state.control.device.name());
}

/// Offers to stop what is going on, and says how long it still takes.
pub fn draw_work(state: &State) {
    dom::set_text("time-left", &state.time_left());
    dom::show("cancel-choice", state.can_cancel());
}

/// Says what went wrong and is not said elsewhere, and offers to try it again.
pub fn draw_trouble(state: &State) {
    let text = state.troubles();
    dom::show("trouble", !text.is_empty() || state.can_retry());
    dom::show("retry", state.can_retry());
    dom::set_text("trouble-text", &text);
}
