//! Work that someone waits for, until they do not.

use std::cell::RefCell;
use std::rc::Rc;

use super::Sender;
use crate::dom;
use crate::failure::{Failure, Result};
use crate::state::{Event, Ticket, control};

/// The tickets whose answers are waited for.
#[derive(Clone, Default)]
pub struct Wanted(Rc<RefCell<Vec<Ticket>>>);

impl Wanted {
    /// Nobody waits for this one any more. Whether someone did.
    pub fn stop(&self, ticket: Ticket) -> bool {
        let mut tickets = self.0.borrow_mut();
        let before = tickets.len();
        tickets.retain(|wanted| *wanted != ticket);
        tickets.len() < before
    }
}

/// One piece of work.
pub struct Task {
    ticket: Ticket,
    wanted: Wanted,
    send: Sender,
}

impl Task {
    /// Work that is wanted from now on.
    pub fn begin(ticket: Ticket, wanted: &Wanted, send: &Sender) -> Self {
        wanted.0.borrow_mut().push(ticket);
        Self { ticket, wanted: wanted.clone(), send: send.clone() }
    }

    /// The ticket that its answers carry.
    pub fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// Goes on only while the work is wanted.
    ///
    /// # Errors
    /// [`Failure::Stale`] when it is not.
    pub fn check(&self) -> Result<()> {
        if self.wanted.0.borrow().contains(&self.ticket) { Ok(()) } else { Err(Failure::Stale) }
    }

    /// Tells what has come out so far, and when that was.
    ///
    /// # Errors
    /// [`Failure::Stale`] when nobody waits for it.
    pub fn tell(&self, event: Event) -> Result<()> {
        self.check()?;
        (self.send)(event);
        (self.send)(Event::Control(control::Event::Timed { ticket: self.ticket, now_s: dom::now() }));
        self.check()
    }

    /// Answers, where someone still waits.
    pub fn end(self, answer: Event) {
        if self.wanted.stop(self.ticket) {
            (self.send)(answer);
        }
    }
}
