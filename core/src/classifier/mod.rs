//! The 2-D networks that classify the log-energy image.

mod residual;

use serde::{Deserialize, Serialize};

pub use residual::Residual;

/// Which network, and how large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase")]
pub enum ClassifierConfig {
    /// The paper's residual network.
    Residual {
        /// Number of residual blocks: 2, 3 or 4.
        blocks: usize,
    },
}
