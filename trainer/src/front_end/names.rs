//! What the forms and the spacings of filters are called on the command line and in configuration files.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use spectnet_core::filterbank::{Form, Spacing};

/// [`Form`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
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
