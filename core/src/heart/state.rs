//! The four states of a heart cycle.

use serde::{Deserialize, Serialize};

/// A state of the heart as it is heard. They follow one another in this order, and S1 follows the diastole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum State {
    /// The first heart sound: mitral and tricuspid valve close.
    S1,
    /// Between S1 and S2.
    #[serde(rename = "systole")]
    Systole,
    /// The second heart sound: aortic and pulmonary valve close.
    S2,
    /// Between S2 and the S1 of the next cycle.
    #[serde(rename = "diastole")]
    Diastole,
}

/// Number of states.
pub const STATES: usize = 4;

impl State {
    /// All states in the order in which they follow one another.
    pub const ALL: [Self; STATES] = [Self::S1, Self::Systole, Self::S2, Self::Diastole];

    /// The name, as in tables of onsets.
    pub fn name(self) -> &'static str {
        match self {
            Self::S1 => "S1",
            Self::Systole => "systole",
            Self::S2 => "S2",
            Self::Diastole => "diastole",
        }
    }

    /// The state with this [name](State::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The state that follows.
    pub fn next(self) -> Self {
        match self {
            Self::S1 => Self::Systole,
            Self::Systole => Self::S2,
            Self::S2 => Self::Diastole,
            Self::Diastole => Self::S1,
        }
    }

    /// The state before.
    pub(crate) fn previous(self) -> Self {
        self.next().next().next()
    }

    /// The place in [`State::ALL`], 0 to 3.
    pub fn index(self) -> usize {
        self as usize
    }
}
