//! What is fitted by other means than training a network.
//!
//! - [`openness`]: the score that tells sounds of other kinds
//! - [`scope`]: for whom a model of hearts is made
//! - [`segmentation`]: the parameters of the segmentation into heart cycles, from known states

pub mod openness;
pub mod scope;
pub mod segmentation;
