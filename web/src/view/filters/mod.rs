//! The filterbank: a row for every filter, its width over its centre, how many filters cover each frequency, and the
//! selected filter in full.

mod arrows;
mod behind;
pub mod controls;
mod coverage;
mod curves;
mod frame;
mod geometry;
mod impulse;
mod numbers;
pub mod pointer;
mod rows;

use std::rc::Rc;

use super::{Panels, address, drawn, image, model};
use crate::plot::raster::LogEnergy;
use crate::state::State;
use crate::state::adjust::Change;

/// Where the rows are: a filter has the keyboard's focus there.
pub const PLACE: &str = "filters";

/// Draws what has changed of the bank.
pub(super) fn draw(panels: &Panels) {
    panels.draw(model, controls::draw_shown);
    // The rows are drawn first: the others stand on them.
    panels.plot(PLACE, |s| (model(s), s.layout), rows::draw);
    panels.plot(PLACE, |s| (model(s), s.layout, recording(s), changes(s)), behind::draw);
    let marks = |s: &State| (model(s), s.layout, s.bank.progress.to_bits(), changes(s), s.live_filters().map(address));
    panels.plot(PLACE, marks, rows::place);
    panels.plot(PLACE, |s| (model(s), s.layout, s.selected), rows::select);
    panels.plot("bank-arrows", |s| (marks(s), s.selected), arrows::draw);
    panels.plot("bank-coverage", |s| (marks(s), recording(s).1), coverage::draw);
    panels.plot("filter-details", |s| (model(s), s.selected), numbers::draw);
    panels.plot("filter-curves", |s| (marks(s), s.selected), curves::draw);
    panels.plot("filter-impulse", |s| (marks(s), s.selected), impulse::draw);
    panels.plot("filter-range", |s| (marks(s), s.selected, s.bank.fields_left), controls::draw_filter);
    let way = |s: &State| (model(s), s.bank.progress.to_bits(), s.bank.film.is_some());
    panels.plot("bank-way", way, controls::draw_way);
    panels.plot("image", |s| (model(s), s.layout, s.selected, image::is_there(s)), frame::draw);
}

/// What a person made of the filters.
fn changes(state: &State) -> Vec<(usize, Change)> {
    state.adjust.changes.iter().map(|(filter, change)| (*filter, *change)).collect()
}

/// The image of a recording that was judged, and its rate. On the way there the image changes with every step.
fn recording(state: &State) -> (Option<*const LogEnergy>, Option<u32>) {
    let image = image_at_rest(state).and_then(|_| drawn(state, |timeline| address(&timeline.image)));
    (image, state.recording.open().map(|input| input.sample_rate))
}

/// That image.
fn image_at_rest(state: &State) -> Option<&Rc<LogEnergy>> {
    let at_rest = state.run.is_none() && state.rest.is_none();
    state.timeline.as_ref().filter(|_| at_rest).map(|timeline| &timeline.image)
}
