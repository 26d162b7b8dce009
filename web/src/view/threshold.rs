//! The threshold of a model whose probabilities were measured: from which one on a recording is called positive, and how
//! often that is right.

use spectnet_core::prediction::assessment::Assessment;
use spectnet_core::prediction::decision::Decision;
use web_sys::{Element, HtmlInputElement};

use crate::{dom, format, worth};

/// What a model with a positive class and an assessment is measured by.
pub struct Measured<'a> {
    /// What it proposes.
    pub assessment: &'a Assessment,
    /// The class that lies beyond the threshold.
    pub positive: &'a str,
    /// The other one.
    pub other: &'a str,
}

/// Shows where the threshold is and what it is worth; nothing of a model that was not measured.
pub fn show(measured: Option<&Measured>, decision: &Decision) {
    let figures = decision.figures();
    let shown = measured.zip(decision.threshold()).zip(worth::measured(&figures));
    dom::show("threshold-choice", shown.is_some());
    let Some(((Measured { assessment, positive, other }, threshold), worth)) = shown else { return };
    let slider = dom::element::<HtmlInputElement>("threshold");
    if slider.value_as_number() != threshold {
        slider.set_value_as_number(threshold);
    }
    let from = format::percent(threshold);
    dom::set_text("threshold-label", &format!("Called “{}” from", format::label(positive)));
    dom::set_text("threshold-value", &from);
    dom::set(&slider, "aria-valuetext", &from);
    dom::set_text("threshold-worth", &worth);
    let share = format!("Share of {} among the recordings you judge", format::label(positive));
    dom::set_text("prevalence-label", &share);
    dom::set_text("predictive", &worth::predictive(&figures, positive, other).unwrap_or_default());
    dom::show("threshold-usual", threshold != assessment.threshold);
}

/// Writes a share into the field of the prevalence.
pub fn set_prevalence(prevalence: f64) {
    dom::element::<HtmlInputElement>("prevalence").set_value(&format::percent_field(prevalence));
    prevalence_is(Ok(()));
}

/// Says whether what was typed there counts; where not, which share still does.
pub fn prevalence_is(typed: Result<(), f64>) {
    let field = dom::element::<Element>("prevalence");
    let problem = match typed {
        Ok(()) => String::new(),
        Err(still) => format!("Expected a number from 0 to 100; {} still counts.", format::percent(still)),
    };
    dom::set(&field, "aria-invalid", if problem.is_empty() { "false" } else { "true" });
    dom::set_text("prevalence-problem", &problem);
    dom::show("prevalence-problem", !problem.is_empty());
}
