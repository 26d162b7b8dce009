//! What the page is doing, in words.

/// What the page is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Fetching the program or a model.
    #[default]
    Loading,
    /// First run of a model.
    Compiling,
    /// Waiting for a recording.
    Ready,
    /// Working on a recording.
    Running,
    /// A result is shown.
    Done,
    /// Something went wrong; the reason is shown.
    Failed,
}

impl Phase {
    /// The word in the page's `data-state`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Compiling => "compiling",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// What the page is doing, with its sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The kind of work.
    pub phase: Phase,
    /// What a person reads.
    pub text: String,
    /// Why something failed, in a sentence; empty otherwise.
    pub error: String,
}

impl Status {
    /// What is going on.
    pub fn new(phase: Phase, text: impl Into<String>) -> Self {
        Self { phase, text: text.into(), error: String::new() }
    }

    /// What failed, and why.
    pub fn failed(what: impl Into<String>, why: &str) -> Self {
        Self { phase: Phase::Failed, text: what.into(), error: sentence(why) }
    }
}

/// How much of something is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// The part that is done, 0 to 1; none where nobody knows how much there is.
    pub part: Option<f64>,
    /// The same in words.
    pub text: String,
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_sentence() {
        let said = ["the file is empty", " Really? ", "it has 3 bytes.", "élan"].map(sentence);
        assert_eq!(said, ["The file is empty.", "Really?", "It has 3 bytes.", "Élan."]);
    }
}
