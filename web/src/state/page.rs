//! What the page knows.

use std::rc::Rc;

use spectnet_core::audio::ChannelChoice;
use spectnet_core::model::ModelConfig;
use spectnet_core::prediction::decision::OperatingPoint;

use super::adjust::Adjust;
use super::axis::TimeAxis;
use super::bank::Bank;
use super::learn::Learn;
use super::many::Many;
use super::microphone::Microphone;
use super::offline::Offline;
use super::share::Share;
use super::theme::Look;
use super::why::Why;
use super::{
    Backend, Control, Input, Model, Opening, Phase, Player, Progress, Recording, Rest, Run, Source, Status, Ticket,
    Timeline,
};
use crate::result::RecordingResult;

/// What the page knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// What computes; none while a graphics device is looked for.
    pub backend: Option<Backend>,
    /// The models of the menu.
    pub sources: Vec<Source>,
    /// The one that is marked there.
    pub chosen: usize,
    /// Whether the list of shipped models is still on its way.
    pub awaits_menu: bool,
    /// The address of a model that the page's own address names, until the menu is there.
    pub address: Option<String>,
    /// Whether a model was ever asked for: then the menu loads none by itself.
    pub asked_for_model: bool,
    /// The model that is on its way; then a recording waits for it.
    pub opening: Option<Opening>,
    /// The model in use.
    pub model: Option<Model>,
    /// The recording at hand.
    pub recording: Recording,
    /// Which channels of it are judged; none: as the model does.
    pub channel: Option<ChannelChoice>,
    /// Whether all of it is judged, and not only the beginning that the model asks for.
    pub whole: bool,
    /// The recording on its way through the model, until its result is known.
    pub run: Option<Run>,
    /// What of that run is left behind its result.
    pub rest: Option<Rest>,
    /// What is seen of the recording; none before it goes through a model.
    pub timeline: Option<Timeline>,
    /// What is said of the recording, by the model in use.
    pub result: Option<Rc<RecordingResult>>,
    /// Where the threshold between the classes is.
    pub point: OperatingPoint,
    /// How many of the recordings that are judged here are positive, 0 to 1; none: as many as where the model was
    /// measured.
    pub prevalence: Option<f64>,
    /// The prevalence that still counts, where something else was typed than a number from 0 to 100.
    pub prevalence_problem: Option<f64>,
    /// Several recordings, one after the other.
    pub many: Many,
    /// What the page is doing, in words.
    pub status: Status,
    /// How much of it is done.
    pub progress: Option<Progress>,
    /// How long things took, in words.
    pub elapsed: String,
    /// The filter whose numbers are shown.
    pub selected: usize,
    /// How the filterbank is looked at.
    pub bank: Bank,
    /// What a person made of its filters.
    pub adjust: Adjust,
    /// Where the pointer is over the plots over time, in CSS pixels from the left of the window.
    pub cursor: Option<f64>,
    /// What plays, and where it is.
    pub player: Player,
    /// Recording with the microphone.
    pub microphone: Microphone,
    /// Which part of the recording is seen.
    pub axis: TimeAxis,
    /// Whether files are being dragged over the page.
    pub dragging: bool,
    /// How often width or theme have changed: plots are drawn anew for each.
    pub layout: u64,
    /// What a person controls of the work.
    pub control: Control,
    /// Why the result is what it is.
    pub why: Why,
    /// Its colours, on the screen and on paper.
    pub look: Look,
    /// What leaves the page, and what its address asks for.
    pub share: Share,
    /// Whether a new version of the page is ready.
    pub offline: Offline,
    /// Teaching the model.
    pub learn: Learn,
    /// The last ticket that was given out.
    last_ticket: Ticket,
}

impl State {
    /// Whether an effect is outstanding whose answer the page waits for, from its opening on.
    pub fn is_busy(&self) -> bool {
        let looking = self.backend.is_none() || self.control.looking.is_some();
        let reading = matches!(self.recording, Recording::Reading { .. }) || self.many.is_reading();
        let following = self.adjust.is_following() || self.why.run.is_some();
        let computing = self.run.is_some() || self.rest.is_some() || following;
        let recording = self.microphone.is_on() || self.microphone.is_judging();
        let teaching = self.learn.is_busy();
        looking || recording || teaching || self.awaits_menu || self.opening.is_some() || reading || computing
    }

    /// Whether a person waits for a result, or for a model that gives one: what is not seen can be drawn later.
    pub fn hurries(&self) -> bool {
        self.opening.is_some() || matches!(self.recording, Recording::Reading { .. }) || self.run.is_some()
    }

    /// A ticket that nothing had before.
    pub(super) fn ticket(&mut self) -> Ticket {
        self.last_ticket = self.last_ticket.next();
        self.last_ticket
    }

    /// Shows what the page is doing.
    pub(super) fn show(&mut self, status: Status) {
        // Of what is being worked on, the progress stays to be seen while the words change.
        if status.phase != Phase::Running {
            self.progress = None;
        }
        self.status = status;
    }

    /// Shows why something failed. The page goes on.
    pub(super) fn fail(&mut self, what: impl Into<String>, why: &str) {
        self.show(Status::failed(what, why));
    }

    /// How many seconds of the recording are judged: all that the plots over time can show.
    pub fn judged_s(&self) -> f64 {
        self.timeline.as_ref().map_or(0.0, |timeline| timeline.extent.judged_s())
    }

    /// How long the recording is, at which rate, and what of it is used, as far as that is known by now; empty before
    /// it goes through a model.
    pub fn recording_note(&self) -> String {
        let Some((timeline, input, config)) = self.seen() else { return String::new() };
        let (extent, rate, taken) = (timeline.extent, input.sample_rate, config.conditioning.sample_rate);
        let taken = if taken == rate { String::new() } else { format!("; the model takes it at {taken} Hz") };
        let note = if input.note.is_empty() { String::new() } else { format!(". {}", input.note) };
        format!("{}: {extent} at {rate} Hz{taken}{note}", input.name)
    }

    /// Whether the model would by itself judge only the beginning of the recording.
    pub fn offers_whole(&self) -> bool {
        self.seen().is_some_and(|(timeline, _, config)| {
            config.conditioning.max_seconds.is_some_and(|most| timeline.extent.exceeds(most))
        })
    }

    fn seen(&self) -> Option<(&Timeline, &Input, &ModelConfig)> {
        Some((self.timeline.as_ref()?, self.recording.open()?, &self.model.as_ref()?.package.config))
    }

    /// What is shown while nothing can be judged yet: a model is on its way, or the list of them.
    pub(super) fn waiting(&self) -> Option<Status> {
        let for_menu = self.awaits_menu && !self.asked_for_model;
        let what = if self.backend.is_none() { "Looking for a graphics device" } else { "Fetching the list of models" };
        let looking = || Status::new(Phase::Loading, what);
        self.opening.as_ref().map(|opening| opening.status.clone()).or_else(|| for_menu.then(looking))
    }

    /// From now on the CPU computes.
    pub(super) fn fall_back(&mut self, why: &str) {
        self.backend = Some(Backend::cpu(format!("WebGPU failed ({why})")));
    }
}
