//! The verdict on a recording, or why there is none.

use spectnet_core::model::ModelConfig;
use spectnet_core::prediction::assessment::positive_of_two;
use spectnet_core::prediction::decision::Decision;
use spectnet_core::prediction::{Prediction, Rhythm};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::outcome::Outcome;
use crate::{dom, format};

/// Shows a verdict: label, probability, every class, the JSON.
pub fn show(outcome: &Outcome, config: &ModelConfig, decision: &Decision) {
    let (verdict, labels) = (&outcome.verdict, &config.labels);
    let positive = positive_of_two(config).and_then(|index| labels.get(index)).map(String::as_str);
    headline(outcome, positive);
    let abstained = verdict.abstained.as_ref();
    dom::set_text("abstention", abstained.map_or("", |abstention| abstention.detail.as_str()));
    dom::show("abstention", abstained.is_some());
    notes(verdict);
    place_evidence(abstained.is_some());
    let sentences = [outcome.basis(labels, decision, config.voting), rhythm(verdict)];
    let said: Vec<&str> = sentences.iter().map(String::as_str).filter(|sentence| !sentence.is_empty()).collect();
    dom::set_text("verdict-basis", &said.join(" "));
    classes(outcome, labels, positive.zip(verdict.threshold), outcome.called(labels, decision));
    dom::set_text("result-json", &outcome.json());
    dom::show("verdict-empty", false);
    dom::show("verdict-shown", true);
}

/// What is written large.
fn headline(outcome: &Outcome, positive: Option<&str>) {
    let verdict = &outcome.verdict;
    let element: Element = dom::element("verdict");
    let attribute = |name: &str, value: Option<&str>| match value {
        Some(value) => dom::set(&element, name, value),
        // Removing an attribute does not fail.
        None => drop(element.remove_attribute(name)),
    };
    let label = verdict.label.as_deref();
    dom::set_text("verdict", &outcome.headline());
    attribute("data-label", label);
    attribute("data-abstained", verdict.abstained.as_ref().map(|abstention| abstention.reason.name()));
    attribute("data-positive", Some(if label.is_some() && label == positive { "true" } else { "false" }));
    let share = |label: &str| format::percent(verdict.probabilities.get(label).copied().unwrap_or(0.0));
    // Beside a threshold a label need not be the more probable one: the number says whose it is.
    let probability = match (label, positive) {
        (None, _) => String::new(),
        (Some(_), Some(positive)) => format!("{} probability of “{}”", share(positive), format::label(positive)),
        (Some(label), None) => share(label),
    };
    dom::set_text("probability", &probability);
}

/// What a person should know beside it.
fn notes(verdict: &Prediction) {
    let list: Element = dom::element("notes");
    list.replace_children_with_node_0();
    for note in &verdict.notes {
        dom::append(&list, "li", "", &note.detail);
    }
    dom::show("notes", !verdict.notes.is_empty());
}

/// Probabilities stand below the label; where there is none they are folded away.
fn place_evidence(folded: bool) {
    let [evidence, all_the_same] = ["evidence", "all-the-same"].map(dom::element::<Element>);
    dom::show("all-the-same", folded);
    let moved = match folded {
        true => all_the_same.append_child(&evidence).map(drop),
        false => all_the_same.before_with_node_1(&evidence),
    };
    // Neither is inside the other.
    let _ = moved;
}

/// A row a class: the one that is called so stands out, and a line marks the threshold of the positive one.
fn classes(outcome: &Outcome, labels: &[String], threshold: Option<(&str, f64)>, called: &str) {
    let list: Element = dom::element("classes");
    list.replace_children_with_node_0();
    let row = |class: &str, name: &str, share: f64, threshold: Option<f64>| {
        let row = dom::append(&list, "li", class, "");
        dom::append(&row, "span", "name", name);
        let bar = dom::append(&row, "span", "bar", "");
        let place = |class: &str, property: &str, share: f64| {
            if let Some(part) = dom::append(&bar, "span", class, "").dyn_ref::<HtmlElement>() {
                let _ = part.style().set_property(property, &format!("{:.2}%", 100.0 * share));
            }
        };
        place("fill", "width", share);
        if let Some(threshold) = threshold {
            place("line", "left", threshold);
        }
        dom::append(&row, "span", "value", &format::percent(share));
    };
    let share = |label: &str| outcome.verdict.probabilities.get(label).copied().unwrap_or(0.0);
    let (ranked, others) = outcome.ranking(labels);
    for label in &ranked {
        let threshold = threshold.filter(|(positive, _)| positive == label).map(|(_, threshold)| threshold);
        row(if *label == called { "winner" } else { "" }, &format::label(label), share(label), threshold);
    }
    if others > 0 {
        let rest = 1.0 - ranked.iter().map(|label| share(label)).sum::<f64>();
        row("", &format!("{others} others"), rest.max(0.0), None);
    }
}

/// How fast the heart beats, in a sentence; nothing where no rhythm was found.
fn rhythm(verdict: &Prediction) -> String {
    match &verdict.rhythm {
        Some(Rhythm { plausible: true, heart_rate_bpm, alternative_bpm: Some(other), .. }) => {
            format!("Heart rate: {heart_rate_bpm:.0} or {other:.0} beats a minute; the sound does not tell which.")
        }
        Some(rhythm) if rhythm.plausible => format!("Heart rate: {:.0} beats a minute.", rhythm.heart_rate_bpm),
        _ => String::new(),
    }
}

/// No verdict (yet).
pub fn clear() {
    let element: Element = dom::element("verdict");
    for name in ["data-label", "data-abstained", "data-positive"] {
        let _ = element.remove_attribute(name);
    }
    // What was unfolded for one recording is folded again for the next.
    let _ = dom::element::<Element>("all-the-same").remove_attribute("open");
    for id in ["verdict", "probability", "abstention", "notes", "verdict-basis", "result-json"] {
        dom::set_text(id, "");
    }
    dom::show("verdict-shown", false);
    dom::show("verdict-empty", true);
}
