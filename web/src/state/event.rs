//! What can happen.

use std::rc::Rc;

use spectnet_core::audio::ChannelChoice;
use spectnet_core::heart::StateInterval;
use spectnet_core::package::Package;
use spectnet_core::prediction::Prediction;

use super::{
    Backend, Handle, Ticket, adjust, axis, bank, control, learn, many, microphone, offline, player, share, theme, why,
};
use crate::failure::Result;
use crate::menu::Entry;
use crate::plot::envelope::Envelope;
use crate::plot::raster::LogEnergy;

/// What happened: a person did something, or an effect answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The page was opened.
    Opened {
        /// The address of a model that the page's own address names, `?model=`.
        model: Option<String>,
    },
    /// What computes is known.
    BackendChosen(Backend),
    /// The list of shipped models, or why there is none.
    MenuFetched(Result<Vec<Entry>>),

    /// A person chose a model of the menu, by its place.
    ModelPicked(usize),
    /// Some of a model file has arrived.
    Received {
        /// The request for the model.
        ticket: Ticket,
        /// Bytes so far.
        received: f64,
        /// Bytes of all of it, where the server says so.
        total: Option<f64>,
    },
    /// A model file was read, or why not.
    ModelRead {
        /// The request for the model.
        ticket: Ticket,
        /// The model.
        answer: Result<ModelFile>,
    },
    /// A model ran for the first time on a device, or why not.
    WarmedUp {
        /// The request for the model, or for another device in the middle of a run.
        ticket: Ticket,
        /// When the first run began, in seconds since the page was opened.
        began_s: f64,
        /// The model on the device.
        answer: Result<Warm>,
    },

    /// A person chose or dropped files.
    FilesGiven(Vec<GivenFile>),
    /// A person wants one of the page's own recordings, by its place among those offered.
    RecordedPicked(usize),
    /// A person wants a synthesised sound.
    SynthesisedPicked {
        /// Its place among those offered.
        index: usize,
        /// Every seed gives another.
        seed: u64,
    },
    /// A recording was opened, or why not.
    RecordingOpened {
        /// The request for it.
        ticket: Ticket,
        /// The recording.
        answer: Result<OpenedRecording>,
    },

    /// A person controls the work, or an answer to that.
    Control(control::Event),

    /// A person chose which channels are judged; none: as the model does.
    ChannelPicked(Option<ChannelChoice>),
    /// A person wants all of the recording judged, or only its beginning.
    WholePicked(bool),
    /// A recording is on its way through the model.
    Judging {
        /// The run.
        ticket: Ticket,
        /// What came out of it so far.
        step: Step,
    },
    /// A recording went through the model as a whole, or why not.
    JudgingEnded {
        /// The run.
        ticket: Ticket,
        /// What came out.
        answer: Result<Box<Judged>>,
    },

    /// A person moved the threshold, 0 to 1.
    ThresholdMoved(f64),
    /// A person wants the threshold that the model proposes.
    ThresholdProposed,
    /// A person typed a prevalence, in per cent; what is no number comes as NaN.
    PrevalenceTyped(f64),
    /// A person wants the result as a file.
    SaveAsked,
    /// Why there is no such file.
    SavingFailed(String),

    /// The pointer or the focus is on a filter.
    FilterSelected(usize),
    /// A key moves among the filters.
    FilterMoved(Move),
    /// Something about filters that are moved or switched off.
    /// Something about the plots of the bank.
    Bank(bank::Event),
    /// A person adjusts the bank.
    Adjust(adjust::Event),
    /// Something happens to the player.
    Player(player::Event),
    /// Something happens to the microphone.
    Microphone(microphone::Event),
    /// Another part of the recording is looked at.
    Axis(axis::Event),
    /// The pointer is over the plots over time, so many CSS pixels from the left of the window; or it left.
    Pointed(Option<f64>),
    /// Something happened to the list of several recordings.
    Many(many::Event),
    /// Files are being dragged over the page, or no longer.
    Dragging(bool),
    /// Width or theme of the page changed.
    LayoutChanged,
    /// Something about the explanation of the result.
    Why(why::Event),
    /// The look of the page.
    Theme(theme::Event),
    /// Files, pictures and links.
    Share(share::Event),
    /// The page as a program that stays on the device.
    Offline(offline::Event),
    /// Something about teaching the model.
    Learn(learn::Event),
}

/// A file as the browser hands it over.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenFile {
    /// Its name; with its folders where a folder was given.
    pub name: String,
    /// The file.
    pub handle: Handle,
}

/// A model as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelFile {
    /// What is in its file.
    pub package: Rc<Package>,
    /// The model, for a device.
    pub handle: Handle,
    /// When it was asked for, in seconds since the page was opened.
    pub asked_s: f64,
}

/// A model on a device, ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Warm {
    /// The model there.
    pub engine: Handle,
    /// How long its first run took, in seconds.
    pub warm_up_s: f64,
}

/// A recording that was opened.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedRecording {
    /// Its samples, wherever they are.
    pub sound: Handle,
    /// Samples a second.
    pub sample_rate: u32,
    /// Number of channels.
    pub channels: usize,
    /// Length in seconds; none where the file does not say it.
    pub length_s: Option<f64>,
}

/// What comes out of a run on its way.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A piece of the first downmix was read.
    Piece {
        /// The waveform up to its end.
        waveform: Rc<Envelope>,
        /// Where it ends, in seconds.
        taken_s: f64,
        /// The recording's length in seconds, where that is known by now.
        length_s: Option<f64>,
    },
    /// The log-energy image grew.
    Image(Rc<LogEnergy>),
    /// So much is judged.
    Done {
        /// Which downmix of the recording, counted from 0.
        downmix: usize,
        /// How many there are.
        downmixes: usize,
        /// Seconds of it that are judged.
        seconds: f64,
    },
    /// Nothing could be said of a heart, and one is looked for behind the judged beginning.
    Elsewhere,
    /// What was kept of the recording, so that it follows when filters are changed.
    Kept(Handle),
    /// The result is known. What is left is only seen: the image, and the probabilities of heart cycles.
    Known(Box<Judged>),
}

/// What comes out of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// What is said of the recording.
    pub prediction: Prediction,
    /// The states of the heart cycle, where a rhythm was found.
    pub states: Vec<StateInterval>,
    /// How many windows went through the model.
    pub windows: usize,
    /// How long that took, in seconds.
    pub run_s: f64,
    /// The recording's length in seconds, where that is known by now.
    pub length_s: Option<f64>,
}

/// Where a key moves among the filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// To the next one.
    Next,
    /// To the one before.
    Previous,
    /// To the first one.
    First,
    /// To the last one.
    Last,
}
