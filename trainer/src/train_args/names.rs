//! The choices of what is trained and on what, by the names they have on the command line and in files; those of how are in
//! [`recipe_names`](super::recipe_names).

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use spectnet_core::audio::Channels;
use spectnet_core::heart::Parts;
use spectnet_core::model::{ClassifierConfig, Normalisation, Scaling, Segments, Voting};

/// The networks behind the front-end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassifierName {
    /// The paper's residual network.
    Residual,
    /// A lighter one for any number of filters and any duration.
    Pooled,
    /// Mean and standard deviation of every filter in each phase of the heart cycle, and a linear layer.
    States,
    /// To compare with: two convolutions over the samples of every filter's output.
    #[value(name = "cnn-1d")]
    #[serde(rename = "cnn-1d")]
    Cnn1d,
    /// To compare with: two convolutions over the image.
    #[value(name = "cnn-2d")]
    #[serde(rename = "cnn-2d")]
    Cnn2d,
}

impl From<ClassifierConfig> for ClassifierName {
    fn from(classifier: ClassifierConfig) -> Self {
        match classifier {
            ClassifierConfig::Residual { .. } => Self::Residual,
            ClassifierConfig::Pooled { .. } => Self::Pooled,
            ClassifierConfig::States { .. } => Self::States,
            ClassifierConfig::Cnn1d { .. } => Self::Cnn1d,
            ClassifierConfig::Cnn2d { .. } => Self::Cnn2d,
        }
    }
}

/// [`Segments`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SegmentsName {
    /// Windows of fixed length.
    Windows,
    /// Heart cycles from S1 to S1.
    Cycles,
}

impl From<SegmentsName> for Segments {
    fn from(name: SegmentsName) -> Self {
        match name {
            SegmentsName::Windows => Self::Windows,
            SegmentsName::Cycles => Self::Cycles,
        }
    }
}

/// [`Voting`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VotingName {
    /// The mean of their probabilities.
    Mean,
    /// The mean of their log-probabilities, normalised again; with two classes the mean of their log-odds.
    LogMean,
    /// The fraction of them that has a class as its most probable one.
    Majority,
}

impl From<VotingName> for Voting {
    fn from(name: VotingName) -> Self {
        match name {
            VotingName::Mean => Self::Mean,
            VotingName::LogMean => Self::LogMean,
            VotingName::Majority => Self::Majority,
        }
    }
}

impl From<Voting> for VotingName {
    fn from(voting: Voting) -> Self {
        match voting {
            Voting::Mean => Self::Mean,
            Voting::LogMean => Self::LogMean,
            Voting::Majority => Self::Majority,
        }
    }
}

/// How the energies are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CompressionName {
    /// Their natural logarithm.
    Log,
    /// Their power, with an exponent that is learned for every filter.
    Power,
}

/// [`Channels`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelsName {
    /// Their mean.
    Mean,
    /// Two channels as their mean and as half their difference.
    MidSide,
    /// Every channel by itself.
    Separate,
}

impl From<ChannelsName> for Channels {
    fn from(name: ChannelsName) -> Self {
        match name {
            ChannelsName::Mean => Self::Mean,
            ChannelsName::MidSide => Self::MidSide,
            ChannelsName::Separate => Self::Separate,
        }
    }
}

/// What becomes of the level of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LevelName {
    /// Every recording is scaled to the same.
    Scaled,
    /// It stays as it was recorded.
    AsRecorded,
}

/// [`Normalisation`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NormalisationName {
    /// Not at all.
    None,
    /// Over each window by itself.
    Window,
    /// Over the training data.
    Data,
}

impl From<NormalisationName> for Normalisation {
    fn from(name: NormalisationName) -> Self {
        match name {
            NormalisationName::None => Self::None,
            NormalisationName::Window => Self::Window,
            NormalisationName::Data => Self::Data,
        }
    }
}

/// [`Parts`] on the command line, as `3,4`; in a file as `[3, 4]`. Their lead is a flag of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[usize; 2]", into = "[usize; 2]")]
pub struct PartsFlag(pub Parts);

impl From<[usize; 2]> for PartsFlag {
    fn from([systole, diastole]: [usize; 2]) -> Self {
        Self(Parts { systole, diastole, lead_ms: 0 })
    }
}

impl From<PartsFlag> for [usize; 2] {
    fn from(PartsFlag(Parts { systole, diastole, .. }): PartsFlag) -> Self {
        [systole, diastole]
    }
}

pub(super) fn parts(text: &str) -> std::result::Result<PartsFlag, String> {
    let numbers = text
        .split_once(',')
        .and_then(|(systole, diastole)| Some([systole.trim().parse().ok()?, diastole.trim().parse().ok()?]));
    let parts = PartsFlag::from(numbers.ok_or("expected two numbers, as in 3,4")?);
    parts.0.validate().map(|()| parts).map_err(|error| error.to_string())
}

/// A floor in dB below the level, or none: `30` or `none`, in a file as `30.0` or `"none"`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "FloorText", into = "FloorText")]
pub struct FloorFlag(pub Option<f64>);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum FloorText {
    Number(f64),
    Text(String),
}

impl TryFrom<FloorText> for FloorFlag {
    type Error = String;

    fn try_from(text: FloorText) -> std::result::Result<Self, String> {
        match text {
            FloorText::Number(decibels) => floor(&decibels.to_string()),
            FloorText::Text(text) => floor(&text),
        }
    }
}

impl From<FloorFlag> for FloorText {
    fn from(FloorFlag(floor_db): FloorFlag) -> Self {
        floor_db.map_or_else(|| Self::Text("none".into()), Self::Number)
    }
}

pub(super) fn floor(text: &str) -> std::result::Result<FloorFlag, String> {
    if text == "none" {
        return Ok(FloorFlag(None));
    }
    let decibels = text.parse().map_err(|_| "expected a number of dB, as in 30, or none".to_owned())?;
    let scaling = Scaling { floor_db: Some(decibels), ..Scaling::default() };
    // Any level will do: what is checked is the number.
    scaling.validate(Some(1.0)).map(|()| FloorFlag(Some(decibels))).map_err(|error| error.to_string())
}

/// How data is split into training and validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// By groups: subjects or places stay together.
    Grouped,
    /// By subset: a sensor or source is never trained on.
    LeaveOneSubsetOut,
    /// Nothing is held out: for a model whose settings have been measured before.
    All,
    /// As published.
    Paper,
}
