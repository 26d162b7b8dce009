//! The parts of what is taught: settings, a run and its course, what was learned, and what was before.

use std::rc::Rc;

use spectnet_core::prediction::decision::OperatingPoint;
use spectnet_learn::message::{Computer, Learns, Order};

use super::{LENGTHS_S, LIMITS_S, Learn, classes};
use crate::state::share::Card;
use crate::state::{Handle, Model, Source, Ticket};

/// What is taught.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The classes of the model, better.
    #[default]
    Adapt,
    /// Classes of a person's own.
    New,
}

/// How it is learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What of the model learns.
    pub learns: Learns,
    /// Whether the same is trained with frozen filters beside it.
    pub compare: bool,
    /// For how long, in seconds; one of [`LIMITS_S`].
    pub seconds: u32,
    /// What computes.
    pub computer: Computer,
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What, and what to do, in sentences.
    pub text: String,
    /// Whether the same can be tried again.
    pub again: bool,
}

/// Something that is being learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub(super) ticket: Ticket,
    /// How far it is.
    pub stage: Stage,
    /// What was asked for.
    pub order: Rc<Order>,
    /// The examples that it learns from, in the order of the recordings.
    pub(super) examples: Rc<Vec<u64>>,
    /// What the learner kept last, for another one to go on from.
    pub(super) kept: Option<Handle>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The learner is being loaded: bytes that are there, and in all where that is known.
    Loading(u64, Option<u64>),
    /// So many recordings are read.
    Reading(usize),
    /// So many are conditioned.
    Preparing(usize),
    /// It learns.
    Learning,
    /// A person wants it to stop.
    Stopping,
}

/// What was learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// The model file.
    pub bytes: Handle,
    /// What tells it from what is learned another time.
    pub run: Ticket,
    /// What the menu calls it.
    pub name: String,
    /// Whether a person has it as a file.
    pub saved: bool,
}

/// The model that was in use before, and how it was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Before {
    pub(super) model: Model,
    pub(super) source: Source,
    pub(super) point: OperatingPoint,
    pub(super) prevalence: Option<f64>,
    pub(super) sha256: Option<String>,
    pub(super) card: Option<Card>,
}

/// Before or after learning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The model that was in use.
    Before,
    /// The model that was learned.
    After,
}

/// What comes when the model that was chosen is the one in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// What was learned goes.
    Undo,
    /// What was before goes.
    Use,
}

impl Default for Settings {
    fn default() -> Self {
        Self { learns: Learns::default(), compare: false, seconds: LIMITS_S[1], computer: Computer::default() }
    }
}

impl Default for Learn {
    fn default() -> Self {
        let (classes, last) = classes::first();
        Self {
            open: false,
            mode: Mode::default(),
            classes: Rc::new(classes),
            examples: Rc::default(),
            into: 0,
            settings: Settings::default(),
            offers_gpu: None,
            length_s: LENGTHS_S[2],
            note: String::new(),
            problem: None,
            recorder: None,
            run: None,
            curve: Rc::default(),
            device: String::new(),
            remarks: String::new(),
            said: String::new(),
            learned: None,
            before: None,
            side: None,
            filters: None,
            shows: None,
            shown: None,
            unfit: None,
            trial: None,
            ending: None,
            looking: None,
            now_s: 0.0,
            tried_s: f64::NEG_INFINITY,
            said_s: f64::INFINITY,
            last,
            taught: 0,
        }
    }
}
