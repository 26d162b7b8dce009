//! How windows decide together.

use std::collections::BTreeMap;

use crate::model::Voting;

/// Smaller probabilities count as this one where their logarithm is taken: the smallest normal `f32`, so that a
/// probability that underflowed to 0 rules a class out only where other windows do not speak for it.
const LEAST: f64 = f32::MIN_POSITIVE as f64;

/// Probabilities by name in the order of the labels; 0 for a label that has none.
pub fn shares(labels: &[String], probabilities: &BTreeMap<String, f64>) -> Vec<f64> {
    labels.iter().map(|label| probabilities.get(label).copied().unwrap_or(0.0)).collect()
}

/// Index of the largest share. A tie goes to the positive class, else to the first: in screening, doubt must not read
/// as "normal".
pub fn winner(shares: &[f64], positive: Option<usize>) -> usize {
    let largest = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    match positive {
        Some(positive) if shares.get(positive) == Some(&largest) => positive,
        _ => shares.iter().position(|&share| share == largest).unwrap_or(0),
    }
}

/// What the rows of window probabilities say together, each with its weight; one value a class, summing to 1 (for
/// [`Voting::Mean`] where every row does). Without any weight all rows count the same.
pub fn vote(voting: Voting, rows: &[Vec<f64>], weights: &[f64], positive: Option<usize>) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    let weight = |index: usize| match weights.get(index) {
        Some(weight) if total > 0.0 => weight / total,
        _ => 1.0 / rows.len() as f64,
    };
    let mut shares = vec![0.0; rows.first().map_or(0, Vec::len)];
    for (index, row) in rows.iter().enumerate() {
        let weight = weight(index);
        match voting {
            Voting::Mean => shares.iter_mut().zip(row).for_each(|(share, p)| *share += weight * p),
            Voting::LogMean => shares.iter_mut().zip(row).for_each(|(share, p)| *share += weight * p.max(LEAST).ln()),
            Voting::Majority => shares[winner(row, positive)] += weight,
        }
    }
    if voting == Voting::LogMean { softmax(&shares) } else { shares }
}

/// Probabilities from logarithms that are known up to a constant.
fn softmax(logarithms: &[f64]) -> Vec<f64> {
    let largest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logarithms.iter().map(|logarithm| (logarithm - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}
