//! Before or after, back to before, or what was learned from now on.

use super::{Effect, Ending, Side, run, trial};
use crate::state::{Effect as PageEffect, Origin, State, Ticket};

/// A person wants to see one of both at work.
pub(super) fn pick(state: &mut State, side: Side) {
    if state.learn.offers_both() {
        state.learn.side = Some(side);
        state.learn.unfit = None;
    }
}

/// A person wants the model from before. What is being learned ends.
pub(super) fn undo(state: &mut State, todo: &mut Vec<PageEffect>) {
    if state.learn.before.is_none() || state.learn.ending.is_some() {
        return;
    }
    run::end(state, todo);
    state.learn.filters = None;
    state.learn.said = "The model from before is in use again.".into();
    (state.learn.ending, state.learn.unfit) = (Some(Ending::Undo), None);
    if state.learn.shows == Some(Side::After) {
        state.learn.side = Some(Side::Before);
    }
}

/// A person wants what was learned from now on.
pub(super) fn use_it(state: &mut State) {
    if state.learn.learned.is_none() || state.learn.is_learning() || !state.learn.offers_both() {
        return;
    }
    state.learn.said = "What was learned is the model of the page now, and in its menu.".into();
    (state.learn.ending, state.learn.side, state.learn.unfit) = (Some(Ending::Use), Some(Side::After), None);
}

/// What was begun comes to its end when the model that was chosen is the one in use.
pub(super) fn follow(state: &mut State) {
    let waits = trial::due(state).is_some() || state.learn.trial.is_some();
    match state.learn.ending {
        Some(Ending::Undo) if !waits => {
            let run = state.learn.learned.as_ref().map(|learned| learned.run);
            forget(state);
            if let Some(run) = run {
                leave_menu(state, run);
            }
        }
        Some(Ending::Use) if !waits => {
            state.learn.before = None;
            state.learn.ending = None;
        }
        _ => {}
    }
}

/// Nothing was learned, and there is nothing to choose from.
pub(super) fn forget(state: &mut State) {
    let learn = &mut state.learn;
    (learn.learned, learn.before, learn.ending) = (None, None, None);
    (learn.side, learn.shows, learn.shown) = (None, None, None);
}

/// What was learned is in the menu no more, unless it is in use or on its way.
fn leave_menu(state: &mut State, run: Ticket) {
    let of_it = |origin: &Origin| matches!(origin, Origin::Learned { run: known, .. } if *known == run);
    let Some(place) = state.sources.iter().position(|source| of_it(&source.origin)) else { return };
    let in_use = state.model.as_ref().is_some_and(|model| model.source == place);
    if in_use || state.opening.as_ref().is_some_and(|opening| opening.source == place) {
        return;
    }
    state.sources.remove(place);
    let places = [
        Some(&mut state.chosen),
        state.model.as_mut().map(|model| &mut model.source),
        state.opening.as_mut().map(|opening| &mut opening.source),
    ];
    for behind in places.into_iter().flatten().filter(|known| **known > place) {
        *behind -= 1;
    }
}

/// A person wants it as a file.
pub(super) fn save(state: &mut State, todo: &mut Vec<PageEffect>) {
    if let Some(learned) = &state.learn.learned {
        let name = format!("own-model-{}.safetensors", state.learn.taught);
        let (run, bytes) = (learned.run, learned.bytes.clone());
        state.learn.problem = None;
        todo.push(PageEffect::Learn(Effect::Save { run, bytes, name }));
    }
}

/// It is a file, or why not. While it learns on, what comes next is none yet.
pub(super) fn saved(state: &mut State, run: Ticket, answer: Result<(), String>) {
    let Some(learned) = state.learn.learned.as_mut().filter(|learned| learned.run == run) else { return };
    match answer {
        Ok(()) => {
            learned.saved = true;
            state.learn.said = "The model was saved.".into();
        }
        Err(why) => {
            let text = format!("The model could not be saved: {}. Try again.", why.trim_end_matches('.'));
            state.learn.fail(text, false);
        }
    }
}
