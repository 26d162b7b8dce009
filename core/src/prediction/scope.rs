//! For whom a model of heart sounds was made, so that a result on another heart carries a warning.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Note, Noted, Rhythm};
use crate::model::{ModelConfig, Task};
use crate::text::is_plain;
use crate::{Error, Result};

/// Most characters of the words about people, which have to fit into a sentence.
pub const MOST_PEOPLE: usize = 200;
/// Heart rates between which a range may lie, in beats per minute: a little more than the segmentation finds (30 to
/// 220).
pub const RATES: [f64; 2] = [20.0, 300.0];

/// For whom a model of heart sounds was made, as far as its file says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// Whose hearts it learned from, in words that complete "recordings of": 1 to [`MOST_PEOPLE`] plain characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<String>,
    /// From which to which heart rate these hearts beat, in beats per minute, rising and within [`RATES`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heart_rate_bpm: Option<[f64; 2]>,
}

impl Scope {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The scope of a model that goes on from one with the scope `before`, on recordings with this one: the people of
    /// these recordings if they are named, and the heart rates of both. Where those from `before` are not known, nobody
    /// knows the range, and there is none.
    #[must_use]
    pub fn after(self, before: Self) -> Self {
        let own = self.heart_rate_bpm;
        let both = |[low, high]: [f64; 2]| own.map_or([low, high], |[first, last]| [low.min(first), high.max(last)]);
        Self { people: self.people.or(before.people), heart_rate_bpm: before.heart_rate_bpm.map(both) }
    }

    /// A warning beside the result on a heart with this rhythm; none where the rhythm is not plausible, where its rate
    /// lies within the range, and where no range is known.
    pub(crate) fn warning(&self, rhythm: &Rhythm) -> Option<Note> {
        let [low, high] = self.heart_rate_bpm.filter(|_| rhythm.plausible)?;
        // Rates are compared as they are shown, so that no sentence contradicts itself.
        let rate = rhythm.heart_rate_bpm.round();
        let is_known = |rate: f64| (low..=high).contains(&rate);
        if is_known(rate) {
            return None;
        }
        let people = self.people.as_ref().map(|people| format!(" ({people})")).unwrap_or_default();
        let known = format!("the recordings that this model learned from have {low} to {high} a minute{people}");
        let detail = match rhythm.alternative_bpm.map(f64::round).filter(|other| is_known(*other)) {
            None => format!("The heart beats {rate} times a minute; {known}. Do not rely on the result."),
            Some(other) => format!(
                "The heart beats {rate} times a minute, or {other}: the sound does not tell which. Of these two the \
                 model knows {other}; {known}. If it is {rate}, do not rely on the result."
            ),
        };
        Some(Note::new(Noted::OutOfScope, detail))
    }

    /// Checks the words and the range.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the first of them that is out of its limits.
    pub fn validate(&self) -> Result<()> {
        let is_good = |people: &String| {
            let has_words = !people.trim().is_empty() && people.chars().count() <= MOST_PEOPLE;
            has_words && people.chars().all(is_plain)
        };
        if !self.people.iter().all(is_good) {
            return Err(Error::invalid(format!("people: expected 1 to {MOST_PEOPLE} characters of plain text")));
        }
        let [least, most] = RATES;
        let is_range = |[low, high]: &[f64; 2]| (least..*high).contains(low) && *high <= most;
        match self.heart_rate_bpm.filter(|range| !is_range(range)) {
            Some([low, high]) => Err(Error::invalid(format!(
                "heart_rate_bpm {low} to {high}: expected a rising range within {least} to {most} beats a minute"
            ))),
            None => Ok(()),
        }
    }

    /// As [`validate`](Self::validate), and checks that the model is one for heart sounds.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a model of other sounds, and those of [`validate`](Self::validate).
    pub fn validate_for(&self, config: &ModelConfig) -> Result<()> {
        if config.task != Task::Heart {
            return Err(Error::invalid("it belongs to a model for heart sounds"));
        }
        self.validate()
    }
}

impl fmt::Display for Scope {
    /// For people, in one line: `adults at rest; hearts of 45 to 130 beats a minute`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let rates = self.heart_rate_bpm.map(|[low, high]| format!("hearts of {low} to {high} beats a minute"));
        let parts: Vec<String> = self.people.clone().into_iter().chain(rates).collect();
        f.write_str(&parts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heart::Confidence;

    fn adults() -> Scope {
        Scope { people: Some("adults at rest".into()), heart_rate_bpm: Some([45.0, 130.0]) }
    }

    fn rhythm(heart_rate_bpm: f64, alternative_bpm: Option<f64>) -> Rhythm {
        let confidence = Confidence { heart_rate: 0.9, systolic_interval: 0.9, states: 0.9 };
        Rhythm { heart_rate_bpm, alternative_bpm, systolic_interval_s: 0.2, confidence, plausible: true }
    }

    fn said(scope: &Scope, rhythm: &Rhythm) -> Option<String> {
        scope.warning(rhythm).map(|note| {
            assert_eq!(note.kind, Noted::OutOfScope);
            note.detail
        })
    }

    #[test]
    fn hearts_outside_of_the_range_are_warned_of() {
        for inside in [44.5, 45.0, 80.0, 130.0, 130.4] {
            assert_eq!(said(&adults(), &rhythm(inside, None)), None, "{inside}");
        }
        let fast = "The heart beats 165 times a minute; the recordings that this model learned from have 45 to 130 a \
                    minute (adults at rest). Do not rely on the result.";
        assert_eq!(said(&adults(), &rhythm(164.7, None)).unwrap(), fast);
        let unnamed = Scope { people: None, ..adults() };
        let slow = "The heart beats 44 times a minute; the recordings that this model learned from have 45 to 130 a \
                    minute. Do not rely on the result.";
        assert_eq!(said(&unnamed, &rhythm(44.4, None)).unwrap(), slow);
        assert!(said(&adults(), &rhythm(130.5, None)).is_some());
        assert_eq!(serde_json::to_value(Noted::OutOfScope).unwrap(), "out_of_scope");
    }

    #[test]
    fn another_rate_that_the_model_knows_is_named() {
        let known = said(&adults(), &rhythm(165.0, Some(82.4))).unwrap();
        assert_eq!(
            known,
            "The heart beats 165 times a minute, or 82: the sound does not tell which. Of these two the model knows \
             82; the recordings that this model learned from have 45 to 130 a minute (adults at rest). If it is 165, \
             do not rely on the result."
        );
        // One that it does not know either says nothing.
        assert_eq!(said(&adults(), &rhythm(40.0, Some(20.0))), said(&adults(), &rhythm(40.0, None)));
        // The rate that is likelier lies within.
        assert_eq!(said(&adults(), &rhythm(82.0, Some(165.0))), None);
    }

    #[test]
    fn where_no_rhythm_or_no_range_is_known_there_is_no_warning() {
        let none = Rhythm { plausible: false, ..rhythm(165.0, None) };
        assert_eq!(said(&adults(), &none), None);
        assert_eq!(said(&Scope { heart_rate_bpm: None, ..adults() }, &rhythm(165.0, None)), None);
        assert_eq!(said(&Scope::default(), &rhythm(165.0, None)), None);
    }

    #[test]
    fn a_model_that_goes_on_knows_the_hearts_of_both() {
        let range = |low: f64, high: f64| Scope { people: None, heart_rate_bpm: Some([low, high]) };
        let children = Scope { people: Some("children".into()), ..range(70.0, 160.0) };
        let both = children.clone().after(adults());
        assert_eq!(both, Scope { people: Some("children".into()), heart_rate_bpm: Some([45.0, 160.0]) });
        assert_eq!(range(40.0, 100.0).after(adults()), Scope { heart_rate_bpm: Some([40.0, 130.0]), ..adults() });
        // Too few recordings to say anything: as before.
        assert_eq!(Scope::default().after(adults()), adults());
        // Nobody knows what the other one has seen.
        assert_eq!(children.clone().after(Scope::default()), Scope { heart_rate_bpm: None, ..children });
    }

    #[test]
    fn people_and_range_are_said_in_a_line() {
        assert_eq!(adults().to_string(), "adults at rest; hearts of 45 to 130 beats a minute");
        assert_eq!(Scope { heart_rate_bpm: None, ..adults() }.to_string(), "adults at rest");
        assert_eq!(Scope { people: None, ..adults() }.to_string(), "hearts of 45 to 130 beats a minute");
        assert!(Scope::default().is_empty() && Scope::default().to_string().is_empty() && !adults().is_empty());
    }
}
