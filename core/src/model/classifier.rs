//! The networks that classify the log-energy image.

use serde::{Deserialize, Serialize};

use super::cnn_layout::{CnnLayout, Over};
use super::layout::{ResidualLayout, check_dropout};
use super::states_layout::StatesLayout;
use crate::Result;
use crate::heart::Parts;
/// Which network, and how large.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase")]
pub enum ClassifierConfig {
    /// The paper's residual network.
    Residual {
        /// Number of residual blocks: 2, 3 or 4.
        blocks: usize,
        /// Share of channels dropped in the blocks, and of values in the head, while training; the paper has 0.5.
        dropout: f64,
    },
    /// A lighter residual network for any number of filters and any duration: its head sees the mean over time.
    Pooled {
        /// Number of residual blocks: 1 to 4.
        blocks: usize,
        /// Share of channels dropped in the blocks, and of values in the head, while training.
        dropout: f64,
    },
    /// Level and unrest of every filter in each [state](states) of the heart cycle, and a linear layer.
    States {
        /// Share of the levels dropped while training.
        dropout: f64,
        /// Parts that systole and diastole are told apart in.
        #[serde(default, skip_serializing_if = "Parts::are_whole")]
        parts: Parts,
    },
    /// Two convolutions over the samples of every filter's output: a [network to compare with](cnn).
    #[serde(rename = "cnn-1d")]
    Cnn1d {
        /// Share of the values dropped while training.
        dropout: f64,
    },
    /// Two convolutions over the log-energy image: a [network to compare with](cnn).
    #[serde(rename = "cnn-2d")]
    Cnn2d {
        /// Share of the values dropped while training.
        dropout: f64,
    },
}

/// The layers of a classifier and their sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Convolutions.
    Residual(ResidualLayout),
    /// Means over the states of the heart cycle.
    States(StatesLayout),
    /// Two convolutions.
    Cnn(CnnLayout),
}

impl Layout {
    /// Every tensor of the network, by module path, with its shape.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        match self {
            Self::Residual(layout) => layout.tensors(),
            Self::States(layout) => layout.tensors(),
            Self::Cnn(layout) => layout.tensors(),
        }
    }
}

impl ClassifierConfig {
    /// # Errors
    /// A dropout that is not a share, or parts of the heart cycle that there cannot be. What does not fit an image is
    /// for [`layout`](Self::layout) to say.
    pub fn validate(&self) -> Result<()> {
        check_dropout(self.dropout())?;
        self.parts().map_or(Ok(()), |parts| parts.validate())
    }

    /// Number of residual blocks, where there are any.
    pub fn blocks(&self) -> Option<usize> {
        match *self {
            Self::Residual { blocks, .. } | Self::Pooled { blocks, .. } => Some(blocks),
            Self::States { .. } | Self::Cnn1d { .. } | Self::Cnn2d { .. } => None,
        }
    }

    /// The same with another number of blocks, where there are any.
    pub fn with_blocks(self, blocks: usize) -> Self {
        match self {
            Self::Residual { dropout, .. } => Self::Residual { blocks, dropout },
            Self::Pooled { dropout, .. } => Self::Pooled { blocks, dropout },
            other => other,
        }
    }

    /// Share dropped while training.
    pub fn dropout(&self) -> f64 {
        match *self {
            Self::Residual { dropout, .. }
            | Self::Pooled { dropout, .. }
            | Self::States { dropout, .. }
            | Self::Cnn1d { dropout }
            | Self::Cnn2d { dropout } => dropout,
        }
    }

    /// The name used on the command line and in the model file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Residual { .. } => "residual",
            Self::Pooled { .. } => "pooled",
            Self::States { .. } => "states",
            Self::Cnn1d { .. } => "cnn-1d",
            Self::Cnn2d { .. } => "cnn-2d",
        }
    }

    /// Name and size in words.
    pub fn summary(&self) -> String {
        let size = match self {
            Self::Residual { blocks, .. } | Self::Pooled { blocks, .. } => format!("{blocks} blocks"),
            Self::States { parts, .. } if parts.are_whole() => "one linear layer".into(),
            Self::States { parts: Parts { systole, diastole }, .. } => {
                format!("systole in {systole} and diastole in {diastole} parts, one linear layer")
            }
            Self::Cnn1d { .. } | Self::Cnn2d { .. } => "two convolutions".into(),
        };
        format!("{}, {size}", self.name())
    }

    /// The parts in which it asks where in the heart cycle it is; none where it does not ask.
    pub fn parts(&self) -> Option<Parts> {
        match *self {
            Self::States { parts, .. } => Some(parts),
            _ => None,
        }
    }

    /// Whether it asks where in the heart cycle it is.
    pub fn sees_states(&self) -> bool {
        self.parts().is_some()
    }

    /// Whether it hears the filters' outputs themselves in place of their log-energy image.
    pub fn sees_filter_outputs(&self) -> bool {
        matches!(self, Self::Cnn1d { .. })
    }

    /// The layers for images `[frames, filters]`.
    ///
    /// # Errors
    /// An image that does not fit the network.
    pub fn layout(&self, image: [usize; 2], classes: usize) -> Result<Layout> {
        match *self {
            Self::Residual { blocks, .. } => ResidualLayout::new(blocks, image, classes).map(Layout::Residual),
            Self::Pooled { blocks, .. } => ResidualLayout::pooled(blocks, image, classes).map(Layout::Residual),
            Self::States { parts, .. } => StatesLayout::new(parts, image[1], classes).map(Layout::States),
            Self::Cnn1d { .. } => CnnLayout::new(Over::Time, image, classes).map(Layout::Cnn),
            Self::Cnn2d { .. } => CnnLayout::new(Over::TimeAndFrequency, image, classes).map(Layout::Cnn),
        }
    }
}
