//! The filterbank as it is wanted, and what judges its images.

use std::collections::BTreeSet;

use super::classifier::Classifier;
use crate::Result;
use crate::filterbank::fused::Plan;
use crate::filterbank::{FilterParameters, FilterbankConfig};
use crate::network::cpu::Scaled;
use crate::package::Package;

/// A filterbank that is not as it was trained, with the classifier of its model.
#[derive(Clone, Debug)]
pub(super) struct Bank {
    /// Its filters.
    pub filters: Vec<FilterParameters>,
    /// Those that say nothing.
    pub off: BTreeSet<usize>,
    /// What its images go through before the classifier: the floor behind a filter depends on the filter.
    pub scaling: Scaled,
    /// The classifier.
    pub classifier: Classifier,
    /// Some filters made ready.
    plan: Option<(Vec<FilterParameters>, Plan)>,
}

impl Bank {
    /// The bank as it was trained.
    ///
    /// # Errors
    /// Those of [`Classifier::new`].
    pub fn new(package: &Package) -> Result<Self> {
        let filters = package.filters.clone();
        let scaling = Scaled::new(&package.config, &package.weights, &filters);
        Ok(Self { filters, off: BTreeSet::new(), scaling, classifier: Classifier::new(package)?, plan: None })
    }

    /// Takes other filters.
    pub fn set(&mut self, package: &Package, filters: Vec<FilterParameters>, off: BTreeSet<usize>) {
        self.scaling = Scaled::new(&package.config, &package.weights, &filters);
        (self.filters, self.off) = (filters, off);
    }

    /// Log-energy images `[signals, frames, which]` of these filters of the bank, from signals `[signals, samples]`.
    ///
    /// # Errors
    /// Those of [`Plan::gammatones`] and [`Plan::forward`].
    pub fn columns(
        &mut self,
        config: &FilterbankConfig,
        which: &[usize],
        signals: &[f32],
        samples: usize,
    ) -> Result<Vec<f32>> {
        let wanted: Vec<FilterParameters> = which.iter().filter_map(|&one| self.filters.get(one).copied()).collect();
        let plan = match self.plan.take() {
            Some((ready, plan)) if ready == wanted => plan,
            _ => Plan::gammatones(config, &wanted)?,
        };
        let count = signals.len().checked_div(samples).unwrap_or(0);
        let mut columns = vec![0.0; count * plan.frames(samples) * wanted.len()];
        plan.forward(signals, samples, &mut columns)?;
        self.plan = Some((wanted, plan));
        Ok(columns)
    }
}
