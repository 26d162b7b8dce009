//! From the menu to a model that works. The one in use stays until the new one works.

use super::control::Trouble;
use super::{
    Backend, Effect, ModelFile, Opening, Phase, Progress, Source, State, Status, Ticket, Warm, adjust, controlling,
    installing, running, share,
};
use crate::failure::{Failure, Result};
use crate::format;
use crate::menu::Entry;

/// What a person can do without any model.
const GIVE_ONE: &str = "choose or drop a model file (.safetensors)";

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
    controlling::look_again(state, todo);
}

/// Puts what computes there: the model that is being warmed up, or else the one in use.
pub(super) fn change_device(state: &mut State, backend: Backend, todo: &mut Vec<Effect>) {
    let moves = backend.gpu.is_some() || state.backend.as_ref().is_none_or(|before| before.gpu.is_some());
    state.backend = Some(backend);
    if !moves {
        return;
    }
    if let Some(before) = state.opening.take() {
        if before.file.is_some() {
            todo.push(Effect::Stop(before.ticket));
            let ticket = state.ticket();
            state.opening = Some(Opening { ticket, ..before });
            warm_up(state, todo);
        } else {
            state.opening = Some(before);
        }
        return;
    }
    running::stop(state, todo);
    let ticket = state.ticket();
    let Some(model) = &state.model else { return };
    let file = ModelFile { package: model.package.clone(), handle: model.file.clone(), asked_s: 0.0 };
    let (source, load_s, status) = (model.source, Some(model.load_s), Status::default());
    state.opening = Some(Opening { ticket, source, file: Some(file), load_s, status });
    warm_up(state, todo);
}

/// Fills the menu, and opens the model that the address names, or else the first, unless another was asked for already.
pub(super) fn menu_fetched(state: &mut State, menu: Result<Vec<Entry>>, todo: &mut Vec<Effect>) {
    let asked = state.address.take().map(|address| Source::address(&address));
    let (mut sources, problem) = match menu {
        Ok(entries) => (entries.into_iter().map(Source::shipped).collect::<Vec<_>>(), None),
        Err(failure) => (Vec::new(), Some(format!("the list of models cannot be had: {failure}"))),
    };
    // One may have been opened without the list.
    sources.retain(|source| state.sources.iter().all(|known| known.origin != source.origin));
    state.control.menu_problem = problem.map(|why| Trouble::note(&why).text);
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
    if state.sources.is_empty() && state.control.menu_problem.is_some() {
        state.sources.push(Source::usual());
    }
    if state.sources.is_empty() {
        state.fail("No model", &format!("no model is shipped with this page: {GIVE_ONE}"));
    } else {
        request(state, first, todo);
    }
}

/// Opens a model of the menu, as a person wants it.
pub(super) fn open(state: &mut State, index: usize, todo: &mut Vec<Effect>) {
    if index < state.sources.len() {
        state.control.trouble = None;
        request(state, index, todo);
    }
}

/// Opens a model of the menu. An earlier one on its way is stopped, and so is the run of the one in use.
fn request(state: &mut State, index: usize, todo: &mut Vec<Effect>) {
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
        Err(failure) => fail(state, &failure, todo),
    }
}

/// Puts a model to use that ran for the first time. Where the graphics device fails the CPU takes over.
pub(super) fn warmed_up(state: &mut State, ticket: Ticket, began_s: f64, answer: Result<Warm>, todo: &mut Vec<Effect>) {
    let Some(opening) = state.opening.as_mut().filter(|opening| opening.ticket == ticket) else { return };
    let asked_s = opening.file.as_ref().map_or(began_s, |file| file.asked_s);
    opening.load_s.get_or_insert(began_s - asked_s);
    match answer {
        Ok(warm) => {
            adjust::forget(state, todo);
            installing::install(state, warm, todo);
            share::model_installed(state, todo);
            running::begin(state, todo);
        }
        Err(Failure::Device(why)) if state.backend.as_ref().is_some_and(|backend| backend.gpu.is_some()) => {
            state.fall_back(&why);
            warm_up(state, todo);
        }
        Err(failure) => fail(state, &failure, todo),
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

/// The model in use stays, or the one that is shipped takes the place of what cannot be had; the reason stays to be seen.
fn fail(state: &mut State, failure: &Failure, todo: &mut Vec<Effect>) {
    let Some(source) = close(state) else { return };
    let why = format!("“{}”: {failure}", source.name);
    if go_on(state, &source, &why, todo) {
        return;
    }
    let stays = state.model.as_ref().map(|model| format!(". Still in use: {}", model.name)).unwrap_or_default();
    state.fail("The model could not be loaded", &format!("{why}{stays}"));
    let trouble = Trouble::of_model(&source, &state.status.error);
    // Of a file that is no model nothing is left to say while another model is in use.
    let stays = trouble.again.is_some() || state.model.is_none();
    state.control.trouble = stays.then_some(trouble);
}

/// Stops a model on its way, as a person wants it, unless it only moves to another device.
pub(super) fn cancel(state: &mut State, todo: &mut Vec<Effect>) {
    if !state.is_moving()
        && let Some(ticket) = state.opening.as_ref().map(|opening| opening.ticket)
    {
        todo.push(Effect::Stop(ticket));
        if let Some(source) = close(state) {
            let why = format!("“{}” was cancelled", source.name);
            if go_on(state, &source, &why, todo) {
                return;
            }
            if state.model.is_none() {
                state.control.trouble = Some(Trouble::of_model(&source, &why));
            }
        }
    }
    match state.waiting() {
        Some(status) => state.show(status),
        None if state.model.is_none() => state.fail("Cancelled", &format!("no model is loaded: {GIVE_ONE}")),
        None => state.show(Status::new(Phase::Ready, "Cancelled")),
    }
}

/// A model is not on its way any more. What is none leaves the menu again, unless it is shipped: that may have been the
/// network.
fn close(state: &mut State) -> Option<Source> {
    let index = state.opening.take()?.source;
    let source = state.sources.get(index).cloned()?;
    let in_use = state.model.as_ref().map(|model| model.source);
    if index + 1 == state.sources.len() && in_use != Some(index) {
        state.sources.pop_if(|source| !source.shipped);
    }
    state.chosen = in_use.unwrap_or(0);
    Some(source)
}

/// Without a model in use, opens the one that is shipped in place of what cannot be had; whether it does.
fn go_on(state: &mut State, source: &Source, why: &str, todo: &mut Vec<Effect>) -> bool {
    if state.model.is_some() {
        return false;
    }
    if state.awaits_menu {
        // It opens one as soon as it is there.
        state.asked_for_model = false;
        return false;
    }
    let shipped = state.sources.iter().position(|known| known.shipped);
    let place = match shipped {
        _ if source.shipped => None,
        None if state.control.menu_problem.is_some() && *source != Source::usual() => {
            state.sources.push(Source::usual());
            Some(state.sources.len() - 1)
        }
        shipped => shipped,
    };
    let Some(place) = place else { return false };
    request(state, place, todo);
    state.control.trouble = Some(Trouble::of_model(source, why));
    true
}
