//! Whose turn it is.

use std::rc::Rc;

use spectnet_core::prediction::in_order_of_labels;

use super::{Many, Row, Shown, Standing, Verdict};
use crate::state::{Effect, GivenFile, Phase, Recording, State, Status, running};

/// What has become of the recording in the panels.
enum Outcome {
    /// It is being read or judged, or waits for a model; whether it is on its way through one.
    Working {
        runs: bool,
    },
    Judged,
    Failed(String),
    /// Nothing is said of it and nothing is going on: there is no model, or the run was stopped.
    Idle,
    /// Another recording took its place.
    Gone,
}

/// Looks at what has become of the recording in the panels, and opens the next one where it is done.
pub(in crate::state) fn follow(state: &mut State, todo: &mut Vec<Effect>) {
    if !state.many.is_shown() {
        return;
    }
    decide(state);
    let Some(shown) = state.many.shown.clone() else { return };
    match outcome(state, &shown) {
        Outcome::Working { runs } => {
            let standing = state.many.row(shown.row).map(|row| row.standing.clone());
            let before = standing.filter(|standing| *standing != Standing::Working);
            if let Some(shown) = &mut state.many.shown {
                shown.ran = runs;
                shown.before = before.unwrap_or_else(|| shown.before.clone());
            }
            state.many.stand(shown.row, Standing::Working);
        }
        Outcome::Gone => give_up(&mut state.many),
        _ if state.many.working().is_none() => {}
        Outcome::Judged => {
            let verdict = verdict(state);
            state.many.change(shown.row, |row| (row.standing, row.verdict) = (Standing::Done, verdict));
            go_on(state, todo);
        }
        Outcome::Failed(why) => {
            state.many.change(shown.row, |row| (row.standing, row.verdict) = (Standing::Failed(why), None));
            go_on(state, todo);
        }
        Outcome::Idle => {
            state.many.going = false;
            state.many.stand(shown.row, shown.before);
        }
    }
}

fn outcome(state: &State, shown: &Shown) -> Outcome {
    let runs = state.run.is_some();
    match &state.recording {
        Recording::Reading { ticket, .. } if *ticket == shown.ticket => Outcome::Working { runs: false },
        // Whatever takes the place of a recording is read first, and seen here.
        Recording::Unreadable { why, .. } => Outcome::Failed(Status::failed("", why).error),
        Recording::Open(input) if input.ticket == shown.ticket => match &state.result {
            _ if runs || state.waiting().is_some() => Outcome::Working { runs },
            Some(_) => Outcome::Judged,
            None if shown.ran && state.status.phase == Phase::Failed => Outcome::Failed(state.status.error.clone()),
            None => Outcome::Idle,
        },
        _ => Outcome::Gone,
    }
}

fn verdict(state: &State) -> Option<Verdict> {
    Some(Verdict::of(state.result.as_ref()?, state.model.as_ref()?, state.recording.open()?))
}

/// Rows that the model in use has judged are called as it decides now.
fn decide(state: &mut State) {
    let (Some(decision), Some(model)) = (state.decision(), &state.model) else { return };
    let decided = (model.ticket, decision);
    if state.many.decided.as_ref() == Some(&decided) {
        return;
    }
    let (ticket, decision) = &decided;
    let labels = &model.package.config.labels;
    let by_it = |row: &Row| row.verdict.as_ref().is_some_and(|verdict| verdict.model == *ticket);
    if state.many.rows.iter().any(|row| by_it(row)) {
        for row in Rc::make_mut(&mut state.many.rows).iter_mut().filter(|row| by_it(row)) {
            let Some(verdict) = &mut Rc::make_mut(row).verdict else { continue };
            let label = labels.get(decision.label(&in_order_of_labels(labels, &verdict.probabilities)));
            verdict.label = label.filter(|_| verdict.abstained.is_none()).cloned();
            verdict.threshold = decision.threshold();
        }
    }
    state.many.decided = Some(decided);
}

/// The recording in the panels is no longer that of a row, and nothing goes on by itself.
fn give_up(many: &mut Many) {
    many.going = false;
    let Some(Shown { row, before, .. }) = many.shown.take() else { return };
    if many.row(row).is_some_and(|row| row.standing == Standing::Working) {
        many.stand(row, before);
    }
}

/// The next one's turn, where the list is going.
fn go_on(state: &mut State, todo: &mut Vec<Effect>) {
    if !state.many.going {
        return;
    }
    let next = state.many.rows.iter().find(|row| row.standing == Standing::Waiting).map(|row| row.id);
    match next {
        Some(id) => open(state, id, false, todo),
        None => state.many.going = false,
    }
}

/// Opens a recording. One that a person asked for is brought into view.
fn open(state: &mut State, id: u64, reveal: bool, todo: &mut Vec<Effect>) {
    let Some(row) = state.many.row(id) else { return };
    let (file, before) = (GivenFile { name: row.name.clone(), handle: row.file.clone() }, row.standing.clone());
    let mut effects = Vec::new();
    running::open_file(state, file, &mut effects);
    effects.retain(|effect| reveal || *effect != Effect::RevealResult);
    todo.append(&mut effects);
    if let Recording::Reading { ticket, .. } = state.recording {
        state.many.shown = Some(Shown { row: id, ticket, before, ran: false });
        state.many.stand(id, Standing::Working);
    }
}

/// Those that wait are judged, beginning with the first, unless one is being judged already.
pub(super) fn begin(state: &mut State, reveal: bool, todo: &mut Vec<Effect>) {
    let next = state.many.rows.iter().find(|row| row.standing == Standing::Waiting).map(|row| row.id);
    let Some(next) = next else { return };
    if !state.many.going {
        state.many.pace = None;
    }
    state.many.going = true;
    if state.many.working().is_none() {
        open(state, next, reveal, todo);
    }
}

/// A person wants all judged again; the one that is being judged goes on.
pub(super) fn again(state: &mut State, todo: &mut Vec<Effect>) {
    for row in Rc::make_mut(&mut state.many.rows) {
        if row.standing != Standing::Working {
            Rc::make_mut(row).standing = Standing::Waiting;
        }
    }
    begin(state, false, todo);
}

/// A person wants to see a recording: it is judged again, and nothing goes on by itself.
pub(super) fn show(state: &mut State, id: u64, todo: &mut Vec<Effect>) {
    if state.many.row(id).is_none() {
        return;
    }
    if state.many.working().is_some_and(|row| row.id == id) {
        state.many.going = false;
        todo.push(Effect::RevealResult);
        return;
    }
    give_up(&mut state.many);
    open(state, id, true, todo);
}

/// A person wants no more judged.
pub(super) fn stop(state: &mut State, todo: &mut Vec<Effect>) {
    state.many.going = false;
    if state.many.working().is_some() {
        give_up(&mut state.many);
        put_away(state, todo);
    }
}

/// No recording is at hand any more.
fn put_away(state: &mut State, todo: &mut Vec<Effect>) {
    running::stop_all(state, todo);
    running::forget(state, todo);
    state.recording = Recording::None;
    running::begin(state, todo);
}

/// A person takes a recording off the list; a result that is shown stays.
pub(super) fn remove(state: &mut State, id: u64, todo: &mut Vec<Effect>) {
    let listed = state.many.listed();
    let Some(place) = listed.iter().position(|row| row.id == id) else { return };
    let neighbour = listed.get(place + 1).or(place.checked_sub(1).and_then(|before| listed.get(before)));
    let neighbour = neighbour.map(|row| row.id);
    let was_going = state.many.going;
    if state.many.working().is_some_and(|row| row.id == id) {
        stop(state, todo);
    }
    if state.many.shown.as_ref().is_some_and(|shown| shown.row == id) {
        state.many.shown = None;
    }
    Rc::make_mut(&mut state.many.rows).retain(|row| row.id != id);
    if !state.many.is_shown() {
        return clear(state, todo);
    }
    todo.push(Effect::Many(super::Effect::Focus(neighbour)));
    if was_going {
        begin(state, false, todo);
    }
}

/// A person empties the list; a result that is shown stays.
pub(super) fn clear(state: &mut State, todo: &mut Vec<Effect>) {
    stop(state, todo);
    let last = state.many.last;
    todo.extend(state.many.reading.drain(..).map(Effect::Stop));
    state.many = Many { last, ..Many::default() };
}
