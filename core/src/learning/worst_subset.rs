//! Weights of the subsets in the loss, which are larger the worse the model is at a subset: group distributionally robust
//! optimisation (Sagawa et al. 2020), whose groups are the subsets here.
//!
//! Of S subsets, subset s has the weight qₛ, and all weights add up to 1. The loss of a window of it counts S · qₛ times. After
//! a batch in which its windows have the mean loss Lₛ, qₛ becomes qₛ · e^(η Lₛ), with the rate η, and all are divided by their
//! sum. So what is learned is what the hardest subsets have in common with the others; what tells the classes of an easy one by
//! its sensor alone counts little.

use super::labelled::Labelled;
use crate::{Error, Result};

/// Largest exponent of one batch: a loss that large says only that everything is wrong.
const MOST: f64 = 50.0;

/// The weights, and the subset of every recording.
#[derive(Clone, Debug)]
pub(super) struct SubsetWeights {
    rate: f64,
    /// Number of the subset of every recording.
    subsets: Vec<usize>,
    /// Of every subset, with the sum 1.
    weights: Vec<f64>,
}

impl SubsetWeights {
    /// All subsets of these recordings alike.
    pub(super) fn new<R: Labelled>(recordings: &[R], rate: f64) -> Self {
        let mut names: Vec<&str> = Vec::new();
        let mut subsets = Vec::with_capacity(recordings.len());
        for recording in recordings {
            let known = names.iter().position(|known| *known == recording.subset());
            subsets.push(known.unwrap_or(names.len()));
            if known.is_none() {
                names.push(recording.subset());
            }
        }
        let count = names.len().max(1);
        Self { rate, subsets, weights: vec![1.0 / count as f64; count] }
    }

    /// How often the loss of a window of each of these recordings counts.
    ///
    /// # Panics
    /// When there is no such recording.
    pub(super) fn factors(&self, recordings: &[usize]) -> Vec<f32> {
        let count = self.weights.len() as f64;
        recordings.iter().map(|recording| (count * self.weights[self.subsets[*recording]]) as f32).collect()
    }

    /// Takes the losses of windows of these recordings, in nats; losses that are no numbers are left out.
    ///
    /// # Panics
    /// When there is no such recording.
    pub(super) fn take(&mut self, recordings: &[usize], losses: &[f32]) {
        let mut sums = vec![(0.0, 0.0); self.weights.len()];
        for (recording, loss) in recordings.iter().zip(losses).filter(|(_, loss)| loss.is_finite()) {
            let (sum, count) = &mut sums[self.subsets[*recording]];
            *sum += f64::from(*loss);
            *count += 1.0;
        }
        for (weight, (sum, count)) in self.weights.iter_mut().zip(sums).filter(|(_, (_, count))| *count > 0.0) {
            *weight *= (self.rate * sum / count).min(MOST).exp();
        }
        let all: f64 = self.weights.iter().sum();
        self.weights.iter_mut().for_each(|weight| *weight /= all);
    }

    /// The weights, which another one goes on from.
    pub(super) fn state(&self) -> Vec<f64> {
        self.weights.clone()
    }

    /// Goes on where another one of the same recordings was.
    ///
    /// # Errors
    /// [`Error::Invalid`] for another number of subsets.
    pub(super) fn go_on(&mut self, state: &[f64]) -> Result<()> {
        if state.len() != self.weights.len() {
            let (there, here) = (state.len(), self.weights.len());
            return Err(Error::invalid(format!("weights of {there} subsets, where the recordings have {here}")));
        }
        self.weights = state.to_vec();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Recording;
    use crate::learning::testing::Known;
    use crate::prediction::Prepared;

    /// Two recordings of one subset, and one of another.
    fn weights(rate: f64) -> SubsetWeights {
        let of =
            |subset: &'static str| Known::new(0, subset, Prepared::bare(Recording::new(vec![0.1; 10], 1000).unwrap()));
        SubsetWeights::new(&[of("easy"), of("hard"), of("easy")], rate)
    }

    #[test]
    fn a_subset_counts_more_the_larger_its_mean_loss_is() {
        let mut weights = weights(0.5);
        assert_eq!(weights.factors(&[0, 1, 2]), [1.0; 3]);
        weights.take(&[0, 2, 1, 0], &[0.1, 0.3, 1.6, 0.2]);
        let [easy, hard] = [0.2, 1.6].map(|loss: f64| (0.5 * loss).exp());
        let expected = [easy, hard].map(|weight| (2.0 * weight / (easy + hard)) as f32);
        assert_eq!(weights.factors(&[2, 1]), expected);
        // A batch without a subset does not change what it counts beside the others.
        let before = weights.state();
        weights.take(&[], &[]);
        assert_eq!(weights.state(), before);
    }

    #[test]
    fn no_loss_makes_a_weight_that_is_no_number() {
        let mut weights = weights(1.0);
        weights.take(&[0, 1], &[f32::NAN, f32::INFINITY]);
        assert_eq!(weights.factors(&[0, 1]), [1.0; 2]);
        for _ in 0..100 {
            weights.take(&[0, 1], &[0.0, f32::MAX]);
        }
        let factors = weights.factors(&[0, 1]);
        assert!(factors.iter().all(|factor| factor.is_finite()) && factors[1] > 1.9, "{factors:?}");
    }

    #[test]
    fn weights_go_on_and_those_of_other_recordings_are_refused() {
        let mut first = weights(0.3);
        first.take(&[0, 1], &[0.4, 0.9]);
        let mut second = weights(0.3);
        second.go_on(&first.state()).unwrap();
        assert_eq!(second.factors(&[0, 1]), first.factors(&[0, 1]));
        let refused = second.go_on(&[1.0]).unwrap_err().to_string();
        assert!(refused.contains("1 subsets, where the recordings have 2"), "{refused}");
    }
}
