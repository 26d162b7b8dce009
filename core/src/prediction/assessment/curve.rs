//! Sensitivity against specificity: the receiver operating characteristic.

use serde::{Deserialize, Serialize};

use super::{Scored, rounded};
use crate::{Error, Result};

/// Most operating points in a model file: finer than the recordings behind them can tell.
pub const MOST_POINTS: usize = 201;

/// Most decimals of a threshold that is read by people.
const DECIMALS: u32 = 9;

/// Significant digits of every other threshold: as many as a 64-bit number always keeps, so that two of them are different
/// numbers in whatever reads them from text.
const DIGITS: usize = 15;

/// An operating point: what holds where everything from `threshold` on is called positive.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Lowest probability that is called positive.
    pub threshold: f64,
    /// Share of the positives at or above it.
    pub sensitivity: f64,
    /// Share of the negatives below it.
    pub specificity: f64,
}

impl Point {
    fn macc(&self) -> f64 {
        0.5 * (self.sensitivity + self.specificity)
    }
}

/// Every operating point that differs, by rising threshold: 0, one between each two neighbouring probabilities that a number of
/// [`DIGITS`] digits can part, and 1. Nothing where a class has no recording.
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
    let below = |sorted: &[f64], threshold: f64| {
        sorted.partition_point(|&probability| probability < threshold) as f64 / sorted.len() as f64
    };
    let point = |threshold: f64| Point {
        threshold,
        sensitivity: 1.0 - below(&positives, threshold),
        specificity: below(&negatives, threshold),
    };
    thresholds.into_iter().map(point).collect()
}

/// Probability that a positive has a higher probability than a negative, equal ones half (Mann & Whitney 1947): the area
/// under the curve. None where a class has no recording.
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

/// The threshold with the highest mean of sensitivity and specificity, of equals the one nearest to ½; and why. Unlike
/// accuracy it does not depend on how many of the recordings happen to be positive, and the challenge is scored by it.
pub fn best(points: &[Point]) -> (f64, &'static str) {
    let best = points.iter().filter(|point| point.macc() > 0.5).reduce(|best, point| {
        let rank = |point: &Point| (point.macc(), -(point.threshold - 0.5).abs());
        if rank(point) > rank(best) { point } else { best }
    });
    match best {
        Some(point) => (point.threshold, "highest mean of sensitivity and specificity on these recordings"),
        None => (0.5, "one half: on these recordings no threshold is better than chance"),
    }
}

/// At most [`MOST_POINTS`] of them, evenly spread over the recordings, with both ends and the one at `keep`.
pub fn thinned(points: Vec<Point>, keep: f64) -> Vec<Point> {
    let (count, spread) = (points.len(), MOST_POINTS - 1);
    if count <= MOST_POINTS {
        return points;
    }
    let mut wanted: Vec<usize> = (0..spread).map(|step| step * (count - 1) / (spread - 1)).collect();
    wanted.extend(points.iter().position(|point| point.threshold == keep));
    wanted.sort_unstable();
    wanted.dedup();
    wanted.into_iter().filter_map(|index| points.get(index).copied()).collect()
}

/// Sensitivity and specificity at a threshold. Between two operating points both are those that hold at the least: the
/// recordings there may lie on either side.
pub fn at(points: &[Point], threshold: f64) -> [f64; 2] {
    let sensitivity = points.iter().find(|point| point.threshold >= threshold).map_or(0.0, |point| point.sensitivity);
    let specificity = points.iter().rfind(|point| point.threshold <= threshold).map_or(0.0, |point| point.specificity);
    [sensitivity, specificity]
}

/// # Errors
/// Points that no measurement gives.
pub fn validate(points: &[Point]) -> Result<()> {
    if !(2..=MOST_POINTS).contains(&points.len()) {
        return Err(Error::invalid(format!("{} points of the ROC: expected 2 to {MOST_POINTS}", points.len())));
    }
    for (index, point) in points.iter().enumerate() {
        let shares = [point.threshold, point.sensitivity, point.specificity];
        if !shares.iter().all(|share| (0.0..=1.0).contains(share)) {
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

/// Probabilities of one class, rising.
fn sorted(scored: &[Scored], positive: bool) -> Vec<f64> {
    let of_class = scored.iter().filter(|one| one.positive == positive);
    let mut probabilities: Vec<f64> = of_class.map(|one| one.probability).collect();
    probabilities.sort_by(f64::total_cmp);
    probabilities
}

/// A number between two probabilities with as few decimals as leave it in the middle half: people read it, text gives it
/// back without loss, and neither recording changes sides where another device rounds otherwise. None where the two are so
/// near each other that no number of [`DIGITS`] digits lies between them.
fn cut(low: f64, high: f64) -> Option<f64> {
    let (middle, quarter) = (0.5 * (low + high), 0.25 * (high - low));
    let short = (2..=DECIMALS).map(|decimals| rounded(middle, decimals)).find(|value| (value - middle).abs() < quarter);
    let long = || format!("{middle:.*e}", DIGITS - 1).parse().ok();
    short.or_else(long).filter(|&value| low < value && value <= high)
}
