//! The result on a recording, or why nothing can be said.

use spectnet_core::model::ModelConfig;
use spectnet_core::prediction::Note;
use spectnet_core::prediction::assessment::positive_of_two;
use spectnet_core::prediction::decision::Decision;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::result::RecordingResult;
use crate::state::State;
use crate::{dom, format};

/// Shows label, probability and every class; or that there is no result yet.
pub fn draw(state: &State) {
    match (&state.result, &state.model, state.decision()) {
        (Some(result), Some(model), Some(decision)) => show(result, &model.package.config, &decision),
        _ => clear(),
    }
}

fn show(result: &RecordingResult, config: &ModelConfig, decision: &Decision) {
    let (prediction, labels) = (&result.prediction, &config.labels);
    let positive = positive_of_two(config).and_then(|index| labels.get(index)).map(String::as_str);
    headline(result, positive);
    let abstained = prediction.abstained.as_ref();
    dom::set_text("abstention", abstained.map_or("", |abstention| abstention.detail.as_str()));
    dom::show("abstention", abstained.is_some());
    notes(&prediction.notes);
    place_evidence(abstained.is_some());
    let sentences = [result.basis(labels, decision, config.voting), result.heart_rate()];
    let said: Vec<&str> = sentences.iter().map(String::as_str).filter(|sentence| !sentence.is_empty()).collect();
    dom::set_text("verdict-basis", &said.join(" "));
    classes(result, labels, positive.zip(prediction.threshold), result.called(labels, decision));
    dom::show("verdict-empty", false);
    dom::show("verdict-shown", true);
}

/// Writes the result for programs: all of its numbers, where nobody sees them.
pub fn draw_json(state: &State) {
    dom::set_text("result-json", &state.result.as_ref().map(|result| result.json()).unwrap_or_default());
}

/// The headline.
fn headline(result: &RecordingResult, positive: Option<&str>) {
    let prediction = &result.prediction;
    let element: Element = dom::element("verdict");
    let attribute = |name: &str, value: Option<&str>| match value {
        Some(value) => dom::set(&element, name, value),
        // Removing an attribute does not fail.
        None => drop(element.remove_attribute(name)),
    };
    let label = prediction.label.as_deref();
    dom::set_text("verdict", &result.headline());
    attribute("data-label", label);
    attribute("data-abstained", prediction.abstained.as_ref().map(|abstention| abstention.reason.name()));
    attribute("data-positive", Some(if label.is_some() && label == positive { "true" } else { "false" }));
    dom::set_text("probability", &result.probability_text(positive));
}

/// The notes on the recording.
fn notes(notes: &[Note]) {
    let list: Element = dom::element("notes");
    list.replace_children_with_node_0();
    for note in notes {
        dom::append(&list, "li", "", &note.detail);
    }
    dom::show("notes", !notes.is_empty());
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
fn classes(result: &RecordingResult, labels: &[String], threshold: Option<(&str, f64)>, called: &str) {
    let list: Element = dom::element("classes");
    list.replace_children_with_node_0();
    let row = |class: &str, name: &str, probability: f64, threshold: Option<f64>| {
        let row = dom::append(&list, "li", class, "");
        dom::append(&row, "span", "name", name);
        let bar = dom::append(&row, "span", "bar", "");
        let place = |class: &str, property: &str, part: f64| {
            if let Some(mark) = dom::append(&bar, "span", class, "").dyn_ref::<HtmlElement>() {
                let _ = mark.style().set_property(property, &format!("{:.2}%", 100.0 * part));
            }
        };
        place("fill", "width", probability);
        if let Some(threshold) = threshold {
            place("line", "left", threshold);
        }
        dom::append(&row, "span", "value", &format::percent(probability));
    };
    let (ranked, others) = result.ranking(labels);
    for label in &ranked {
        let threshold = threshold.filter(|(positive, _)| positive == label).map(|(_, threshold)| threshold);
        row(if *label == called { "winner" } else { "" }, &format::label(label), result.probability(label), threshold);
    }
    if others > 0 {
        let rest = 1.0 - ranked.iter().map(|label| result.probability(label)).sum::<f64>();
        row("", &format!("{others} others"), rest.max(0.0), None);
    }
}

/// No result yet.
fn clear() {
    let element: Element = dom::element("verdict");
    for name in ["data-label", "data-abstained", "data-positive"] {
        let _ = element.remove_attribute(name);
    }
    // What was unfolded for one recording is folded again for the next.
    let _ = dom::element::<Element>("all-the-same").remove_attribute("open");
    for id in ["verdict", "probability", "abstention", "notes", "verdict-basis"] {
        dom::set_text(id, "");
    }
    dom::show("verdict-shown", false);
    dom::show("verdict-empty", true);
}
