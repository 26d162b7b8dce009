//! The observation model: a small network on the envelopes around a frame gives the probabilities of its states.
//!
//! ```text
//! envelopes around a frame [offsets × envelopes] ─ linear, ReLU ─▶ hidden units ─ linear, softmax ─▶ states
//! ```

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::envelope::{CHANNELS, Frame};
use super::search::{PACES, pace};
use super::state::STATES;
use crate::error::{Error, Result};

/// The frames (20 ms each) that the model sees around a frame, relative to it: dense nearby, sparse up to a third of a
/// second away.
pub const OFFSETS: [i32; 17] = [-17, -14, -11, -8, -6, -4, -2, -1, 0, 1, 2, 4, 6, 8, 11, 14, 17];
/// Farthest frame that parameters may refer to: one second.
const FARTHEST: u32 = 50;
/// Largest absolute value of a weight, so that no sum overflows.
const LARGEST_WEIGHT: f32 = 1e6;
/// Lowest logarithm of a posterior probability: no frame alone excludes a state.
const LOWEST: f64 = -9.0;

/// Hidden units of the network.
pub const HIDDEN: usize = 16;

/// The network: which frames it sees, and its weights, each with an absolute value below 10⁶.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The frames (20 ms each) that it sees, relative to the frame whose state it estimates.
    pub offsets: Vec<i32>,
    /// Weights of the hidden units, `[offsets, envelopes, hidden]` in row-major order.
    pub hidden_weights: Vec<f32>,
    /// Bias of each hidden unit.
    pub hidden_bias: [f32; HIDDEN],
    /// Weights of the states, `[hidden, states]`.
    pub weights: [[f32; STATES]; HIDDEN],
    /// Bias of each state.
    pub bias: [f32; STATES],
    /// Fraction of the training frames that were in each state, more than 0 and less than 1.
    pub priors: [f64; STATES],
    /// Exponent of the likelihoods, more than 0 and at most 1: neighbouring frames are not independent, so each counts
    /// less than a whole observation.
    pub exponent: f64,
}

impl Observation {
    /// Checks that the sizes fit and all numbers are in range.
    pub(crate) fn validate(&self) -> Result<()> {
        let expected = self.offsets.len() * CHANNELS * HIDDEN;
        if self.offsets.is_empty()
            || self.hidden_weights.len() != expected
            || self.offsets.iter().any(|o| o.unsigned_abs() > FARTHEST)
        {
            return Err(Error::invalid(format!(
                "cycle parameters: {} weights; expected {expected}, {CHANNELS} channels of {} frames within a second for {HIDDEN} hidden units",
                self.hidden_weights.len(),
                self.offsets.len()
            )));
        }
        let hidden = self.hidden_weights.iter().chain(&self.hidden_bias);
        let finite = hidden.chain(self.weights.as_flattened()).chain(&self.bias).all(|x| x.abs() < LARGEST_WEIGHT);
        let priors = self.priors.iter().all(|p| *p > 0.0 && *p < 1.0);
        if finite && priors && self.exponent > 0.0 && self.exponent <= 1.0 {
            Ok(())
        } else {
            Err(Error::invalid("cycle parameters: weights must be below 1e6, priors and exponent within 0-1"))
        }
    }

    /// Logarithms of the posterior probabilities of the states in the frames `of`. `pace` shortens the distances to the
    /// neighbouring frames: 1 for hearts as fast as those learned from, less for faster ones.
    pub(crate) fn posteriors(&self, frames: &[Frame], of: Range<usize>, pace: f64) -> Vec<[f64; STATES]> {
        let (weights, _) = self.hidden_weights.as_chunks::<HIDDEN>();
        let offsets: Vec<i32> = self.offsets.iter().map(|&offset| at_pace(offset, pace)).collect();
        let logits = |at: usize| {
            let mut hidden = self.hidden_bias;
            for (&offset, weights) in offsets.iter().zip(weights.chunks_exact(CHANNELS)) {
                for (x, weights) in around(frames, at, offset).iter().zip(weights) {
                    hidden.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += x * weight);
                }
            }
            let mut sums = self.bias;
            for (hidden, weights) in hidden.iter().zip(&self.weights) {
                sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += hidden.max(0.0) * weight);
            }
            sums
        };
        of.map(|at| log_softmax(logits(at).map(f64::from))).collect()
    }

    /// Logarithms of the likelihoods, up to a constant: posterior / prior.
    pub(crate) fn likelihoods(&self, posteriors: &[[f64; STATES]]) -> Vec<[f64; STATES]> {
        let prior = self.priors.map(f64::ln);
        let likelihood =
            |posterior: &[f64; STATES]| std::array::from_fn(|state| self.exponent * (posterior[state] - prior[state]));
        posteriors.iter().map(likelihood).collect()
    }
}

/// The [`OFFSETS`] at which a heart with cycles of this many seconds is seen: nearer to each other the faster it beats.
pub fn offsets_for(cycle_s: f64) -> [i32; OFFSETS.len()] {
    OFFSETS.map(|offset| at_pace(offset, PACES[pace(cycle_s)]))
}

fn at_pace(offset: i32, pace: f64) -> i32 {
    (pace * f64::from(offset)).round() as i32
}

/// The frame that is `offset` frames after the frame `at`. Beyond the ends, the first or the last frame is repeated.
///
/// # Panics
/// If `frames` is empty.
#[inline]
pub fn around(frames: &[Frame], at: usize, offset: i32) -> &Frame {
    let place = at.saturating_add_signed(offset as isize);
    &frames[place.min(frames.len() - 1)]
}

/// Natural logarithms of the probabilities of the states from their logits (softmax), but never below −9: no frame
/// alone excludes a state.
#[inline]
pub fn log_softmax(logits: [f64; STATES]) -> [f64; STATES] {
    let highest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logits.iter().map(|x| (x - highest).exp()).sum();
    logits.map(|x| (x - highest - sum.ln()).max(LOWEST))
}
