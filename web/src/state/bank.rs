//! How the filterbank is looked at: how far from its start to what was learned, and what of it a pointer holds.

use super::{State, Ticket};
use crate::plot::drag::Drag;
use crate::plot::mark::{Mark, Setting};

/// How long the way from start to learned is shown, in seconds: long enough for the eye to follow one filter.
const PLAY_S: f64 = 2.5;

/// How the filterbank is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Bank {
    /// How much of the way from start (0) to learned (1) is shown.
    pub progress: f64,
    /// The way is shown as a film; none while it stands still.
    pub film: Option<Film>,
    /// The filter that a pointer holds.
    pub drag: Option<Drag>,
    /// How often a field was left: then it shows what counts, whatever was typed.
    pub fields_left: u64,
}

impl Default for Bank {
    fn default() -> Self {
        Self { progress: 1.0, film: None, drag: None, fields_left: 0 }
    }
}

/// A film of the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Film {
    /// Its pictures carry this.
    ticket: Ticket,
    /// When it would have begun at the start, in seconds since the page was opened; none before its first picture.
    began_s: Option<f64>,
}

/// What a person does with the plots of the bank, and what comes of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// A person moved the slider, from 0 (start) to 1 (learned).
    ProgressMoved(f64),
    /// A person wants the way shown, or no longer.
    PlayPressed {
        /// Whether they want no motion: then it is one step from one end to the other.
        still: bool,
    },
    /// It is time for the next picture of a film.
    Picture {
        /// The film.
        ticket: Ticket,
        /// Seconds since the page was opened.
        at_s: f64,
    },
    /// A pointer holds a filter.
    Grabbed(Drag),
    /// It holds it no longer.
    Dropped,
    /// A person left a field for a number.
    FieldLeft,
}

/// What is to be done for the plots of the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Wait until the browser draws again: [`Event::Picture`].
    AwaitPicture(Ticket),
    /// Move the keyboard's focus to a filter without scrolling: so that it stays selected where the pointer goes on.
    Focus(usize),
}

/// Takes an event.
pub(super) fn update(state: &mut State, event: Event, todo: &mut Vec<super::Effect>) {
    match event {
        Event::ProgressMoved(progress) => stand_at(state, progress),
        Event::PlayPressed { .. } if state.bank.film.is_some() => state.bank.film = None,
        Event::PlayPressed { still: true } => stand_at(state, if state.bank.progress < 1.0 { 1.0 } else { 0.0 }),
        Event::PlayPressed { still: false } => play(state, todo),
        Event::Picture { ticket, at_s } => show(state, ticket, at_s, todo),
        Event::Grabbed(drag) => {
            state.bank.drag = Some(drag);
            super::filters::select(state, drag.filter);
        }
        Event::Dropped => {
            let dropped = state.bank.drag.take().map(|drag| Effect::Focus(drag.filter));
            todo.extend(dropped.map(super::Effect::Bank));
        }
        Event::FieldLeft => state.bank.fields_left += 1,
    }
}

fn stand_at(state: &mut State, progress: f64) {
    state.bank.film = None;
    if progress.is_finite() {
        state.bank.progress = progress.clamp(0.0, 1.0);
    }
}

/// Begins the film where the slider stands, or at the start again.
fn play(state: &mut State, todo: &mut Vec<super::Effect>) {
    if state.model.is_none() {
        return;
    }
    if state.bank.progress >= 1.0 {
        state.bank.progress = 0.0;
    }
    let ticket = state.ticket();
    state.bank.film = Some(Film { ticket, began_s: None });
    todo.push(super::Effect::Bank(Effect::AwaitPicture(ticket)));
}

/// Shows the picture of this time.
fn show(state: &mut State, ticket: Ticket, at_s: f64, todo: &mut Vec<super::Effect>) {
    let bank = &mut state.bank;
    let Some(film) = bank.film.as_mut().filter(|film| film.ticket == ticket) else { return };
    let began_s = *film.began_s.get_or_insert(at_s - bank.progress * PLAY_S);
    bank.progress = ((at_s - began_s) / PLAY_S).clamp(0.0, 1.0);
    if bank.progress < 1.0 {
        todo.push(super::Effect::Bank(Effect::AwaitPicture(ticket)));
    } else {
        bank.film = None;
    }
}

impl State {
    /// A filter of the model in use as it stands now; none where there is no such filter.
    pub fn mark(&self, filter: usize) -> Option<Mark> {
        let responses = &self.model.as_ref()?.responses;
        let change = self.adjust.changes.get(&filter);
        let setting = change.map(|change| Setting {
            centre_hz: change.centre_hz,
            bandwidth_hz: change.bandwidth_hz,
            on: change.on,
        });
        // While it learns, a filter stands where the learner says.
        if let Some((centre_hz, width_hz)) = self.live_filter(filter).filter(|_| setting.is_none()) {
            let bandwidth_hz = width_hz / responses.width_per_bandwidth;
            let mark = Mark::new(responses, filter, 1.0, Some(Setting { centre_hz, bandwidth_hz, on: true }))?;
            return Some(Mark { moved: false, ..mark });
        }
        Mark::new(responses, filter, self.bank.progress, setting)
    }

    /// All filters of the model in use as they stand now, in the order of the bank.
    pub fn marks(&self) -> Vec<Mark> {
        let count = self.model.as_ref().map_or(0, |model| model.responses.filters.len());
        (0..count).filter_map(|filter| self.mark(filter)).collect()
    }
}
