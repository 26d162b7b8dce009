//! The page's colours, and what stands on paper beside the result. The style sheet has the colours themselves.

use web_sys::HtmlSelectElement;

use crate::state::State;
use crate::state::theme::Theme;
use crate::{dom, export};

/// Sets the colours: those of the system unless something else was chosen, and dark on white for the printer.
pub fn draw(state: &State) {
    if let Some(root) = dom::document().document_element() {
        match state.look.shown() {
            // Removing an attribute does not fail.
            Theme::Automatic => drop(root.remove_attribute("data-theme")),
            theme => dom::set(&root, "data-theme", theme.name()),
        }
    }
    dom::element::<HtmlSelectElement>("theme").set_value(state.look.theme.name());
    if let Some(date) = &state.look.printed {
        let model = state.model.as_ref().map(|model| export::origin(&model.name, state.share.sha256.as_deref()));
        dom::set_text("paper", &format!("Printed on {date}. {}", model.unwrap_or_default()));
    }
}
