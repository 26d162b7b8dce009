//! All runs of a table to numbers.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use spectnet_core::metrics::{Confusion, Metrics};
use spectnet_core::predict::winner;

use super::row::Row;
use super::run::{Judged, Outcome};
use crate::statistics::{bootstrap, mcnemar};

/// The runs of a row: of each seed, what was said of the recordings of all folds.
pub type Seeds = BTreeMap<u64, Vec<Outcome>>;

/// A row of the table.
#[derive(Clone, Debug, Serialize)]
pub struct RowSummary {
    /// Its name.
    pub row: String,
    /// Seeds of which every fold is there.
    pub seeds: usize,
    /// Recording level, all folds together: the mean over the seeds.
    pub recording: Metrics,
    /// The same averaged over subsets, of which every one weighs the same.
    pub mean_over_subsets: Metrics,
    /// 95 % interval of the accuracy: bootstrap over recordings of the mean over the seeds.
    pub accuracy_interval: Option<[f64; 2]>,
    /// The same of MAcc.
    pub macc_interval: Option<[f64; 2]>,
    /// Accuracy of each seed.
    pub accuracies: Vec<f64>,
    /// Recordings: rows are the truth, columns the verdict; all seeds together.
    pub confusion: Vec<Vec<u64>>,
    /// Parameters that were trained.
    pub parameters: usize,
    /// Largest distance of a centre frequency from its start value in any run, in Hz.
    pub largest_shift_hz: Option<f64>,
    /// Training and judging, mean of a run.
    pub seconds: f64,
}

/// Two rows side by side.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The one that is hoped to be better.
    pub first: String,
    /// The other.
    pub second: String,
    /// Mean over the seeds of the difference of accuracy.
    pub difference: f64,
    /// Its 95 % interval: bootstrap over recordings, both rows on the same ones.
    pub interval: Option<[f64; 2]>,
    /// Recordings that only the first gets right, by the mean of its seeds' log-probabilities.
    pub only_first: u64,
    /// Recordings that only the second gets right.
    pub only_second: u64,
    /// Exact McNemar test of these two numbers.
    pub p: f64,
}

/// A row's complete seeds: every recording judged once in each.
struct Complete<'a> {
    recordings: Vec<&'a str>,
    /// By seed, then as `recordings`.
    judged: Vec<Vec<&'a Judged>>,
}

impl<'a> Complete<'a> {
    fn new(seeds: &'a Seeds, folds: usize) -> Option<Self> {
        let mut recordings: Vec<&str> = Vec::new();
        let mut judged = Vec::new();
        for outcomes in seeds.values().filter(|outcomes| outcomes.len() == folds) {
            let mut rows: Vec<&Judged> = outcomes.iter().flat_map(|outcome| &outcome.recordings).collect();
            rows.sort_by(|a, b| a.file.cmp(&b.file));
            recordings = rows.iter().map(|row| row.file.as_str()).collect();
            judged.push(rows);
        }
        (!judged.is_empty()).then_some(Self { recordings, judged })
    }

    /// Whether a recording was named right, by seed.
    fn right(&self, recording: usize) -> impl Iterator<Item = bool> {
        self.judged.iter().map(move |rows| rows[recording].truth == rows[recording].verdict)
    }

    fn accuracy(&self, drawn: &[usize]) -> f64 {
        let right: usize = drawn.iter().map(|&recording| self.right(recording).filter(|right| *right).count()).sum();
        right as f64 / (drawn.len() * self.judged.len()).max(1) as f64
    }

    /// Whether the seeds together name it right: the mean of their log-probabilities.
    fn together(&self, recording: usize, positive: Option<usize>) -> bool {
        let rows = || self.judged.iter().map(|rows| rows[recording]);
        let classes = rows().next().map_or(0, |row| row.probabilities.len());
        let sum = |class: usize| rows().map(|row| row.probabilities[class].max(1e-12).ln()).sum();
        let sums: Vec<f64> = (0..classes).map(sum).collect();
        rows().next().is_some_and(|row| row.truth == winner(&sums, positive))
    }
}

/// The numbers of a row; none where no seed has all folds.
pub fn summarise(
    row: Row,
    seeds: &Seeds,
    folds: usize,
    labels: &[String],
    positive: Option<usize>,
) -> Option<RowSummary> {
    let complete = Complete::new(seeds, folds)?;
    let all: Vec<usize> = (0..complete.recordings.len()).collect();
    let confusion = |rows: &[&Judged], drawn: &[usize]| {
        let mut confusion = Confusion::new(labels);
        drawn.iter().for_each(|&recording| confusion.add(rows[recording].truth, rows[recording].verdict));
        confusion
    };
    let mean = |drawn: &[usize]| {
        Metrics::mean(&complete.judged.iter().map(|rows| confusion(rows, drawn).metrics(positive)).collect::<Vec<_>>())
    };
    let subsets: BTreeSet<&str> = complete.judged[0].iter().map(|row| row.subset.as_str()).collect();
    let of_subset = |subset: &&str| -> Vec<usize> {
        all.iter().copied().filter(|&recording| complete.judged[0][recording].subset == *subset).collect()
    };
    let by_subset: Vec<Metrics> = subsets.iter().map(|subset| mean(&of_subset(subset))).collect();
    let mut total = Confusion::new(labels);
    complete.judged.iter().flatten().for_each(|row| total.add(row.truth, row.verdict));
    let outcomes: Vec<&Outcome> = seeds.values().flatten().collect();
    Some(RowSummary {
        row: row.to_string(),
        seeds: complete.judged.len(),
        recording: Metrics { n: all.len() as u64, ..mean(&all) },
        mean_over_subsets: Metrics { n: all.len() as u64, ..Metrics::mean(&by_subset) },
        accuracy_interval: bootstrap(all.len(), |drawn| Some(complete.accuracy(drawn))),
        macc_interval: bootstrap(all.len(), |drawn| mean(drawn).macc),
        accuracies: complete
            .judged
            .iter()
            .filter_map(|rows| confusion(rows, &all).metrics(positive).accuracy)
            .collect(),
        confusion: total.counts,
        parameters: outcomes.iter().map(|outcome| outcome.parameters).max().unwrap_or(0),
        largest_shift_hz: outcomes.iter().filter_map(|outcome| outcome.largest_shift_hz).reduce(f64::max),
        seconds: outcomes.iter().map(|outcome| outcome.seconds).sum::<f64>() / outcomes.len().max(1) as f64,
    })
}

/// Two rows on the same recordings; none where a row is not complete or their recordings differ.
pub fn compare([first, second]: [(Row, &Seeds); 2], folds: usize, positive: Option<usize>) -> Option<Comparison> {
    let names = [first.0.to_string(), second.0.to_string()];
    let (a, b) = (Complete::new(first.1, folds)?, Complete::new(second.1, folds)?);
    if a.recordings != b.recordings {
        return None;
    }
    let all: Vec<usize> = (0..a.recordings.len()).collect();
    let difference = |drawn: &[usize]| a.accuracy(drawn) - b.accuracy(drawn);
    let right = |recording: &usize| [a.together(*recording, positive), b.together(*recording, positive)];
    let count = |wanted: [bool; 2]| all.iter().map(right).filter(|right| *right == wanted).count() as u64;
    let (only_first, only_second) = (count([true, false]), count([false, true]));
    let [first, second] = names;
    Some(Comparison {
        first,
        second,
        difference: difference(&all),
        interval: bootstrap(all.len(), |drawn| Some(difference(drawn))),
        only_first,
        only_second,
        p: mcnemar(only_first, only_second),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// Two folds of ten recordings; `wrong` of them are named wrong in every seed.
    fn seeds(seeds: u64, wrong: &[usize]) -> Seeds {
        let judged = |i: usize| {
            let (truth, verdict) = (i % 2, if wrong.contains(&i) { 1 - i % 2 } else { i % 2 });
            let probabilities = if verdict == 0 { vec![0.9, 0.1] } else { vec![0.2, 0.8] };
            Judged { file: format!("{i:02}"), subset: "all".into(), truth, verdict, probabilities }
        };
        let fold = |fold: usize| Outcome {
            settings: Value::Null,
            seconds: 1.0,
            parameters: 7,
            largest_shift_hz: None,
            recordings: (10 * fold..10 * fold + 10).map(judged).collect(),
        };
        (0..seeds).map(|seed| (seed, vec![fold(1), fold(0)])).collect()
    }

    fn labels() -> Vec<String> {
        vec!["a".into(), "b".into()]
    }

    #[test]
    fn folds_are_put_together_and_seeds_averaged() {
        let mut runs = seeds(2, &[0, 1, 2, 3]);
        runs.insert(7, vec![runs[&0][0].clone()]);
        let summary = summarise(Row::Static(4), &runs, 2, &labels(), None).unwrap();
        assert_eq!((summary.seeds, summary.recording.n), (2, 20));
        assert_eq!(summary.recording.accuracy, Some(0.8));
        assert_eq!(summary.confusion, [[16, 4], [4, 16]]);
        let [low, high] = summary.accuracy_interval.unwrap();
        assert!(low < 0.8 && 0.8 < high);
        assert!(summarise(Row::Static(4), &BTreeMap::new(), 2, &labels(), None).is_none());
    }

    #[test]
    fn two_rows_are_compared_on_the_same_recordings() {
        let (good, bad) = (seeds(2, &[0]), seeds(1, &[0, 1, 2, 3, 4, 5]));
        let comparison = compare([(Row::Learnable(4), &good), (Row::Static(4), &bad)], 2, None).unwrap();
        assert_eq!((comparison.only_first, comparison.only_second), (5, 0));
        assert!((comparison.difference - 0.25).abs() < 1e-12);
        assert!((comparison.p - 2.0 / 32.0).abs() < 1e-12);
        assert!(comparison.interval.unwrap()[0] > 0.0);
        assert!(compare([(Row::Mfcc, &good), (Row::Static(4), &BTreeMap::new())], 2, None).is_none());
    }
}
