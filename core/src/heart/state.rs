//! The four states of a heart cycle.

use serde::{Deserialize, Serialize};

/// A state of the heart. The states follow one another in this order, and S1 follows the diastole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum State {
    /// First heart sound: the mitral and the tricuspid valve close.
    S1,
    /// Between S1 and S2, while the heart ejects.
    #[serde(rename = "systole")]
    Systole,
    /// Second heart sound: the aortic and the pulmonary valve close.
    S2,
    /// Between S2 and the S1 of the next cycle, while the heart fills.
    #[serde(rename = "diastole")]
    Diastole,
}

/// Number of states.
pub const STATES: usize = 4;

impl State {
    /// All states in the order in which they follow one another.
    pub const ALL: [Self; STATES] = [Self::S1, Self::Systole, Self::S2, Self::Diastole];

    /// The name of the state in tables of onsets and in JSON.
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

    /// The state that comes before.
    pub(crate) fn previous(self) -> Self {
        self.next().next().next()
    }

    /// The index in [`State::ALL`], 0 to 3.
    pub fn index(self) -> usize {
        self as usize
    }
}
