//! The filter whose numbers are shown.

use super::{Effect, Move, State};
use crate::plot::response::{Response, Responses};

/// Shows the numbers of a filter.
pub(super) fn select(state: &mut State, index: usize) {
    if index < count(state) {
        state.selected = index;
    }
}

/// Moves among the filters, and the focus with it.
pub(super) fn go(state: &mut State, to: Move, todo: &mut Vec<Effect>) {
    let before = state.selected;
    if let Some(next) = state.neighbour(to) {
        select(state, next);
    }
    if state.selected != before {
        todo.push(Effect::FocusFilter(state.selected));
    }
}

impl State {
    /// The filter to which a key moves from the selected one, in the order of the rows; none without a model.
    pub fn neighbour(&self, to: Move) -> Option<usize> {
        let order = self.model.as_ref()?.responses.order();
        let row = order.iter().position(|&filter| filter == self.selected)?;
        let next = match to {
            Move::Next => row + 1,
            Move::Previous => row.saturating_sub(1),
            Move::First => 0,
            Move::Last => order.len(),
        };
        order.get(next).or(order.last()).copied()
    }
}

/// The filter whose centre moved most: the one to look at first.
pub(super) fn most_moved(responses: &Responses) -> usize {
    let shift = |filter: &Response| (filter.learned.centre_hz - filter.initial.centre_hz).abs();
    let filters = responses.filters.iter().map(shift).enumerate();
    filters.max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(index, _)| index)
}

fn count(state: &State) -> usize {
    state.model.as_ref().map_or(0, |model| model.responses.filters.len())
}
