//! The weights so far, and all that a run goes on from.

use burn::module::Module;
use burn::tensor::Bytes;

use super::Trainer;
use crate::learning::average::Average;
use crate::learning::gradients;
use crate::learning::snapshot::Snapshot;
use crate::learning::worst_subset::SubsetWeights;
use crate::model::Weights;
use crate::network::burn::SpectNet;
use crate::{Error, Result};

impl Trainer<'_> {
    /// Goes on from a snapshot, whose weights the model has already.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a snapshot of another model or of other recordings.
    pub fn go_on(&mut self, from: &Snapshot) -> Result<()> {
        let bytes = Bytes::from_bytes_vec(from.optimiser.clone());
        self.optimizer = self
            .optimizer
            .clone()
            .from_bytes(bytes)
            .map_err(|error| Error::invalid(format!("the optimiser of the checkpoint cannot be read: {error}")))?;
        self.sampler.go_on(&from.sampler)?;
        self.augmenter.go_on(from.augmenter);
        if let Some(subsets) = &mut self.subsets {
            subsets.go_on(&from.subset_weights)?;
        }
        self.batches = from.batches;
        self.accumulated = from.accumulated;
        if let (Some(average), Some(weights)) = (self.average.take(), &from.average) {
            let model = SpectNet::with_weights(&self.config, weights, &self.plain)?;
            self.average = Some(average.going_on(from.averaged, model));
        } else {
            self.average = self.recipe.ema.map(Average::new);
        }
        let sums = gradients::to_device(&self.model, &from.gradients, &self.plain);
        self.gradients.accumulate(&self.model, sums);
        Ok(())
    }

    /// All that a run goes on from. Everything must have been [read](Self::read). Burn reads the moments of the optimiser only
    /// by waiting: on a device that cannot be waited for, WebGPU in a page, there are [`weights_async`](Self::weights_async)
    /// alone, and a run goes on from them with new moments.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the device fails.
    pub fn snapshot(&mut self) -> Result<Snapshot> {
        let sums = self.gradients.grads();
        let gradients = gradients::to_host(&self.model, &sums);
        self.gradients.accumulate(&self.model, sums);
        let optimiser = self
            .optimizer
            .into_bytes()
            .map_err(|error| Error::invalid(format!("the moments of the optimiser cannot be read: {error}")))?;
        Ok(Snapshot {
            sampler: self.sampler.state(),
            augmenter: self.augmenter.position(),
            subset_weights: self.subsets.as_ref().map(SubsetWeights::state).unwrap_or_default(),
            batches: self.batches,
            accumulated: self.accumulated,
            averaged: self.average.as_ref().map_or(0, Average::steps),
            weights: self.weights()?,
            average: self.average.as_ref().map(Average::weights).transpose()?.flatten(),
            gradients: gradients?,
            optimiser: optimiser.to_vec(),
        })
    }

    /// The weights as they are now.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the device fails.
    pub fn weights(&self) -> Result<Weights> {
        self.model.valid().weights()
    }

    /// The same for a page.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the device fails.
    pub async fn weights_async(&self) -> Result<Weights> {
        self.model.valid().weights_async().await
    }

    /// The weights that are judged and saved: their average where one is asked for.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the device fails.
    pub fn judged(&self) -> Result<Weights> {
        match self.average.as_ref().and_then(Average::model) {
            Some(average) => average.weights(),
            None => self.weights(),
        }
    }

    /// The same for a page.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the device fails.
    pub async fn judged_async(&self) -> Result<Weights> {
        match self.average.as_ref().and_then(Average::model) {
            Some(average) => average.weights_async().await,
            None => self.weights_async().await,
        }
    }
}
