//! What can happen to teaching, and what it wants done.

use std::rc::Rc;

use spectnet_core::package::Package;
use spectnet_learn::message::{Computer, Learns, Order, Report};

use super::{Mode, Side};
use crate::failure::Result;
use crate::plot::response::Responses;
use crate::state::{GivenFile, Handle, RecordingSource, Ticket};

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A person unfolds the panel, or folds it.
    Unfolded(bool),
    /// Whether there is a graphics device that learns.
    GpuLookedFor {
        /// The request.
        ticket: Ticket,
        /// Whether there is one.
        found: bool,
    },

    /// A person chose what is taught.
    ModePicked(Mode),
    /// A person wants another class.
    ClassAdded,
    /// A person gives a class another name.
    ClassRenamed {
        /// Its number.
        class: u64,
        /// The name as it was typed.
        name: String,
    },
    /// A person wants a class no more.
    ClassRemoved(u64),

    /// A person chose the class of what is added next.
    IntoPicked(u64),
    /// A person chose files.
    FilesGiven(Vec<GivenFile>),
    /// A person wants the recording at hand as an example.
    OpenRecordingGiven,
    /// A person wants one of the page's own recordings, by its place among those offered.
    RecordedGiven(usize),
    /// A person wants a synthesised sound.
    SynthesisedGiven {
        /// Its place among those offered.
        index: usize,
        /// Every seed gives another.
        seed: u64,
    },
    /// A person names the class of an example; none: it has none of them.
    ClassPicked {
        /// Its number.
        example: u64,
        /// The number of the class.
        class: Option<u64>,
    },
    /// A person takes an example away.
    Removed(u64),
    /// An example was opened, or why not.
    Opened {
        /// The request for it.
        ticket: Ticket,
        /// What it is.
        answer: Result<OpenedExample>,
    },

    /// A person chose how long an example from the microphone is, in seconds.
    LengthPicked(u32),
    /// A person wants to record an example, or no more.
    RecordPressed,

    /// A person chose what learns.
    LearnsPicked(Learns),
    /// A person wants the same with frozen filters beside it, or not.
    ComparePicked(bool),
    /// A person chose for how long, in seconds.
    SecondsPicked(u32),
    /// A person chose what computes.
    ComputerPicked(Computer),
    /// A person wants it learned, also once more where it failed.
    Pressed,
    /// A person wants no more learned; once more: at once, without an answer of the learner.
    StopPressed,
    /// So many recordings are read.
    Read {
        /// The run.
        ticket: Ticket,
        /// How many.
        done: usize,
    },
    /// The learner says something.
    Reported {
        /// The run.
        ticket: Ticket,
        /// When, in seconds since the page was opened.
        at_s: f64,
        /// What.
        report: Box<Report>,
        /// The model file that came with it.
        model: Option<Handle>,
        /// What another learner goes on from where this one is lost, likewise.
        kept: Option<Handle>,
    },
    /// The learner could not be started, or is gone.
    Died {
        /// The run.
        ticket: Ticket,
        /// Why.
        why: String,
    },
    /// A model is ready to be tried, or why not.
    Prepared {
        /// The request for it.
        ticket: Ticket,
        /// The model.
        answer: Result<Box<Prepared>>,
    },

    /// A person wants to see one of both models at work.
    SidePicked(Side),
    /// A person wants the model from before, and not what was learned.
    Undone,
    /// A person wants what was learned from now on.
    Used,
    /// A person wants it as a file.
    SaveAsked,
    /// It is one, or why not.
    Saved {
        /// What tells it from what is learned another time.
        run: Ticket,
        /// Why not.
        answer: std::result::Result<(), String>,
    },
}

/// What it wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Look whether there is a graphics device that learns: [`GpuLookedFor`](Event::GpuLookedFor).
    LookForGpu(Ticket),
    /// Open an example, and let it go again: [`Opened`](Event::Opened).
    Open {
        /// The request for it.
        ticket: Ticket,
        /// Where it is.
        material: Material,
    },
    /// Ask for the microphone and record, as [`microphone::Effect::Record`](crate::state::microphone::Effect::Record) does:
    /// events of the microphone with this ticket.
    Record {
        /// The request.
        ticket: Ticket,
        /// Longest recording, in seconds.
        most_s: f64,
    },
    /// Load the learner and have it learn: some [`Read`](Event::Read) and [`Reported`](Event::Reported), of which the last
    /// says that it is over or why it stopped, or [`Died`](Event::Died).
    Run(Box<Work>),
    /// Ask the learner to stop; it reports once more.
    AskToStop,
    /// End the learner, which does not answer any more.
    End,
    /// Put a model on a device: [`Prepared`](Event::Prepared).
    Prepare {
        /// The request.
        ticket: Ticket,
        /// Where it is.
        from: Origins,
        /// The graphics device; none is the CPU.
        gpu: Option<Handle>,
        /// The model in use on its device: what was measured of a like one need not be measured again.
        like: Handle,
    },
    /// Download a model file: [`Saved`](Event::Saved).
    Save {
        /// What tells it from what is learned another time.
        run: Ticket,
        /// Its bytes.
        bytes: Handle,
        /// Its name.
        name: String,
    },
}

/// What a learner is to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// The run.
    pub ticket: Ticket,
    /// What is asked for; the browser's name is still missing.
    pub order: Rc<Order>,
    /// The model to begin from.
    pub from: Origins,
    /// Where the recordings are, in the order of the order.
    pub materials: Vec<Material>,
    /// What another learner kept of the same, to go on from.
    pub kept: Option<Handle>,
}

/// Where a model is.
#[derive(Clone, Debug, PartialEq)]
pub enum Origins {
    /// It was read already.
    Model(Handle),
    /// In these bytes.
    Bytes(Handle),
}

/// Where an example is.
#[derive(Clone, Debug, PartialEq)]
pub enum Material {
    /// To be opened.
    Source(RecordingSource),
    /// It is open: the recording that was at hand when it was added.
    Open(Handle),
}

/// What an example is.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedExample {
    /// Samples a second.
    pub sample_rate: u32,
    /// Number of channels.
    pub channels: usize,
    /// Length in seconds; none where its file does not say it.
    pub length_s: Option<f64>,
    /// What no other sound has; none of silence, which is all the same.
    pub identity: Option<u64>,
}

/// A model that can be tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// What is in its file.
    pub package: Rc<Package>,
    /// The model as it was read.
    pub file: Handle,
    /// The model on its device.
    pub engine: Handle,
    /// Its filters before and after training.
    pub responses: Rc<Responses>,
    /// SHA-256 of its bytes, where the browser computes one and they were read now.
    pub sha256: Option<String>,
    /// How long all that took, in seconds.
    pub took_s: f64,
}
