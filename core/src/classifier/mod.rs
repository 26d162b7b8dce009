//! The 2-D networks that classify the log-energy image.

#[cfg(feature = "burn")]
mod fast;
pub mod layout;
#[cfg(feature = "burn")]
mod residual;

use serde::{Deserialize, Serialize};

use crate::Result;

pub use layout::{BlockLayout, ConvLayout, ResidualLayout, Rows};
#[cfg(feature = "burn")]
pub use residual::Residual;

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
}

impl ClassifierConfig {
    /// Number of residual blocks.
    pub fn blocks(&self) -> usize {
        match *self {
            Self::Residual { blocks, .. } | Self::Pooled { blocks, .. } => blocks,
        }
    }

    /// Share dropped while training.
    pub fn dropout(&self) -> f64 {
        match *self {
            Self::Residual { dropout, .. } | Self::Pooled { dropout, .. } => dropout,
        }
    }

    /// The name used on the command line and in the model file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Residual { .. } => "residual",
            Self::Pooled { .. } => "pooled",
        }
    }

    /// The layers for images `[frames, filters]`.
    ///
    /// # Errors
    /// An image that does not fit the network.
    pub fn layout(&self, image: [usize; 2], classes: usize) -> Result<ResidualLayout> {
        match *self {
            Self::Residual { blocks, .. } => ResidualLayout::new(blocks, image, classes),
            Self::Pooled { blocks, .. } => ResidualLayout::pooled(blocks, image, classes),
        }
    }
}
