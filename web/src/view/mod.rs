//! What is seen: one file a panel, each of which draws from the state and keeps nothing.
//!
//! Drawing is idempotent. [`View::draw`] leaves out the panels of which nothing has changed since it was last called:
//! plots take time, and what a person is just typing into stays as it is. What is little work, the result before all,
//! is drawn at once. Plots are noted, and drawn one after the other in [`Turns`] of their own: those near what is seen
//! after the next painting, when it costs nothing to ask where things are, and the others when the page has nothing
//! else to do.
//!
//! So a panel whose first act is to show or hide something has a part of its own for that, which is drawn at once: what is
//! not there is not seen, and nothing jumps when a plot comes. A plot asks for sizes before it writes anything.

mod announcement;
mod backend;
mod canvas;
mod card;
pub mod channels;
mod control;
mod cursor;
mod cycles;
mod dropping;
mod elapsed;
mod examples;
pub mod filters;
mod image;
mod learn;
pub mod many;
mod menu;
mod microphone;
mod model_card;
mod notices;
mod numbers;
mod offline;
pub mod overview;
mod panels;
pub mod picture;
pub mod player;
mod progress;
mod recording;
mod result;
mod share;
pub mod status;
mod svg;
mod theme;
mod threshold;
pub mod time;
mod waveform;
mod why;
mod why_map;
mod windows;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::dom;
use crate::state::{State, Ticket, Timeline};
use crate::turns::{Reach, Turns, Wait};
use panels::{Panels, Pass};
use status::Drawn;

/// Pixels left of every plot on the common time axis: room for labels.
const LEFT: f64 = 44.0;
/// Pixels right of every plot.
const RIGHT: f64 = 12.0;

/// Draws the state.
#[derive(Default)]
pub struct View {
    /// The state that was looked at last.
    last: RefCell<Option<State>>,
    /// What stands in the page before anything was drawn.
    nothing: State,
    /// The plots that show an older state.
    turns: RefCell<Turns>,
    /// Since when a person waits for a result, in seconds since the page was opened.
    hurried_s: Cell<Option<f64>>,
    /// Whether everything is drawn, as the page says it.
    drawn: Cell<Option<Drawn>>,
}

impl View {
    /// Draws what has changed: at once what is little work, and of the plots those that take no time.
    pub fn draw(&self, state: &State) {
        let last = self.last.replace(Some(state.clone()));
        if !state.hurries() {
            self.hurried_s.set(None);
        } else if self.hurried_s.get().is_none() {
            self.hurried_s.set(Some(dom::now()));
        }
        self.turns.borrow_mut().begin();
        let look = Panels::new(Pass::Look(last.as_ref(), &self.nothing), state, &self.turns);
        all(&look);
        // Behind what was just written, asking for sizes would have everything laid out in the middle of the work.
        if !look.drew() && self.waits() == Wait::Picture {
            let quick = self.turns.borrow().quick(Reach::Near);
            self.draw_plots(state, &quick);
        }
        self.say_drawn(state);
    }

    /// What is to be waited for before it [goes on](Self::go_on).
    pub fn waits(&self) -> Wait {
        self.turns.borrow().wait(self.hurried_s.get().map(|since_s| dom::now() - since_s))
    }

    /// Draws the plots whose turn it is.
    pub fn go_on(&self, state: &State, reach: Reach) {
        let chosen = self.turns.borrow().task(reach);
        self.draw_plots(state, &chosen);
        self.say_drawn(state);
    }

    /// Draws all plots that show an older state, or those at one place, at once: something is about to look at them.
    pub fn finish(&self, state: &State, place: Option<&str>) {
        let chosen = self.turns.borrow().all(place);
        self.draw_plots(state, &chosen);
        self.say_drawn(state);
    }

    /// The elements in which plots are seen, by their ids; known when it has drawn for the first time.
    pub fn places(&self) -> Vec<&'static str> {
        self.turns.borrow().places()
    }

    /// One of them comes near what is seen, or leaves it.
    pub fn come(&self, place: &str, near: bool) {
        self.turns.borrow_mut().come(place, near);
    }

    fn draw_plots(&self, state: &State, chosen: &[usize]) {
        if !chosen.is_empty() {
            all(&Panels::new(Pass::Plots(chosen), state, &self.turns));
        }
    }

    /// Says whether everything is drawn, and nothing of it still computed.
    fn say_drawn(&self, state: &State) {
        let drawn = match self.turns.borrow().is_done() && state.rest.is_none() {
            true => Drawn::All,
            false if state.hurries() => Drawn::Later,
            false => Drawn::Partly,
        };
        if self.drawn.replace(Some(drawn)) != Some(drawn) {
            status::draw_drawn(drawn);
        }
    }
}

/// All panels, in the order in which they are drawn.
fn all(panel: &Panels) {
    // First: all other panels draw in its colours.
    panel.draw(|s| s.look.clone(), theme::draw);
    panel.draw(|s| s.backend.clone(), backend::draw);
    panel.draw(|s| s.dragging, dropping::draw);
    panel.draw(|s| (names(s), s.awaits_menu), menu::draw);
    panel.draw(|s| (s.chosen, menu::has_none(s)), menu::choose);
    panel.draw(model, notices::draw);
    panel.draw(model, examples::draw);
    panel.draw(|s| (s.result.as_ref().map(address), s.decision()), result::draw);
    panel.draw(|s| (model(s), s.decision(), s.prevalence_problem.map(f64::to_bits)), threshold::draw);
    panel.draw(model, threshold::draw_prevalence);
    panel.draw(|s| s.share.card.is_some(), card::draw_shown);
    panel.draw(|_| (), share::draw_about);
    panel.draw(|s| (s.share.note.clone(), s.share.link.clone()), share::draw);
    panel.draw(|s| s.offline, offline::draw);
    panel.draw(|s| s.whole, recording::draw_whole);
    panel.draw(|s| (s.recording_note(), s.offers_whole()), recording::draw);
    panel.draw(|s| s.recording.open().map(|input| (input.ticket, input.channels)), channels::draw);
    panel.draw(time::is_empty, time::clear);
    let over_time = |s: &State| (s.judged_s(), s.layout, s.visible_s());
    panel.draw(|s| s.judged_s() > 0.0, overview::draw_shown);
    panel.draw(|s| (s.judged_s(), s.visible_s()), overview::draw_frame);
    panel.draw(cycles::are_there, cycles::draw_shown);
    panel.draw(|s| numbers::count(s) > 0, numbers::draw_shown);
    panel.draw(|s| (s.cursor, s.result.as_ref().map(address), over_time(s)), cursor::draw);
    panel.draw(player::shown, player::draw);
    panel.draw(microphone::shown, microphone::draw);
    panel.draw(microphone::measured, microphone::draw_measured);
    panel.draw(player::tenths, player::draw_position);
    panel.draw(|s| (s.player.selection, s.playable_s(), over_time(s)), player::draw_selection);
    let playing = |s: &State| (s.player.playing.is_some(), s.player.is_there(), s.player.position_s);
    panel.draw(|s| (playing(s), over_time(s)), player::draw_line);
    panel.draw(why::shows, why::draw);
    let list = |s: &State| (address(&s.many.rows), s.many.going, model(s));
    panel.draw(|s| (list(s), s.many.note.clone()), many::draw);
    panel.draw(model, many::draw_choices);
    panel.draw(|s| (s.many.shown.clone(), s.progress.clone()), many::draw_progress);
    panel.draw(|s| s.many.time_left(), many::draw_left);
    panel.draw(|s| (list(s), s.decision()), many::draw_scores);
    learn::draw(panel);
    panel.draw(|s| s.elapsed.clone(), elapsed::draw);
    panel.draw(|s| s.progress.clone(), progress::draw);
    panel.draw(|s| s.control.device, control::draw_device);
    panel.draw(|s| (s.can_cancel(), s.time_left()), control::draw_work);
    panel.draw(|s| (s.troubles(), s.can_retry()), control::draw_trouble);
    panel.draw(State::announcement, announcement::draw);
    // Whoever waits for a phase finds the words that belong to it.
    panel.draw(|s| s.status.clone(), status::draw);

    let of_all = |s: &State| (drawn(s, |timeline| address(&timeline.waveform)), s.result.as_ref().map(address));
    panel.plot("overview-strip", |s| (of_all(s), s.judged_s(), s.layout), overview::draw);
    panel.plot("waveform", |s| (drawn(s, |timeline| address(&timeline.waveform)), over_time(s)), waveform::draw);
    panel.plot("cycles-figure", |s| (drawn(s, |timeline| address(&timeline.states)), over_time(s)), cycles::draw);
    panel.plot("image", |s| (drawn(s, |timeline| address(&timeline.image)), model(s), over_time(s)), image::draw);
    panel.plot("image", |s| (image::is_there(s), s.layout), image::draw_scale);
    panel.plot("windows", |s| (s.result.as_ref().map(address), model(s), over_time(s)), windows::draw);
    panel.plot(many::PLACE, |s| (list(s), s.many.table.clone(), s.many.shown.clone()), many::draw_rows);
    let explained = |s: &State| s.why.explanation.as_ref().map(address);
    panel.plot("why-map", |s| explained(s).map(|it| (it, s.selected, over_time(s))), why_map::draw);
    panel.plot("without-choice", |s| (explained(s), model(s)), why::offer);
    panel.plot("without-choice", |s| explained(s).map(|it| (it, model(s), s.selected)), why::select);
    panel.plot("why-table", |s| (explained(s), model(s)), why::draw_table);
    filters::draw(panel);
    let page = |s: &State| s.axis.page_of(numbers::count(s)).0;
    panel.plot("window-table", |s| (s.result.as_ref().map(address), model(s), page(s), s.judged_s()), numbers::draw);
    panel.plot("model-card", |s| (model(s), s.share.sha256.clone()), model_card::draw);
    panel.plot("card", |s| s.share.card.clone(), card::draw);
    panel.plot("result-json", |s| s.result.as_ref().map(address), result::draw_json);
}

/// Which model is in use.
fn model(state: &State) -> Option<Ticket> {
    state.model.as_ref().map(|model| model.ticket)
}

/// What the menu says.
fn names(state: &State) -> Vec<String> {
    state.sources.iter().map(|source| source.name.clone()).collect()
}

/// Something of the timeline, where there is one.
fn drawn<T>(state: &State, of: impl FnOnce(&Timeline) -> T) -> Option<T> {
    state.timeline.as_ref().map(of)
}

/// Where something shared lies: as long as both are held, another thing lies elsewhere.
fn address<T>(shared: &Rc<T>) -> *const T {
    Rc::as_ptr(shared)
}
