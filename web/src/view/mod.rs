//! What is seen: one file a panel, each of which draws from the state and keeps nothing.
//!
//! Drawing is idempotent. [`View::draw`] leaves out the panels of which nothing has changed since it was last called:
//! plots take time, and what a person is just typing into stays as it is. Where many plots change at once, those for which
//! there is no time left wait until the page has answered.

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
use std::collections::BTreeSet;
use std::rc::Rc;

use crate::dom;
use crate::state::{State, Ticket, Timeline};

/// Pixels left of every plot on the common time axis: room for labels.
const LEFT: f64 = 44.0;
/// Pixels right of every plot.
const RIGHT: f64 = 12.0;

/// Plots are begun for so many seconds at a time. The last of them and what the browser then does with all of them take as
/// long once more, and from 0.05 s on a person feels it.
const PLOTS_S: f64 = 0.02;

/// Draws the state.
#[derive(Default)]
pub struct View {
    /// The state that was drawn last.
    last: RefCell<Option<State>>,
    /// Numbers of the panels that show an older one.
    owed: RefCell<BTreeSet<usize>>,
}

impl View {
    /// Draws what has changed, and plots as long as there is time. Returns whether some are left: then it is to be called
    /// again when the page has answered.
    pub fn draw(&self, state: &State) -> bool {
        let last = self.last.replace(Some(state.clone()));
        let panel =
            Panels { last: last.as_ref(), state, began_s: dom::now(), drawn: Cell::default(), owed: &self.owed };
        // First: all other panels draw in its colours.
        panel.draw(|s| s.look.clone(), theme::draw);
        panel.draw(|s| s.backend.clone(), backend::draw);
        panel.draw(|s| s.dragging, dropping::draw);
        panel.draw(|s| (names(s), s.awaits_menu), menu::draw);
        panel.draw(|s| (s.chosen, menu::has_none(s)), menu::choose);
        panel.draw(model, notices::draw);
        panel.draw(model, examples::draw);
        // Before the plots: with many windows it takes time too, of which there is less for them then.
        panel.draw(|s| (s.result.as_ref().map(address), s.decision()), result::draw);
        panel.draw(|s| (model(s), s.decision(), s.prevalence_problem.map(f64::to_bits)), threshold::draw);
        panel.draw(model, threshold::draw_prevalence);
        filters::draw(&panel);
        panel.plot(|s| (model(s), s.share.sha256.clone()), model_card::draw);
        panel.draw(|s| s.share.card.clone(), card::draw);
        panel.draw(|_| (), share::draw_about);
        panel.draw(|s| (s.share.note.clone(), s.share.link.clone()), share::draw);
        panel.draw(|s| s.offline, offline::draw);
        panel.draw(|s| s.whole, recording::draw_whole);
        panel.draw(|s| (s.recording_note(), s.offers_whole()), recording::draw);
        panel.draw(|s| s.recording.open().map(|input| (input.ticket, input.channels)), channels::draw);
        let over_time = |s: &State| (s.judged_s(), s.layout, s.visible_s());
        panel.plot(|s| (drawn(s, |timeline| address(&timeline.waveform)), over_time(s)), waveform::draw);
        panel.plot(|s| (drawn(s, |timeline| address(&timeline.image)), model(s), over_time(s)), image::draw);
        panel.plot(|s| (drawn(s, |timeline| address(&timeline.states)), over_time(s)), cycles::draw);
        panel.plot(|s| (s.result.as_ref().map(address), model(s), over_time(s)), windows::draw);
        panel.draw(|s| (s.cursor, s.result.as_ref().map(address), over_time(s)), cursor::draw);
        panel.draw(player::shown, player::draw);
        panel.draw(microphone::shown, microphone::draw);
        panel.draw(microphone::measured, microphone::draw_measured);
        panel.draw(player::tenths, player::draw_position);
        panel.draw(|s| (s.player.selection, s.playable_s(), over_time(s)), player::draw_selection);
        let playing = |s: &State| (s.player.playing.is_some(), s.player.is_there(), s.player.position_s);
        panel.draw(|s| (playing(s), over_time(s)), player::draw_line);
        let of_all = |s: &State| (drawn(s, |timeline| address(&timeline.waveform)), s.result.as_ref().map(address));
        panel.plot(|s| (of_all(s), s.judged_s(), s.layout), overview::draw);
        panel.draw(over_time, overview::draw_frame);
        let page = |s: &State| s.axis.page_of(numbers::count(s)).0;
        panel.plot(|s| (s.result.as_ref().map(address), model(s), page(s), s.judged_s()), numbers::draw);
        panel.plot(why::shows, why::draw);
        panel.plot(|s| (s.why.explanation.as_ref().map(address), s.selected, over_time(s)), why_map::draw);
        panel.plot(|s| (s.why.explanation.as_ref().map(address), s.selected), why::select);
        let list = |s: &State| (address(&s.many.rows), s.many.going, model(s));
        panel.draw(|s| (list(s), s.many.note.clone()), many::draw);
        panel.draw(model, many::draw_choices);
        panel.plot(|s| (list(s), s.many.table.clone(), s.many.shown.clone()), many::draw_rows);
        panel.draw(|s| (s.many.shown.clone(), s.progress.clone()), many::draw_progress);
        panel.draw(|s| s.many.time_left(), many::draw_left);
        panel.draw(|s| (list(s), s.decision()), many::draw_scores);
        learn::draw(&panel);
        panel.draw(|s| s.elapsed.clone(), elapsed::draw);
        panel.draw(|s| s.progress.clone(), progress::draw);
        panel.draw(|s| s.control.device, control::draw_device);
        panel.draw(|s| (s.can_cancel(), s.time_left()), control::draw_work);
        panel.draw(|s| (s.troubles(), s.can_retry()), control::draw_trouble);
        panel.draw(State::announcement, announcement::draw);
        // Last: whoever waits for a phase finds everything else as it belongs to it.
        panel.last(|s| s.status.clone(), status::draw);
        !self.owed.borrow().is_empty()
    }
}

/// A state, and the one that was drawn before.
struct Panels<'a> {
    last: Option<&'a State>,
    state: &'a State,
    /// When drawing began, in seconds.
    began_s: f64,
    /// So many panels had their turn. They come in the same order every time, so this is the number of the next one.
    drawn: Cell<usize>,
    /// [`View::owed`].
    owed: &'a RefCell<BTreeSet<usize>>,
}

impl Panels<'_> {
    /// Draws a panel where what it `shows` is not what it showed.
    fn draw<T: PartialEq>(&self, shows: impl Fn(&State) -> T, draw: impl FnOnce(&State)) {
        self.draw_if(true, shows, draw);
    }

    /// The same for one that takes time: it waits where there is none left, and so do all plots behind it, which may stand on it.
    fn plot<T: PartialEq>(&self, shows: impl Fn(&State) -> T, draw: impl FnOnce(&State)) {
        self.draw_if(dom::now() - self.began_s <= PLOTS_S, shows, draw);
    }

    /// The same for what must come last: it waits for all others.
    fn last<T: PartialEq>(&self, shows: impl Fn(&State) -> T, draw: impl FnOnce(&State)) {
        let own = self.drawn.get();
        let is_last = self.owed.borrow().iter().all(|panel| *panel == own);
        self.draw_if(is_last, shows, draw);
    }

    fn draw_if<T: PartialEq>(&self, now: bool, shows: impl Fn(&State) -> T, draw: impl FnOnce(&State)) {
        let panel = self.drawn.replace(self.drawn.get() + 1);
        let changed = self.last.is_none_or(|last| shows(last) != shows(self.state));
        if !changed && !self.owed.borrow().contains(&panel) {
            return;
        }
        if now {
            self.owed.borrow_mut().remove(&panel);
            draw(self.state);
        } else {
            self.owed.borrow_mut().insert(panel);
        }
    }
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
