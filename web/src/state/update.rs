//! The one function that changes the state.

use spectnet_core::prediction::decision::OperatingPoint;

use super::{
    Effect, Event, GivenFile, Source, State, adjust, axis, bank, controlling, deciding, filters, learn, many,
    microphone, offline, opening, player, rest, running, share, theme, why,
};
use crate::menu;

/// The state after an event, and what is to be done now. It is pure: the same state and event give the same answer.
pub fn update(mut state: State, event: Event) -> (State, Vec<Effect>) {
    let mut todo = Vec::new();
    if let Some(event) = rest::put_off(&mut state, event) {
        apply(&mut state, event, &mut todo);
    }
    settle(&mut state, &mut todo);
    (state, todo)
}

/// What follows from the rest of the state. The list comes first: it opens its next recording, and the player and the
/// explanation go with the recording at hand.
pub(super) fn settle(state: &mut State, todo: &mut Vec<Effect>) {
    many::follow(state, todo);
    learn::follow(state, todo);
    player::keep(state, todo);
    axis::follow(state);
    why::follow(state, todo);
}

/// Changes the state by what happened.
pub(super) fn apply(state: &mut State, event: Event, todo: &mut Vec<Effect>) {
    match event {
        Event::Opened { model } => opening::page_opened(state, model, todo),
        Event::BackendChosen(backend) => opening::backend_chosen(state, backend, todo),
        Event::MenuFetched(menu) => opening::menu_fetched(state, menu, todo),
        Event::ModelPicked(index) => opening::open(state, index, todo),
        Event::Received { ticket, received, total } => opening::received(state, ticket, received, total),
        Event::ModelRead { ticket, answer } => opening::read(state, ticket, answer, todo),
        Event::WarmedUp { ticket, answer, .. } if state.run.is_some() => {
            running::restarted(state, ticket, answer, todo);
        }
        Event::WarmedUp { ticket, began_s, answer } => opening::warmed_up(state, ticket, began_s, answer, todo),
        Event::FilesGiven(files) => take(state, files, todo),
        Event::RecordedPicked(index) => running::open_recorded(state, index, todo),
        Event::SynthesisedPicked { index, seed } => running::open_synthesised(state, index, seed, todo),
        Event::RecordingOpened { ticket, answer } => running::recording_opened(state, ticket, answer, todo),
        Event::Control(event) => controlling::apply(state, event, todo),
        Event::ChannelPicked(channel) => {
            state.channel = channel;
            running::begin(state, todo);
        }
        Event::WholePicked(whole) => {
            state.whole = whole;
            running::begin(state, todo);
        }
        Event::Judging { ticket, step } if state.microphone.judges(ticket) => microphone::live_judging(state, step),
        Event::JudgingEnded { ticket, answer } if state.microphone.judges(ticket) => {
            microphone::live_ended(state, answer, todo);
        }
        Event::Judging { ticket, step } if learn::judges(state, ticket) => learn::judging(state, step),
        Event::JudgingEnded { ticket, answer } if learn::judges(state, ticket) => {
            learn::judging_ended(state, answer, todo);
        }
        Event::Judging { ticket, step } => running::judging(state, ticket, step),
        Event::JudgingEnded { ticket, answer } => running::ended(state, ticket, answer, todo),
        Event::ThresholdMoved(threshold) => {
            deciding::decide_by(state, OperatingPoint::Threshold(threshold.clamp(0.0, 1.0)));
        }
        Event::ThresholdProposed => deciding::decide_by(state, OperatingPoint::Usual),
        Event::PrevalenceTyped(typed) => deciding::take_prevalence(state, typed),
        Event::SaveAsked => todo.extend(state.document().map(Effect::Save)),
        Event::SavingFailed(why) => state.fail("The result could not be saved", &why),
        Event::FilterSelected(index) => filters::select(state, index),
        Event::FilterMoved(to) => filters::go(state, to, todo),
        Event::Adjust(event) => adjust::apply(state, event, todo),
        Event::Bank(event) => bank::update(state, event, todo),
        Event::Player(event) => player::apply(state, event, todo),
        Event::Microphone(event) if learn::owns(state, &event) => learn::take(state, event, todo),
        Event::Microphone(event) => microphone::apply(state, event, todo),
        Event::Axis(event) => axis::apply(state, event, todo),
        Event::Many(event) => many::apply(state, event, todo),
        Event::Pointed(cursor) => state.cursor = cursor,
        Event::Dragging(dragging) => state.dragging = dragging,
        Event::LayoutChanged => state.layout += 1,
        Event::Why(event) => why::apply(state, event, todo),
        Event::Theme(event) => theme::apply(state, event, todo),
        Event::Share(event) => share::apply(state, event, todo),
        Event::Offline(event) => offline::apply(state, event, todo),
        Event::Learn(event) => learn::apply(state, event, todo),
    }
}

/// Takes recordings and models, whichever way they came: of several models the first, of several recordings a list.
fn take(state: &mut State, files: Vec<GivenFile>, todo: &mut Vec<Effect>) {
    state.dragging = false;
    let (models, recordings): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| menu::is_model(&file.name));
    if let Some(model) = models.into_iter().next() {
        state.sources.push(Source::file(model));
        let index = state.sources.len() - 1;
        opening::open(state, index, todo);
    }
    let recordings = many::take(state, recordings, todo);
    if let Some(recording) = recordings.into_iter().next() {
        running::open_file(state, recording, todo);
    }
}
