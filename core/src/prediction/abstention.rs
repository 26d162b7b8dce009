//! When a model abstains, and why.

use serde::{Deserialize, Serialize};

/// Why a recording has no label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abstention {
    /// The reason, for programs.
    pub reason: Reason,
    /// The reason and what to do about it, for people: one or two sentences.
    pub detail: String,
}

/// Why a model abstains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The recording holds no sound, or nothing above the noise floor of the converter.
    Silent,
    /// A heart recording with fewer than two heart cycles, or any other recording that is shorter than a window.
    TooShort,
    /// A heart recording in which no plausible rhythm was found.
    NoRhythm,
    /// A heart recording whose [quality](crate::heart::Quality) is too poor.
    TooNoisy,
    /// A sound unlike all that the model was trained on: its [openness](crate::prediction::openness) is above 1.
    NoneOfThese,
}

impl Reason {
    /// All reasons, in the order in which they are tried.
    pub const ALL: [Self; 5] = [Self::Silent, Self::TooShort, Self::NoRhythm, Self::TooNoisy, Self::NoneOfThese];

    /// Two or three words for tables and headlines.
    pub fn title(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::TooShort => "too short",
            Self::NoRhythm => "no heart rhythm",
            Self::TooNoisy => "too noisy",
            Self::NoneOfThese => "none of these",
        }
    }

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::TooShort => "too_short",
            Self::NoRhythm => "no_rhythm",
            Self::TooNoisy => "too_noisy",
            Self::NoneOfThese => "none_of_these",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_named_in_json_as_they_say() {
        for reason in Reason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
        }
    }
}
