//! The recording at hand.

use super::{Handle, Status, Ticket};

/// What there is of a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Recording {
    /// None was chosen.
    #[default]
    None,
    /// One is on its way.
    Reading {
        /// The request for it.
        ticket: Ticket,
        /// What it is called.
        name: String,
        /// What must be said of it; may be empty.
        note: &'static str,
        /// What is shown meanwhile.
        status: Status,
    },
    /// One could not be read. That is still said when a model is there for it.
    Unreadable {
        /// What went wrong.
        what: String,
        /// Why.
        why: String,
    },
    /// One can be judged.
    Open(Input),
}

/// A recording that can be judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The request for it, which tells it from every other recording.
    pub ticket: Ticket,
    /// What it is called.
    pub name: String,
    /// What must be said of it; may be empty.
    pub note: &'static str,
    /// Its samples, wherever they are.
    pub sound: Handle,
    /// Samples a second.
    pub sample_rate: u32,
    /// Number of channels.
    pub channels: usize,
    /// Length in seconds; none where the file does not say it, until its end has been read.
    pub length_s: Option<f64>,
}

/// A recording on its way through the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The run, or the request for the CPU in the middle of it.
    pub ticket: Ticket,
}

impl Recording {
    /// The recording, where it can be judged.
    pub fn open(&self) -> Option<&Input> {
        match self {
            Self::Open(input) => Some(input),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub(super) fn open_mut(&mut self) -> Option<&mut Input> {
        match self {
            Self::Open(input) => Some(input),
            _ => None,
        }
    }
}
