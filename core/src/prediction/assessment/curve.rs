//! Sensitivity against specificity: the receiver operating characteristic (ROC).

use serde::{Deserialize, Serialize};

use super::{Scored, rounded};
use crate::{Error, Result};

/// Most points of a ROC in a model file: more than the recordings behind them can distinguish.
pub const MOST_POINTS: usize = 201;

/// Most decimals of a threshold that is written for people.
const DECIMALS: u32 = 9;

/// Significant digits of all other thresholds: a 64-bit number always holds so many, so two thresholds stay different
/// in any program that reads them from text.
const DIGITS: usize = 15;

/// A point of the ROC: sensitivity and specificity if every probability from `threshold` on is called positive.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Lowest probability that is called positive, 0 to 1.
    pub threshold: f64,
    /// Fraction of the positives at or above the threshold, 0 to 1.
    pub sensitivity: f64,
    /// Fraction of the negatives below the threshold, 0 to 1.
    pub specificity: f64,
}

/// All distinct points of the ROC by rising threshold: 0, one threshold between each two neighbouring probabilities
/// that a number of [`DIGITS`] digits can separate, and 1. Empty where a class has no recording.
pub fn roc(scored: &[Scored]) -> Vec<Point> {
    let (positives, negatives) = (sorted(scored, true), sorted(scored, false));
    if positives.is_empty() || negatives.is_empty() {
        return Vec::new();
    }
    let mut all: Vec<f64> = scored.iter().map(|one| one.probability).collect();
    all.sort_by(f64::total_cmp);
    let between = all.windows(2).filter(|pair| pair[0] < pair[1]).filter_map(|pair| cut(pair[0], pair[1]));
    let mut thresholds: Vec<f64> = [0.0].into_iter().chain(between).chain([1.0]).collect();
    thresholds.dedup();
    let point = |threshold: f64| Point {
        threshold,
        sensitivity: 1.0 - below(&positives, threshold),
        specificity: below(&negatives, threshold),
    };
    thresholds.into_iter().map(point).collect()
}

/// Area under the ROC: the probability that a positive recording has a higher probability than a negative one, where
/// equal ones count half (Mann & Whitney 1947). `None` where a class has no recording.
pub fn auc(scored: &[Scored]) -> Option<f64> {
    let (positives, negatives) = (sorted(scored, true), sorted(scored, false));
    if positives.is_empty() || negatives.is_empty() {
        return None;
    }
    let beaten = |positive: &f64| {
        let lower = negatives.partition_point(|negative| negative < positive);
        let not_higher = negatives.partition_point(|negative| negative <= positive);
        0.5 * (lower + not_higher) as f64
    };
    let area: f64 = positives.iter().map(beaten).sum();
    Some(area / (positives.len() as f64 * negatives.len() as f64))
}

/// At most [`MOST_POINTS`] of the points, spread evenly over the recordings, including both ends and the point at
/// `keep`.
pub fn thinned(points: Vec<Point>, keep: f64) -> Vec<Point> {
    let (count, spread) = (points.len(), MOST_POINTS - 1);
    if count <= MOST_POINTS {
        return points;
    }
    let mut chosen: Vec<usize> = (0..spread).map(|step| step * (count - 1) / (spread - 1)).collect();
    if let Some(kept) = points.iter().position(|point| point.threshold == keep) {
        chosen.insert(chosen.partition_point(|&index| index < kept), kept);
        chosen.dedup();
    }
    chosen.into_iter().filter_map(|index| points.get(index).copied()).collect()
}

/// Sensitivity and specificity at a threshold. Between two points of the ROC both are lower bounds, because the
/// recordings there may lie on either side.
pub fn at(points: &[Point], threshold: f64) -> [f64; 2] {
    let sensitivity = points.iter().find(|point| point.threshold >= threshold).map_or(0.0, |point| point.sensitivity);
    let specificity = points.iter().rfind(|point| point.threshold <= threshold).map_or(0.0, |point| point.specificity);
    [sensitivity, specificity]
}

/// Checks that the points can come from a measurement.
///
/// # Errors
/// [`Error::Invalid`] for too few or too many points, numbers outside 0 to 1, or points in the wrong order.
pub fn validate(points: &[Point]) -> Result<()> {
    if !(2..=MOST_POINTS).contains(&points.len()) {
        return Err(Error::invalid(format!("{} points of the ROC: expected 2 to {MOST_POINTS}", points.len())));
    }
    for (index, point) in points.iter().enumerate() {
        let numbers = [point.threshold, point.sensitivity, point.specificity];
        if !numbers.iter().all(|number| (0.0..=1.0).contains(number)) {
            return Err(Error::invalid(format!("point {index} of the ROC: expected numbers from 0 to 1")));
        }
    }
    let rises = |pair: &[Point]| {
        pair[0].threshold < pair[1].threshold
            && pair[0].sensitivity >= pair[1].sensitivity
            && pair[0].specificity <= pair[1].specificity
    };
    match points.windows(2).position(|pair| !rises(pair)) {
        Some(index) => Err(Error::invalid(format!(
            "points {index} and {} of the ROC: expected a rising threshold, with sensitivity falling and specificity rising",
            index + 1
        ))),
        None => Ok(()),
    }
}

/// Fraction of probabilities, in rising order, that are below a threshold.
pub(super) fn below(sorted: &[f64], threshold: f64) -> f64 {
    sorted.partition_point(|&probability| probability < threshold) as f64 / sorted.len() as f64
}

/// Probabilities of the recordings of one class, in rising order.
pub(super) fn sorted(scored: &[Scored], positive: bool) -> Vec<f64> {
    let of_class = scored.iter().filter(|one| one.positive == positive);
    let mut probabilities: Vec<f64> = of_class.map(|one| one.probability).collect();
    probabilities.sort_by(f64::total_cmp);
    probabilities
}

/// A number between two probabilities, with as few decimals as keep it in the middle half between them. It is short for
/// people, text gives it back exactly, and neither recording changes sides where another device rounds differently.
/// `None` where no number of [`DIGITS`] digits lies between the two.
fn cut(low: f64, high: f64) -> Option<f64> {
    let (middle, quarter) = (0.5 * (low + high), 0.25 * (high - low));
    let short = (2..=DECIMALS).map(|decimals| rounded(middle, decimals)).find(|value| (value - middle).abs() < quarter);
    let long = || format!("{middle:.*e}", DIGITS - 1).parse().ok();
    short.or_else(long).filter(|&value| low < value && value <= high)
}
