//! What a run that starts from a model file has of it beside its weights: its classes, the recordings that it has seen, and
//! for whom it was made.

use std::fmt::Write as _;

use spectnet_core::learning::Learns;
use spectnet_core::model::Task;
use spectnet_core::package::recordings::Recordings;
use spectnet_core::prediction::scope::Scope;

use crate::data::Dataset;
use crate::data::already_seen::AlreadySeen;
use crate::data::library::LabelledRecording;
use crate::fit::scope;
use crate::train_args::{StartModel, TrainArgs};

/// The same recordings, their classes in the order and the spelling of the model that the run starts from, where they are its
/// classes: its last layer goes on then.
pub fn labelled(dataset: Dataset, start: Option<&StartModel>) -> Dataset {
    let known = start.map(|start| &start.package.config.labels).filter(|labels| labels.len() == dataset.labels.len());
    let same = known.and_then(|labels| dataset.clone().with_labels(labels).ok());
    same.unwrap_or(dataset)
}

/// From what the run starts and what learns, in words; none where it starts from nothing.
pub fn in_words(args: &TrainArgs, labels: &[String]) -> Option<String> {
    let start = args.start.as_ref()?;
    let learns = match (args.recipe.learns, args.learnable) {
        (Learns::Head, _) => "the last layer learns",
        (Learns::Filters, _) => "filters and last layer learn",
        (Learns::Everything, true) => "all of it learns",
        (Learns::Everything, false) => "all but the filters learns",
    };
    let classes = if start.package.config.labels == labels { "" } else { " with a new last layer" };
    Some(format!("started from {start}{classes}, {learns}"))
}

/// How the parts were made, with what the run starts from: also how many of the recordings that are reported on that model
/// was made with, on which it looks better than it is. That is said on standard error, too.
pub fn protocol(protocol: &str, args: &TrainArgs, labels: &[String], held_out: &[LabelledRecording]) -> String {
    let mut words = protocol.to_owned();
    if let Some(start) = in_words(args, labels) {
        // Text takes whatever is written.
        let _ = write!(words, "; {start}");
    }
    let listed = args.start.as_ref().and_then(|start| start.package.recordings.as_ref());
    let seen = AlreadySeen::of(listed, held_out.iter().map(|recording| recording.digest)).unwrap_or_default();
    if let Some(warning) = seen.warning(held_out.len()) {
        say!("{warning} (those that are held out, and the model that the run starts from)");
        let _ = write!(words, ", which was made with {} of the held-out recordings", seen.trained + seen.chose);
    }
    words
}

/// All recordings that the model is made with, those of the model that the run starts from too; none where those are not
/// known.
pub fn recordings(own: Option<Recordings>, start: Option<&StartModel>) -> Option<Recordings> {
    let (Some(own), Some(start)) = (own.clone(), start) else { return own };
    let Some(before) = &start.package.recordings else {
        say!("the model will not know what it was trained on, for {start} does not");
        return None;
    };
    let all = Recordings {
        trained: own.trained.union(&before.trained).copied().collect(),
        chose: own.chose.union(&before.chose).copied().collect(),
        held_out: own.held_out,
    };
    listed(all)
}

/// For whom a model of this task is made, which is said: the hearts that it is trained on, and those of the model that the run
/// starts from.
pub fn scope(args: &TrainArgs, task: Task, training: &[LabelledRecording]) -> Scope {
    let own = scope::of(training, args.people.clone());
    // Whoever learns other sounds leaves the hearts behind.
    let all = match args.start.as_deref().filter(|start| start.package.config.task == task) {
        Some(start) => {
            let before = start.package.scope.clone().unwrap_or_default();
            if own.heart_rate_bpm.is_some() && before.heart_rate_bpm.is_none() {
                say!("the model will not say for which heart rates it was made, for {start} does not");
            }
            own.after(before)
        }
        None => own,
    };
    if !all.is_empty() {
        say!("made for: {all}");
    }
    all
}

/// The recordings, for a model file; none where there are more than it may list, which is said.
pub fn listed(recordings: Recordings) -> Option<Recordings> {
    match recordings.validate() {
        Ok(()) => Some(recordings),
        Err(error) => {
            say!("the model will not know what it was trained on: {error}");
            None
        }
    }
}
