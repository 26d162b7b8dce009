//! All runs of a row to numbers.

use std::collections::BTreeMap;

use crate::evaluation::metrics::{Confusion, Metrics};
use serde::Serialize;

use super::complete::{Complete, Seeds};
use super::row::Row;
use super::run_result::{Judged, RunResult};
use crate::evaluation::SubsetEvaluation;

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
    /// Area under the ROC of each subset's recordings: the mean over the seeds. Of a subset whose recordings several models
    /// judged it compares the probabilities of one with those of another.
    pub areas: BTreeMap<String, f64>,
    /// Their mean.
    pub mean_area: Option<f64>,
    /// 95 % interval of it: bootstrap over groups.
    pub mean_area_interval: Option<[f64; 2]>,
    /// The recording level averaged over subsets, of which every one weighs the same.
    pub mean_over_subsets: Metrics,
    /// Groups (subjects) that the intervals draw; as many as recordings where the data names none.
    pub groups: usize,
    /// 95 % interval of the accuracy: bootstrap over groups of the mean over the seeds.
    pub accuracy_interval: Option<[f64; 2]>,
    /// The same of MAcc.
    pub macc_interval: Option<[f64; 2]>,
    /// The same of MAcc averaged over subsets.
    pub mean_over_subsets_interval: Option<[f64; 2]>,
    /// Accuracy of each seed.
    pub accuracies: Vec<f64>,
    /// Recordings: rows are the truth, columns the prediction; all seeds together.
    pub confusion: Vec<Vec<u64>>,
    /// Parameters that were trained.
    pub parameters: usize,
    /// Largest distance of a centre frequency from its start value in any run, in Hz.
    pub largest_shift_hz: Option<f64>,
    /// Training and judging, mean of a run.
    pub seconds: f64,
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
    let interval = |statistic: &dyn Fn(&[usize]) -> Option<f64>| complete.groups.bootstrap(statistic);
    let of_subset =
        |part: &Vec<usize>| SubsetEvaluation { recording: complete.recording(part), segment: complete.segment(part) };
    let by_subset = complete.by_subset(&all);
    let subsets = complete.subsets.iter().map(ToString::to_string).zip(by_subset.iter().map(of_subset));
    let areas = complete.subsets.iter().zip(&by_subset);
    let areas = areas.filter_map(|(name, part)| Some((name.to_string(), complete.area(part)?))).collect();
    let mut total = Confusion::new(labels);
    complete.judged.iter().flatten().for_each(|row| total.add(row.truth, row.prediction));
    let right = |rows: &Vec<&Judged>| rows.iter().filter(|row| row.truth == row.prediction).count();
    let results: Vec<&RunResult> = seeds.values().flatten().collect();
    Some(RowSummary {
        row: row.to_string(),
        seeds: complete.judged.len(),
        recording: complete.recording(&all),
        segment: complete.segment(&all),
        subsets: subsets.collect(),
        areas,
        mean_area: complete.mean_area_over_subsets(&all),
        mean_area_interval: interval(&|drawn| complete.mean_area_over_subsets(drawn)),
        mean_over_subsets: complete.mean_over_subsets(&all),
        groups: complete.groups.len(),
        accuracy_interval: interval(&|drawn| complete.recording(drawn).accuracy),
        macc_interval: interval(&|drawn| complete.recording(drawn).macc),
        mean_over_subsets_interval: interval(&|drawn| complete.mean_over_subsets(drawn).macc),
        accuracies: complete.judged.iter().map(|rows| right(rows) as f64 / all.len().max(1) as f64).collect(),
        confusion: total.counts,
        parameters: results.iter().map(|result| result.parameters).max().unwrap_or(0),
        largest_shift_hz: results.iter().filter_map(|result| result.largest_shift_hz).reduce(f64::max),
        seconds: results.iter().map(|result| result.seconds).sum::<f64>() / results.len().max(1) as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::super::complete::testing::{grouped, labels, seeds};
    use super::*;

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
        assert!(summary.areas.is_empty() && summary.mean_area.is_none(), "no class is the positive one");
        let [low, high] = summary.accuracy_interval.unwrap();
        assert!(low < 0.8 && 0.8 < high);
        assert!(summarise(Row::Static(4), &BTreeMap::new(), 2, &labels(), None).is_none());
    }

    #[test]
    fn areas_are_those_of_the_subsets() {
        let labels = labels();
        let runs = seeds(2, &[0, 1, 2, 3]);
        let summary = summarise(Row::Static(4), &runs, 2, &labels, Some(1)).unwrap();
        // Subset a: of five positives three are at 0.8 and two at 0.1, of five negatives the same of 0.1 and 0.8. Of 25 pairs
        // 9 are in order, 12 are ties and 4 are not.
        assert_eq!(summary.areas.values().copied().collect::<Vec<_>>(), [0.6, 1.0]);
        assert_eq!(summary.mean_area, Some(0.8));
        let [low, high] = summary.mean_area_interval.unwrap();
        assert!(low < 0.8 && 0.8 < high);
    }

    #[test]
    fn recordings_of_a_group_are_drawn_together() {
        let labels = labels();
        let summary = |runs: &Seeds| summarise(Row::Static(4), runs, 2, &labels, Some(1)).unwrap();
        let [alone, together] = [seeds(1, &[0, 1, 2, 3, 4]), grouped(&[0, 1, 2, 3, 4])].map(|runs| summary(&runs));
        let width = |summary: &RowSummary| summary.accuracy_interval.map(|[low, high]| high - low).unwrap();
        assert_eq!((alone.groups, together.groups), (20, 4));
        assert_eq!(alone.recording, together.recording);
        assert!(width(&together) > 1.5 * width(&alone));
    }
}
