//! What was wrong in the published procedure, by the names of the command line and of files. What each of
//! them does, the study knows.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A fault of the published procedure. Its shift augmentation, which shifted nothing, needs no switch: cycles are not shifted
/// here either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Dropout stays active where recordings are judged: judging them again gives another result.
    DropoutAtEval,
    /// The softmax is taken twice, so that no probability gets near 1 and gradients are small.
    DoubleSoftmax,
    /// The last heart cycle of every recording is silence, in training and where it votes.
    SilentLastCycle,
    /// The epoch is chosen on the recordings that are reported on.
    SelectOnReported,
}
