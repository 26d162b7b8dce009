//! A session with a reader and a network that answer at once.

use std::borrow::Cow;

use super::session::Session;
use super::source::Pass;
use super::step::{Answer, Batch, Step};
use crate::Error;
use crate::prediction::Prepared;

impl<'a> Session<'a> {
    /// Drives the session to its end with a reader and a network that answer at once. `open` gives the conditioned pieces of a
    /// pass in their order; it is called once for every pass. `run` is the network; it may look at the session, for instance
    /// at its [progress](Self::progress_s).
    ///
    /// # Errors
    /// Those of `open`, of its pieces and of `run`, and pieces or answers that do not fit.
    pub fn drive<P, E>(
        &mut self,
        mut open: impl FnMut(Pass) -> std::result::Result<P, E>,
        mut run: impl FnMut(&Self, Batch) -> std::result::Result<Answer, E>,
    ) -> std::result::Result<(), E>
    where
        P: Iterator<Item = std::result::Result<Cow<'a, Prepared>, E>>,
        E: From<Error>,
    {
        let mut opened: Option<(usize, P)> = None;
        loop {
            match self.step() {
                Step::Read(pass) => {
                    let pieces = match opened.take() {
                        Some((number, pieces)) if number == pass.number => pieces,
                        _ => open(pass)?,
                    };
                    let (_, pieces) = opened.insert((pass.number, pieces));
                    match pieces.next() {
                        Some(piece) => self.prepared(piece?)?,
                        None => self.end()?,
                    }
                }
                Step::Run(batch) => {
                    let answer = run(self, batch)?;
                    self.answer(&answer)?;
                }
                Step::Work => self.work()?,
                Step::Done => return Ok(()),
            }
        }
    }
}
