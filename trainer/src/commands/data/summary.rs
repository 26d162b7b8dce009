//! `spectnet data summary`: recordings by label, subset, fold and group.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::args::DataArgs;
use super::open;
use crate::data::DEFAULT_FOLDS;
use crate::error::Result;
use crate::output::{print, print_json};

/// The JSON of `spectnet data summary`.
#[derive(Debug, Serialize)]
struct Summary {
    name: String,
    recordings: usize,
    groups: usize,
    /// Recordings by subset and label.
    subsets: BTreeMap<String, BTreeMap<String, usize>>,
    /// Recordings by fold and label; the data's folds, or those that training would use.
    folds: BTreeMap<u32, BTreeMap<String, usize>>,
    /// Whether the folds are the data's own.
    folds_given: bool,
    /// Recordings by quality, where the data says.
    quality: BTreeMap<String, usize>,
}

/// Runs `spectnet data summary`.
///
/// # Errors
/// A dataset that cannot be opened.
pub fn summary(args: &DataArgs) -> Result<()> {
    let dataset = open(args, false)?;
    let folds_given = dataset.examples.iter().any(|example| example.fold.is_some());
    // An evaluation set beside data with folds is in none.
    let folds: Vec<Option<u32>> = if folds_given {
        dataset.examples.iter().map(|example| example.fold).collect()
    } else {
        dataset.folds(DEFAULT_FOLDS).unwrap_or_default().into_iter().map(Some).collect()
    };
    let mut summary = Summary {
        name: dataset.name.clone(),
        recordings: dataset.examples.len(),
        groups: dataset.examples.iter().map(|example| &example.group).collect::<BTreeSet<_>>().len(),
        subsets: BTreeMap::new(),
        folds: BTreeMap::new(),
        folds_given,
        quality: BTreeMap::new(),
    };
    for (number, example) in dataset.examples.iter().enumerate() {
        let label = &dataset.labels[example.label];
        *summary.subsets.entry(example.subset.clone()).or_default().entry(label.clone()).or_default() += 1;
        if let Some(Some(fold)) = folds.get(number) {
            *summary.folds.entry(*fold).or_default().entry(label.clone()).or_default() += 1;
        }
        if let Some(quality) = &example.quality {
            *summary.quality.entry(quality.clone()).or_default() += 1;
        }
    }
    if args.json { print_json(&summary) } else { print(&summary.table(&dataset.labels)) }
}

impl Summary {
    fn table(&self, labels: &[String]) -> String {
        let mut lines = vec![format!("{}: {} recordings in {} groups", self.name, self.recordings, self.groups)];
        let mut row = |name: &str, counts: &BTreeMap<String, usize>| {
            let total: usize = counts.values().sum();
            let counts = labels.iter().map(|label| format!("{} {label}", counts.get(label).unwrap_or(&0)));
            lines.push(format!("{name:<20} {total:>6}: {}", counts.collect::<Vec<_>>().join(", ")));
        };
        for (subset, counts) in &self.subsets {
            row(&format!("subset {subset}"), counts);
        }
        let made = if self.folds_given { "" } else { " (by groups)" };
        for (fold, counts) in &self.folds {
            row(&format!("fold {fold}{made}"), counts);
        }
        if !self.quality.is_empty() {
            let counts = self.quality.iter().map(|(quality, count)| format!("{count} {quality}"));
            lines.push(format!("quality: {}", counts.collect::<Vec<_>>().join(", ")));
        }
        lines.join("\n")
    }
}
