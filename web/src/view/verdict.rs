//! The verdict on a recording.

use spectnet_core::predict::Voting;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::outcome::Outcome;
use crate::{dom, format};

/// Shows a verdict: label, probability, every class, the JSON.
pub fn show(outcome: &Outcome, labels: &[String], positive: Option<usize>, voting: Voting, note: &str) {
    let verdict = &outcome.verdict;
    let element: Element = dom::element("verdict");
    let is_positive = positive.and_then(|index| labels.get(index)) == Some(&verdict.label);
    dom::set_text("verdict", &format::label(&verdict.label));
    dom::set(&element, "data-label", &verdict.label);
    dom::set(&element, "data-positive", if is_positive { "true" } else { "false" });
    let share = |label: &str| verdict.probabilities.get(label).copied().unwrap_or(0.0);
    dom::set_text("probability", &format::percent(share(&verdict.label)));
    let windows = verdict.windows.len();
    let how = match voting {
        Voting::Mean => format!("mean over {}", format::count(windows, "window")),
        Voting::LogMean => format!("mean of log-probabilities over {}", format::count(windows, "window")),
        Voting::Majority => format!("share of the votes of {}", format::count(windows, "window")),
    };
    let agree = format!("{} of {windows} say “{}”", outcome.agreeing_windows(), format::label(&verdict.label));
    dom::set_text("verdict-basis", &format!("{how}; {agree}.{}{note}", if note.is_empty() { "" } else { " " }));

    let list: Element = dom::element("classes");
    list.replace_children_with_node_0();
    let row = |class: &str, name: &str, share: f64| {
        let row = dom::append(&list, "li", class, "");
        dom::append(&row, "span", "name", name);
        let bar = dom::append(&row, "span", "bar", "");
        if let Some(fill) = dom::append(&bar, "span", "fill", "").dyn_ref::<HtmlElement>() {
            let _ = fill.style().set_property("width", &format!("{:.2}%", 100.0 * share));
        }
        dom::append(&row, "span", "value", &format::percent(share));
    };
    let (ranked, others) = outcome.ranking(labels);
    for label in &ranked {
        row(if *label == verdict.label { "winner" } else { "" }, &format::label(label), share(label));
    }
    if others > 0 {
        let rest = 1.0 - ranked.iter().map(|label| share(label)).sum::<f64>();
        row("", &format!("{others} others"), rest.max(0.0));
    }
    dom::set_text("result-json", &outcome.json());
    dom::show("verdict-empty", false);
    dom::show("verdict-shown", true);
}

/// No verdict (yet).
pub fn clear() {
    let element: Element = dom::element("verdict");
    let _ = element.remove_attribute("data-label");
    for id in ["verdict", "probability", "verdict-basis", "result-json"] {
        dom::set_text(id, "");
    }
    dom::show("verdict-shown", false);
    dom::show("verdict-empty", true);
}
