//! All runs of a table to numbers.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use spectnet_core::metrics::{Confusion, Metrics};
use spectnet_core::predict::winner;

use super::outcome::{Judged, Outcome};
use super::row::Row;
use crate::evaluate::SubsetEvaluation;
use crate::statistics::{bootstrap, mcnemar};

/// The runs of a row: of each seed, what was said of the recordings of all parts (folds or subsets).
pub type Seeds = BTreeMap<u64, Vec<Outcome>>;

/// A row of the table.
#[derive(Clone, Debug, Serialize)]
pub struct RowSummary {
    /// Its name.
    pub row: String,
    /// Seeds of which every part is there.
    pub seeds: usize,
    /// Recording level, all parts together: the mean over the seeds.
    pub recording: Metrics,
    /// The same of segments, each of which has its recording's label; no numbers where the row knows only recordings.
    pub segment: Metrics,
    /// Both of each subset.
    pub subsets: BTreeMap<String, SubsetEvaluation>,
    /// The recording level averaged over subsets, of which every one weighs the same.
    pub mean_over_subsets: Metrics,
    /// 95 % interval of the accuracy: bootstrap over recordings of the mean over the seeds.
    pub accuracy_interval: Option<[f64; 2]>,
    /// The same of MAcc.
    pub macc_interval: Option<[f64; 2]>,
    /// The same of MAcc averaged over subsets.
    pub mean_over_subsets_interval: Option<[f64; 2]>,
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
    /// The same of MAcc.
    pub macc_difference: Option<f64>,
    /// Its interval.
    pub macc_interval: Option<[f64; 2]>,
    /// The same of MAcc averaged over subsets.
    pub mean_over_subsets_difference: Option<f64>,
    /// Its interval.
    pub mean_over_subsets_interval: Option<[f64; 2]>,
    /// Recordings that only the first gets right, by the mean of its seeds' log-probabilities.
    pub only_first: u64,
    /// Recordings that only the second gets right.
    pub only_second: u64,
    /// Exact McNemar test of these two numbers.
    pub p: f64,
}

/// A row's complete seeds: every recording judged once in each.
struct Complete<'a> {
    labels: &'a [String],
    positive: Option<usize>,
    recordings: Vec<&'a str>,
    /// Number of each recording's subset in `subsets`.
    subset: Vec<usize>,
    subsets: Vec<&'a str>,
    /// By seed, then as `recordings`.
    judged: Vec<Vec<&'a Judged>>,
}

impl<'a> Complete<'a> {
    fn new(seeds: &'a Seeds, parts: usize, labels: &'a [String], positive: Option<usize>) -> Option<Self> {
        let whole = seeds.values().filter(|outcomes| outcomes.len() == parts);
        let judged: Vec<Vec<&Judged>> = whole
            .map(|outcomes| {
                let mut rows: Vec<&Judged> = outcomes.iter().flat_map(|outcome| &outcome.recordings).collect();
                rows.sort_by(|a, b| a.file.cmp(&b.file));
                rows
            })
            .collect();
        let first = judged.first()?;
        let recordings = first.iter().map(|row| row.file.as_str()).collect();
        let subsets: BTreeSet<&str> = first.iter().map(|row| row.subset.as_str()).collect();
        let subsets: Vec<&str> = subsets.into_iter().collect();
        let subset = first.iter().filter_map(|row| subsets.binary_search(&row.subset.as_str()).ok()).collect();
        Some(Self { labels, positive, recordings, subset, subsets, judged })
    }

    fn all(&self) -> Vec<usize> {
        (0..self.recordings.len()).collect()
    }

    /// Metrics of what `count` says of the recordings drawn: the mean over the seeds.
    fn mean(&self, drawn: &[usize], count: impl Fn(&mut Confusion, &Judged)) -> Metrics {
        let of_seed = |rows: &Vec<&Judged>| {
            let mut confusion = Confusion::new(self.labels);
            drawn.iter().for_each(|&recording| count(&mut confusion, rows[recording]));
            confusion.metrics(self.positive)
        };
        let seeds: Vec<Metrics> = self.judged.iter().map(of_seed).collect();
        Metrics { n: seeds.first().map_or(0, |metrics| metrics.n), ..Metrics::mean(&seeds) }
    }

    fn recording(&self, drawn: &[usize]) -> Metrics {
        self.mean(drawn, |confusion, row| confusion.add(row.truth, row.verdict))
    }

    fn segment(&self, drawn: &[usize]) -> Metrics {
        self.mean(drawn, |confusion, row| {
            confusion.counts[row.truth].iter_mut().zip(&row.segments).for_each(|(sum, count)| *sum += count);
        })
    }

    /// Those of the recordings drawn that belong to each subset.
    fn by_subset(&self, drawn: &[usize]) -> Vec<Vec<usize>> {
        let mut parts = vec![Vec::new(); self.subsets.len()];
        drawn.iter().for_each(|&recording| parts[self.subset[recording]].push(recording));
        parts
    }

    fn mean_over_subsets(&self, drawn: &[usize]) -> Metrics {
        Metrics::mean(&self.by_subset(drawn).iter().map(|part| self.recording(part)).collect::<Vec<_>>())
    }

    /// Whether the seeds together name a recording right: the mean of their log-probabilities.
    fn together(&self, recording: usize) -> bool {
        let rows = || self.judged.iter().map(|rows| rows[recording]);
        let sum = |class: usize| rows().map(|row| row.probabilities[class].max(1e-12).ln()).sum();
        let sums: Vec<f64> = (0..self.labels.len()).map(sum).collect();
        rows().next().is_some_and(|row| row.truth == winner(&sums, self.positive))
    }
}

/// The numbers of a row; none where no seed has all parts.
pub fn summarise(
    row: Row,
    seeds: &Seeds,
    parts: usize,
    labels: &[String],
    positive: Option<usize>,
) -> Option<RowSummary> {
    let complete = Complete::new(seeds, parts, labels, positive)?;
    let all = complete.all();
    let interval = |statistic: &dyn Fn(&[usize]) -> Option<f64>| bootstrap(all.len(), statistic);
    let of_subset =
        |part: &Vec<usize>| SubsetEvaluation { recording: complete.recording(part), segment: complete.segment(part) };
    let by_subset = complete.by_subset(&all);
    let subsets = complete.subsets.iter().map(ToString::to_string).zip(by_subset.iter().map(of_subset));
    let mut total = Confusion::new(labels);
    complete.judged.iter().flatten().for_each(|row| total.add(row.truth, row.verdict));
    let right = |rows: &Vec<&Judged>| rows.iter().filter(|row| row.truth == row.verdict).count();
    let outcomes: Vec<&Outcome> = seeds.values().flatten().collect();
    Some(RowSummary {
        row: row.to_string(),
        seeds: complete.judged.len(),
        recording: complete.recording(&all),
        segment: complete.segment(&all),
        subsets: subsets.collect(),
        mean_over_subsets: complete.mean_over_subsets(&all),
        accuracy_interval: interval(&|drawn| complete.recording(drawn).accuracy),
        macc_interval: interval(&|drawn| complete.recording(drawn).macc),
        mean_over_subsets_interval: interval(&|drawn| complete.mean_over_subsets(drawn).macc),
        accuracies: complete.judged.iter().map(|rows| right(rows) as f64 / all.len().max(1) as f64).collect(),
        confusion: total.counts,
        parameters: outcomes.iter().map(|outcome| outcome.parameters).max().unwrap_or(0),
        largest_shift_hz: outcomes.iter().filter_map(|outcome| outcome.largest_shift_hz).reduce(f64::max),
        seconds: outcomes.iter().map(|outcome| outcome.seconds).sum::<f64>() / outcomes.len().max(1) as f64,
    })
}

/// Two rows on the same recordings; none where a row is not complete or their recordings differ.
pub fn compare(
    [first, second]: [(Row, &Seeds); 2],
    parts: usize,
    labels: &[String],
    positive: Option<usize>,
) -> Option<Comparison> {
    let names = [first.0.to_string(), second.0.to_string()];
    let (a, b) = (Complete::new(first.1, parts, labels, positive)?, Complete::new(second.1, parts, labels, positive)?);
    if a.recordings != b.recordings {
        return None;
    }
    let all = a.all();
    let accuracy = |drawn: &[usize]| Some(a.recording(drawn).accuracy? - b.recording(drawn).accuracy?);
    let macc = |drawn: &[usize]| Some(a.recording(drawn).macc? - b.recording(drawn).macc?);
    let mean = |drawn: &[usize]| Some(a.mean_over_subsets(drawn).macc? - b.mean_over_subsets(drawn).macc?);
    let right = |recording: &usize| [a.together(*recording), b.together(*recording)];
    let count = |wanted: [bool; 2]| all.iter().map(right).filter(|right| *right == wanted).count() as u64;
    let (only_first, only_second) = (count([true, false]), count([false, true]));
    let [first, second] = names;
    Some(Comparison {
        first,
        second,
        difference: accuracy(&all)?,
        interval: bootstrap(all.len(), accuracy),
        macc_difference: macc(&all),
        macc_interval: bootstrap(all.len(), macc),
        mean_over_subsets_difference: mean(&all),
        mean_over_subsets_interval: bootstrap(all.len(), mean),
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
            let mut segments = vec![0, 0];
            (segments[verdict], segments[1 - verdict]) = (3, 1);
            let subset = if i < 10 { "a" } else { "b" }.into();
            Judged { file: format!("{i:02}"), subset, truth, verdict, probabilities, segments }
        };
        let fold = |fold: usize| Outcome {
            settings: Value::Null,
            seconds: 1.0,
            parameters: 7,
            largest_shift_hz: None,
            threshold: None,
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
        // Of the segments of a recording that is named right, three of four are; of one that is not, one.
        assert_eq!((summary.segment.n, summary.segment.accuracy), (80, Some(0.65)));
        // All four that are wrong are in subset a.
        let macc = |subset: &str| summary.subsets[subset].recording.macc;
        assert_eq!((macc("a"), macc("b"), summary.mean_over_subsets.macc), (Some(0.6), Some(1.0), Some(0.8)));
        let [low, high] = summary.accuracy_interval.unwrap();
        assert!(low < 0.8 && 0.8 < high);
        assert!(summarise(Row::Static(4), &BTreeMap::new(), 2, &labels(), None).is_none());
    }

    #[test]
    fn two_rows_are_compared_on_the_same_recordings() {
        let (good, bad) = (seeds(2, &[0]), seeds(1, &[0, 1, 2, 3, 4, 5]));
        let labels = labels();
        let comparison = compare([(Row::Learnable(4), &good), (Row::Static(4), &bad)], 2, &labels, Some(1)).unwrap();
        assert_eq!((comparison.only_first, comparison.only_second), (5, 0));
        assert!((comparison.difference - 0.25).abs() < 1e-12);
        assert!((comparison.mean_over_subsets_difference.unwrap() - 0.25).abs() < 1e-12);
        assert!((comparison.p - 2.0 / 32.0).abs() < 1e-12);
        assert!(comparison.interval.unwrap()[0] > 0.0);
        assert!(compare([(Row::Mfcc, &good), (Row::Static(4), &BTreeMap::new())], 2, &labels, None).is_none());
    }
}
