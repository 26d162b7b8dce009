//! Training of the residual classifier's convolutions on the CPU, on plain slices.
//!
//! [`Stack`] computes the features before the head from a batch of log-energy images, and gradients on the way back. It
//! is one operation, because a composition of layers spends most of its time on memory traffic:
//!
//! - Only the outputs of the convolutions and the inputs of the blocks are stored for the whole batch. What lies
//!   between them (batch normalisation, ReLU, dropout, pooling, the border of zeros) is one multiplication, addition
//!   and comparison for each value, and is computed again, within the caches, for each image that needs it.
//! - Batch normalisation needs sums over the whole batch before the next layer can begin: one pass over the batch for
//!   each layer and direction. Within a pass the images are independent.
//! - The images are divided into a number of groups that depends only on the batch, and the sums of the groups are
//!   added in order: the result does not depend on the number of threads.

mod backward;
mod batch;
mod buffer;
mod forward;
mod norm;
mod passes;
mod stack;
mod windows;

pub use backward::Gradients;
pub use forward::{Forward, Tape};
pub use stack::{Layer, Stack};
