//! Which network classifies the image.

use serde::{Deserialize, Serialize};

use super::operations::Layout;
use super::{cnn_layout, layout, states_layout};
use crate::heart::Parts;
use crate::{Error, Result};

/// Which network, and its size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase")]
pub enum ClassifierConfig {
    /// The paper's residual network, over time and frequency.
    Residual {
        /// Number of residual blocks: 2, 3 or 4.
        blocks: usize,
        /// Probability of dropping a channel in the blocks, or a value in the head, while training: at least 0 and
        /// below 1; the paper has 0.5.
        dropout: f64,
    },
    /// A lighter residual network for any number of filters and any duration: its head sees the mean over time.
    Pooled {
        /// Number of residual blocks: 1 to 4.
        blocks: usize,
        /// Probability of dropping a channel in the blocks, or a value in the head, while training: at least 0 and
        /// below 1.
        dropout: f64,
    },
    /// Mean and standard deviation of every filter in each phase of the heart cycle, and one linear layer.
    States {
        /// Probability of dropping one of these numbers while training: at least 0 and below 1.
        dropout: f64,
        /// Into how many phases systole and diastole are divided, and when they begin.
        #[serde(default, skip_serializing_if = "Parts::are_whole")]
        parts: Parts,
    },
    /// Two convolutions over the samples of every filter's output: a baseline.
    #[serde(rename = "cnn-1d")]
    Cnn1d {
        /// Probability of dropping a value while training: at least 0 and below 1.
        dropout: f64,
    },
    /// Two convolutions over the log-energy image: a baseline.
    #[serde(rename = "cnn-2d")]
    Cnn2d {
        /// Probability of dropping a value while training: at least 0 and below 1.
        dropout: f64,
    },
}

impl ClassifierConfig {
    /// Checks the numbers by themselves; whether an image fits the network is checked by [`layout`](Self::layout).
    ///
    /// # Errors
    /// [`Error::Invalid`] for a dropout that is not a probability below 1, or numbers of phases out of range.
    pub fn validate(&self) -> Result<()> {
        check_dropout(self.dropout())?;
        self.parts().map_or(Ok(()), |parts| parts.validate())
    }

    /// Number of residual blocks; `None` for a network without blocks.
    pub fn blocks(&self) -> Option<usize> {
        match *self {
            Self::Residual { blocks, .. } | Self::Pooled { blocks, .. } => Some(blocks),
            Self::States { .. } | Self::Cnn1d { .. } | Self::Cnn2d { .. } => None,
        }
    }

    /// The same network with another number of blocks; unchanged where it has none.
    pub fn with_blocks(self, blocks: usize) -> Self {
        match self {
            Self::Residual { dropout, .. } => Self::Residual { blocks, dropout },
            Self::Pooled { dropout, .. } => Self::Pooled { blocks, dropout },
            other => other,
        }
    }

    /// Probability of dropping a value or channel while training, 0 or more and less than 1.
    pub fn dropout(&self) -> f64 {
        match *self {
            Self::Residual { dropout, .. }
            | Self::Pooled { dropout, .. }
            | Self::States { dropout, .. }
            | Self::Cnn1d { dropout }
            | Self::Cnn2d { dropout } => dropout,
        }
    }

    /// The name on the command line and in the model file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Residual { .. } => "residual",
            Self::Pooled { .. } => "pooled",
            Self::States { .. } => "states",
            Self::Cnn1d { .. } => "cnn-1d",
            Self::Cnn2d { .. } => "cnn-2d",
        }
    }

    /// Name and size in words, for people.
    pub fn summary(&self) -> String {
        let size = match self {
            Self::Residual { blocks, .. } | Self::Pooled { blocks, .. } => format!("{blocks} blocks"),
            Self::States { parts: Parts { systole, diastole, lead_ms }, .. } => {
                let divided = *systole > 1 || *diastole > 1;
                let parts = divided.then(|| format!("systole in {systole} and diastole in {diastole} parts"));
                let early = (*lead_ms > 0).then(|| format!("phases that begin {lead_ms} ms before the states"));
                let said = parts.into_iter().chain(early).chain(["one linear layer".to_owned()]);
                said.collect::<Vec<String>>().join(", ")
            }
            Self::Cnn1d { .. } | Self::Cnn2d { .. } => "two convolutions".into(),
        };
        format!("{}, {size}", self.name())
    }

    /// Into how many phases systole and diastole are divided, and when they begin; `None` for a classifier that does
    /// not use the heart cycle.
    pub fn parts(&self) -> Option<Parts> {
        match *self {
            Self::States { parts, .. } => Some(parts),
            _ => None,
        }
    }

    /// Whether it uses the phases of the heart cycle.
    pub fn sees_states(&self) -> bool {
        self.parts().is_some()
    }

    /// Whether its input is the filters' outputs, sample by sample, in place of their log-energy image.
    pub fn sees_filter_outputs(&self) -> bool {
        matches!(self, Self::Cnn1d { .. })
    }

    /// Whether the [engines](crate::network::cpu::engine) can compute it. The two baselines are only computed by Burn's
    /// module.
    pub fn has_engine(&self) -> bool {
        !matches!(self, Self::Cnn1d { .. } | Self::Cnn2d { .. })
    }

    /// The network as operations with their shapes, for images `[frames, filters]`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for fewer than two classes, or an image that does not fit the network.
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

/// Checks a probability of dropout.
///
/// # Errors
/// [`Error::Invalid`] when `dropout` is not at least 0 and below 1.
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

    #[test]
    fn phases_are_summed_up_with_when_they_begin() {
        let of = |systole, diastole, lead_ms| {
            ClassifierConfig::States { dropout: 0.5, parts: Parts { systole, diastole, lead_ms } }.summary()
        };
        assert_eq!(of(1, 1, 0), "states, one linear layer");
        assert_eq!(of(3, 4, 0), "states, systole in 3 and diastole in 4 parts, one linear layer");
        assert_eq!(of(1, 1, 30), "states, phases that begin 30 ms before the states, one linear layer");
        assert_eq!(
            of(6, 9, 90),
            "states, systole in 6 and diastole in 9 parts, phases that begin 90 ms before the states, one linear layer"
        );
    }
}
