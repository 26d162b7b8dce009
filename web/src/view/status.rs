//! What the page is doing, and what went wrong.

use web_sys::Element;

use crate::dom;
use crate::state::{State, Status};

/// Shows it.
pub fn draw(state: &State) {
    show(&state.status);
}

/// Whether everything shows what the status says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// Everything does.
    All,
    /// Something is still drawn, or computed to be drawn.
    Partly,
    /// What is left waits for a result.
    Later,
}

/// Says so for programs.
pub fn draw_drawn(drawn: Drawn) {
    let said = match drawn {
        Drawn::All => "true",
        Drawn::Partly => "false",
        Drawn::Later => "later",
    };
    dom::set(&dom::element::<Element>("status"), "data-drawn", said);
}

/// Shows that the page itself has failed: then there is no state any more, and nothing is drawn.
pub fn fail(what: &str, why: &str) {
    draw_drawn(Drawn::All);
    dom::show("progress", false);
    dom::show("cancel-choice", false);
    show(&Status::failed(what, why));
}

fn show(status: &Status) {
    dom::set_text("error", &status.error);
    dom::show("error", !status.error.is_empty());
    // The text first: whoever waits for the phase finds the text that belongs to it.
    dom::set_text("status-text", &status.text);
    dom::set(&dom::element::<Element>("status"), "data-state", status.phase.name());
}
