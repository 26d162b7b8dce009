//! The two tasks: heart sounds and acoustic scenes.

use serde::{Deserialize, Serialize};

/// What a model classifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Heart sounds as normal or abnormal (PhysioNet/CinC Challenge 2016).
    Heart,
    /// Acoustic scenes, or other sounds with classes of any number (DCASE 2016 has 15).
    Scene,
}

impl Task {
    /// The name on the command line and in the model file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Heart => "heart",
            Self::Scene => "scene",
        }
    }

    /// The label that counts as positive in sensitivity, specificity and precision; `None` where no class does.
    pub fn positive_label(self) -> Option<&'static str> {
        match self {
            Self::Heart => Some("abnormal"),
            Self::Scene => None,
        }
    }

    /// The labels that every model of this task has, in order; `None` where they come from the data.
    pub fn fixed_labels(self) -> Option<[&'static str; 2]> {
        match self {
            Self::Heart => Some(["normal", "abnormal"]),
            Self::Scene => None,
        }
    }
}
