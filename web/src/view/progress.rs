//! How much is done. Apart from the status, which is read out whenever it changes.

use web_sys::Element;

use crate::dom;
use crate::state::State;

/// Shows a bar and words; or nothing.
pub fn draw(state: &State) {
    if let Some(progress) = &state.progress {
        let bar = dom::element::<Element>("progress-bar");
        match progress.part {
            Some(part) => dom::set(&bar, "value", &format!("{part:.3}")),
            // A bar without a value moves to and fro. Removing an attribute does not fail.
            None => drop(bar.remove_attribute("value")),
        }
        dom::set_text("progress-text", &progress.text);
    }
    dom::show("progress", state.progress.is_some());
}
