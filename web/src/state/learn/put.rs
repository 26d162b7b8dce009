//! A model takes the place of the one in use, with what is seen of the recording at hand.

use spectnet_core::package::Package;
use spectnet_core::prediction::decision::OperatingPoint;

use super::{Prepared, Side};
use crate::state::{
    Effect as PageEffect, Handle, Judged, Model, Origin, Source, State, Timeline, adjust, filters, running, why,
};

/// A model that may take the place of the one in use.
pub(super) struct Candidate {
    pub side: Side,
    pub made_from: Handle,
    pub on_gpu: bool,
    pub prepared: Prepared,
}

/// What is seen of a recording, what was kept of it, and its result.
pub(super) struct Seen {
    pub timeline: Timeline,
    pub kept: Option<Handle>,
    pub judged: Judged,
}

/// Where the threshold of a model will be, and for which prevalence: where they were before, or where a person put them,
/// as long as the classes are the same.
pub(super) fn point(state: &State, side: Side, package: &Package) -> (OperatingPoint, Option<f64>) {
    match &state.learn.before {
        Some(before) if side == Side::Before => (before.point, before.prevalence),
        _ if state.model_labels() == package.config.labels => (state.point, state.prevalence),
        _ => (OperatingPoint::Usual, None),
    }
}

/// A model takes the place of the one in use. How the page is looked at stays.
pub(super) fn put(state: &mut State, candidate: Candidate, seen: Option<Seen>, todo: &mut Vec<PageEffect>) {
    let Candidate { side, made_from, on_gpu, prepared } = candidate;
    let Some(source) = place(state, side) else { return };
    let ticket = state.ticket();
    adjust::forget(state, todo);
    running::forget(state, todo);
    why::follow(state, todo);
    let Prepared { package, file, engine, responses, sha256, took_s } = prepared;
    (state.point, state.prevalence) = point(state, side, &package);
    state.prevalence_problem = None;
    let name = state.sources.get(source).map(|source| source.name.clone()).unwrap_or_default();
    if state.selected >= responses.filters.len() {
        state.selected = filters::most_moved(&responses);
    }
    state.bank.drag = None;
    state.chosen = source;
    if state.model.as_ref().is_none_or(|before| before.source != source) {
        state.share.link.clear();
    }
    let (load_s, warm_up_s) = (took_s, 0.0);
    let model = Model { ticket, source, name, package, file, engine, on_gpu, responses, load_s, warm_up_s };
    state.model = Some(model);
    let known = state.learn.before.as_ref().filter(|_| side == Side::Before);
    (state.share.sha256, state.share.card) =
        known.map_or((sha256, None), |before| (before.sha256.clone(), before.card.clone()));
    (state.learn.shows, state.learn.shown) = (Some(side), (side == Side::After).then_some(made_from));
    let Some(Seen { timeline, kept, judged }) = seen else { return };
    running::show_instead(state, timeline, kept, judged);
}

/// Its place in the menu: a new one for what was learned, once.
fn place(state: &mut State, side: Side) -> Option<usize> {
    let source = match side {
        Side::Before => state.learn.before.as_ref()?.source.clone(),
        Side::After => {
            let learned = state.learn.learned.as_ref()?;
            let origin = Origin::Learned { run: learned.run, bytes: learned.bytes.clone() };
            Source { name: learned.name.clone(), shipped: false, origin }
        }
    };
    let same = |known: &Source| match (&known.origin, &source.origin) {
        (Origin::Learned { run: known, .. }, Origin::Learned { run, .. }) => known == run,
        (known, origin) => known == origin,
    };
    let place = state.sources.iter().position(same);
    match place {
        Some(place) => state.sources[place] = source,
        None => state.sources.push(source),
    }
    place.or(state.sources.len().checked_sub(1))
}
