//! The verdict on a recording.

use spectnet_core::predict::{Verdict, Voting};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::outcome::Outcome;
use crate::{dom, format};

/// Shows a verdict: label, probability, every class, the JSON.
pub fn show(outcome: &Outcome, labels: &[String], positive: Option<usize>, voting: Voting, note: &str) {
    let verdict = &outcome.verdict;
    let element: Element = dom::element("verdict");
    let is_positive = positive.and_then(|index| labels.get(index)) == Some(&verdict.label);
    let noisy = verdict.is_too_noisy();
    dom::set_text("verdict", &if noisy { "Too noisy to say".into() } else { format::label(&verdict.label) });
    dom::set(&element, "data-noisy", if noisy { "true" } else { "false" });
    dom::set(&element, "data-label", &verdict.label);
    dom::set(&element, "data-positive", if is_positive && !noisy { "true" } else { "false" });
    let share = |label: &str| verdict.probabilities.get(label).copied().unwrap_or(0.0);
    let line = positive.and_then(|index| labels.get(index)).zip(verdict.threshold).filter(|_| verdict.calibrated);
    // Beside a threshold of its own, a label need not be the more probable one: then the number says whose it is.
    let probability = match line {
        Some((label, _)) => format!("{} probability of “{}”", format::percent(share(label)), format::label(label)),
        None if noisy => format!("{} “{}”", format::percent(share(&verdict.label)), format::label(&verdict.label)),
        None => format::percent(share(&verdict.label)),
    };
    dom::set_text("probability", &probability);
    let windows = verdict.windows.len();
    let unit = if verdict.windows.iter().all(|window| window.cycle) { "heart cycle" } else { "window" };
    let units = format::count(windows, unit);
    let how = match voting {
        Voting::Mean => format!("mean over {units}"),
        Voting::LogMean => format!("mean of log-probabilities over {units}"),
        Voting::Majority => format!("share of the votes of {units}"),
    };
    let how = if verdict.calibrated { format!("calibrated {how}") } else { how };
    let agree = format!("{} of {windows} say “{}”", outcome.agreeing_windows(), format::label(&verdict.label));
    let sentences = [quality(verdict), format!("{how}; {agree}."), rhythm(verdict), note.to_string()];
    let said: Vec<&str> = sentences.iter().map(String::as_str).filter(|sentence| !sentence.is_empty()).collect();
    dom::set_text("verdict-basis", &said.join(" "));

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
    let (ranked, others) = outcome.ranking(labels);
    for label in &ranked {
        let threshold = line.filter(|(positive, _)| positive.as_str() == *label).map(|(_, threshold)| threshold);
        row(if *label == verdict.label { "winner" } else { "" }, &format::label(label), share(label), threshold);
    }
    if others > 0 {
        let rest = 1.0 - ranked.iter().map(|label| share(label)).sum::<f64>();
        row("", &format!("{others} others"), rest.max(0.0), None);
    }
    dom::set_text("result-json", &outcome.json());
    dom::show("verdict-empty", false);
    dom::show("verdict-shown", true);
}

/// What to think of a recording that is too noisy, in sentences; nothing of any other.
fn quality(verdict: &Verdict) -> String {
    match verdict.quality.filter(|quality| quality.too_noisy) {
        Some(quality) => format!(
            "Heart cycles are hard to make out: a listener would call this recording poor, with a probability of {}. \
             Record again where it is quiet. What the model says all the same:",
            format::percent(quality.poor)
        ),
        None => String::new(),
    }
}

/// How fast the heart beats, in a sentence; nothing where that was not listened for.
fn rhythm(verdict: &Verdict) -> String {
    match &verdict.rhythm {
        Some(rhythm) if rhythm.plausible => format!("Heart rate: {:.0} beats a minute.", rhythm.heart_rate_bpm),
        Some(_) => "No plausible heart rhythm was found.".into(),
        None => String::new(),
    }
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
