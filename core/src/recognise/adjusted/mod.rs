//! A recording that was judged, and what a model says of it when its filters are moved or switched off.
//!
//! Conditioning and segmentation do not depend on the filters. So they are kept, and so are the images of the windows: of a
//! filter that is moved one column is computed anew, and the classifier answers again.
//!
//! ```text
//! Adjusted::new(model)     while a Session runs: Adjusted::keep(piece), Adjusted::answer(batch, answer)
//! Adjusted::set(changes)   Adjusted::work() until nothing is left; then prediction, rows, without
//! ```
//!
//! **A filter that is moved** keeps its level at the centre ([`FilterbankConfig::moved`]). The result is that of a model file
//! with these filters and the same classifier.
//!
//! **A filter that is off** says nothing. The linear classifier of the heart's phases takes the filter's means and deviations
//! for those of the training data, so that it adds to the logits what it adds on average: silence would not do, for a filter in
//! which nothing happens is unusual. The other classifiers see one level in every frame: 0 where levels are normalised, and
//! otherwise the filter's mean over the window. The score that tells sounds of other kinds still sees the filter.
//!
//! It all runs on the CPU, whatever judged the recording first.
//!
//! [`FilterbankConfig::moved`]: crate::filterbank::FilterbankConfig::moved

mod bank;
mod change;
mod classifier;
mod explained;
mod group;
mod piece;
mod rows;
#[cfg(test)]
mod tests;

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use super::step::{Answer, Batch};
use crate::audio::Downmix;
use crate::package::Package;
use crate::prediction::decision::Decision;
use crate::prediction::{Prediction, Prepared, Probabilities, Tally};
use crate::{Error, Result};
use bank::Bank;
pub use change::Change;
use piece::Piece;

/// Seconds from the beginning of a recording that are kept, of each downmix: what is conditioned at once at most, and more than
/// models of hearts judge.
pub const MOST_SECONDS: f64 = 90.0;
/// Most numbers that are kept, samples and images together: 32 MiB. A minute of the shipped model of hearts has a sixth of it.
pub const MOST_VALUES: usize = 1 << 23;

/// A recording on its way through a model whose filters can be changed afterwards. Whole pieces of its beginning are kept, and
/// what is said of it rests on these.
#[derive(Clone, Debug)]
pub struct Adjusted<P> {
    package: P,
    pieces: Vec<Piece>,
    /// Whether the piece that is being judged is kept.
    taking: bool,
    /// A downmix of which only the beginning is kept.
    left_out: Option<Downmix>,
    /// Numbers that are kept.
    values: usize,
    /// What is wanted; none before anything was.
    bank: Option<Bank>,
    /// How often something else was wanted.
    version: u64,
}

impl<P: Borrow<Package>> Adjusted<P> {
    /// Nothing yet of a recording, and the filters as they were trained.
    pub fn new(package: P) -> Self {
        Self { package, pieces: Vec::new(), taking: false, left_out: None, values: 0, bank: None, version: 0 }
    }

    /// Keeps the next piece of a downmix, which a session [has at hand](super::Session::piece_at_hand), unless that is too
    /// much. Its answers belong to it until the next one comes.
    pub fn keep(&mut self, downmix: Downmix, prepared: &Prepared) {
        let package: &Package = self.package.borrow();
        let end = self.samples(downmix) + prepared.recording.samples().len();
        let most = MOST_SECONDS * f64::from(package.config.conditioning.sample_rate);
        self.taking = false;
        if self.left_out == Some(downmix) || end as f64 > most {
            self.left_out = Some(downmix);
            return;
        }
        let piece = Piece::new(downmix, prepared, self.pieces.first().is_none_or(|first| first.downmix == downmix));
        self.values = self.values.saturating_add(piece.values(package));
        if self.values > MOST_VALUES {
            self.pieces.clear();
            return;
        }
        self.pieces.push(piece);
        self.taking = true;
    }

    /// Keeps what the network answered.
    pub fn answer(&mut self, batch: &Batch, answer: &Answer) {
        let package: &Package = self.package.borrow();
        if let Some(piece) = self.pieces.last_mut().filter(|_| self.taking) {
            piece.answer(batch, answer, &package.filters);
        }
    }

    /// How many seconds of the recording are kept.
    pub fn seconds(&self) -> f64 {
        let package: &Package = self.package.borrow();
        let samples = self.pieces.first().map_or(0, |first| self.samples(first.downmix));
        samples as f64 / f64::from(package.config.conditioning.sample_rate)
    }

    /// Whether that is all of what was judged.
    pub fn is_whole(&self) -> bool {
        self.left_out.is_none() && self.values <= MOST_VALUES
    }

    /// Changes these filters, by their numbers from 0, and none but these: all others are as they were trained. Values out of
    /// range are brought to its limits.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a filter that there is none of or values that are no numbers; [`Error::Limit`] where the
    /// recording was too much to be kept; [`Error::Unsupported`] for a classifier that has no engine. Nothing changes then.
    pub fn set(&mut self, changes: &BTreeMap<usize, Change>) -> Result<()> {
        if self.values > MOST_VALUES {
            return Err(Error::limit(format!(
                "the windows of this recording are more than the {} MiB that are kept to follow changes of the filterbank: \
                 judge a shorter one",
                (4 * MOST_VALUES) >> 20
            )));
        }
        let package: &Package = self.package.borrow();
        let (front_end, count) = (&package.config.front_end, package.filters.len());
        let (mut filters, mut off) = (package.filters.clone(), BTreeSet::new());
        for (&number, &Change { centre_hz, bandwidth_hz, on }) in changes {
            let none = || Error::invalid(format!("there is no filter {number}: the bank has {count}, counted from 0"));
            let filter = filters.get_mut(number).ok_or_else(none)?;
            let wrong =
                || Error::invalid(format!("filter {number} at {centre_hz} Hz, {bandwidth_hz} Hz wide: no numbers"));
            *filter = front_end.moved(filter, centre_hz, bandwidth_hz).ok_or_else(wrong)?;
            if !on {
                off.insert(number);
            }
        }
        front_end.check_filters("filter", &filters)?;
        let as_it_is = match &self.bank {
            Some(bank) => filters == bank.filters && off == bank.off,
            None => filters == package.filters && off.is_empty(),
        };
        if as_it_is {
            return Ok(());
        }
        let mut bank = match self.bank.take() {
            Some(bank) => bank,
            None => Bank::new(package)?,
        };
        bank.set(package, filters, off);
        self.bank = Some(bank);
        self.version += 1;
        Ok(())
    }

    /// Does the next bit of what is left to do, some windows; whether there was any.
    ///
    /// # Errors
    /// None is known for windows that were judged.
    pub fn work(&mut self) -> Result<bool> {
        let package: &Package = self.package.borrow();
        let Some(bank) = &mut self.bank else { return Ok(false) };
        for piece in &mut self.pieces {
            if piece.work(package, bank, self.version)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The result, as `decision` has it, without notes on the file. It can be asked for again with another decision.
    ///
    /// # Errors
    /// [`Error::Invalid`] while [work](Self::work) is left, and where nothing was kept or judged.
    pub fn prediction(&self, decision: &Decision) -> Result<Prediction> {
        if !self.pieces.iter().all(|piece| piece.is_done(self.version)) {
            return Err(Error::invalid(
                "some windows do not follow the filterbank yet: work goes on until none is left",
            ));
        }
        let tally = self.tally(|tally, _, piece| piece.add(tally))?;
        tally.prediction(decision)
    }

    /// All work, and its result.
    ///
    /// # Errors
    /// Those of [`work`](Self::work) and [`prediction`](Self::prediction).
    pub fn predict(&mut self, decision: &Decision) -> Result<Prediction> {
        while self.work()? {}
        self.prediction(decision)
    }

    /// The probabilities of the recording if this filter were off too, beside all that was [set](Self::set); that stays as it
    /// is.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a filter that there is none of, and those of [`predict`](Self::predict).
    pub fn without(&mut self, filter: usize, decision: &Decision) -> Result<Probabilities> {
        while self.work()? {}
        let package: &Package = self.package.borrow();
        let count = package.filters.len();
        if filter >= count {
            return Err(Error::invalid(format!("there is no filter {filter}: the bank has {count}, counted from 0")));
        }
        if self.bank.is_none() {
            self.bank = Some(Bank::new(package)?);
        }
        let mut all = Vec::new();
        if let Some(bank) = &mut self.bank {
            let mut off = bank.off.clone();
            off.insert(filter);
            for piece in &mut self.pieces {
                all.push(piece.without(package, bank, &off)?);
            }
        }
        let of_piece = |number: usize| all.get(number).map_or(&[][..], Vec::as_slice);
        let tally = self.tally(|tally, number, piece| tally.add(&piece.prepared, of_piece(number)))?;
        Ok(tally.prediction(decision)?.probabilities)
    }

    /// Conditioned samples that are kept of a downmix.
    fn samples(&self, downmix: Downmix) -> usize {
        let of_it = self.pieces.iter().filter(|piece| piece.downmix == downmix);
        of_it.map(|piece| piece.prepared.recording.samples().len()).sum()
    }

    /// All pieces in a tally, to which `add` adds each by its number.
    fn tally(&self, add: impl Fn(&mut Tally, usize, &Piece) -> Result<()>) -> Result<Tally<'_>> {
        let package: &Package = self.package.borrow();
        let tally = Tally::new(&package.config).with_openness(package.openness.as_ref())?;
        let mut tally = tally.within(package.scope.as_ref());
        let mut downmix = None;
        for (number, piece) in self.pieces.iter().enumerate() {
            if downmix.replace(piece.downmix) != Some(piece.downmix) {
                tally.begin(piece.downmix);
            }
            piece.show(&mut tally)?;
            add(&mut tally, number, piece)?;
        }
        Ok(tally)
    }
}
