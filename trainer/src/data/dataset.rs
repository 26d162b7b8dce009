//! Labelled recordings, and how they are opened.

use super::circor::CircorLabels;
use super::example::Example;
use super::labels;
use super::left_out::LeftOut;
use crate::error::{Error, Result};

/// Labelled recordings: at least one, each file once and there when the dataset was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dataset {
    /// Name of the folder.
    pub name: String,
    /// Class names; those of the task where it has fixed ones, else those that occur, sorted.
    pub labels: Vec<String>,
    /// The recordings, in the order of the data.
    pub examples: Vec<Example>,
    /// Recordings that are listed and cannot be used.
    pub left_out: Vec<LeftOut>,
}

/// How a data set is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// What makes a recording of CirCor abnormal.
    pub circor: CircorLabels,
    /// Whether every recording is opened, too, and its beginning decoded.
    pub decodes: bool,
    /// Goes on without the recordings that cannot be used.
    pub skips: bool,
    /// Whether the user could have asked to go on without them, so that a refusal says how.
    pub may_skip: bool,
}

impl Opening {
    /// As usual, with these labels of CirCor.
    pub fn labelled_by(circor: CircorLabels) -> Self {
        Self { circor, ..Self::default() }
    }
}

impl Dataset {
    /// The same recordings with labels numbered as in a model.
    ///
    /// # Errors
    /// A label of the data that the model does not have.
    pub fn with_labels(mut self, labels: &[String]) -> Result<Self> {
        let mut numbers = Vec::with_capacity(self.labels.len());
        for label in &self.labels {
            numbers.push(labels::position(labels, label));
        }
        for example in &mut self.examples {
            example.label = numbers[example.label].ok_or_else(|| {
                let label = &self.labels[example.label];
                let known = labels.join(", ");
                Error::input(format!("label {label:?} is not one of the model's labels: {known}"))
                    .at(example.path.display())
            })?;
        }
        self.labels = labels.to_vec();
        Ok(self)
    }
}
