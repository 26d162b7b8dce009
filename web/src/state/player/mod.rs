//! What plays, and which part of the recording. Time comes with events; nothing here has a clock.

mod playing;
mod programme;
mod rules;
mod selecting;

use super::{Handle, Ticket};
use crate::failure::Result;
use crate::listen::Programme;

pub(super) use rules::{apply, keep};

/// Slowest and fastest playing, times the recording's own speed.
pub const SPEEDS: [f64; 2] = [0.25, 2.0];
/// What every frequency of a heart is raised by, in Hz, so that small loudspeakers play it: they begin at about 300 Hz,
/// and heart sounds lie between 30 and 500.
pub const RAISED_HZ: f64 = 300.0;

/// The player.
#[derive(Clone, Debug, PartialEq)]
pub struct Player {
    /// What plays now; none: nothing.
    pub playing: Option<Playback>,
    /// Where the player stands in the recording, in seconds.
    pub position_s: f64,
    /// The part that is repeated, from and to in seconds; none: all of the recording is played once.
    pub selection: Option<[f64; 2]>,
    /// A pointer that is down on the plots over time.
    pub drag: Option<Drag>,
    /// What is played of the recording.
    pub through: Through,
    /// Whether the frequencies of a heart are raised.
    pub raised: bool,
    /// Times the recording's own speed, within [`SPEEDS`].
    pub speed: f64,
    /// Volume, 0 to 1.
    pub volume: f64,
    /// Why nothing plays, or what was typed wrong, in a sentence.
    pub problem: Option<String>,
    /// The recording that all of this is about; none where there is nothing to play.
    pub(super) of: Option<Ticket>,
    /// Whether anything of it has been played: then something is kept for it elsewhere.
    pub(super) loaded: bool,
}

impl Default for Player {
    fn default() -> Self {
        Self {
            playing: None,
            position_s: 0.0,
            selection: None,
            drag: None,
            through: Through::default(),
            raised: false,
            speed: 1.0,
            volume: 0.8,
            problem: None,
            of: None,
            loaded: false,
        }
    }
}

impl Player {
    /// Whether there is something to play.
    pub fn is_there(&self) -> bool {
        self.of.is_some()
    }
}

/// Something that plays.
#[derive(Clone, Debug, PartialEq)]
pub struct Playback {
    /// The request for it.
    pub ticket: Ticket,
    /// The part of the recording that is played, from and to in seconds.
    pub part: [f64; 2],
    /// Whether it begins again where it ends.
    pub repeats: bool,
    /// What is played of it.
    pub(super) programme: Programme,
    /// How fast.
    pub(super) speed: f64,
}

/// What is played of the recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Through {
    /// The recording as it is.
    #[default]
    Recording,
    /// Conditioned, as the model takes it.
    Conditioned,
    /// The same through the selected filter.
    Filter,
    /// The same through all filters before training.
    BankBefore,
    /// The same through all filters after training.
    Bank,
    /// The same through the filters that are switched on, as they are now.
    SwitchedOn,
}

impl Through {
    /// The value of its entry in the page's list.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Conditioned => "conditioned",
            Self::Filter => "filter",
            Self::BankBefore => "bank-before",
            Self::Bank => "bank",
            Self::SwitchedOn => "switched-on",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Recording, Self::Conditioned, Self::Filter, Self::BankBefore, Self::Bank, Self::SwitchedOn];
        all.into_iter().find(|through| through.name() == name)
    }
}

/// A pointer that is down on the plots over time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drag {
    /// Where it went down, in seconds of the recording and in CSS pixels.
    pub from: Place,
    /// Whether it went down where a part can be selected.
    pub selects: bool,
    /// Whether it has moved so far that it is no click.
    pub moved: bool,
    /// The selection before.
    pub before: Option<[f64; 2]>,
}

/// A place on the plots over time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// In seconds of the recording.
    pub at_s: f64,
    /// In CSS pixels from the left of the window.
    pub x: f64,
}

/// What can happen to the player.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A person plays or pauses.
    Toggled,
    /// A person goes to a time in seconds.
    Sought(f64),
    /// A person goes so many seconds on, or back.
    Stepped(f64),
    /// A pointer went down on the plots over time; `selects` where a part can be selected.
    Pressed {
        /// Where.
        place: Place,
        /// Whether it selects a part when it moves.
        selects: bool,
    },
    /// It moves.
    Dragged(Place),
    /// It went up.
    Released(Place),
    /// It does something else: the page is being scrolled.
    Abandoned,
    /// A person typed where the part begins and ends, in seconds; what is no number comes as NaN.
    Typed([f64; 2]),
    /// A person wants all of the recording, not a part.
    SelectionCleared,
    /// A person wants to listen to a part of the recording once, from and to in seconds.
    PartAsked([f64; 2]),
    /// A person chose what is played.
    ThroughPicked(Through),
    /// A person wants frequencies raised, or not.
    RaisedPicked(bool),
    /// A person chose a speed.
    SpeedPicked(f64),
    /// A person moved the volume, 0 to 1.
    VolumeMoved(f64),
    /// Something sounds.
    At {
        /// The request for it.
        ticket: Ticket,
        /// Which place of the recording, in seconds.
        position_s: f64,
    },
    /// It has come to its end, or why it did not.
    Ended {
        /// The request for it.
        ticket: Ticket,
        /// Whether it came to its end.
        answer: Result<()>,
    },
}

/// What the player wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Play: some [`At`](Event::At), then [`Ended`](Event::Ended). What played before falls silent.
    Play(Box<Order>),
    /// Fall silent.
    Silence,
    /// Fall silent, and keep nothing of the recording any more.
    Forget,
    /// Set the volume, 0 to 1.
    Volume(f64),
}

/// What is to be played.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The request for it.
    pub ticket: Ticket,
    /// The recording's samples.
    pub sound: Handle,
    /// How long the recording is, as far as that is known, in seconds.
    pub length_s: f64,
    /// What is played of it.
    pub programme: Programme,
    /// The part of it, from and to in seconds.
    pub part: [f64; 2],
    /// Whether the part begins again where it ends.
    pub repeats: bool,
    /// Where to begin, in seconds.
    pub from_s: f64,
    /// Times the recording's own speed.
    pub speed: f64,
    /// Volume, 0 to 1.
    pub volume: f64,
}
