//! How windows decide together.

use serde::{Deserialize, Serialize};

/// How the windows of a recording decide together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Voting {
    /// The mean of the windows' probabilities.
    Mean,
    /// The mean of the windows' log-probabilities, renormalised: their geometric mean. A product of experts (Hinton
    /// 2002), in which a window that is sure against a class weighs more than in [`Mean`](Self::Mean).
    LogMean,
    /// Each window has a vote, which weighs as much as the window does, and the probabilities are the shares of votes; a
    /// tie goes to the positive class.
    Majority,
}
