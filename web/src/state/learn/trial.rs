//! A model goes through the recording at hand before it takes the place of the one in use: result, image and filters
//! change at once, and nothing disappears meanwhile. It gives way to whatever a person begins, and comes again afterwards.

use super::put::{self, Candidate, Seen};
use super::{Effect, Origins, Prepared, Side};
use crate::failure::{Failure, Result};
use crate::state::{
    Effect as PageEffect, Handle, Judged, Options, Origin, Recording, State, Step, Ticket, Timeline, deciding,
};

/// While it learns, a model goes on trial so many seconds after the one before, at least.
const EVERY_S: f64 = 1.0;

/// A model on trial.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trial {
    /// The request for it, or its run.
    ticket: Ticket,
    side: Side,
    /// What it is made from.
    made_from: Handle,
    /// The recording that it goes through; none: it takes its place at once.
    of: Option<Ticket>,
    /// Whether a graphics device computes.
    on_gpu: bool,
    /// The model, from when it is ready on.
    prepared: Option<Box<Prepared>>,
    /// What is seen of the recording.
    timeline: Option<Timeline>,
    /// What was kept of it.
    kept: Option<Handle>,
}

impl Trial {
    /// It may take the place of the model in use.
    fn candidate(self, prepared: Prepared) -> Candidate {
        Candidate { side: self.side, made_from: self.made_from, on_gpu: self.on_gpu, prepared }
    }
}

/// Which model should be the one in use, and is not: what it is made from, and where that is.
pub(super) fn due(state: &State) -> Option<(Side, Handle, Origins)> {
    let learn = &state.learn;
    let (side, made_from, from) = match learn.side? {
        Side::After => {
            let bytes = learn.learned.as_ref()?.bytes.clone();
            (Side::After, bytes.clone(), Origins::Bytes(bytes))
        }
        Side::Before => {
            let file = learn.before.as_ref()?.model.file.clone();
            (Side::Before, file.clone(), Origins::Model(file))
        }
    };
    let there = learn.shows == Some(side) && (side == Side::Before || learn.shown.as_ref() == Some(&made_from));
    (!there && learn.unfit.as_ref() != Some(&made_from)).then_some((side, made_from, from))
}

/// Begins a trial that is due, or stops one that fits no more.
pub(super) fn follow(state: &mut State, todo: &mut Vec<PageEffect>) {
    adopt(state);
    if state.learn.trial.as_ref().is_some_and(|trial| !fits(state, trial)) {
        stop(state, todo);
        // It comes again as soon as there is room.
        state.learn.tried_s = f64::NEG_INFINITY;
    }
    if state.learn.trial.is_none() && is_free(state) && is_time(state) {
        begin(state, todo);
    }
}

/// A person may have chosen another model, or one of both, in the menu.
fn adopt(state: &mut State) {
    let shows = state.shows_now();
    if shows == state.learn.shows {
        return;
    }
    (state.learn.shows, state.learn.side) = (shows, shows);
    let source = state.model.as_ref().and_then(|model| state.sources.get(model.source));
    state.learn.shown = match source.map(|source| &source.origin) {
        Some(Origin::Learned { bytes, .. }) if shows == Some(Side::After) => Some(bytes.clone()),
        _ => None,
    };
}

impl State {
    /// Which of both models is in use, by its place in the menu.
    fn shows_now(&self) -> Option<Side> {
        let origin = &self.sources.get(self.model.as_ref()?.source)?.origin;
        let learned = self.learn.learned.as_ref().map(|learned| learned.run);
        match origin {
            Origin::Learned { run, .. } if learned == Some(*run) => Some(Side::After),
            _ if self.learn.before.as_ref().is_some_and(|before| before.source.origin == *origin) => Some(Side::Before),
            _ => None,
        }
    }
}

/// Whether nothing else is being computed, read or opened.
fn is_free(state: &State) -> bool {
    let reading = matches!(state.recording, Recording::Reading { .. });
    let judging = state.run.is_some() || state.rest.is_some();
    let elsewhere = judging || state.adjust.is_following() || state.why.run.is_some();
    let device = state.backend.is_some() && state.control.looking.is_none() && state.opening.is_none();
    device && state.model.is_some() && !reading && !elsewhere && !state.microphone.is_on()
}

/// While it learns, not too often, and not while a person looks at what would go.
fn is_time(state: &State) -> bool {
    let learn = &state.learn;
    if !learn.is_learning() || learn.side != Some(Side::After) {
        return true;
    }
    !state.is_held() && learn.now_s - learn.tried_s >= EVERY_S
}

impl State {
    /// Whether what is learned waits, because a person moved filters or looks at an explanation.
    pub fn is_held(&self) -> bool {
        !self.adjust.changes.is_empty() || self.bank.drag.is_some() || self.why.explanation.is_some()
    }
}

fn fits(state: &State, trial: &Trial) -> bool {
    let same = trial.of == judged(state);
    is_free(state) && same && state.learn.side == Some(trial.side) && !(state.learn.is_learning() && state.is_held())
}

/// The recording that has a result, by its request.
fn judged(state: &State) -> Option<Ticket> {
    state.result.as_ref().and(state.recording.open().map(|input| input.ticket))
}

fn begin(state: &mut State, todo: &mut Vec<PageEffect>) {
    let Some((side, made_from, from)) = due(state) else { return };
    let (Some(backend), Some(model)) = (&state.backend, &state.model) else { return };
    let (gpu, like) = (backend.gpu.clone(), model.engine.clone());
    let (ticket, of, on_gpu) = (state.ticket(), judged(state), gpu.is_some());
    state.learn.tried_s = state.learn.now_s;
    let trial = Trial { ticket, side, made_from, of, on_gpu, prepared: None, timeline: None, kept: None };
    state.learn.trial = Some(trial);
    todo.push(PageEffect::Learn(Effect::Prepare { ticket, from, gpu, like }));
}

/// A trial ends without anything.
pub(super) fn stop(state: &mut State, todo: &mut Vec<PageEffect>) {
    todo.extend(state.learn.trial.take().map(|trial| PageEffect::Stop(trial.ticket)));
}

/// The model is ready: it goes through the recording, or takes its place where there is none.
pub(super) fn prepared(state: &mut State, ticket: Ticket, answer: Result<Box<Prepared>>, todo: &mut Vec<PageEffect>) {
    let Some(trial) = state.learn.trial.take_if(|trial| trial.ticket == ticket) else { return };
    let prepared = match answer {
        Ok(prepared) => prepared,
        Err(failure) => return unfit(state, trial, &failure),
    };
    let (point, prevalence) = put::point(state, trial.side, &prepared.package);
    let decision = deciding::decision(&prepared.package, point, prevalence);
    let (Some(input), Some(_)) = (state.recording.open(), trial.of) else {
        return put::put(state, trial.candidate(*prepared), None, todo);
    };
    let conditioning = &prepared.package.config.conditioning;
    let max_seconds = if state.whole { None } else { conditioning.max_seconds };
    let (sound, engine) = (input.sound.clone(), prepared.engine.clone());
    let timeline = Some(Timeline::new(input, max_seconds));
    let options = Box::new(Options { channels: state.channel, max_seconds, decision });
    let ticket = state.ticket();
    state.learn.trial = Some(Trial { ticket, prepared: Some(prepared), timeline, ..trial });
    todo.push(PageEffect::Judge { ticket, sound, engine, options });
}

/// A model that cannot be put to use is not tried again. Where the graphics device fails the CPU takes over.
fn unfit(state: &mut State, trial: Trial, failure: &Failure) {
    match failure {
        Failure::Device(why) if trial.on_gpu => state.fall_back(why),
        failure => {
            state.learn.unfit = Some(trial.made_from);
            let why = failure.to_string();
            state.learn.fail(format!("The model cannot be shown: {}.", why.trim_end_matches('.')), false);
        }
    }
}

/// Whether this is the run of the model on trial.
pub(in crate::state) fn judges(state: &State, ticket: Ticket) -> bool {
    state.learn.trial.as_ref().is_some_and(|trial| trial.ticket == ticket && trial.prepared.is_some())
}

/// Takes what the run has come to, to be seen when it has ended.
pub(in crate::state) fn judging(state: &mut State, step: Step) {
    let Some(trial) = &mut state.learn.trial else { return };
    let Some(timeline) = &mut trial.timeline else { return };
    match step {
        Step::Piece { waveform, taken_s, length_s } => {
            timeline.waveform = waveform;
            (timeline.extent.taken_s, timeline.extent.given_s) = (taken_s, length_s);
        }
        Step::Image(image) => timeline.image = image,
        Step::Kept(kept) => trial.kept = Some(kept),
        // It is seen as a whole, when it has ended.
        Step::Done { .. } | Step::Elsewhere | Step::Known(_) => {}
    }
}

/// The run has ended: the model takes its place.
pub(in crate::state) fn judging_ended(state: &mut State, answer: Result<Box<Judged>>, todo: &mut Vec<PageEffect>) {
    let Some(mut trial) = state.learn.trial.take() else { return };
    let (Some(prepared), Some(timeline)) = (trial.prepared.take(), trial.timeline.take()) else { return };
    match answer {
        Ok(judged) => {
            let seen = Seen { timeline, kept: trial.kept.take(), judged: *judged };
            put::put(state, trial.candidate(*prepared), Some(seen), todo);
        }
        Err(Failure::Device(why)) if trial.on_gpu => state.fall_back(&why),
        Err(failure) => {
            let name = state.recording.open().map(|input| input.name.clone()).unwrap_or_default();
            put::put(state, trial.candidate(*prepared), None, todo);
            state.fail(format!("{name} could not be classified"), &failure.to_string());
        }
    }
}
