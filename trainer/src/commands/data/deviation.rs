//! What is not as it was promised.

use serde::Serialize;

use crate::data::dcase::NAMED;
use crate::data::left_out::first;

/// Something that is not as it was promised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deviation {
    /// The folder of the set, where it concerns one.
    pub set: Option<String>,
    /// What is wrong.
    pub what: String,
    /// How many files or other things.
    pub count: usize,
    /// All of them.
    pub files: Vec<String>,
    /// What to do.
    pub advice: String,
}

impl Deviation {
    /// None where there are no offenders.
    pub fn of(what: impl Into<String>, files: Vec<String>, advice: &str) -> Option<Self> {
        let deviation = Self { set: None, what: what.into(), count: files.len(), files, advice: advice.into() };
        (deviation.count > 0).then_some(deviation)
    }

    /// The same, of a set.
    pub fn of_set(self, set: &str) -> Self {
        Self { set: Some(set.into()), ..self }
    }

    /// For people.
    pub fn line(&self) -> String {
        let Self { set, what, count, files, advice } = self;
        let set = set.as_ref().map_or(String::new(), |set| format!("{set}: "));
        format!("- {set}{what} ({count}): {}. {}", first(files, NAMED, ", "), capital(advice))
    }
}

/// The sentence with a capital letter and a full stop.
fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or(String::new(), |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
