//! Stopping what is going on, trying again what failed, another device, and the time that is left.

use super::control::{DeviceChoice, Effect as Wish, Event as Act, Pace, Trouble};
use super::{Effect, Recording, State, Ticket, many, microphone, opening, running, why};
use crate::format;

/// Takes what a person wants, or the answer to it.
pub(super) fn apply(state: &mut State, event: Act, todo: &mut Vec<Effect>) {
    match event {
        Act::DeviceAsked(choice) => state.control.device = choice,
        Act::DevicePicked(choice) => pick(state, choice, todo),
        Act::DeviceFound { ticket, backend } => {
            if state.control.looking == Some(ticket) {
                state.control.looking = None;
                opening::change_device(state, backend, todo);
            }
        }
        Act::Cancelled => cancel(state, todo),
        Act::Retried => retry(state, todo),
        Act::FilesLeft(most) => {
            let why =
                format!("more files were given than the {most} that are taken at once: give the others after them");
            state.control.trouble = Some(Trouble::note(&why));
        }
        Act::Timed { ticket, now_s } => timed(state, ticket, now_s),
    }
}

/// Looks for another device. The one that computes goes on until that is there.
fn pick(state: &mut State, choice: DeviceChoice, todo: &mut Vec<Effect>) {
    if state.control.device == choice {
        return;
    }
    state.control.device = choice;
    todo.extend(state.control.looking.take().map(Effect::Stop));
    if state.backend.is_some() {
        look(state, todo);
    } else {
        // The first device is still looked for; afterwards comes this one.
        state.control.changed = true;
    }
}

fn look(state: &mut State, todo: &mut Vec<Effect>) {
    let ticket = state.ticket();
    state.control.looking = Some(ticket);
    todo.push(Effect::Control(Wish::FindDevice { ticket, choice: state.control.device }));
}

/// Looks for the device that was chosen while another one was looked for.
pub(super) fn look_again(state: &mut State, todo: &mut Vec<Effect>) {
    if std::mem::take(&mut state.control.changed) {
        look(state, todo);
    }
}

/// Stops what is going on. A recording that was read stays, and is judged again when something about it is chosen.
fn cancel(state: &mut State, todo: &mut Vec<Effect>) {
    if !state.can_cancel() {
        // An explanation has a button of its own, but not a key.
        return why::stop(state, todo);
    }
    if state.microphone.is_on() {
        microphone::stop(state, todo);
        return todo.push(Effect::Control(Wish::KeepFocus));
    }
    running::stop(state, todo);
    if let Recording::Reading { ticket, .. } = state.recording {
        todo.push(Effect::Stop(ticket));
        state.recording = Recording::None;
    }
    opening::cancel(state, todo);
    todo.push(Effect::Control(Wish::KeepFocus));
}

/// Fetches again what could not be had: the list of models, a model, or both.
fn retry(state: &mut State, todo: &mut Vec<Effect>) {
    let again = state.control.trouble.take().and_then(|trouble| trouble.again);
    let menu = state.control.menu_problem.take().is_some() && !state.awaits_menu;
    if menu {
        state.awaits_menu = true;
        todo.push(Effect::FetchMenu);
    }
    if let Some(source) = again {
        let place = state.sources.iter().position(|known| *known == source).unwrap_or_else(|| {
            state.sources.push(source);
            state.sources.len() - 1
        });
        opening::open(state, place, todo);
    } else if menu && state.model.is_none() && state.opening.is_none() {
        // Then the list's first model is opened as soon as it is there.
        state.asked_for_model = false;
        if let Some(status) = state.waiting() {
            state.show(status);
        }
    }
    todo.push(Effect::Control(Wish::KeepFocus));
}

/// Takes down how fast the work goes.
fn timed(state: &mut State, ticket: Ticket, now_s: f64) {
    if state.works_on(ticket) {
        let part = state.progress.as_ref().and_then(|progress| progress.part);
        let before = state.control.pace.take();
        state.control.pace = part.map(|part| Pace::after(before, ticket, now_s, part));
    }
    many::timed(state, ticket, now_s);
    why::timed(state, ticket, now_s);
}

impl State {
    /// Whether something is going on that a person can stop. A model that only moves to another device is not: it would be
    /// on neither.
    pub fn can_cancel(&self) -> bool {
        let reading = matches!(self.recording, Recording::Reading { .. });
        let recording = self.microphone.is_on();
        (self.opening.is_some() && !self.is_moving()) || reading || recording || self.run.is_some()
    }

    /// Whether the escape key stops anything: what can be cancelled, or else an explanation on its way.
    pub fn can_stop(&self) -> bool {
        self.can_cancel() || self.why.run.is_some()
    }

    /// Whether the model in use is on its way to another device.
    pub(super) fn is_moving(&self) -> bool {
        let on_its_way = self.opening.as_ref().and_then(|opening| opening.file.as_ref());
        on_its_way.zip(self.model.as_ref()).is_some_and(|(file, model)| file.handle == model.file)
    }

    /// How long the work still takes, in words; empty where nobody knows.
    pub fn time_left(&self) -> String {
        let pace = self.control.pace.filter(|pace| self.works_on(pace.ticket));
        let known = self.progress.as_ref().is_some_and(|progress| progress.part.is_some());
        pace.filter(|_| known).and_then(|pace| pace.left_s()).map(format::left).unwrap_or_default()
    }

    /// What went wrong and is not said as the page's error.
    pub fn troubles(&self) -> String {
        let Self { control, status, .. } = self;
        let texts = [control.menu_problem.as_ref(), control.trouble.as_ref().map(|trouble| &trouble.text)];
        let texts = texts.into_iter().flatten().filter(|text| **text != status.error).map(String::as_str);
        texts.collect::<Vec<_>>().join(" ")
    }

    /// Whether something that failed can be tried again.
    pub fn can_retry(&self) -> bool {
        let again = self.control.trouble.as_ref().is_some_and(|trouble| trouble.again.is_some());
        again || self.control.menu_problem.is_some()
    }

    fn works_on(&self, ticket: Ticket) -> bool {
        let opening = self.opening.as_ref().is_some_and(|opening| opening.ticket == ticket);
        opening || self.run.is_some_and(|run| run.ticket == ticket)
    }
}
