//! What the results are worth where labels are known.

use web_sys::Element;

use crate::state::State;
use crate::state::many::{Scores, suggestion};
use crate::{dom, format};

/// Shows the confusion matrix, the figures read from it, and which threshold the recordings suggest.
pub fn draw(state: &State) {
    let scores = Scores::of(state);
    dom::show("many-scores", scores.is_some());
    let Some(scores) = scores else { return };
    matrix(&scores);
    figures(&scores);
    threshold(state);
}

/// Given labels by rows, results by columns.
fn matrix(scores: &Scores) {
    let table: Element = dom::element("many-confusion");
    table.replace_children_with_node_0();
    dom::append(&table, "caption", "", "Given labels in rows, results in columns");
    let head = dom::append(&dom::append(&table, "thead", "", ""), "tr", "", "");
    let heading = |row: &Element, scope: &str, text: &str| {
        dom::set(&dom::append(row, "th", "", text), "scope", scope);
    };
    heading(&head, "col", "given");
    scores.labels.iter().for_each(|label| heading(&head, "col", &format::label(label)));
    heading(&head, "col", "no label");
    let body = dom::append(&table, "tbody", "", "");
    for (truth, (label, counts)) in scores.labels.iter().zip(&scores.counts).enumerate() {
        let row = dom::append(&body, "tr", "", "");
        heading(&row, "row", &format::label(label));
        for (said, count) in counts.iter().enumerate() {
            let class = if said == truth { "right" } else { "" };
            dom::append(&row, "td", class, &count.to_string());
        }
    }
}

fn figures(scores: &Scores) {
    let list: Element = dom::element("many-figures");
    list.replace_children_with_node_0();
    let figure = |name: &str, value: &str| {
        dom::append(&list, "dt", "", name);
        dom::append(&list, "dd", "", value);
    };
    let mean = scores.mean_found().map_or("unknown: it takes recordings of both classes".into(), format::percent);
    figure("Accuracy", &scores.accuracy().text());
    match scores.positive {
        Some(positive) => {
            figure("Sensitivity", &scores.found(positive).text());
            figure("Specificity", &scores.found(1 - positive).text());
            figure("MAcc, the mean of both", &mean);
        }
        None => figure("Mean recall of the classes", &mean),
    }
    let abstained = scores.abstained();
    let labelled = format::count(abstained, "labelled recording");
    let note = format!("Not counted in these: {labelled} without a result.");
    dom::set_text("many-uncounted", &note);
    dom::show("many-uncounted", abstained > 0);
}

/// The suggested threshold, or why there is none; not while recordings are still being judged.
fn threshold(state: &State) {
    let suggested = if state.many.going { None } else { suggestion(state) };
    let text = match &suggested {
        Some(Ok(found)) => {
            let [sensitivity, specificity] = found.assessment.at(found.assessment.threshold).map(format::percent);
            format!(
                "These recordings suggest a threshold of {}: {}. On the same {} recordings that chose it, sensitivity \
                 is {sensitivity} and specificity {specificity}. Figures on recordings that chose the threshold are \
                 optimistic, also those above once it is in use: what holds here, only other labelled recordings can \
                 say.",
                format::percent(found.threshold),
                found.assessment.threshold_chosen,
                found.assessment.measured.n
            )
        }
        Some(Err(why)) => format!("No threshold is suggested: {why}."),
        None => String::new(),
    };
    dom::set_text("many-suggested", &text);
    dom::show("many-suggested", !text.is_empty());
    let in_use = state.decision().and_then(|decision| decision.threshold());
    let differs = matches!(&suggested, Some(Ok(found)) if in_use != Some(found.threshold));
    dom::show("many-use", differs);
}
