//! The threshold of a model whose probabilities were measured: from which one on a recording is called positive, and how
//! often that was right.

use spectnet_core::assessment::Assessment;
use spectnet_core::decision::Decision;
use web_sys::HtmlInputElement;

use crate::{dom, format};

/// Shows where the line is; nothing of a model that was not measured. `positive` is the class that lies beyond it.
pub fn show(assessment: Option<&Assessment>, decision: &Decision, positive: &str) {
    let measured = assessment.zip(decision.threshold()).zip(decision.sensitivity()).zip(decision.specificity());
    dom::show("threshold-choice", measured.is_some());
    let Some((((assessment, threshold), sensitivity), specificity)) = measured else { return };
    let slider = dom::element::<HtmlInputElement>("threshold");
    if slider.value_as_number() != threshold {
        slider.set_value_as_number(threshold);
    }
    let from = format::percent(threshold);
    dom::set_text("threshold-label", &format!("Called “{}” from", format::label(positive)));
    dom::set_text("threshold-value", &from);
    dom::set(&slider, "aria-valuetext", &from);
    dom::set_text(
        "threshold-worth",
        &format!(
            "Sensitivity {}, specificity {} on {}.",
            format::percent(sensitivity),
            format::percent(specificity),
            assessment.measured_on
        ),
    );
    dom::show("threshold-usual", threshold != assessment.threshold);
}
