//! What can happen to the microphone, and what it wants done.

use super::{Length, Processing};
use crate::state::{Handle, Ticket};

/// Why nothing is recorded, or no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The page is not one to which browsers give the microphone.
    Insecure,
    /// A person, or the browser for them, does not allow it.
    Denied,
    /// There is no microphone.
    NoDevice,
    /// It gives nothing, perhaps because another program has it.
    Busy,
    /// It was unplugged, or is not allowed any more.
    Lost,
    /// No samples come any more.
    Stalled,
    /// Anything else, in the browser's words.
    Failed(String),
}

/// What can happen to it.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A person wants to record, or no longer, before anything was asked.
    Pressed,
    /// A person chose how long.
    LengthPicked(Length),
    /// A person has read what will happen, and wants it.
    Agreed,
    /// It records.
    Began {
        /// The request for it.
        ticket: Ticket,
        /// Date and time, as they stand in the name of the recording.
        at: String,
        /// Where all samples will be.
        capture: Handle,
        /// Samples a second.
        sample_rate: u32,
        /// What the browser does to the sound.
        processing: Processing,
    },
    /// So much was recorded.
    Measured {
        /// The request for it.
        ticket: Ticket,
        /// Length so far in seconds.
        seconds: f64,
        /// The largest amplitude since it was last told.
        peak: f64,
    },
    /// At least [`LEAST_NEW_S`](super::LEAST_NEW_S) more of it can be judged.
    Grew {
        /// The request for it.
        ticket: Ticket,
        /// The last [`LIVE_S`](super::LIVE_S) of it, or all.
        sound: Handle,
        /// Where that begins and ends in it, in seconds.
        part: [f64; 2],
    },
    /// A person wants no more recorded.
    Stopped,
    /// It records no more, or not at all.
    Ended {
        /// The request for it.
        ticket: Ticket,
        /// Why.
        why: Problem,
    },
}

/// What it wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask for the microphone and record: [`Began`](Event::Began), then [`Measured`](Event::Measured) and
    /// [`Grew`](Event::Grew) until it is stopped, or [`Ended`](Event::Ended). However it comes to its end, the
    /// microphone is given back.
    Record {
        /// The request.
        ticket: Ticket,
        /// Longest recording, in seconds.
        most_s: f64,
    },
    /// Move the keyboard's focus to a button, from one that is not there any more.
    Focus(Button),
}

/// The buttons of the microphone that come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// That which begins with the explanation.
    Open,
    /// That which has the browser ask.
    Use,
    /// That which stops.
    Stop,
}
