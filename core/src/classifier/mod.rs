//! The 2-D networks that classify the log-energy image.

#[cfg(feature = "burn")]
mod fast;
pub mod layout;
#[cfg(feature = "burn")]
mod residual;

use serde::{Deserialize, Serialize};

pub use layout::{BlockLayout, ConvLayout, ResidualLayout};
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
}
