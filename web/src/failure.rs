//! Why something did not come to its end.

use std::fmt;

/// What stopped a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A newer file or model took its place: nothing to report.
    Stale,
    /// The graphics device failed; the CPU can take over.
    Device(String),
    /// The core does not read this kind of file; the browser may.
    Unsupported(String),
    /// A person has to know: a bad file, a model that cannot be fetched.
    Reason(String),
}

/// Result with a [`Failure`].
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A [`Failure::Reason`].
    pub fn reason(text: impl Into<String>) -> Self {
        Self::Reason(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Stale => f.write_str("replaced by a newer one"),
            Self::Device(reason) | Self::Unsupported(reason) | Self::Reason(reason) => f.write_str(reason),
        }
    }
}

impl From<spectnet_core::Error> for Failure {
    fn from(error: spectnet_core::Error) -> Self {
        match error {
            spectnet_core::Error::Unsupported(_) => Self::Unsupported(error.to_string()),
            _ => Self::Reason(error.to_string()),
        }
    }
}

/// The message of whatever JavaScript threw.
#[cfg(target_arch = "wasm32")]
pub fn message(thrown: &wasm_bindgen::JsValue) -> String {
    let message = js_sys::Reflect::get(thrown, &"message".into()).ok().and_then(|message| message.as_string());
    message.or_else(|| thrown.as_string()).filter(|text| !text.is_empty()).unwrap_or_else(|| format!("{thrown:?}"))
}
