//! What a run goes on from.

use super::sampler::SamplerState;
use crate::model::Weights;

/// Everything that a trainer goes on from, as if it had never stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Which recordings or windows come next.
    pub sampler: SamplerState,
    /// How far the random numbers of the augmentation are, in words.
    pub augmenter: u64,
    /// Weights of the subsets in the loss; empty where they count alike.
    pub subset_weights: Vec<f64>,
    /// Batches of the whole run so far: the random numbers of the device follow from it.
    pub batches: u64,
    /// Batches whose gradients wait for a step.
    pub accumulated: usize,
    /// Steps whose weights are in their average; 0 where there is none.
    pub averaged: u64,
    /// Weights as they are now, of filters too.
    pub weights: Weights,
    /// Their average over the steps so far; none where none is made, or no step is done.
    pub average: Option<Weights>,
    /// Sum of the gradients of a step that is not complete, by the number of the parameter.
    pub gradients: Weights,
    /// Moments of the optimiser, as Burn writes them; SGD has none, and its bytes say no more than that.
    pub optimiser: Vec<u8>,
}
