//! The two tasks.

use serde::{Deserialize, Serialize};

/// What a model is trained to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Heart sounds: normal or abnormal (PhysioNet/CinC 2016).
    Heart,
    /// Acoustic scenes and other sounds in classes (DCASE 2016 has 15).
    Scene,
}

impl Task {
    /// The name used on the command line and in the model file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Heart => "heart",
            Self::Scene => "scene",
        }
    }

    /// The label that counts as positive in sensitivity and precision; none where classes have equal standing.
    pub fn positive_label(self) -> Option<&'static str> {
        match self {
            Self::Heart => Some("abnormal"),
            Self::Scene => None,
        }
    }

    /// The labels every model of this task has, in order; none where the data decides.
    pub fn fixed_labels(self) -> Option<[&'static str; 2]> {
        match self {
            Self::Heart => Some(["normal", "abnormal"]),
            Self::Scene => None,
        }
    }
}
