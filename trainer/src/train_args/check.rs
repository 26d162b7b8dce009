//! Values out of their range, and flags that do not go together: checked once, wherever they were given.

use std::ops::RangeInclusive;

use spectnet_core::learning::Augmentation;
use spectnet_core::model::{ClassifierConfig, Task};
use spectnet_core::prediction::scope::Scope;

use super::defaults::Defaults;
use super::flags::TrainFlags;
use super::names::{ClassifierName, CompressionName, LevelName, Protocol, SegmentsName};
use crate::error::{Error, Result};

/// Whether these flags go together for this task and network, beside what holds where nothing is said.
///
/// # Errors
/// [`Error::Usage`] with the range, or with what to leave out.
pub(super) fn check(flags: &TrainFlags, task: Task, usual: &Defaults, classifier: ClassifierConfig) -> Result<()> {
    ranges(flags)?;
    recordings(flags, task, usual)?;
    network(flags, task, classifier)
}

fn ranges(flags: &TrainFlags) -> Result<()> {
    if let Some(dropout) = flags.dropout.filter(|dropout| !(0.0..1.0).contains(dropout)) {
        return Err(Error::Usage(format!("dropout is {dropout}; expected 0 or more and less than 1")));
    }
    whole("blocks", flags.blocks, 1..=4)?;
    whole("epochs", flags.epochs, 1..=u32::MAX)?;
    whole("batch", flags.batch, 2..=65536)?;
    whole("accumulate", flags.accumulate, 1..=1024)?;
    positive("window", flags.window)?;
    positive("least-variance", flags.least_variance)?;
    positive("minutes", flags.minutes)?;
    positive("clip-norm", flags.clip_norm)?;
    positive("worst-subset", flags.worst_subset)?;
    positive("checkpoint-minutes", flags.checkpoint_minutes)?;
    positive("learning-rate", flags.learning_rate)?;
    positive("front-end-learning-rate", flags.front_end_learning_rate)?;
    let scope = Scope { people: flags.people.clone(), ..Scope::default() };
    scope.validate().map_err(|error| Error::Usage(error.to_string()))
}

fn whole(name: &str, value: Option<u32>, range: RangeInclusive<u32>) -> Result<()> {
    let Some(value) = value.filter(|value| !range.contains(value)) else { return Ok(()) };
    let (low, high) = range.into_inner();
    Err(Error::Usage(format!("{name} is {value}; expected {low} to {high}")))
}

fn positive(name: &str, value: Option<f64>) -> Result<()> {
    let is_positive = |value: &f64| value.is_finite() && *value > 0.0;
    let Some(value) = value.filter(|value| !is_positive(value)) else { return Ok(()) };
    Err(Error::Usage(format!("{name} is {value}; expected a positive number")))
}

/// The first of these sentences that is true is the error.
fn none_of(wrong: &[(bool, &str)]) -> Result<()> {
    match wrong.iter().find(|(is_so, _)| *is_so) {
        Some((_, why)) => Err(Error::Usage((*why).into())),
        None => Ok(()),
    }
}

/// What is held out, what a recording is made into, and what of it goes through the network at once.
fn recordings(flags: &TrainFlags, task: Task, usual: &Defaults) -> Result<()> {
    let protocol = usual.protocol;
    let has_floor = flags.floor.is_some_and(|floor| floor.0.is_some());
    let published = protocol == Protocol::Paper;
    let by_subset = protocol == Protocol::LeaveOneSubsetOut;
    none_of(&[
        (
            protocol == Protocol::All && flags.fold.is_some(),
            "--fold says what is held out, --protocol all that nothing is",
        ),
        (!by_subset && flags.hold_out.is_some(), "--hold-out belongs to --protocol leave-one-subset-out"),
        (published && task == Task::Scene, "--protocol paper is for heart sounds: none was published for scenes"),
        (published && flags.fold.is_some(), "--fold does not go with --protocol paper: the list says what is held out"),
        (!published && flags.validation_list.is_some(), "--validation-list belongs to --protocol paper"),
        (
            task == Task::Heart && flags.window.is_some() && usual.classifier != ClassifierName::States,
            "--window is for scenes and for --classifier states; other heart models see 2.5 s",
        ),
        (task == Task::Scene && flags.people.is_some(), "--people is about hearts, which scenes do not have"),
        (
            has_floor && usual.level == LevelName::AsRecorded,
            "--floor lies below the level that all recordings are scaled to: leave it out, or use --level scaled",
        ),
        (
            task == Task::Scene && flags.segments == Some(SegmentsName::Cycles),
            "--segments cycles is for heart sounds: scenes have no cycles",
        ),
    ])
}

/// What the network can follow.
fn network(flags: &TrainFlags, task: Task, classifier: ClassifierConfig) -> Result<()> {
    for (flag, given) in [("parts", flags.parts.is_some()), ("lead", flags.lead.is_some())] {
        if given && classifier.parts().is_none() {
            return Err(Error::Usage(format!("--{flag} belongs to --classifier states")));
        }
    }
    match classifier {
        ClassifierConfig::States { parts, .. } => {
            states(flags, task)?;
            parts.validate().map_err(|error| Error::Usage(error.to_string()))?;
        }
        ClassifierConfig::Cnn1d { .. } => waves(flags, task)?,
        _ => {}
    }
    if flags.blocks.is_some() && classifier.blocks().is_none() {
        return Err(Error::Usage(format!("--classifier {} has no blocks; leave out --blocks", classifier.name())));
    }
    Ok(())
}

/// What does not go with a classifier that knows where in the heart cycle it is.
fn states(flags: &TrainFlags, task: Task) -> Result<()> {
    let augments = |way| flags.augment.as_ref().is_some_and(|list| list.0.contains(&way));
    none_of(&[
        (task == Task::Scene, "--classifier states is for heart sounds: scenes have no cycles"),
        (
            flags.segments == Some(SegmentsName::Cycles),
            "--classifier states sees windows and finds the states in them; leave out --segments cycles",
        ),
        (
            augments(Augmentation::Speed),
            "--augment speed moves the states of the heart cycle; leave it out with --classifier states",
        ),
        (
            augments(Augmentation::Mixing),
            "--augment mixing adds another heart, whose states are not known; leave it out with --classifier states",
        ),
    ])
}

/// What does not go with a classifier that has the filters' outputs for its input.
fn waves(flags: &TrainFlags, task: Task) -> Result<()> {
    none_of(&[(
        flags.compression == Some(CompressionName::Power),
        "--compression power is for energies; --classifier cnn-1d sees the filters' outputs",
    )])?;
    let augment = flags.augment.as_ref().map_or(&[][..], |list| &list.0);
    check_waves("--classifier cnn-1d", task, augment)
}

/// What does not go with a classifier that sees the filters' outputs in place of their log-energy image; `who` asks for it.
///
/// # Errors
/// A task or an augmentation that it cannot follow.
pub fn check_waves(who: &str, task: Task, augment: &[Augmentation]) -> Result<()> {
    if task == Task::Scene {
        return Err(Error::Usage(format!(
            "{who} is for heart sounds: the outputs of a scene's filters, sample by sample, are too much for it"
        )));
    }
    if augment.iter().any(|way| matches!(way, Augmentation::Equaliser | Augmentation::Masks)) {
        return Err(Error::Usage(format!(
            "--augment equaliser and masks change the image, and {who} sees the filters' outputs: leave out one or the other"
        )));
    }
    Ok(())
}
