//! From probabilities to a label: where the threshold is, and what a result is called then.

use std::rc::Rc;

use spectnet_core::package::Package;
use spectnet_core::prediction::decision::{Decision, OperatingPoint};

use super::State;
use crate::figures;

impl State {
    /// How the model in use decides; none without a model.
    pub fn decision(&self) -> Option<Decision> {
        Some(decision(&self.model.as_ref()?.package, self.point, self.prevalence))
    }
}

/// How a model decides at an operating point, for a prevalence.
pub(super) fn decision(package: &Package, point: OperatingPoint, prevalence: Option<f64>) -> Decision {
    let decision = Decision::new(&package.config, package.assessment.as_ref(), point);
    let decision = decision.and_then(|decision| match prevalence {
        Some(prevalence) => decision.at_prevalence(prevalence),
        None => Ok(decision),
    });
    // Slider and field are shown only where there is a threshold to move, and give nothing but 0 to 1.
    decision.unwrap_or_else(|_| Decision::largest(&package.config))
}

/// Moves the threshold.
pub(super) fn decide_by(state: &mut State, point: OperatingPoint) {
    state.point = point;
    decide_again(state);
}

/// Takes the prevalence that was typed in per cent; where it is none, the last one stays and that is said.
pub(super) fn take_prevalence(state: &mut State, typed: f64) {
    let Some(decision) = state.decision() else { return };
    match figures::prevalence(typed) {
        Some(prevalence) => {
            (state.prevalence, state.prevalence_problem) = (Some(prevalence), None);
            decide_again(state);
        }
        None => state.prevalence_problem = Some(decision.figures().prevalence.unwrap_or_default()),
    }
}

/// Another model decides by its own threshold, for as many positives as where it was measured.
pub(super) fn reset(state: &mut State) {
    (state.point, state.prevalence, state.prevalence_problem) = (OperatingPoint::Usual, None, None);
}

/// The same probabilities, with the label and the figures that follow from threshold and prevalence.
pub(super) fn decide_again(state: &mut State) {
    let (decision, Some(model), Some(result)) = (state.decision(), &state.model, &mut state.result) else { return };
    if let Some(decision) = decision {
        Rc::make_mut(result).prediction.relabel(&model.package.config.labels, &decision);
    }
}
