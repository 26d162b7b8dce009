//! A piece of a recording that is kept: conditioned, segmented and judged.

use std::collections::BTreeSet;

use super::super::explain::Explaining;
use super::super::step::{Answer, Batch, Purpose};
use super::bank::Bank;
use super::group::Group;
use crate::Result;
use crate::audio::Downmix;
use crate::filterbank::FilterParameters;
use crate::package::Package;
use crate::prediction::{Prepared, Tally};

/// A piece with its windows.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// What it is of.
    pub downmix: Downmix,
    /// The conditioned samples and what was found in them.
    pub prepared: Prepared,
    /// Whether it is of the first downmix, whose images tell sounds of other kinds.
    first: bool,
    /// The windows that the result rests on.
    windows: Vec<Group>,
    /// Those around the heart cycles.
    cycles: Vec<Group>,
}

impl Piece {
    /// A piece whose windows wait for their answers.
    pub fn new(downmix: Downmix, prepared: &Prepared, first: bool) -> Self {
        Self { downmix, prepared: prepared.clone(), first, windows: Vec::new(), cycles: Vec::new() }
    }

    /// How many numbers it keeps in the end.
    pub fn values(&self, package: &Package) -> usize {
        let (config, prepared) = (&package.config, &self.prepared);
        let phases = config.classifier.parts().map_or(0, |parts| parts.phases());
        let image = config.front_end.filters.saturating_mul(1 + usize::from(self.keeps_images(package)));
        let a_window = config.frames().saturating_mul(image.saturating_add(phases));
        let windows = prepared.windows.len() + prepared.cycles().len();
        windows.saturating_mul(a_window).saturating_add(prepared.recording.samples().len())
    }

    /// Takes what the network answered with these filters.
    pub fn answer(&mut self, batch: &Batch, answer: &Answer, filters: &[FilterParameters]) {
        let groups = match batch.purpose {
            Purpose::Windows => &mut self.windows,
            Purpose::Cycles => &mut self.cycles,
        };
        groups.extend(Group::of(batch, answer, filters));
    }

    /// Brings the next windows up to the bank; whether any were not.
    ///
    /// # Errors
    /// Those of [`Group::follow`] and [`Group::judge`].
    pub fn work(&mut self, package: &Package, bank: &mut Bank, version: u64) -> Result<bool> {
        let (samples, keeps) = (self.prepared.recording.samples(), self.keeps_images(package));
        let windows = self.windows.iter_mut().map(|group| (group, keeps));
        let cycles = self.cycles.iter_mut().map(|group| (group, false));
        let Some((group, keeps)) = windows.chain(cycles).find(|(group, _)| !group.is_of(version)) else {
            return Ok(false);
        };
        group.follow(&package.config, samples, bank, keeps)?;
        let off = bank.off.clone();
        let probabilities = group.judge(bank, &off)?;
        group.answered(probabilities, version);
        Ok(true)
    }

    /// Whether all windows are judged by this version of the bank.
    pub fn is_done(&self, version: u64) -> bool {
        self.windows.iter().chain(&self.cycles).all(|group| group.is_of(version))
    }

    /// The probabilities of its windows without the filters `off`.
    ///
    /// # Errors
    /// Those of [`Group::follow`] and [`Group::judge`].
    pub fn without(&mut self, package: &Package, bank: &mut Bank, off: &BTreeSet<usize>) -> Result<Vec<f32>> {
        let (samples, keeps) = (self.prepared.recording.samples(), self.keeps_images(package));
        let mut probabilities = Vec::new();
        for group in &mut self.windows {
            group.follow(&package.config, samples, bank, keeps)?;
            probabilities.extend(group.judge(bank, off)?);
        }
        Ok(probabilities)
    }

    /// Shows a tally the images that it needs of the piece that is added next.
    ///
    /// # Errors
    /// Those of [`Tally::see`].
    pub fn show(&self, tally: &mut Tally) -> Result<()> {
        if !tally.sees_images() {
            return Ok(());
        }
        tally.see(&self.prepared, 0..self.prepared.windows.len(), &joined(&self.windows, Group::images))
    }

    /// Adds its windows and heart cycles to a tally.
    ///
    /// # Errors
    /// Those of [`Tally::add`].
    pub fn add(&self, tally: &mut Tally) -> Result<()> {
        tally.add(&self.prepared, &joined(&self.windows, Group::probabilities))?;
        if self.cycles.is_empty() {
            return Ok(());
        }
        tally.add_cycles(&self.prepared, &joined(&self.cycles, Group::probabilities))
    }

    /// Whether the images of the windows that the result rests on are kept as these filters made them when they were judged.
    pub fn is_as_judged(&self, filters: &[FilterParameters]) -> bool {
        self.windows.iter().all(|group| group.is_as_judged(filters))
    }

    /// Gives the windows that the result rests on to an explanation.
    ///
    /// # Errors
    /// Those of [`Group::explain`].
    pub fn explain(&self, explaining: &mut Explaining) -> Result<()> {
        // A silent piece has no vote where another downmix has one.
        let counts = self.first || !self.prepared.is_silent();
        self.windows.iter().filter(|_| counts).try_for_each(|group| group.explain(explaining))
    }

    /// Whether the images of its windows are needed beside what the classifier takes.
    fn keeps_images(&self, package: &Package) -> bool {
        self.first && package.openness.is_some()
    }
}

/// Something of all groups, one after the other.
fn joined(groups: &[Group], of: fn(&Group) -> &[f32]) -> Vec<f32> {
    groups.iter().flat_map(of).copied().collect()
}
