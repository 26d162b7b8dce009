//! Intervals and tests for recordings that belong together: what is drawn, or swapped, is a group (a subject), as in the
//! splits. Recordings of one subject are not independent of each other.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Resamples of a bootstrap: the ends of the interval then vary by well under a percent.
const RESAMPLES: usize = 1000;

/// Permutations of a test: a p-value of 0.05 is then known to ±0.004 (two standard deviations).
const PERMUTATIONS: u64 = 10_000;

/// Which recordings belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// Numbers of the recordings of each group, groups in the order of their first recordings.
    members: Vec<Vec<usize>>,
}

impl Groups {
    /// From the name of every recording's group.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut members: Vec<Vec<usize>> = Vec::new();
        for (recording, name) in names.into_iter().enumerate() {
            let number = *numbers.entry(name).or_insert(members.len());
            if number == members.len() {
                members.push(Vec::new());
            }
            members[number].push(recording);
        }
        Self { members }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// 95 % interval of a statistic of recordings, by a [`bootstrap`] that draws groups. `statistic` gets the numbers of the
    /// recordings of all groups drawn.
    pub fn bootstrap(&self, statistic: impl Fn(&[usize]) -> Option<f64>) -> Option<[f64; 2]> {
        let recordings =
            |drawn: &[usize]| -> Vec<usize> { drawn.iter().flat_map(|&group| &self.members[group]).copied().collect() };
        bootstrap(self.len(), |drawn| statistic(&recordings(drawn)))
    }

    /// Two-sided permutation test of the difference between two classifiers of the same recordings, where `of` is what each
    /// recording adds to it, in whole numbers. If both are equally good, which of the two said what is by chance: for each
    /// group the two are swapped with probability ½, which turns the sign of what it adds. Gives the fraction of permutations,
    /// the identity among them, with a difference at least as large as the observed one (Phipson & Smyth 2010).
    pub fn permutation(&self, of: impl Fn(usize) -> i64) -> f64 {
        let sums = self.members.iter().map(|group| group.iter().map(|&recording| of(recording)).sum::<i64>());
        // A group that adds nothing is the same either way.
        let sums: Vec<i64> = sums.filter(|&sum| sum != 0).collect();
        let observed = sums.iter().sum::<i64>().abs();
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let mut swapped =
            || sums.iter().map(|&sum| if random.random_bool(0.5) { -sum } else { sum }).sum::<i64>().abs();
        let as_large = (0..PERMUTATIONS).filter(|_| swapped() >= observed).count() as u64;
        (1 + as_large) as f64 / (1 + PERMUTATIONS) as f64
    }
}

/// 95 % interval of a statistic: percentiles of a bootstrap (Efron & Tibshirani 1993) of `count` units that are independent of
/// each other. `statistic` gets the numbers of the units drawn, `count` of them, some twice and some not at all. None where it
/// is never defined.
pub fn bootstrap(count: usize, statistic: impl Fn(&[usize]) -> Option<f64>) -> Option<[f64; 2]> {
    if count == 0 {
        return None;
    }
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let mut values: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| {
            let drawn: Vec<usize> = (0..count).map(|_| random.random_range(0..count)).collect();
            statistic(&drawn)
        })
        .collect();
    values.sort_by(f64::total_cmp);
    let at = |fraction: f64| values.get((fraction * (values.len().saturating_sub(1)) as f64).round() as usize).copied();
    Some([at(0.025)?, at(0.975)?])
}

/// Exact two-sided McNemar test (McNemar 1947, binomial): the probability of a split at least as uneven as this between
/// recordings that only one of two classifiers gets right, if both are equally good. 1 where they never differ. It takes
/// recordings for independent, which those of one subject are not.
pub fn mcnemar(only_first: u64, only_second: u64) -> f64 {
    let (n, least) = (only_first + only_second, only_first.min(only_second));
    let mut log_choose = 0.0;
    let mut tail = 0.0;
    for k in 0..=least {
        if k > 0 {
            log_choose += ((n - k + 1) as f64 / k as f64).ln();
        }
        tail += (log_choose - n as f64 * 2f64.ln()).exp();
    }
    (2.0 * tail).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(values: &[f64], drawn: &[usize]) -> Option<f64> {
        Some(drawn.iter().map(|&i| values[i]).sum::<f64>() / drawn.len() as f64)
    }

    #[test]
    fn mcnemar_by_hand() {
        // 2 · (1 + 10) / 2^10 and 2 · (1 + 8 + 28) / 2^8.
        assert!((mcnemar(1, 9) - 22.0 / 1024.0).abs() < 1e-12);
        assert!((mcnemar(6, 2) - 74.0 / 256.0).abs() < 1e-12);
        assert_eq!((mcnemar(0, 0), mcnemar(5, 5)), (1.0, 1.0));
        assert!(mcnemar(0, 2000) < 1e-300 && mcnemar(900, 1100) < 1e-4);
    }

    #[test]
    fn the_interval_holds_the_mean_and_narrows_with_more_recordings() {
        let width = |count: usize| {
            let values: Vec<f64> = (0..count).map(|i| f64::from(u8::from(i % 5 > 0))).collect();
            let [low, high] = bootstrap(count, |drawn| mean(&values, drawn)).unwrap();
            assert!(low < 0.8 && 0.8 < high, "{low} {high}");
            high - low
        };
        assert!(width(1000) < 0.5 * width(100));
        assert_eq!(bootstrap(0, |_| Some(0.0)), None);
        assert_eq!(bootstrap(5, |_| None), None);
    }

    #[test]
    fn groups_are_numbered_by_their_first_recordings() {
        let groups = Groups::new(["ben", "anna", "ben", "carl", "anna"]);
        assert_eq!(groups.members, [vec![0, 2], vec![1, 4], vec![3]]);
        assert_eq!(groups.len(), 3);
    }

    /// The intervals over recordings were 1.7 to 2.9 times too narrow.
    #[test]
    fn recordings_of_a_subject_that_are_right_or_wrong_together_widen_the_interval() {
        // 50 subjects with eight recordings each, of whom every fifth is misjudged throughout.
        let values: Vec<f64> = (0..400).map(|i| f64::from(u8::from(i / 8 % 5 > 0))).collect();
        let width = |names: Vec<String>| {
            let [low, high] =
                Groups::new(names.iter().map(String::as_str)).bootstrap(|drawn| mean(&values, drawn)).unwrap();
            assert!(low < 0.8 && 0.8 < high, "{low} {high}");
            high - low
        };
        let alone = width((0..400).map(|i| i.to_string()).collect());
        let together = width((0..400).map(|i| (i / 8).to_string()).collect());
        // Eight that say the same are one: √8 times as wide.
        assert!((together / alone / 8f64.sqrt() - 1.0).abs() < 0.15, "{}", together / alone);
    }

    #[test]
    fn where_every_recording_is_its_own_group_the_interval_is_the_one_over_recordings() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        for count in [1, 2, 7, 40, 133] {
            let values: Vec<f64> = (0..count).map(|_| random.random_range(0.0..1.0)).collect();
            let names: Vec<String> = (0..count).map(|i| format!("{:03}", 997 * i % 1000)).collect();
            let alone = Groups::new(names.iter().map(String::as_str));
            let mean = |drawn: &[usize]| mean(&values, drawn);
            assert_eq!(alone.bootstrap(mean), bootstrap(count, mean), "{count} recordings");
        }
    }

    /// The fraction of all 2^groups permutations with a difference at least as large.
    fn exact(sums: &[i64]) -> f64 {
        let observed = sums.iter().sum::<i64>().abs();
        let of = |signs: u32| -> i64 {
            sums.iter().enumerate().map(|(i, sum)| if signs >> i & 1 == 0 { *sum } else { -sum }).sum()
        };
        let all = 1u32 << sums.len();
        f64::from((0..all).filter(|&signs| of(signs).abs() >= observed).count() as u32) / f64::from(all)
    }

    #[test]
    fn the_permutation_test_by_hand_and_against_every_permutation() {
        let p = |sums: &[i64]| {
            let names: Vec<String> = (0..sums.len()).map(|i| i.to_string()).collect();
            Groups::new(names.iter().map(String::as_str)).permutation(|recording| sums[recording])
        };
        // All of five groups for the first: only all alike, or all swapped, are as far apart: 2 of 32.
        assert!((exact(&[1, 1, 1, 1, 1]) - 2.0 / 32.0).abs() < 1e-12);
        for sums in [&[1, 1, 1, 1, 1][..], &[3, -1, 2, 2, -4, 1, 1], &[5, 1, 0, 0, -1], &[7, 6, 5, 4, 3, 2, 1, -1, -2]]
        {
            assert!((p(sums) - exact(sums)).abs() < 0.015, "{sums:?}: {} for {}", p(sums), exact(sums));
        }
        assert_eq!((p(&[0, 0, 0]), p(&[])), (1.0, 1.0));
        // Never 0: what was observed is a permutation too.
        assert_eq!(p(&[1; 60]), 1.0 / 10_001.0);
        assert_eq!(p(&[2, 1, 1, -1]), p(&[2, 1, 1, -1]));
    }

    #[test]
    fn recordings_of_one_subject_are_swapped_together() {
        // Twelve recordings that only the first gets right, all of the same subject: that proves nothing.
        let one = Groups::new(["anna"; 12]);
        assert_eq!(one.permutation(|_| 1), 1.0);
        assert!((mcnemar(12, 0) - 2.0 / 4096.0).abs() < 1e-12);
    }
}
