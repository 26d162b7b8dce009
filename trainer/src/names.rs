//! What tasks and front-ends are called on the command line and in files.

use clap::ValueEnum;
use serde::Deserialize;
use spectnet_core::filterbank::{Form, Spacing};
use spectnet_core::model::Task;

/// [`Task`] on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
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

/// [`Form`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FrontEndName {
    /// Centre frequency, bandwidth and gain as they are, with the published start values.
    Paper,
    /// Unit-free parameters that keep every filter between 0 Hz and half the sample rate.
    Bounded,
}

impl From<FrontEndName> for Form {
    fn from(name: FrontEndName) -> Self {
        match name {
            FrontEndName::Paper => Self::Paper,
            FrontEndName::Bounded => Self::Bounded,
        }
    }
}

/// [`Spacing`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpacingName {
    /// Equal steps of mel.
    Mel,
    /// Equal steps of ERB rate.
    Erb,
    /// Equal steps of Bark.
    Bark,
    /// Equal steps of Hz.
    Linear,
}

impl From<SpacingName> for Spacing {
    fn from(name: SpacingName) -> Self {
        match name {
            SpacingName::Mel => Self::Mel,
            SpacingName::Erb => Self::Erb,
            SpacingName::Bark => Self::Bark,
            SpacingName::Linear => Self::Linear,
        }
    }
}
