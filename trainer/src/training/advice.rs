//! What may help where a run goes wrong, by the flags of the program.

use spectnet_core::learning::Warning;

use crate::error::Error;

/// A run whose steps are skipped one after the other, and what may help.
pub(super) fn diverged(error: &spectnet_core::Error) -> Error {
    Error::input(format!(
        "{error}. Lower --learning-rate or --front-end-learning-rate, or look at these recordings (the folder of a run keeps \
         its last good state and the models saved so far)"
    ))
}

/// What a network has come to, and what may help.
pub(super) fn about(warning: &Warning) -> String {
    let helps = match warning {
        Warning::OneLabel(_) | Warning::OneLabelInTraining(_) => {
            "a lower --learning-rate or another --normalise may help"
        }
        Warning::AtBounds(_) => "a lower --front-end-learning-rate may help",
    };
    format!("warning: {warning}; {helps}")
}
