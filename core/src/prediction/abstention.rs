//! When nothing can be said, and why.

use serde::{Deserialize, Serialize};

/// Why a recording has no label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abstention {
    /// The reason, for programs.
    pub reason: Reason,
    /// The reason and what to do, for people: a sentence or two.
    pub detail: String,
}

/// What a recording lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// There is no sound in it, or none above the noise floor.
    Silent,
    /// A heart sound with less than two cycles; any other sound that is shorter than a window.
    TooShort,
    /// A heart sound in which no rhythm of a heart can be found.
    NoRhythm,
    /// A heart sound whose cycles can hardly be made out.
    TooNoisy,
    /// A sound unlike everything that the model was trained on.
    NoneOfThese,
}

impl Reason {
    /// All of them, in the order in which they are looked for.
    pub const ALL: [Self; 5] = [Self::Silent, Self::TooShort, Self::NoRhythm, Self::TooNoisy, Self::NoneOfThese];

    /// In two or three words, for tables and headlines.
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
