//! Recording with the microphone: what is explained, how much there is, and how loud it is.

use web_sys::{Element, HtmlSelectElement};

use crate::dom;
use crate::state::State;
use crate::state::microphone::{LOWEST_DB, Length, Stage, Take};

/// What the block shows, but for what changes with every moment.
pub type Shown = (&'static str, Length, [String; 2]);

/// What [`draw`] shows of a state.
pub fn shown(state: &State) -> Shown {
    let microphone = &state.microphone;
    let stage = match microphone.stage {
        Stage::Idle => "idle",
        Stage::Explained => "explained",
        Stage::Asking(_) => "asking",
        Stage::Recording(_) => "recording",
    };
    (stage, microphone.length, [microphone.note.clone(), microphone.problem.clone()])
}

/// Draws the block.
pub fn draw(state: &State) {
    let (stage, length, [note, problem]) = shown(state);
    dom::set(&dom::element::<Element>("microphone"), "data-stage", stage);
    let (is_on, explained) = (state.microphone.is_on(), stage == "explained");
    dom::show("microphone-open", !is_on);
    dom::set(&dom::element::<Element>("microphone-open"), "aria-expanded", if explained { "true" } else { "false" });
    dom::show("microphone-explained", explained);
    dom::element::<HtmlSelectElement>("microphone-length").set_value(length.name());
    dom::show("microphone-stop", is_on);
    dom::set_text("microphone-stop", if stage == "asking" { "Do not record" } else { "Stop" });
    dom::show("microphone-measured", stage == "recording");
    dom::set_text("microphone-note", &note);
    dom::set_text("microphone-problem", &problem);
    dom::show("microphone-problem", !problem.is_empty());
}

/// What [`draw_measured`] shows of a state.
pub fn measured(state: &State) -> Option<(Option<String>, String, bool)> {
    let microphone = &state.microphone;
    microphone.take().map(|take| (microphone.time(), take.level_text(), take.clipped))
}

/// Draws how much there is and how loud it is. Nothing of it is read out by itself.
pub fn draw_measured(state: &State) {
    let (time, level, clipped) = measured(state).unwrap_or_default();
    dom::set_text("microphone-time", &time.unwrap_or_default());
    let meter: Element = dom::element("microphone-level");
    let level_db = state.microphone.take().map_or(LOWEST_DB, Take::level_db);
    dom::set(&meter, "value", &format!("{level_db:.0}"));
    dom::set(&meter, "aria-valuetext", &level);
    dom::set_text("microphone-db", &level);
    dom::show("microphone-clipped", clipped);
}
