//! What is read out to those who do not see the page: one sentence for each thing that happens, and none for a step of
//! progress.

use spectnet_core::prediction::assessment::positive_of_two;

use super::{Phase, Recording, State};

impl State {
    /// The sentence of the moment; empty where something else on the page is read out.
    pub fn announcement(&self) -> String {
        if self.microphone.is_recording() {
            // The words of the microphone are read out, and not every result of a moment.
            return String::new();
        }
        if self.learn.is_learning() && self.run.is_none() {
            // The words of learning are read out, and not every result of a step.
            return String::new();
        }
        let said = &self.status.text;
        match self.status.phase {
            Phase::Loading | Phase::Compiling => "Loading the model.".into(),
            Phase::Ready => format!("{said}."),
            Phase::Running => match &self.recording {
                // The words change on the way; who listens hears them once.
                Recording::Reading { name, .. } => format!("Judging {name}."),
                Recording::Open(input) => format!("Judging {}.", input.name),
                _ => format!("{said}."),
            },
            Phase::Done => self.announcement_of_result(),
            // What went wrong is an alert of its own.
            Phase::Failed => String::new(),
        }
    }

    /// The result in a sentence; empty where there is none.
    pub(super) fn announcement_of_result(&self) -> String {
        let Some(result) = &self.result else { return String::new() };
        let config = self.model.as_ref().map(|model| &model.package.config);
        let positive = config.and_then(|config| config.labels.get(positive_of_two(config)?)).map(String::as_str);
        let probability = match result.probability_text(positive) {
            none if none.is_empty() => none,
            some => format!(", {some}"),
        };
        format!("{}: {}{probability}.", result.file, result.headline())
    }
}
