//! What has changed of the panels, and which of them are drawn now.

use std::cell::{Cell, RefCell};

use crate::dom;
use crate::state::State;
use crate::turns::Turns;

/// What is done with the panels.
#[derive(Clone, Copy)]
pub(super) enum Pass<'a> {
    /// It is looked what has changed since the state that was looked at before: of plots that is noted, and everything
    /// else is drawn. Before the first look there was none; then the plots stand in the page as this second state has them.
    Look(Option<&'a State>, &'a State),
    /// These plots are drawn.
    Plots(&'a [usize]),
}

/// The panels of a state.
pub(super) struct Panels<'a> {
    pass: Pass<'a>,
    state: &'a State,
    turns: &'a RefCell<Turns>,
    /// So many plots were named. They come in the same order every time, so this is the number of the next one.
    number: Cell<usize>,
    /// Whether anything but plots was drawn.
    drew: Cell<bool>,
}

impl<'a> Panels<'a> {
    /// None of them was named yet.
    pub(super) fn new(pass: Pass<'a>, state: &'a State, turns: &'a RefCell<Turns>) -> Self {
        Self { pass, state, turns, number: Cell::default(), drew: Cell::default() }
    }

    /// Whether anything but plots was drawn.
    pub(super) fn drew(&self) -> bool {
        self.drew.get()
    }

    /// Draws a panel where what it `shows` is not what it showed.
    pub(super) fn draw<T: PartialEq>(&self, shows: impl Fn(&State) -> T, draw: impl FnOnce(&State)) {
        let Pass::Look(last, _) = self.pass else { return };
        if last.is_none_or(|last| shows(last) != shows(self.state)) {
            self.drew.set(true);
            draw(self.state);
        }
    }

    /// The same for one that takes time: it is noted, and drawn when its turn has come. `place` is the id of the element
    /// in which it is seen. Plots at one place are drawn in the order in which they are named.
    pub(super) fn plot<T: PartialEq>(
        &self,
        place: &'static str,
        shows: impl Fn(&State) -> T,
        draw: impl FnOnce(&State),
    ) {
        let number = self.number.replace(self.number.get() + 1);
        match self.pass {
            Pass::Look(last, nothing) => {
                let mut turns = self.turns.borrow_mut();
                turns.know(number, place);
                if shows(last.unwrap_or(nothing)) != shows(self.state) {
                    turns.owe(number);
                }
            }
            Pass::Plots(chosen) if chosen.contains(&number) => {
                let began_s = dom::now();
                draw(self.state);
                self.turns.borrow_mut().drew(number, dom::now() - began_s);
            }
            Pass::Plots(_) => {}
        }
    }
}
