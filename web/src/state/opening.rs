//! From the menu to a model that works. The one in use stays until the new one works.

use super::{
    Backend, Effect, ModelFile, Opening, Phase, Progress, Source, State, Status, Ticket, Warm, installing, running,
    share,
};
use crate::failure::{Failure, Result};
use crate::format;
use crate::menu::Entry;

/// Looks for a device and for the models, both at once.
pub(super) fn page_opened(state: &mut State, address: Option<String>, todo: &mut Vec<Effect>) {
    state.address = address.filter(|address| !address.is_empty());
    state.awaits_menu = true;
    if let Some(status) = state.waiting() {
        state.show(status);
    }
    todo.extend([Effect::ChooseBackend, Effect::FetchMenu]);
}

/// A model that was read meanwhile can run now.
pub(super) fn backend_chosen(state: &mut State, backend: Backend, todo: &mut Vec<Effect>) {
    state.backend = Some(backend);
    warm_up(state, todo);
}

/// Fills the menu, and opens the model that the address names, or else the first, unless another was asked for already.
pub(super) fn menu_fetched(state: &mut State, menu: Result<Vec<Entry>>, todo: &mut Vec<Effect>) {
    let asked = state.address.take().map(|address| Source::address(&address));
    let (mut sources, problem) = match menu {
        Ok(entries) => {
            let shipped: Vec<Source> = entries.into_iter().map(Source::shipped).collect();
            (shipped, "no model is shipped with this page".to_owned())
        }
        Err(failure) => (Vec::new(), failure.to_string()),
    };
    // What is shipped has a place already.
    let shipped = asked.as_ref().and_then(|asked| sources.iter().position(|source| source.origin == asked.origin));
    let first = shipped.unwrap_or(if asked.is_some() { sources.len() } else { 0 });
    sources.extend(asked.filter(|_| shipped.is_none()));
    // Someone may have dropped a model while the menu was on its way: it moves down.
    let before = sources.len();
    sources.append(&mut state.sources);
    (state.sources, state.awaits_menu) = (sources, false);
    let places = [state.model.as_mut().map(|model| &mut model.source), state.opening.as_mut().map(|it| &mut it.source)];
    state.chosen = 0;
    for place in places.into_iter().flatten() {
        *place += before;
        state.chosen = *place;
    }
    if state.asked_for_model {
        return;
    }
    if state.sources.is_empty() {
        state.fail("No model", &format!("{problem}: choose or drop a model file (.safetensors)"));
    } else {
        open(state, first, todo);
    }
}

/// Opens a model of the menu. An earlier one on its way is stopped, and so is the run of the one in use.
pub(super) fn open(state: &mut State, index: usize, todo: &mut Vec<Effect>) {
    let Some(source) = state.sources.get(index).cloned() else { return };
    todo.extend(state.opening.take().map(|before| Effect::Stop(before.ticket)));
    running::stop(state, todo);
    (state.asked_for_model, state.chosen) = (true, index);
    let (ticket, status) = (state.ticket(), Status::new(Phase::Loading, format!("Loading {}", source.name)));
    state.show(status.clone());
    state.opening = Some(Opening { ticket, source: index, file: None, load_s: None, status });
    todo.push(Effect::ReadModel { ticket, source });
}

/// Shows how much of a model file has arrived.
pub(super) fn received(state: &mut State, ticket: Ticket, received: f64, total: Option<f64>) {
    if state.opening.as_ref().is_some_and(|opening| opening.ticket == ticket) {
        let text = format::received(received as u64, total.map(|total| total as u64));
        state.progress = Some(Progress { part: total.map(|total| received / total), text });
    }
}

/// Runs a model that was read, as soon as the device is known.
pub(super) fn read(state: &mut State, ticket: Ticket, answer: Result<ModelFile>, todo: &mut Vec<Effect>) {
    let Some(opening) = state.opening.as_mut().filter(|opening| opening.ticket == ticket) else { return };
    match answer {
        Ok(file) => {
            opening.file = Some(file);
            warm_up(state, todo);
        }
        Err(failure) => fail(state, &failure),
    }
}

/// Puts a model to use that ran for the first time. Where the graphics device fails the CPU takes over.
pub(super) fn warmed_up(state: &mut State, ticket: Ticket, began_s: f64, answer: Result<Warm>, todo: &mut Vec<Effect>) {
    let Some(opening) = state.opening.as_mut().filter(|opening| opening.ticket == ticket) else { return };
    let asked_s = opening.file.as_ref().map_or(began_s, |file| file.asked_s);
    opening.load_s.get_or_insert(began_s - asked_s);
    match answer {
        Ok(warm) => {
            installing::install(state, warm);
            share::model_installed(state, todo);
            running::begin(state, todo);
        }
        Err(Failure::Device(why)) if state.backend.as_ref().is_some_and(|backend| backend.gpu.is_some()) => {
            state.fall_back(&why);
            warm_up(state, todo);
        }
        Err(failure) => fail(state, &failure),
    }
}

/// Has the model that was read run once, where there is one and the device is known.
fn warm_up(state: &mut State, todo: &mut Vec<Effect>) {
    let (Some(opening), Some(backend)) = (&mut state.opening, &state.backend) else { return };
    let Some(file) = &opening.file else { return };
    let what = if backend.gpu.is_some() { "Compiling the model's shaders" } else { "Warming up the model" };
    opening.status = Status::new(Phase::Compiling, what);
    todo.push(Effect::WarmUp { ticket: opening.ticket, model: file.handle.clone(), gpu: backend.gpu.clone() });
    let status = opening.status.clone();
    state.show(status);
}

/// The model in use stays; what is no model leaves the menu again, unless it is shipped: that may have been the
/// network.
fn fail(state: &mut State, failure: &Failure) {
    let Some(Opening { source: index, .. }) = state.opening.take() else { return };
    let name = state.sources.get(index).map(|source| source.name.clone()).unwrap_or_default();
    let in_use = state.model.as_ref().map(|model| model.source);
    if index + 1 == state.sources.len() && in_use != Some(index) {
        state.sources.pop_if(|source| !source.shipped);
    }
    state.chosen = in_use.unwrap_or(0);
    let stays = state.model.as_ref().map(|model| format!(". Still in use: {}", model.name)).unwrap_or_default();
    state.fail("The model could not be loaded", &format!("“{name}”: {failure}{stays}"));
}
