//! How the windows of a recording vote together.

use std::collections::BTreeMap;

use crate::model::Voting;

/// Smaller probabilities count as this one where their logarithm is taken: the smallest normal `f32`. So a probability
/// that underflowed to 0 excludes a class only where no other window supports it.
const LEAST: f64 = f32::MIN_POSITIVE as f64;

/// The probabilities as a list in the order of the labels; 0 for a label that has none.
pub fn in_order_of_labels(labels: &[String], probabilities: &BTreeMap<String, f64>) -> Vec<f64> {
    labels.iter().map(|label| probabilities.get(label).copied().unwrap_or(0.0)).collect()
}

/// Index of the largest probability. In a tie it is the positive class, or else the first: in screening, a doubtful
/// case must not be called normal.
pub fn winner(probabilities: &[f64], positive: Option<usize>) -> usize {
    let largest = probabilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    match positive {
        Some(positive) if probabilities.get(positive) == Some(&largest) => positive,
        _ => probabilities.iter().position(|&probability| probability == largest).unwrap_or(0),
    }
}

/// The vote of windows: `rows` are their probabilities, each in the order of the labels, and `weights` their weights.
/// Returns one value for each class, which sum to 1 (for [`Voting::Mean`] where every row does). If there are no
/// weights, or all are 0, all rows count the same. `positive` is the class that wins a tie of [`Voting::Majority`]
/// within a window.
pub fn vote(voting: Voting, rows: &[Vec<f64>], weights: &[f64], positive: Option<usize>) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    let weight = |index: usize| match weights.get(index) {
        Some(weight) if total > 0.0 => weight / total,
        _ => 1.0 / rows.len() as f64,
    };
    let mut sums = vec![0.0; rows.first().map_or(0, Vec::len)];
    for (index, row) in rows.iter().enumerate() {
        let weight = weight(index);
        match voting {
            Voting::Mean => sums.iter_mut().zip(row).for_each(|(sum, p)| *sum += weight * p),
            Voting::LogMean => sums.iter_mut().zip(row).for_each(|(sum, p)| *sum += weight * p.max(LEAST).ln()),
            Voting::Majority => sums[winner(row, positive)] += weight,
        }
    }
    if voting == Voting::LogMean { softmax(&sums) } else { sums }
}

/// Probabilities from logarithms that are known up to a common constant.
pub(crate) fn softmax(logarithms: &[f64]) -> Vec<f64> {
    let largest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logarithms.iter().map(|logarithm| (logarithm - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}
