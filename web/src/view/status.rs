//! The state of the page in words: what it does, on which device, and what went wrong.

use web_sys::Element;

use crate::backend::Backend;
use crate::dom;

/// What the page is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Fetching the program or a model.
    Loading,
    /// First run of a model.
    Compiling,
    /// Waiting for a recording.
    Ready,
    /// Working on a recording.
    Running,
    /// A verdict is shown.
    Done,
    /// Something went wrong; the reason is shown.
    Failed,
}

impl State {
    fn name(self) -> &'static str {
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

/// Shows a state with its sentence.
pub fn set(state: State, text: &str) {
    let status = dom::element::<Element>("status");
    // The text first: whoever waits for the state finds the text that belongs to it.
    dom::set_text("status-text", text);
    dom::set(&status, "data-state", state.name());
    if !matches!(state, State::Running) {
        progress(None);
    }
    if state != State::Failed {
        dom::show("error", false);
        dom::set_text("error", "");
    }
}

/// Shows why something failed. The page goes on.
pub fn fail(what: &str, why: &str) {
    dom::set_text("error", &sentence(why));
    dom::show("error", true);
    set(State::Failed, what);
}

/// Shows how much is done, as a share of 1 where it is known and in words; or nothing. Apart from the status, which is
/// read out whenever it changes.
pub fn progress(done: Option<(Option<f64>, &str)>) {
    if let Some((share, text)) = done {
        let bar = dom::element::<Element>("progress-bar");
        match share {
            Some(share) => dom::set(&bar, "value", &format!("{share:.3}")),
            // A bar without a value moves to and fro. Removing an attribute does not fail.
            None => drop(bar.remove_attribute("value")),
        }
        dom::set_text("progress-text", text);
    }
    dom::show("progress", done.is_some());
}

/// Shows the device and why it was taken.
pub fn backend(backend: &Backend) {
    let badge = dom::element::<Element>("backend");
    let (name, title) = if backend.gpu.is_some() { ("webgpu", "WebGPU") } else { ("cpu", "CPU") };
    dom::set_text("backend", &format!("{title}: {}", backend.why));
    dom::set(&badge, "data-backend", name);
}

/// Shows how long things took.
pub fn elapsed(text: &str) {
    dom::set_text("elapsed", text);
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
