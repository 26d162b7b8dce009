//! What a person controls of the page's work: stop it, try again what failed, choose what computes; and how long it still
//! takes.

use super::{Backend, Origin, Source, Status, Ticket};

/// Seconds after which the time that is left is estimated: before, the first steps say little about those that follow.
const LEAST_S: f64 = 1.0;

/// What shall compute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A graphics device where there is one, and else the CPU. What only computes in software is none.
    #[default]
    Automatic,
    /// WebGPU, also where it computes in software.
    Graphics,
    /// The CPU.
    Cpu,
}

impl DeviceChoice {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Automatic, Self::Graphics, Self::Cpu];

    /// The word for it in the page's address, `?backend=`, and in its list.
    pub fn name(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Graphics => "webgpu",
            Self::Cpu => "cpu",
        }
    }

    /// What a word stands for; any other word leaves the choice to the page.
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|choice| choice.name() == name).unwrap_or_default()
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The page's own address says what shall compute; comes before the page is opened.
    DeviceAsked(DeviceChoice),
    /// A person chose what shall compute.
    DevicePicked(DeviceChoice),
    /// What was chosen is there, or the CPU in its place.
    DeviceFound {
        /// The request for it.
        ticket: Ticket,
        /// What computes from now on.
        backend: Backend,
    },
    /// A person wants what is going on to stop.
    Cancelled,
    /// A person wants what failed to be tried again.
    Retried,
    /// More files were given than so many, which are taken at once.
    FilesLeft(usize),
    /// What has this ticket has just told how far it is.
    Timed {
        /// The request, or the run.
        ticket: Ticket,
        /// The time, in seconds since the page was opened.
        now_s: f64,
    },
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Look for what shall compute: [`DeviceFound`](Event::DeviceFound).
    FindDevice {
        /// The request.
        ticket: Ticket,
        /// What shall compute.
        choice: DeviceChoice,
    },
    /// Keep the keyboard's focus near a button that is not there any more.
    KeepFocus,
}

/// What a person controls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Control {
    /// What shall compute.
    pub device: DeviceChoice,
    /// The request for it, where it was chosen after the page was opened.
    pub(super) looking: Option<Ticket>,
    /// Whether another device was chosen while the first one was still looked for.
    pub(super) changed: bool,
    /// What went wrong and stays to be seen when the page has gone on.
    pub trouble: Option<Trouble>,
    /// Why there is no list of models.
    pub menu_problem: Option<String>,
    /// How fast the work goes.
    pub(super) pace: Option<Pace>,
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// The reason, in a sentence.
    pub text: String,
    /// The model that can be tried again; none where it was no model, or a file that stays as it is.
    pub again: Option<Source>,
}

impl Trouble {
    /// Why a model is not there.
    pub(super) fn of_model(source: &Source, why: &str) -> Self {
        let again = matches!(source.origin, Origin::Address(_)).then(|| source.clone());
        Self { text: Status::failed("", why).error, again }
    }

    /// Something that cannot be tried again.
    pub(super) fn note(why: &str) -> Self {
        Self { text: Status::failed("", why).error, again: None }
    }
}

/// How fast some work goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pace {
    pub ticket: Ticket,
    /// When it was first told how much is done, and how much that was.
    began_s: f64,
    began_part: f64,
    /// The same of the last time.
    now_s: f64,
    part: f64,
}

impl Pace {
    /// The pace after another report of how much is done.
    pub(super) fn after(before: Option<Self>, ticket: Ticket, now_s: f64, part: f64) -> Self {
        match before {
            Some(before) if before.ticket == ticket && before.part <= part => Self { now_s, part, ..before },
            _ => Self { ticket, began_s: now_s, began_part: part, now_s, part },
        }
    }

    /// How many seconds are left if it goes on like this; none while that is not known.
    pub(super) fn left_s(&self) -> Option<f64> {
        let (took_s, done) = (self.now_s - self.began_s, self.part - self.began_part);
        (took_s >= LEAST_S && done > 0.0).then(|| took_s * (1.0 - self.part).max(0.0) / done)
    }
}
