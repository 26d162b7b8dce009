//! The choices of how a model is trained, by the names they have on the command line and in files.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use spectnet_core::learning::recipe::{Accumulation, Draws, Optimiser, Selection};
use spectnet_core::learning::schedule::Schedule;
use spectnet_core::learning::{Augmentation, Learns};

/// [`Learns`] on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LearnsName {
    /// All of it.
    #[default]
    Everything,
    /// The filters, and the last layer of the network.
    Filters,
    /// The last layer of the network, which turns what the others found into classes.
    Head,
}

impl From<LearnsName> for Learns {
    fn from(name: LearnsName) -> Self {
        match name {
            LearnsName::Everything => Self::Everything,
            LearnsName::Filters => Self::Filters,
            LearnsName::Head => Self::Head,
        }
    }
}

/// [`Draws`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DrawName {
    /// Recordings, and of each a window at a random place or a random heart cycle.
    Recordings,
    /// Windows or heart cycles: a recording comes as often as it has some.
    Windows,
}

impl From<DrawName> for Draws {
    fn from(name: DrawName) -> Self {
        match name {
            DrawName::Recordings => Self::Recordings,
            DrawName::Windows => Self::Windows,
        }
    }
}

/// [`Optimiser`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OptimiserName {
    /// The step of every number is scaled by the gradients that it met before, and the network's weights decay
    /// (Loshchilov & Hutter 2019).
    #[value(name = "adamw")]
    AdamW,
    /// Rate times gradient, without momentum and decay.
    Sgd,
}

impl From<OptimiserName> for Optimiser {
    fn from(name: OptimiserName) -> Self {
        match name {
            OptimiserName::AdamW => Self::AdamW,
            OptimiserName::Sgd => Self::Sgd,
        }
    }
}

/// [`Accumulation`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccumulationName {
    /// Their mean.
    Mean,
    /// Their sum.
    Sum,
}

impl From<AccumulationName> for Accumulation {
    fn from(name: AccumulationName) -> Self {
        match name {
            AccumulationName::Mean => Self::Mean,
            AccumulationName::Sum => Self::Sum,
        }
    }
}

/// [`Schedule`] on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScheduleName {
    /// It stays as it is.
    Constant,
    /// It falls to 1 % at the end of the run, as half a cosine does (Loshchilov & Hutter 2017).
    #[default]
    Cosine,
}

impl From<ScheduleName> for Schedule {
    fn from(name: ScheduleName) -> Self {
        match name {
            ScheduleName::Constant => Self::Constant,
            ScheduleName::Cosine => Self::Cosine,
        }
    }
}

/// [`Selection`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SelectionName {
    /// The best on a part of the training recordings, which is not trained on.
    Best,
    /// The last: all recordings that are not held out are trained on.
    Last,
    /// The last, calibrated on a part of the training recordings, which is not trained on and chooses nothing else.
    Calibrated,
}

impl From<SelectionName> for Selection {
    fn from(name: SelectionName) -> Self {
        match name {
            SelectionName::Best => Self::Best,
            SelectionName::Last => Self::Last,
            SelectionName::Calibrated => Self::Calibrated,
        }
    }
}

/// The numbers in which a network is trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Of 32 bits.
    #[default]
    F32,
    /// Of 16 bits with the range of 32.
    Bf16,
    /// Of 16 bits.
    F16,
}

/// A list of [`Augmentation`]s.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Augmentations(pub Vec<Augmentation>);

pub(super) fn augmentations(text: &str) -> std::result::Result<Augmentations, String> {
    if text == "none" {
        return Ok(Augmentations::default());
    }
    let named = |name: &str| {
        let way = Augmentation::ALL.into_iter().find(|way| way.name().eq_ignore_ascii_case(name));
        way.ok_or_else(|| format!("invalid variant: {name}"))
    };
    let names = text.split(',').map(|name| named(name.trim()));
    names.collect::<std::result::Result<_, _>>().map(Augmentations)
}
