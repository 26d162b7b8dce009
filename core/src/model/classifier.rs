//! The networks that classify the log-energy image.

use serde::{Deserialize, Serialize};

use super::operations::Layout;
use super::{cnn_layout, layout, states_layout};
use crate::heart::Parts;
use crate::{Error, Result};

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
    /// Mean and deviation of every filter in each state of the heart cycle, and a linear layer.
    States {
        /// Share of the levels dropped while training.
        dropout: f64,
        /// Parts that systole and diastole are told apart in.
        #[serde(default, skip_serializing_if = "Parts::are_whole")]
        parts: Parts,
    },
    /// Two convolutions over the samples of every filter's output: a network to compare with.
    #[serde(rename = "cnn-1d")]
    Cnn1d {
        /// Share of the values dropped while training.
        dropout: f64,
    },
    /// Two convolutions over the log-energy image: a network to compare with.
    #[serde(rename = "cnn-2d")]
    Cnn2d {
        /// Share of the values dropped while training.
        dropout: f64,
    },
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

    /// Whether it sees the filters' outputs themselves in place of their log-energy image.
    pub fn sees_filter_outputs(&self) -> bool {
        matches!(self, Self::Cnn1d { .. })
    }

    /// Whether the engines compute it. The two networks to compare with have none: Burn's module alone computes them.
    pub fn has_engine(&self) -> bool {
        !matches!(self, Self::Cnn1d { .. } | Self::Cnn2d { .. })
    }

    /// The operations for images `[frames, filters]`.
    ///
    /// # Errors
    /// Less than two classes, or an image that does not fit the network.
    pub fn layout(&self, image: [usize; 2], classes: usize) -> Result<Layout> {
        if classes < 2 {
            return Err(Error::invalid(format!("{classes} classes: a classifier needs at least 2")));
        }
        match *self {
            Self::Residual { blocks, .. } => layout::paper(blocks, image, classes),
            Self::Pooled { blocks, .. } => layout::pooled(blocks, image, classes),
            Self::States { parts, .. } => states_layout::states(parts, image, classes),
            Self::Cnn1d { .. } => cnn_layout::over_time(image, classes),
            Self::Cnn2d { .. } => cnn_layout::over_time_and_frequency(image, classes),
        }
    }
}

/// # Errors
/// [`Error::Invalid`] when `dropout` is not a share.
pub(crate) fn check_dropout(dropout: f64) -> Result<()> {
    if (0.0..1.0).contains(&dropout) {
        return Ok(());
    }
    Err(Error::invalid(format!("dropout {dropout}: expected 0 or more and less than 1")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_class_is_none_to_tell_apart() {
        let refused = ClassifierConfig::Residual { blocks: 3, dropout: 0.5 }.layout([240, 16], 1).unwrap_err();
        assert!(refused.to_string().starts_with("1 classes"), "{refused}");
    }
}
