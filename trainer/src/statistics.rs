//! Intervals by resampling recordings, and the exact test for two classifiers of the same recordings.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Resamples of a bootstrap: the ends of the interval then vary by well under a percent.
const RESAMPLES: usize = 1000;

/// 95 % interval of a statistic of recordings: percentiles of a bootstrap (Efron & Tibshirani 1993). `statistic` gets the
/// numbers of the recordings drawn, `count` of them, some twice and some not at all. None where it is never defined.
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
    let at = |share: f64| values.get((share * (values.len().saturating_sub(1)) as f64).round() as usize).copied();
    Some([at(0.025)?, at(0.975)?])
}

/// Exact two-sided McNemar test (McNemar 1947, binomial): the probability of a split at least as uneven as this between
/// recordings that only one of two classifiers gets right, if both are equally good. 1 where they never differ.
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
            let mean = |drawn: &[usize]| {
                Some(drawn.iter().map(|i| f64::from(u8::from(i % 5 > 0))).sum::<f64>() / count as f64)
            };
            let [low, high] = bootstrap(count, mean).unwrap();
            assert!(low < 0.8 && 0.8 < high, "{low} {high}");
            high - low
        };
        assert!(width(1000) < 0.5 * width(100));
        assert_eq!(bootstrap(0, |_| Some(0.0)), None);
        assert_eq!(bootstrap(5, |_| None), None);
    }
}
