//! What steps leave on the device, on its way to whoever leads the run.

use burn::tensor::Tensor;

use super::device;
use super::gradients::{Norms, Squares};
use super::guard::Fault;
use crate::Result;

/// What was read back from the device.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Losses of the batches since the last reading, in nats; none of those that were undone.
    pub losses: Vec<f64>,
    /// How many windows of these batches got each label, in the order of the model's labels.
    pub given: Vec<u64>,
    /// Norms of the gradients of the last step, of the front-end and of the rest, before they were cut.
    pub norms: Option<[f64; 2]>,
    /// Why steps were undone; none where they were not.
    pub fault: Option<Fault>,
}

/// Losses and gradients of some batches, on the device.
pub(super) struct Left {
    /// Loss of every batch, behind them how many windows of each got each label, and behind these the loss of every window where
    /// it is asked for: together, because to read makes a device wait.
    pub numbers: Tensor<1>,
    /// How many labels there are.
    pub labels: usize,
    /// Of the gradients of the last step, where they were measured.
    pub squares: Option<Squares>,
    /// Numbers of the recordings of every batch.
    pub recordings: Vec<Vec<usize>>,
}

/// The same, read from it.
pub(super) struct Read {
    losses: Vec<f32>,
    given: Vec<u64>,
    /// Of every window, batch by batch; empty where it was not asked for.
    of_windows: Vec<f32>,
    norms: Option<Norms>,
    recordings: Vec<Vec<usize>>,
}

impl Left {
    /// Reads it.
    ///
    /// # Errors
    /// A device that fails.
    pub(super) fn read(self) -> Result<Read> {
        let numbers = device::read(self.numbers)?;
        let norms = self.squares.map(Squares::read).transpose()?;
        Ok(Read::new(numbers, self.labels, norms, self.recordings))
    }

    /// The same without waiting.
    ///
    /// # Errors
    /// A device that fails.
    pub(super) async fn read_async(self) -> Result<Read> {
        let numbers = device::read_async(self.numbers).await?;
        let norms = match self.squares {
            Some(squares) => Some(squares.read_async().await?),
            None => None,
        };
        Ok(Read::new(numbers, self.labels, norms, self.recordings))
    }
}

impl Read {
    fn new(mut numbers: Vec<f32>, labels: usize, norms: Option<Norms>, recordings: Vec<Vec<usize>>) -> Self {
        let mut counts = numbers.split_off(recordings.len().min(numbers.len()));
        let of_windows = counts.split_off((recordings.len() * labels).min(counts.len()));
        let of = |label: usize| -> u64 { counts.iter().skip(label).step_by(labels).map(|count| *count as u64).sum() };
        let given = (0..labels).map(of).collect();
        Self { losses: numbers, given, of_windows, norms, recordings }
    }

    /// The recordings of every batch, and the losses of their windows, where they were asked for.
    pub(super) fn batches(&self) -> impl Iterator<Item = (&[usize], &[f32])> {
        let mut rest = self.of_windows.as_slice();
        self.recordings.iter().map(move |recordings| {
            let (own, others) = rest.split_at(recordings.len().min(rest.len()));
            rest = others;
            (recordings.as_slice(), own)
        })
    }

    /// What it says: losses and norms, or the fault where a loss or a gradient is no number.
    pub(super) fn reading(self) -> Reading {
        let Self { losses, given, norms, recordings, .. } = self;
        let tensors: Vec<String> = norms.iter().flat_map(Norms::broken).map(String::from).collect();
        let broken = losses.iter().position(|loss| !loss.is_finite());
        if broken.is_none() && tensors.is_empty() {
            let norms = norms.map(|norms| norms.of_parts());
            return Reading { losses: losses.into_iter().map(f64::from).collect(), given, norms, fault: None };
        }
        let batch = broken.and_then(|number| recordings.get(number)).or(recordings.last());
        let fault = Fault { tensors, recordings: batch.cloned().unwrap_or_default() };
        Reading { fault: Some(fault), ..Reading::default() }
    }
}
