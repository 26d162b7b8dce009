//! Two rows side by side, on the same recordings.

use serde::Serialize;

use super::complete::{Complete, Decided, Seeds};
use super::row::Row;
use crate::evaluation::statistics::{Groups, mcnemar};

/// Two rows side by side.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The one that is hoped to be better.
    pub first: String,
    /// The other.
    pub second: String,
    /// Mean over the seeds of the difference of accuracy.
    pub difference: f64,
    /// Its 95 % interval: bootstrap over groups, both rows on the same ones.
    pub interval: Option<[f64; 2]>,
    /// The same of MAcc.
    pub macc_difference: Option<f64>,
    /// Its interval.
    pub macc_interval: Option<[f64; 2]>,
    /// The same of MAcc averaged over subsets.
    pub mean_over_subsets_difference: Option<f64>,
    /// Its interval.
    pub mean_over_subsets_interval: Option<[f64; 2]>,
    /// Recordings that only the first gets right, as its seeds decide together: by the prediction that most of them report.
    pub only_first: u64,
    /// Recordings that only the second gets right.
    pub only_second: u64,
    /// Exact McNemar test of these two numbers, as if all recordings were independent of each other.
    pub p: f64,
    /// Test that swaps the two rows' decisions group by group: of the difference in MAcc, or in accuracy where no class is
    /// positive. None where that is not defined.
    pub permutation_p: Option<f64>,
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
    let (of_a, of_b) = (a.decisions(), b.decisions());
    let count =
        |right: [bool; 2]| of_a.iter().zip(&of_b).filter(|(a, b)| [a.is_right(), b.is_right()] == right).count() as u64;
    let (only_first, only_second) = (count([true, false]), count([false, true]));
    let [first, second] = names;
    Some(Comparison {
        first,
        second,
        difference: accuracy(&all)?,
        interval: a.groups.bootstrap(accuracy),
        macc_difference: macc(&all),
        macc_interval: a.groups.bootstrap(macc),
        mean_over_subsets_difference: mean(&all),
        mean_over_subsets_interval: a.groups.bootstrap(mean),
        only_first,
        only_second,
        p: mcnemar(only_first, only_second),
        permutation_p: permutation(&a.groups, [&of_a, &of_b], positive),
    })
}

/// Permutation test of two classifiers' decisions on the same recordings: of the difference in MAcc where a class is positive, else
/// in accuracy; none where MAcc is not defined.
pub fn permutation(groups: &Groups, [first, second]: [&[Decided]; 2], positive: Option<usize>) -> Option<f64> {
    let Some(positive) = positive else {
        let right = |decided: Decided| i64::from(decided.is_right());
        return Some(groups.permutation(|recording| right(first[recording]) - right(second[recording])));
    };
    let positives = first.iter().filter(|decided| decided.truth == positive).count() as i64;
    let negatives = first.len() as i64 - positives;
    // Twice MAcc is TP / P + TN / N; times P · N it is a whole number: TP · N + TN · P.
    let adds = |decided: Decided| match (decided.truth == positive, decided.prediction == positive) {
        (true, true) => negatives,
        (false, false) => positives,
        _ => 0,
    };
    (positives > 0 && negatives > 0)
        .then(|| groups.permutation(|recording| adds(first[recording]) - adds(second[recording])))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::complete::testing::{grouped, labels, run, seeds};
    use super::*;

    #[test]
    fn two_rows_are_compared_on_the_same_recordings() {
        let (good, bad) = (seeds(2, &[0]), seeds(1, &[0, 1, 2, 3, 4, 5]));
        let labels = labels();
        let comparison = compare([(Row::Learnable(4), &good), (Row::Static(4), &bad)], 2, &labels, Some(1)).unwrap();
        assert_eq!((comparison.only_first, comparison.only_second), (5, 0));
        assert!((comparison.difference - 0.25).abs() < 1e-12);
        assert!((comparison.mean_over_subsets_difference.unwrap() - 0.25).abs() < 1e-12);
        assert!((comparison.p - 2.0 / 32.0).abs() < 1e-12);
        // Three of the five are positive, two are not; of 2^5 swaps only two are as far from 0.
        assert!((comparison.permutation_p.unwrap() - 2.0 / 32.0).abs() < 0.01, "{comparison:?}");
        assert!(comparison.interval.unwrap()[0] > 0.0);
        assert!(compare([(Row::Mfcc, &good), (Row::Static(4), &BTreeMap::new())], 2, &labels, None).is_none());
    }

    /// The test counted predictions at ½ while the table reported those at the chosen threshold.
    #[test]
    fn the_tests_are_on_the_decisions_that_the_table_reports() {
        let labels = labels();
        let above = |prediction: usize| BTreeMap::from([(0, run(Some(0.7), [0.9, 0.6], [1, prediction]))]);
        let (reported, wrong) = (above(0), above(1));
        let pair = [(Row::Learnable(4), &reported), (Row::Static(4), &wrong)];
        let comparison = compare(pair, 1, &labels, Some(1)).unwrap();
        // At ½ both rows would call both recordings positive.
        assert_eq!((comparison.difference, comparison.macc_difference), (0.5, Some(0.5)));
        assert_eq!((comparison.only_first, comparison.only_second), (1, 0));
    }

    #[test]
    fn recordings_of_a_group_are_swapped_together() {
        let labels = labels();
        let p = |first: &Seeds, second: &Seeds| {
            compare([(Row::Learnable(4), first), (Row::Static(4), second)], 2, &labels, Some(1)).unwrap()
        };
        // Five recordings that only the first row gets right are of one subject: that proves nothing.
        let wrong = [0, 1, 2, 3, 4];
        let (alone, together) = (p(&seeds(1, &[]), &seeds(1, &wrong)), p(&grouped(&[]), &grouped(&wrong)));
        assert_eq!((together.permutation_p, together.p), (Some(1.0), alone.p));
        assert!(alone.permutation_p.unwrap() < 0.1);
    }
}
