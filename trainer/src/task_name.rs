//! What the tasks are called on the command line and in configuration files.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use spectnet_core::model::Task;

/// [`Task`] on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskName {
    /// Heart sounds: normal or abnormal.
    #[default]
    Heart,
    /// Acoustic scenes and other sounds in classes.
    Scene,
}

impl From<TaskName> for Task {
    fn from(name: TaskName) -> Self {
        match name {
            TaskName::Heart => Self::Heart,
            TaskName::Scene => Self::Scene,
        }
    }
}
