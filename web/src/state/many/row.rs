//! One recording of the list, and what is kept of its result.

use std::rc::Rc;

use spectnet_core::heart::Quality;
use spectnet_core::prediction::assessment::positive_of_two;
use spectnet_core::prediction::{Probabilities, Reason, three_digits};

use crate::labels::{class, class_of_folder};
use crate::result::RecordingResult;
use crate::state::{Handle, Input, Model, Ticket};

/// A recording of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its number, which no other row of this list has or had.
    pub id: u64,
    /// What it is called; with its folders where a folder was given.
    pub name: String,
    /// The file. It is not read before its turn.
    pub(super) file: Handle,
    /// The label that a list gives it.
    pub(super) listed: Option<String>,
    /// What is going on with it.
    pub standing: Standing,
    /// What a model said of it last.
    pub verdict: Option<Verdict>,
}

/// What is going on with a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its turn is still to come.
    Waiting,
    /// It is in the panels, and being read or judged.
    Working,
    /// It was judged.
    Done,
    /// It could not be read or judged, and why.
    Failed(String),
}

/// What is kept of a result: no windows, for there may be thousands of recordings.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Which model said it.
    pub model: Ticket,
    /// What the menu calls that model.
    pub model_name: Rc<str>,
    /// The label; none where the model abstains.
    pub label: Option<String>,
    /// Why it abstains.
    pub abstained: Option<Reason>,
    /// Probability of every class.
    pub probabilities: Probabilities,
    /// The class that lies beyond the threshold, of two.
    pub positive: Option<String>,
    /// Where the threshold was.
    pub threshold: Option<f64>,
    /// Beats a minute, where a plausible rhythm was found.
    pub heart_rate_bpm: Option<f64>,
    /// How good the recording is, where a heart was found.
    pub quality: Option<Quality>,
    /// Length of the recording in seconds, where that is known.
    pub seconds: Option<f64>,
    /// Samples a second.
    pub sample_rate: u32,
}

impl Row {
    /// The class that a list or a folder gives it, by its place among these.
    pub fn truth(&self, labels: &[String]) -> Option<usize> {
        match &self.listed {
            Some(label) => class(label, labels),
            None => class_of_folder(&self.name, labels),
        }
    }

    /// The same in words; also a label that is none of these classes.
    pub fn truth_text<'a>(&'a self, labels: &'a [String]) -> Option<&'a str> {
        let known = self.truth(labels).and_then(|index| labels.get(index));
        known.or(self.listed.as_ref()).map(String::as_str)
    }
}

impl Verdict {
    /// What is kept of the result on a recording.
    pub(super) fn of(result: &RecordingResult, model: &Model, input: &Input) -> Self {
        let (prediction, config) = (&result.prediction, &model.package.config);
        let plausible = prediction.rhythm.as_ref().filter(|rhythm| rhythm.plausible);
        Self {
            model: model.ticket,
            model_name: model.name.as_str().into(),
            label: prediction.label.clone(),
            abstained: prediction.abstained.as_ref().map(|abstention| abstention.reason),
            probabilities: prediction.probabilities.clone(),
            positive: positive_of_two(config).and_then(|index| config.labels.get(index)).cloned(),
            threshold: prediction.threshold,
            heart_rate_bpm: plausible.map(|rhythm| rhythm.heart_rate_bpm),
            quality: prediction.quality,
            seconds: input.length_s,
            sample_rate: input.sample_rate,
        }
    }

    /// The number that stands in the table: the probability of the positive class of two, or else that of the label.
    /// None where nothing can be said.
    pub fn probability(&self) -> Option<f64> {
        let label = self.label.as_ref()?;
        self.probabilities.get(self.positive.as_ref().unwrap_or(label)).copied()
    }

    /// The probability of a class as it is written down.
    pub(super) fn written(&self, label: &str) -> Option<f64> {
        self.probabilities.get(label).copied().map(three_digits)
    }
}
