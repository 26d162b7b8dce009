//! Training of the residual classifier's convolutions on the CPU, on plain slices.
//!
//! [`Stack`] takes a batch of log-energy images to the features in front of the head, and gradients back. It is one
//! operation for the sake of memory traffic, which a composition of layers spends most of its time on:
//!
//! - The only activations that outlive a pass over the batch are the outputs of the convolutions and the inputs of the
//!   blocks. What lies between them (batch normalisation, ReLU, dropout, pooling, the border of zeros) is one
//!   multiplication, addition and comparison per value, and recomputed in the caches for each image where it is needed.
//! - Batch normalisation needs sums over the whole batch before the next layer can begin: one pass over the batch for
//!   each layer and direction. Within a pass the images are independent.
//! - The images are dealt out over a number of groups that depends on nothing but the batch, and sums of groups are
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
