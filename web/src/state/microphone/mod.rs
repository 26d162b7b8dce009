//! Recording with the microphone. Time comes with events; nothing here has a clock.
//!
//! - `event`: what can happen to it, and what it wants done
//! - `rules`: from the explanation to a recording like any other
//! - `live`: what was recorded so far goes through the model while more comes
//! - `words`: what is said of it

mod event;
mod live;
mod rules;
mod words;

use super::{Handle, Ticket};
use live::Coming;

pub use event::{Button, Effect, Event, Problem};

pub(super) use live::{ended as live_ended, judging as live_judging, say, stop as stop_live};
pub(super) use rules::{apply, give_way, stop};

/// Longest recording in seconds where no length is chosen: at 48 kHz its samples take 115 MB, which a phone has.
pub const MOST_S: f64 = 600.0;
/// Of what was recorded so far at most so many seconds are judged again and again, the last ones: a few seconds of work
/// would else become a minute's.
pub const LIVE_S: f64 = 30.0;
/// It is judged again when so many seconds are new.
pub const LEAST_NEW_S: f64 = 1.0;
/// The lowest level that the meter shows, in decibels below full scale.
pub const LOWEST_DB: f64 = -60.0;
/// From this amplitude on a sample is clipped: the last step of 16 bits lies above it.
const CLIPPED: f64 = 0.9999;

/// The microphone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Microphone {
    /// What is going on.
    pub stage: Stage,
    /// How long shall be recorded.
    pub length: Length,
    /// What is going on or has just happened, in sentences; may be empty.
    pub note: String,
    /// Why nothing is recorded, or no more, in sentences; may be empty.
    pub problem: String,
    /// What was recorded so far, on its way through the model.
    coming: Option<Coming>,
}

/// What is going on.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Stage {
    /// Nothing.
    #[default]
    Idle,
    /// It is explained what will happen.
    Explained,
    /// The browser asks for the permission.
    Asking(Ticket),
    /// It records.
    Recording(Take),
}

/// A recording that is being made.
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    ticket: Ticket,
    /// What it is called.
    name: String,
    /// All samples so far.
    capture: Handle,
    sample_rate: u32,
    processing: Processing,
    /// Length so far in seconds.
    pub seconds: f64,
    /// The largest amplitude of the last moment; 1 is full scale.
    pub peak: f64,
    /// Whether anything of it is clipped.
    pub clipped: bool,
    /// The newest samples that are to be judged, and where they begin and end in it, in seconds.
    grown: Option<(Handle, [f64; 2])>,
    /// The part that the result of the moment is about.
    shown: Option<[f64; 2]>,
    /// Why the newest part has no result.
    problem: Option<String>,
}

/// How long shall be recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Length {
    /// Ten seconds.
    Ten,
    /// Half a minute.
    #[default]
    Thirty,
    /// A minute.
    Sixty,
    /// Until a person stops it, and at most [`MOST_S`].
    UntilStopped,
}

impl Length {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ten, Self::Thirty, Self::Sixty, Self::UntilStopped];

    /// The value of its entry in the page's list.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ten => "10",
            Self::Thirty => "30",
            Self::Sixty => "60",
            Self::UntilStopped => "until-stopped",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|length| length.name() == name)
    }

    /// The same in seconds, at most.
    pub fn most_s(self) -> f64 {
        match self {
            Self::Ten => 10.0,
            Self::Thirty => 30.0,
            Self::Sixty => 60.0,
            Self::UntilStopped => MOST_S,
        }
    }
}

/// What the browser does to the sound although it was asked not to; none where it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Processing {
    /// Takes away what the loudspeaker plays.
    pub echo_cancellation: Option<bool>,
    /// Takes away what is no speech.
    pub noise_suppression: Option<bool>,
    /// Makes everything equally loud.
    pub automatic_gain: Option<bool>,
}

impl Microphone {
    /// Whether it records, or the browser is asked for it.
    pub fn is_on(&self) -> bool {
        self.ticket().is_some()
    }

    /// Whether it records.
    pub fn is_recording(&self) -> bool {
        self.take().is_some()
    }

    /// The recording that is being made.
    pub fn take(&self) -> Option<&Take> {
        match &self.stage {
            Stage::Recording(take) => Some(take),
            _ => None,
        }
    }

    /// Whether what was recorded so far is on its way through the model.
    pub fn is_judging(&self) -> bool {
        self.coming.is_some()
    }

    /// The request for the microphone.
    pub(super) fn ticket(&self) -> Option<Ticket> {
        match &self.stage {
            Stage::Asking(ticket) => Some(*ticket),
            Stage::Recording(take) => Some(take.ticket),
            Stage::Idle | Stage::Explained => None,
        }
    }

    /// Whether this is the run of what was recorded so far.
    pub(super) fn judges(&self, ticket: Ticket) -> bool {
        self.coming.as_ref().is_some_and(|coming| coming.ticket == ticket)
    }

    /// The recording that is being made under this ticket, to be changed.
    fn take_mut(&mut self, ticket: Ticket) -> Option<&mut Take> {
        match &mut self.stage {
            Stage::Recording(take) if take.ticket == ticket => Some(take),
            _ => None,
        }
    }
}
