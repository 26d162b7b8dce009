//! Several recordings: how far the list is, its table, and what the results are worth where labels are known.

mod pressed;
mod rows;
mod scores;

use web_sys::{Element, HtmlInputElement, HtmlSelectElement};

use crate::state::State;
use crate::state::many::{Many, Narrow, Standing};
use crate::{dom, format};

pub use pressed::{narrowed, pressed, searched};
pub use rows::{draw as draw_rows, draw_progress, turn};
pub use scores::draw as draw_scores;

/// Where the rows of the table are.
pub const PLACE: &str = "many-rows";

/// Shows how far the list is, and what can be done with it.
pub fn draw(state: &State) {
    let many = &state.many;
    dom::show("many", many.is_shown());
    if !many.is_shown() {
        // What was looked for in one list is not looked for in the next.
        dom::element::<HtmlInputElement>("many-search").set_value("");
        dom::element::<HtmlSelectElement>("many-narrow").set_value("");
        return;
    }
    let (all, waiting, judged) = (many.rows.len(), many.waiting(), many.judged());
    dom::set_text("many-said", &said(many));
    dom::show("many-progress", many.going);
    dom::set_text("many-count", &format!("{judged} of {all}"));
    let bar: Element = dom::element("many-bar");
    dom::set(&bar, "max", &all.to_string());
    dom::set(&bar, "value", &judged.to_string());
    dom::set_text("many-note", &many.note);
    dom::show("many-note", !many.note.is_empty());
    dom::show("many-stop", many.working().is_some());
    dom::show("many-go", !many.going && waiting > 0);
    dom::show("many-again", !many.going && state.model.is_some());
}

/// Says how long the list still takes.
pub fn draw_left(state: &State) {
    dom::set_text("many-left", &state.many.time_left());
}

/// What is read out: it changes where the list begins and where it ends, not with every recording.
fn said(many: &Many) -> String {
    let recordings = format::count(many.rows.len(), "recording");
    if many.going {
        return format!("Judging {recordings} one after the other");
    }
    let verdicts = || many.rows.iter().filter_map(|row| row.verdict.as_ref());
    let labelled = verdicts().filter(|verdict| verdict.label.is_some()).count();
    let abstained = verdicts().filter(|verdict| verdict.abstained.is_some()).count();
    let failed = many.rows.iter().filter(|row| matches!(row.standing, Standing::Failed(_))).count();
    let parts = [(labelled, "with a label"), (abstained, "without"), (failed, "failed"), (many.waiting(), "waiting")];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { recordings } else { format!("{recordings}: {}", parts.join(", ")) }
}

/// Offers the labels of the model in use to look at.
pub fn draw_choices(state: &State) {
    let select: Element = dom::element("many-narrow");
    select.replace_children_with_node_0();
    let labels = state.model.iter().flat_map(|model| &model.package.config.labels);
    let chosen = &state.many.table.narrow;
    let mut choices = vec![Narrow::All];
    choices.extend(labels.cloned().map(Narrow::Label));
    choices.extend([Narrow::Abstained, Narrow::Failed, Narrow::Waiting]);
    if !choices.contains(chosen) {
        choices.push(chosen.clone());
    }
    for choice in choices {
        let text = match &choice {
            Narrow::All => "all".into(),
            Narrow::Label(label) => format::label(label),
            Narrow::Abstained => "without a label".into(),
            Narrow::Failed => "failed".into(),
            Narrow::Waiting => "not judged yet".into(),
        };
        dom::set(&dom::append(&select, "option", "", &text), "value", &choice.value());
    }
    dom::element::<HtmlSelectElement>("many-narrow").set_value(&chosen.value());
}
