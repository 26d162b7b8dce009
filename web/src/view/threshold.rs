//! The threshold of a model whose probabilities were measured: from which one on a recording is called positive, and
//! how often that is right.

use spectnet_core::package::Package;
use spectnet_core::prediction::assessment::{Assessment, positive_of_two};
use spectnet_core::prediction::decision::Figures;
use web_sys::{Element, HtmlInputElement};

use crate::state::State;
use crate::{dom, figures, format};

/// What a model with a positive class and an assessment is measured by.
struct Measured<'a> {
    /// What it proposes.
    assessment: &'a Assessment,
    /// The class that lies beyond the threshold.
    positive: &'a str,
    /// The other one.
    other: &'a str,
}

/// Shows where the threshold is and how often a label is right there; nothing of a model that was not measured.
pub fn draw(state: &State) {
    let measured = state.model.as_ref().and_then(|model| measured(&model.package));
    let decision = state.decision();
    let (threshold, figures) = match &decision {
        Some(decision) => (decision.threshold(), decision.figures()),
        None => (None, Figures::default()),
    };
    let shown = measured.zip(threshold).zip(figures::measured(&figures));
    dom::show("threshold-choice", shown.is_some());
    let Some(((Measured { assessment, positive, other }, threshold), said)) = shown else { return };
    let slider = dom::element::<HtmlInputElement>("threshold");
    if slider.value_as_number() != threshold {
        slider.set_value_as_number(threshold);
    }
    let from = format::percent(threshold);
    dom::set_text("threshold-label", &format!("Called “{}” from", format::label(positive)));
    dom::set_text("threshold-value", &from);
    dom::set(&slider, "aria-valuetext", &from);
    dom::set_text("threshold-worth", &said);
    let fraction = format!("Fraction of {} among the recordings you judge", format::label(positive));
    dom::set_text("prevalence-label", &fraction);
    dom::set_text("predictive", &figures::predictive(&figures, positive, other).unwrap_or_default());
    dom::show("threshold-usual", threshold != assessment.threshold);
    problem(state.prevalence_problem);
}

fn measured(package: &Package) -> Option<Measured<'_>> {
    let positive = positive_of_two(&package.config)?;
    let labels = package.config.labels.first_chunk::<2>()?;
    let assessment = package.assessment.as_ref()?;
    Some(Measured { assessment, positive: &labels[positive], other: &labels[1 - positive] })
}

/// Writes the prevalence at which a model was measured into the field, when that model comes. Later it is for a person
/// to change.
pub fn draw_prevalence(state: &State) {
    if let Some(prevalence) = state.decision().and_then(|decision| decision.figures().prevalence) {
        dom::element::<HtmlInputElement>("prevalence").set_value(&format::percent_field(prevalence));
    }
}

/// Says which prevalence still counts, where what was typed does not.
fn problem(still: Option<f64>) {
    let text = still.map(|still| format!("Expected a number from 0 to 100; {} still counts.", format::percent(still)));
    dom::set(&dom::element::<Element>("prevalence"), "aria-invalid", if text.is_some() { "true" } else { "false" });
    dom::show("prevalence-problem", text.is_some());
    dom::set_text("prevalence-problem", &text.unwrap_or_default());
}
