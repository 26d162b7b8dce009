//! How the windows of a recording vote together.

use serde::{Deserialize, Serialize};

/// How the probabilities of a recording follow from those of its windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Voting {
    /// The weighted mean of the windows' probabilities.
    Mean,
    /// The weighted mean of the windows' log-probabilities, normalised again: their geometric mean. This is a product
    /// of experts (Hinton 2002), in which a window that is sure against a class counts more than in
    /// [`Mean`](Self::Mean).
    LogMean,
    /// Each window votes for its most probable class. The probability of a class is the fraction of the votes that it
    /// gets, by the weights of the windows. In a tie the positive class is taken.
    Majority,
}
