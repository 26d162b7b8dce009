//! What is asked of the learner, or what is missing for that.

use std::collections::BTreeSet;
use std::rc::Rc;

use spectnet_core::model::Task;
use spectnet_learn::message::{Labelled, Learns, Order};

use super::{BACKGROUND, Example, Material, Mode, OpenedExample, Standing};
use crate::format;
use crate::state::State;

/// Most samples of all examples together: at four bytes each they take 115 MB, which a phone has.
const MOST_SAMPLES: f64 = 28.8e6;
/// So that the same examples and settings give the same model.
const SEED: u64 = 1;

/// What is asked for, with where everything is.
pub(super) struct Asked {
    pub order: Order,
    pub examples: Vec<u64>,
    pub materials: Vec<Material>,
}

impl State {
    /// Why nothing can be learned yet, in a sentence that says what to do; none where something can.
    pub fn learn_lacks(&self) -> Option<String> {
        if self.model.is_none() {
            return Some("No model is loaded: choose one above.".into());
        }
        if let Some(why) = self.names_problem() {
            return Some(why);
        }
        if self.learn.examples.is_empty() {
            return Some(
                "There are no examples yet: add files, record some, or take those that come with the page.".into(),
            );
        }
        let unknown = self.learn.examples.iter().filter(|example| example.opened().is_none());
        let waiting = unknown.filter(|example| !matches!(example.standing, Standing::Failed(_))).count();
        if waiting > 0 {
            return Some(format!("{} still being read.", are(waiting, "example")));
        }
        if let Some(why) = self.classes_lack() {
            return Some(why);
        }
        let samples: f64 = self.used().map(|(example, _)| samples(example)).sum();
        let much = samples > MOST_SAMPLES;
        much.then(|| {
            format!(
                "The examples are too long together: {}, and at most {} can be learned from. Remove some.",
                format::bytes(4 * samples as u64),
                format::bytes(4 * MOST_SAMPLES as u64)
            )
        })
    }

    /// What should be known before it is pressed; may be empty.
    pub fn learn_advice(&self) -> &'static str {
        let task = self.model.as_ref().map(|model| model.package.config.task);
        match (self.learn.mode, task) {
            (Mode::New, Some(Task::Heart)) => {
                "The model in use was made for heart sounds. For any other sound begin with the model of environmental \
                 sounds: choose it above."
            }
            (Mode::Adapt, _) if self.unused_classes() > 0 => {
                "Classes without an example may be recognised less well afterwards."
            }
            _ => "",
        }
    }

    /// What learns, as far as it can: without a model of these classes there is nothing to calibrate.
    pub fn learns(&self) -> Learns {
        match (self.learn.mode, self.learn.settings.learns) {
            (Mode::New, Learns::Calibration) => Learns::Head,
            (_, learns) => learns,
        }
    }

    /// Whether frozen filters would be any different.
    pub fn can_compare(&self) -> bool {
        matches!(self.learns(), Learns::Filters | Learns::Everything)
    }

    /// The order as it stands; none while something is missing.
    pub(super) fn asked(&self) -> Option<Asked> {
        if self.learn_lacks().is_some() {
            return None;
        }
        let numbers: Vec<u64> = self.taught().into_iter().map(|(number, _)| number).collect();
        let (mut recordings, mut examples, mut materials) = (Vec::new(), Vec::new(), Vec::new());
        for (example, class) in self.used() {
            let (Some(label), Some(opened)) = (numbers.iter().position(|number| *number == class), example.opened())
            else {
                continue;
            };
            let (name, sample_rate) = (example.name.clone(), opened.sample_rate);
            recordings.push(Labelled { name, label, sample_rate, group: String::new() });
            examples.push(example.id);
            materials.push(example.material.clone());
        }
        let settings = self.learn.settings;
        let order = Order {
            labels: self.taught_labels(),
            learns: self.learns(),
            compare: settings.compare && self.can_compare(),
            seed: SEED,
            seconds: f64::from(settings.seconds),
            steps: None,
            device: settings.computer,
            recordings,
            browser: String::new(),
        };
        Some(Asked { order, examples, materials })
    }

    /// The examples that are learned from, each with its class.
    fn used(&self) -> impl Iterator<Item = (&Rc<Example>, u64)> {
        let ready = self.learn.examples.iter().filter(|example| example.opened().is_some());
        ready.filter_map(move |example| Some((example, self.class_of(example)?)))
    }

    /// What is wrong with the names of the classes.
    fn names_problem(&self) -> Option<String> {
        if self.learn.mode == Mode::Adapt {
            return None;
        }
        let mut known = BTreeSet::new();
        for label in self.taught_labels() {
            if label.is_empty() {
                return Some("A class has no name: give it one.".into());
            }
            if !known.insert(label.to_lowercase()) {
                return Some(format!("Two classes are called “{label}”: give one of them another name."));
            }
        }
        None
    }

    /// Which classes have no example, where each must have one.
    fn classes_lack(&self) -> Option<String> {
        let used = self.used_classes();
        let classes = self.taught();
        if self.learn.mode == Mode::Adapt {
            let enough = used.len() >= 2;
            return (!enough).then(|| "Examples of at least two classes are needed: choose the class of each.".into());
        }
        let lack: Vec<&(u64, String)> = classes.iter().filter(|(number, _)| !used.contains(number)).collect();
        if lack.is_empty() {
            return None;
        }
        let names: Vec<String> = lack.iter().map(|(_, name)| format!("“{name}”")).collect();
        let background = lack.iter().any(|(number, _)| *number == BACKGROUND);
        let hint = if background {
            " The background is what there is while none of your sounds is to be heard: record some seconds of it."
        } else {
            ""
        };
        Some(format!("No example yet of {}.{hint}", names.join(", ")))
    }

    /// The classes of the examples that are learned from.
    fn used_classes(&self) -> BTreeSet<u64> {
        let mut classes = BTreeSet::new();
        classes.extend(self.used().map(|(_, class)| class));
        classes
    }

    fn unused_classes(&self) -> usize {
        let used = self.used_classes();
        if used.is_empty() { 0 } else { self.taught().len().saturating_sub(used.len()) }
    }
}

/// Samples of an example in all channels, as far as they are read.
fn samples(example: &Example) -> f64 {
    let of = |opened: &OpenedExample| f64::from(opened.sample_rate) * opened.channels as f64;
    example.used_s() * example.opened().map_or(0.0, of)
}

/// `1 example is`, `3 examples are`.
fn are(count: usize, noun: &str) -> String {
    format!("{} {}", format::count(count, noun), if count == 1 { "is" } else { "are" })
}
