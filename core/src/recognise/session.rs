//! The order of all steps from a recording to its result.

mod report;

use std::borrow::Cow;

use super::progress::Progress;
use super::rest::Rest;
use super::running::Running;
use super::source::{Pass, Source};
use super::step::{Answer, BATCH, Purpose, Step};
use crate::audio::{Recording, check_rate};
use crate::model::ModelConfig;
use crate::package::Package;
use crate::prediction::openness::Openness;
use crate::prediction::scope::Scope;
use crate::prediction::{Prepared, Tally};
use crate::stride::{STRIDE, Stride, Work};
use crate::{Error, Result};

/// One recording on its way through one model, piece by piece. It says what it wants [next](Self::step) and takes the answer;
/// it opens nothing, computes no network and may wait between any two calls.
///
/// An answer that does not fit is an error and changes nothing: the session still wants what it wanted.
#[derive(Debug)]
pub struct Session<'a> {
    config: &'a ModelConfig,
    source: Source,
    batch: usize,
    judges_cycles: bool,
    tally: Tally<'a>,
    /// What is read; none after the last pass.
    pass: Option<Pass>,
    /// The piece that is being conditioned.
    conditioning: Option<Work<'a, Result<Prepared>>>,
    /// The windows that are run, and their piece.
    running: Option<Running<'a>>,
    progress: Progress,
    rest: Rest<'a>,
}

impl<'a> Session<'a> {
    /// A recording of which nothing was read, on its way through the model that `config` describes. `openness` is what tells
    /// sounds of other kinds, where the model can.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a sampling rate out of range or no downmix; [`Error::Unsupported`] for `openness` and a model
    /// without log-energy images.
    pub fn new(config: &'a ModelConfig, openness: Option<&'a Openness>, source: Source) -> Result<Self> {
        check_rate(source.sample_rate)?;
        let first = source.first()?;
        let mut tally = Tally::new(config).with_openness(openness)?;
        tally.begin(first.downmix);
        Ok(Self {
            config,
            source,
            batch: BATCH,
            judges_cycles: true,
            tally,
            pass: Some(first),
            conditioning: None,
            running: None,
            progress: Progress::default(),
            rest: Rest::default(),
        })
    }

    /// The same through the model of a file, with all that the file says of what it can be used for.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn of(package: &'a Package, source: Source) -> Result<Self> {
        let session = Self::new(&package.config, package.openness.as_ref(), source)?;
        Ok(session.within(package.scope.as_ref()))
    }

    /// The same, whose result warns of a heart outside of this scope.
    #[must_use]
    pub fn within(self, scope: Option<&'a Scope>) -> Self {
        Self { tally: self.tally.within(scope), ..self }
    }

    /// The same, which hands out at most so many windows at a time instead of [`BATCH`]: at least one.
    #[must_use]
    pub fn in_batches_of(self, windows: usize) -> Self {
        Self { batch: windows.max(1), ..self }
    }

    /// The same, which leaves out the windows around heart cycles. The result does not rest on them.
    #[must_use]
    pub fn without_cycles(self) -> Self {
        Self { judges_cycles: false, ..self }
    }

    /// The same, which also looks through the rest of a heart recording where nothing can be said of its classified beginning.
    /// Where it finds a heart a note names the place; it ends in `advice`, which says how to classify all of the recording.
    #[must_use]
    pub fn looking_elsewhere(self, advice: &'a str) -> Self {
        Self { rest: Rest::advising(advice), ..self }
    }

    /// What it wants next. Asked twice it says the same.
    pub fn step(&self) -> Step {
        match (&self.running, self.pass) {
            _ if self.conditioning.is_some() => Step::Work,
            (Some(running), _) => Step::Run(running.batch(self.config, self.batch, self.wants_images(running))),
            (None, Some(pass)) => Step::Read(pass),
            (None, None) => Step::Done,
        }
    }

    /// Takes the next piece of the pass, as [`Pass::pieces`] or [`Pass::cutter`] make it, and conditions it.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it is not wanted now or has another sampling rate, and those of [`Prepared::piece`].
    pub fn piece(&mut self, piece: &Recording) -> Result<()> {
        self.fits(piece)?;
        let prepared = Prepared::piece(self.config, piece)?;
        self.prepared(Cow::Owned(prepared))
    }

    /// As [`piece`](Self::piece), but the session conditions it bit by bit, when it is asked to [work](Self::work): for a
    /// page, where nothing else happens meanwhile.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it is not wanted now or has another sampling rate.
    pub fn piece_in_bits(&mut self, piece: Recording) -> Result<()> {
        self.fits(&piece)?;
        let config = self.config;
        let work = async move { Prepared::in_strides(config, &piece, &mut Stride::of(STRIDE)).await };
        self.conditioning = Some(Work::new(work));
        Ok(())
    }

    /// Does the next bit of its own work: some milliseconds of conditioning.
    ///
    /// # Errors
    /// [`Error::Invalid`] where there is none, and those of [`Prepared::piece`]; the piece is wanted again then.
    pub fn work(&mut self) -> Result<()> {
        let none = || Error::invalid("no work is left to do: the session's step says what it wants");
        let Some(prepared) = self.conditioning.as_mut().ok_or_else(none)?.go_on() else { return Ok(()) };
        self.conditioning = None;
        self.prepared(Cow::Owned(prepared?))
    }

    /// Takes the next piece, conditioned already: [`Prepared::piece`] does that on any thread, while the one before is run.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it is not wanted now, is not at the model's sampling rate or has no windows.
    pub fn prepared(&mut self, prepared: Cow<'a, Prepared>) -> Result<()> {
        let pass = self.reading()?;
        let [rate, wanted] = [prepared.recording.sample_rate(), self.config.conditioning.sample_rate];
        let [windows, votes] = [prepared.windows.len(), prepared.votes.len()];
        if rate != wanted || windows == 0 || votes != windows {
            return Err(Error::invalid(format!(
                "a conditioned piece of {windows} windows and {votes} votes at {rate} Hz: expected at least one window, as \
                 many votes, and {wanted} Hz"
            )));
        }
        self.progress.pieces += 1;
        if !pass.is_rest() {
            let windows = prepared.windows.clone();
            self.running = Some(Running::new(prepared, Purpose::Windows, windows));
            return Ok(());
        }
        let seconds = self.seconds(prepared.seen.samples as f64);
        // One heart is enough.
        if self.rest.finds(&prepared, seconds) {
            self.pass = None;
        }
        Ok(())
    }

    /// Ends the pass: the recording holds nothing more, or all seconds that are wanted were given.
    ///
    /// # Errors
    /// [`Error::Invalid`] where no piece is wanted now, or none was given in a pass that is classified.
    pub fn end(&mut self) -> Result<()> {
        let pass = self.reading()?;
        if pass.is_rest() {
            self.pass = None;
            return Ok(());
        }
        if self.progress.pieces == 0 {
            return Err(Error::invalid("the recording ended before its first piece; expected at least one sample"));
        }
        self.progress = self.progress.after_pass();
        let number = pass.number + 1;
        self.pass = match self.source.downmixes.get(number) {
            Some(&downmix) => {
                self.tally.begin(downmix);
                Some(Pass { number, downmix, ..pass })
            }
            None => self.rest.pass(self.config, &self.source, &self.tally, self.progress.judged, number),
        };
        Ok(())
    }

    /// Takes images and probabilities of the batch that was handed out.
    ///
    /// # Errors
    /// [`Error::Invalid`] where none was, for more or fewer values than its windows have, values that are not numbers, or no
    /// images where the batch wants them.
    pub fn answer(&mut self, answer: &Answer) -> Result<()> {
        let none = || Error::invalid("no windows wait for an answer: the session's step says what it wants");
        let running = self.running.as_ref().ok_or_else(none)?;
        let (next, wants_images) = (running.next_range(self.batch), self.wants_images(running));
        self.tally.check(next.len(), &answer.probabilities)?;
        if wants_images {
            let images = answer.images.as_deref().unwrap_or_default();
            self.tally.check_images(next.len(), images)?;
            self.tally.see(&running.prepared, next.clone(), images)?;
        }
        let mut running = self.running.take().ok_or_else(none)?;
        if running.answer(next.len(), answer) {
            return self.complete(running);
        }
        self.running = Some(running);
        Ok(())
    }

    /// All windows are answered; those around the heart cycles may follow.
    fn complete(&mut self, running: Running<'a>) -> Result<()> {
        let Running { prepared, purpose, probabilities, .. } = running;
        match purpose {
            Purpose::Windows => {
                self.tally.add(&prepared, &probabilities)?;
                if self.judges_cycles && self.tally.is_at_first_downmix() {
                    let around = prepared.around(self.config, &prepared.cycles());
                    if !around.is_empty() {
                        self.running = Some(Running::new(prepared, Purpose::Cycles, around));
                        return Ok(());
                    }
                }
            }
            Purpose::Cycles => self.tally.add_cycles(&prepared, &probabilities)?,
        }
        self.progress.frames += prepared.seen.samples;
        Ok(())
    }

    fn wants_images(&self, running: &Running) -> bool {
        running.purpose == Purpose::Windows && self.tally.sees_images()
    }

    /// Refuses a piece that is not wanted now or has another sampling rate.
    fn fits(&self, piece: &Recording) -> Result<()> {
        let (rate, wanted) = (piece.sample_rate(), self.reading()?.sample_rate);
        if rate == wanted {
            return Ok(());
        }
        Err(Error::invalid(format!("a piece at {rate} Hz of a recording at {wanted} Hz")))
    }

    /// The pass of which a piece is wanted now.
    fn reading(&self) -> Result<Pass> {
        match (&self.running, self.pass) {
            _ if self.conditioning.is_some() => {
                Err(Error::invalid("the piece before is still being conditioned: the session wants to work"))
            }
            (None, Some(pass)) => Ok(pass),
            (Some(_), _) => Err(Error::invalid("the windows of the piece before still wait for their answer")),
            (None, None) => Err(Error::invalid("the session is done: it takes nothing more of the recording")),
        }
    }

    fn seconds(&self, frames: f64) -> f64 {
        frames / f64::from(self.source.sample_rate)
    }
}
