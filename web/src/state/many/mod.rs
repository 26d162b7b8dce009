//! Several recordings: a list that is judged one after the other, each by the model in use when its turn comes.
//!
//! - `queue`: whose turn it is. A recording of the list is opened and judged as any other is; after every event the
//!   list looks at what has become of it
//! - `given`: which files become rows, and the labels that come with them
//! - `order`: sorted and filtered
//! - `scores`: what the results are worth where labels are known, and the threshold that they suggest
//! - `table`: all of it as CSV

mod given;
mod order;
mod queue;
mod row;
mod scores;
mod table;

use std::rc::Rc;

use spectnet_core::prediction::decision::{Decision, OperatingPoint};

use super::control::Pace;
use super::{Handle, State, Ticket, deciding};
use crate::failure::Result;
use crate::format;
use crate::labels::Labels;

pub use order::{Column, Narrow, PAGE, Table};
pub use row::{Row, Standing, Verdict};
pub use scores::{Fraction, Scores, suggestion};

pub(super) use given::take;
pub(super) use queue::follow;

/// Most recordings of a list: hours of work on any device, and still a table that a person can read.
pub const MOST: usize = 2000;

/// The list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Many {
    /// The recordings in the order in which they were given. They are shared, not copied: another list, and another
    /// row, is another place in memory.
    pub rows: Rc<Vec<Rc<Row>>>,
    /// The one in the panels.
    pub shown: Option<Shown>,
    /// Whether the next one is opened when this one is done.
    pub going: bool,
    /// How the list is looked at.
    pub table: Table,
    /// What is to say of the files that were given.
    pub note: String,
    /// The labels of the lists that were given.
    labels: Rc<Labels>,
    /// The lists that are being read.
    reading: Vec<Ticket>,
    /// By which model and how the rows were labelled last.
    decided: Option<(Ticket, Decision)>,
    /// The number of the last row.
    last: u64,
    /// How fast the list goes.
    pace: Option<Pace>,
}

/// The recording in the panels.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Its row.
    pub row: u64,
    /// The request for it.
    ticket: Ticket,
    /// How its row stands again where it is given up.
    before: Standing,
    /// Whether it was on its way through the model when last looked at.
    ran: bool,
}

/// What a person does with the list, and what effects answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A person wants to see a recording.
    Opened(u64),
    /// A person takes a recording off the list.
    Removed(u64),
    /// A person empties the list.
    Cleared,
    /// A person wants no more judged.
    Stopped,
    /// A person wants those judged that wait.
    WentOn,
    /// A person wants all judged again.
    AllAgain,
    /// A person sorts; once more the other way round.
    Sorted(Column),
    /// A person looks for names with this in them.
    Searched(String),
    /// A person wants to see some results only.
    Narrowed(Narrow),
    /// A person wants another page of the table, counted from 0.
    Turned(usize),
    /// A person wants the list as a file.
    TableAsked,
    /// A person wants the threshold that the labelled recordings suggest.
    ThresholdTaken,
    /// A list of labels was read, or why not.
    LabelsRead {
        /// The request for it.
        ticket: Ticket,
        /// What it is called.
        name: String,
        /// Its bytes.
        answer: Result<Vec<u8>>,
    },
}

/// What the list wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Read a list of labels: [`LabelsRead`](Event::LabelsRead).
    ReadLabels {
        /// The request for it.
        ticket: Ticket,
        /// What it is called.
        name: String,
        /// The file.
        file: Handle,
    },
    /// Download a text as CSV; [`SavingFailed`](super::Event::SavingFailed) where that is not possible.
    Save(String),
    /// Move the keyboard's focus to a row, or without any to the heading of the list.
    Focus(Option<u64>),
}

impl Many {
    /// Whether the list is shown.
    pub fn is_shown(&self) -> bool {
        !self.rows.is_empty()
    }

    /// Whether lists of labels are on their way.
    pub(super) fn is_reading(&self) -> bool {
        !self.reading.is_empty()
    }

    /// The row of the recording in the panels, while that is being judged.
    pub fn working(&self) -> Option<&Row> {
        let shown = self.shown.as_ref()?;
        self.row(shown.row).filter(|row| row.standing == Standing::Working)
    }

    /// How many recordings wait.
    pub fn waiting(&self) -> usize {
        self.rows.iter().filter(|row| row.standing == Standing::Waiting).count()
    }

    /// How many are not on their way any more: judged, or failed.
    pub fn judged(&self) -> usize {
        self.rows.len() - self.waiting() - usize::from(self.working().is_some())
    }

    /// How long the list still takes, in words; empty where nobody knows.
    pub fn time_left(&self) -> String {
        let pace = self.pace.filter(|_| self.going);
        pace.and_then(|pace| pace.left_s()).map(format::left).unwrap_or_default()
    }

    fn row(&self, id: u64) -> Option<&Row> {
        self.rows.iter().find(|row| row.id == id).map(Rc::as_ref)
    }

    /// Changes a row; the list and the row are others then.
    fn change(&mut self, id: u64, change: impl FnOnce(&mut Row)) {
        if let Some(row) = Rc::make_mut(&mut self.rows).iter_mut().find(|row| row.id == id) {
            change(Rc::make_mut(row));
        }
    }

    fn stand(&mut self, id: u64, standing: Standing) {
        if self.row(id).is_some_and(|row| row.standing != standing) {
            self.change(id, |row| row.standing = standing);
        }
    }
}

/// A recording has just told how far it is; as one of the list it says how fast that goes.
pub(super) fn timed(state: &mut State, ticket: Ticket, now_s: f64) {
    let runs = state.run.is_some_and(|run| run.ticket == ticket);
    let Some(progress) = state.progress.as_ref().filter(|_| runs && state.many.going) else { return };
    let of_one = progress.part.unwrap_or(0.0).clamp(0.0, 1.0);
    let many = &mut state.many;
    let part = (many.judged() as f64 + of_one) / many.rows.len().max(1) as f64;
    // One pace for all of them, whichever is being judged. It begins anew where files are added.
    many.pace = Some(Pace::after(many.pace.take(), Ticket::default(), now_s, part));
}

/// Takes what a person does with the list.
pub(super) fn apply(state: &mut State, event: Event, todo: &mut Vec<super::Effect>) {
    match event {
        Event::Opened(id) => queue::show(state, id, todo),
        Event::Removed(id) => queue::remove(state, id, todo),
        Event::Cleared => queue::clear(state, todo),
        Event::Stopped => queue::stop(state, todo),
        Event::WentOn => queue::begin(state, false, todo),
        Event::AllAgain => queue::again(state, todo),
        Event::Sorted(column) => state.many.table.sort(column),
        Event::Searched(text) => state.many.table.search(&text),
        Event::Narrowed(narrow) => state.many.table.narrow(narrow),
        Event::Turned(page) => state.many.table.page = page,
        Event::TableAsked => todo.push(super::Effect::Many(Effect::Save(table::csv(state)))),
        Event::ThresholdTaken => {
            if let Some(Ok(suggestion)) = suggestion(state) {
                deciding::decide_by(state, OperatingPoint::Threshold(suggestion.threshold));
            }
        }
        Event::LabelsRead { ticket, name, answer } => given::labels_read(state, ticket, &name, answer),
    }
}
