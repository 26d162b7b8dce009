//! From changed filters to what is seen of the recording, and back.

use std::rc::Rc;

use super::super::{Effect, State, Ticket, deciding};
use super::{Adjust, Before, Follow, Followed, Following, words};
use crate::failure::Result;
use crate::result::RecordingResult;

/// Sees to it that what is seen is the work of the filters as they are now: where the recording at hand has a result and
/// was kept. While it is on its way already, it goes again afterwards.
pub(in crate::state) fn follow(state: &mut State, todo: &mut Vec<Effect>) {
    if state.adjust.changes.is_empty() {
        stop(state, todo);
        restore(state);
        return;
    }
    if state.adjust.following.is_some() {
        state.adjust.again = true;
        return;
    }
    let (Some(kept), Some(decision)) = (state.adjust.kept.clone(), state.decision()) else { return };
    let now = state.result.as_ref().zip(state.timeline.as_ref());
    let now = now.map(|(result, timeline)| Before { result: result.clone(), image: timeline.image.clone() });
    let Some(before) = state.adjust.before.clone().or(now) else { return };
    let (ticket, changes, image) = (state.ticket(), state.adjust.changes.clone(), before.image.clone());
    let adjust = &mut state.adjust;
    adjust.before = Some(before);
    adjust.following = Some(Following { ticket, changes: changes.clone() });
    todo.push(Effect::Adjust(Box::new(Follow { ticket, kept, changes, image, decision })));
}

/// Shows what followed. Where that was not possible everything is as it was trained again.
pub(super) fn followed(state: &mut State, ticket: Ticket, answer: Result<Box<Followed>>, todo: &mut Vec<Effect>) {
    let Some(following) = state.adjust.following.take_if(|following| following.ticket == ticket) else { return };
    match answer {
        Ok(followed) => show(state, &following, *followed),
        Err(failure) => {
            state.adjust.changes.clear();
            state.adjust.again = false;
            restore(state);
            // Nothing else that the page is doing is taken out of sight.
            if !state.is_busy() {
                state.fail("The filters are as they were trained", &failure.to_string());
            }
        }
    }
    if std::mem::take(&mut state.adjust.again) {
        follow(state, todo);
    }
}

fn show(state: &mut State, following: &Following, followed: Followed) {
    let Some(decision) = state.decision() else { return };
    let (Some(model), Some(before), Some(timeline)) = (&state.model, &state.adjust.before, &mut state.timeline) else {
        return;
    };
    let Followed { mut prediction, image, only_s } = followed;
    prediction.notes = vec![words::note(&following.changes, only_s)];
    prediction.notes.extend(before.result.prediction.notes.iter().cloned());
    // The threshold may have been moved meanwhile.
    prediction.relabel(&model.package.config.labels, &decision);
    timeline.image = image;
    state.result = Some(Rc::new(RecordingResult { prediction, ..RecordingResult::clone(&before.result) }));
}

/// What was seen before anything was changed is seen again: the very same, unless the threshold was moved.
fn restore(state: &mut State) {
    let Some(Before { result, image }) = state.adjust.before.take() else { return };
    let (threshold, figures) = (result.prediction.threshold, result.prediction.figures.clone());
    state.result = Some(result);
    if let Some(timeline) = &mut state.timeline {
        timeline.image = image;
    }
    if state.decision().is_some_and(|now| now.threshold() != threshold || now.figures() != figures) {
        deciding::decide_again(state);
    }
}

/// What was kept of the recording goes, for it is judged anew or another takes its place. The filters stay as a person made
/// them, and are [followed](follow) again when there is a result.
pub(in crate::state) fn let_go(state: &mut State, todo: &mut Vec<Effect>) {
    stop(state, todo);
    (state.adjust.kept, state.adjust.before) = (None, None);
}

/// Another model has filters of its own.
pub(in crate::state) fn forget(state: &mut State, todo: &mut Vec<Effect>) {
    stop(state, todo);
    state.adjust = Adjust::default();
}

fn stop(state: &mut State, todo: &mut Vec<Effect>) {
    todo.extend(state.adjust.following.take().map(|following| Effect::Stop(following.ticket)));
    state.adjust.again = false;
}
