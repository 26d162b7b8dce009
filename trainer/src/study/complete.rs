//! The runs of a row put together: every recording once in each seed.

use std::collections::{BTreeMap, BTreeSet};

use crate::evaluation::metrics::{Confusion, Metrics, mean_of_defined};
use spectnet_core::prediction::assessment::{Scored, auc, log_odds};
use spectnet_core::prediction::winner;

use super::run_result::{Judged, RunResult};
use crate::evaluation::statistics::Groups;

/// The runs of a row: for each seed, the results of all parts (folds or subsets).
pub type Seeds = BTreeMap<u64, Vec<RunResult>>;

/// A row's complete seeds: every recording judged once in each.
pub struct Complete<'a> {
    labels: &'a [String],
    positive: Option<usize>,
    /// Their files.
    pub recordings: Vec<&'a str>,
    /// Number of each recording's subset in `subsets`.
    subset: Vec<usize>,
    /// Names of the subsets.
    pub subsets: Vec<&'a str>,
    /// Which of the recordings belong together.
    pub groups: Groups,
    /// By seed, then as `recordings`.
    pub judged: Vec<Vec<&'a Judged>>,
    /// The threshold of the run that each of them comes from.
    thresholds: Vec<Vec<Option<f64>>>,
}

impl<'a> Complete<'a> {
    /// Of the seeds that have all parts; none where no seed has.
    pub fn new(seeds: &'a Seeds, parts: usize, labels: &'a [String], positive: Option<usize>) -> Option<Self> {
        let whole = seeds.values().filter(|results| results.len() == parts);
        let (judged, thresholds): (Vec<Vec<&Judged>>, Vec<Vec<Option<f64>>>) = whole
            .map(|results| -> (Vec<&Judged>, Vec<Option<f64>>) {
                let of_run = |result: &'a RunResult| result.recordings.iter().map(|row| (row, result.threshold));
                let mut rows: Vec<(&Judged, Option<f64>)> = results.iter().flat_map(of_run).collect();
                rows.sort_by(|(a, _), (b, _)| a.file.cmp(&b.file));
                rows.into_iter().unzip()
            })
            .unzip();
        let first = judged.first()?;
        let groups = Groups::new(first.iter().map(|row| row.group.as_deref().unwrap_or(&row.file)));
        let recordings = first.iter().map(|row| row.file.as_str()).collect();
        let subsets: BTreeSet<&str> = first.iter().map(|row| row.subset.as_str()).collect();
        let subsets: Vec<&str> = subsets.into_iter().collect();
        let subset = first.iter().filter_map(|row| subsets.binary_search(&row.subset.as_str()).ok()).collect();
        Some(Self { labels, positive, recordings, subset, subsets, groups, judged, thresholds })
    }

    /// The numbers of all recordings.
    pub fn all(&self) -> Vec<usize> {
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

    /// Metrics of the recordings drawn.
    pub fn recording(&self, drawn: &[usize]) -> Metrics {
        self.mean(drawn, |confusion, row| confusion.add(row.truth, row.prediction))
    }

    /// The same of their segments.
    pub fn segment(&self, drawn: &[usize]) -> Metrics {
        self.mean(drawn, |confusion, row| {
            confusion.counts[row.truth].iter_mut().zip(&row.segments).for_each(|(sum, count)| *sum += count);
        })
    }

    /// Those of the recordings drawn that belong to each subset.
    pub fn by_subset(&self, drawn: &[usize]) -> Vec<Vec<usize>> {
        let mut parts = vec![Vec::new(); self.subsets.len()];
        drawn.iter().for_each(|&recording| parts[self.subset[recording]].push(recording));
        parts
    }

    /// Metrics of the recordings drawn, averaged over subsets.
    pub fn mean_over_subsets(&self, drawn: &[usize]) -> Metrics {
        Metrics::mean(&self.by_subset(drawn).iter().map(|part| self.recording(part)).collect::<Vec<_>>())
    }

    /// Area under the ROC of the recordings drawn: the mean over the seeds. None where not both classes were drawn, and without
    /// a positive class of two.
    pub fn area(&self, drawn: &[usize]) -> Option<f64> {
        let positive = self.positive_of_two()?;
        let scored =
            |row: &Judged| Scored { probability: row.probabilities[positive], positive: row.truth == positive };
        let of_seed =
            |rows: &Vec<&Judged>| auc(&drawn.iter().map(|&recording| scored(rows[recording])).collect::<Vec<_>>());
        mean_of_defined(self.judged.iter().map(of_seed))
    }

    /// The same within each subset, averaged over those of which both classes were drawn.
    pub fn mean_area_over_subsets(&self, drawn: &[usize]) -> Option<f64> {
        mean_of_defined(self.by_subset(drawn).iter().map(|part| self.area(part)))
    }

    /// The positive class, where there is one of two.
    fn positive_of_two(&self) -> Option<usize> {
        self.positive.filter(|_| self.labels.len() == 2)
    }

    /// What the seeds decide about a recording together: the prediction that most of them report. Where several are reported equally often, the mean over the seeds decides: of two classes with a positive one, of the distance of the log-odds
    /// from those of the run's threshold (½ where it chose none); else of the log-probabilities.
    fn together(&self, recording: usize) -> usize {
        let rows = || self.judged.iter().map(|rows| rows[recording]);
        let votes: Vec<usize> =
            (0..self.labels.len()).map(|class| rows().filter(|row| row.prediction == class).count()).collect();
        let most = votes.iter().copied().max().unwrap_or(0);
        let tied: Vec<usize> = (0..votes.len()).filter(|&class| votes[class] == most).collect();
        match (&tied[..], self.positive_of_two()) {
            ([only], _) => *only,
            (_, Some(positive)) => {
                let distance = |(row, thresholds): (&Judged, &Vec<Option<f64>>)| {
                    log_odds(row.probabilities[positive]) - log_odds(thresholds[recording].unwrap_or(0.5))
                };
                let above = rows().zip(&self.thresholds).map(distance).sum::<f64>() >= 0.0;
                if above { positive } else { 1 - positive }
            }
            _ => {
                let sum = |&class: &usize| rows().map(|row| row.probabilities[class].max(1e-12).ln()).sum();
                let preferred = self.positive.and_then(|positive| tied.iter().position(|&class| class == positive));
                tied[winner(&tied.iter().map(sum).collect::<Vec<f64>>(), preferred)]
            }
        }
    }

    /// Of every recording its label and what the seeds say together.
    pub fn decisions(&self) -> Vec<Decided> {
        let first = self.judged.first().into_iter().flatten();
        first
            .enumerate()
            .map(|(recording, row)| Decided { truth: row.truth, prediction: self.together(recording) })
            .collect()
    }
}

/// A recording and what was decided about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decided {
    /// Number of its label.
    pub truth: usize,
    /// Number of the label it was given.
    pub prediction: usize,
}

impl Decided {
    /// Whether the two are alike.
    pub fn is_right(self) -> bool {
        self.truth == self.prediction
    }
}

#[cfg(test)]
pub mod testing {
    use super::*;
    use serde_json::Value;

    /// Two folds of ten recordings; `wrong` of them are named wrong in every seed.
    pub fn seeds(seeds: u64, wrong: &[usize]) -> Seeds {
        let judged = |i: usize| {
            let (truth, prediction) = (i % 2, if wrong.contains(&i) { 1 - i % 2 } else { i % 2 });
            let probabilities = if prediction == 0 { vec![0.9, 0.1] } else { vec![0.2, 0.8] };
            let mut segments = vec![0, 0];
            (segments[prediction], segments[1 - prediction]) = (3, 1);
            let subset = if i < 10 { "a" } else { "b" }.into();
            Judged { file: format!("{i:02}"), subset, group: None, truth, prediction, probabilities, segments }
        };
        let fold = |fold: usize| RunResult {
            settings: Value::Null,
            data: None,
            seconds: 1.0,
            parameters: 7,
            largest_shift_hz: None,
            threshold: None,
            recordings: (10 * fold..10 * fold + 10).map(judged).collect(),
        };
        (0..seeds).map(|seed| (seed, vec![fold(1), fold(0)])).collect()
    }

    /// One seed of them, whose recordings belong together by fives.
    pub fn grouped(wrong: &[usize]) -> Seeds {
        let mut runs = seeds(1, wrong);
        let rows = runs.values_mut().flatten().flat_map(|result| &mut result.recordings);
        rows.for_each(|row| row.group = Some((row.file.parse::<usize>().unwrap() / 5).to_string()));
        runs
    }

    pub fn labels() -> Vec<String> {
        vec!["a".into(), "b".into()]
    }

    /// One run of two recordings, the first of which is positive.
    pub fn run(threshold: Option<f64>, positive: [f64; 2], predictions: [usize; 2]) -> Vec<RunResult> {
        let judged = |i: usize| Judged {
            file: i.to_string(),
            subset: "a".into(),
            group: None,
            truth: 1 - i,
            prediction: predictions[i],
            probabilities: vec![1.0 - positive[i], positive[i]],
            segments: Vec::new(),
        };
        let recordings = (0..2).map(judged).collect();
        vec![RunResult {
            settings: Value::Null,
            data: None,
            seconds: 1.0,
            parameters: 7,
            largest_shift_hz: None,
            threshold,
            recordings,
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{labels, run};
    use super::*;

    #[test]
    fn seeds_decide_together_by_the_prediction_that_most_of_them_report() {
        let labels = labels();
        let together = |runs: Vec<Vec<RunResult>>, positive: Option<usize>| {
            let seeds: Seeds = (0..).zip(runs).collect();
            let complete = Complete::new(&seeds, 1, &labels, positive).unwrap();
            [complete.together(0), complete.together(1)]
        };
        // Two of three, however sure the third is.
        let runs = || {
            vec![
                run(Some(0.3), [0.4, 0.2], [1, 0]),
                run(Some(0.3), [0.4, 0.2], [1, 0]),
                run(Some(0.8), [1e-6, 0.9], [0, 1]),
            ]
        };
        assert_eq!(together(runs(), Some(1)), [1, 0]);
        // One to one: the log-odds of 0.4 lie 0.44 above those of 0.3, the log-odds of 0.75 lie 0.29 below those of 0.8.
        let tie = || vec![run(Some(0.3), [0.4, 0.2], [1, 0]), run(Some(0.8), [0.75, 0.81], [0, 1])];
        assert_eq!(together(tie(), Some(1)), [1, 0]);
        // Without a positive class the log-probabilities decide: 0.4 · 0.75 > 0.6 · 0.25, and 0.2 · 0.81 > 0.8 · 0.19.
        assert_eq!(together(tie(), None), [1, 1]);
    }
}
