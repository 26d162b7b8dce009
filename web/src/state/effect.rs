//! What the state wants done.

use spectnet_core::audio::ChannelChoice;
use spectnet_core::prediction::decision::Decision;

use super::theme::Theme;
use super::{
    Handle, RecordingSource, Source, Ticket, adjust, bank, control, learn, many, microphone, player, share, why,
};
use crate::export::Document;

/// Something to do. What has a ticket answers with events that carry it, until the ticket is [stopped](Self::Stop).
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Look for a graphics device: [`BackendChosen`](super::Event::BackendChosen).
    ChooseBackend,
    /// Fetch the list of shipped models: [`MenuFetched`](super::Event::MenuFetched).
    FetchMenu,
    /// Fetch and read a model: some [`Received`](super::Event::Received), then [`ModelRead`](super::Event::ModelRead).
    ReadModel {
        /// The request.
        ticket: Ticket,
        /// Where it is.
        source: Source,
    },
    /// Put a model on a device and run it once: [`WarmedUp`](super::Event::WarmedUp).
    WarmUp {
        /// The request.
        ticket: Ticket,
        /// The model as it was read.
        model: Handle,
        /// The graphics device; none is the CPU.
        gpu: Option<Handle>,
    },
    /// Open a recording: [`RecordingOpened`](super::Event::RecordingOpened).
    OpenRecording {
        /// The request.
        ticket: Ticket,
        /// Where it is.
        source: RecordingSource,
    },
    /// Judge a recording: some [`Judging`](super::Event::Judging), then [`JudgingEnded`](super::Event::JudgingEnded). The result
    /// may be [known](super::Step::Known) before.
    Judge {
        /// The run.
        ticket: Ticket,
        /// The recording's samples.
        sound: Handle,
        /// The model on its device.
        engine: Handle,
        /// What is asked for.
        options: Box<Options>,
    },
    /// Let the recording at hand follow changed filters: [`Followed`](adjust::Event::Followed).
    Adjust(Box<adjust::Follow>),
    /// Stop what has this ticket, as soon as it can; it does not answer.
    Stop(Ticket),
    /// Something that a person controls.
    Control(control::Effect),
    /// Bring the result into view: on a phone it lies below what was just touched.
    RevealResult,
    /// Move the keyboard's focus to a filter.
    FocusFilter(usize),
    /// Something for the plots of the bank.
    Bank(bank::Effect),
    /// Something for the player.
    Player(player::Effect),
    /// Something for the microphone.
    Microphone(microphone::Effect),
    /// Something about the explanation of the result.
    Why(why::Effect),
    /// Something that the list of several recordings wants.
    Many(many::Effect),
    /// Download a file; [`SavingFailed`](super::Event::SavingFailed) where that is not possible.
    Save(Document),
    /// Copy something, draw a picture, fetch a card.
    Share(share::Effect),
    /// Keep the theme that a person chose, for the next visit.
    KeepTheme(Theme),
    /// Load the page again with its new version.
    LoadNewVersion,
    /// Something for teaching the model.
    Learn(learn::Effect),
}

/// How a recording is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Which channels; none: as the model does.
    pub channels: Option<ChannelChoice>,
    /// Seconds from the beginning; none: all of it.
    pub max_seconds: Option<f64>,
    /// How probabilities become a label.
    pub decision: Decision,
}
