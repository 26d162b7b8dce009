//! Images of a front-end that does not learn: each is computed once and stored, because a window is drawn many times.

use std::collections::HashMap;

use burn::tensor::{Tensor, TensorData};

use super::augment::Batch;
use super::device;
use super::images::ImageSource;
use super::labelled::Labelled;
use super::sampler::Draw;
use crate::Result;
use crate::filterbank::Filterbank;
use crate::model::ModelConfig;

/// Recording, downmix and first sample of a window.
type Key = [usize; 3];

/// Images so far, by their windows.
#[derive(Default)]
pub(super) struct KnownImages {
    images: HashMap<Key, Vec<f32>>,
}

/// Images that are not stored yet, on the device.
pub(super) struct Missing {
    keys: Vec<Key>,
    images: Tensor<4>,
}

/// The same, read from it.
pub(super) struct Found {
    keys: Vec<Key>,
    values: Vec<f32>,
}

impl Missing {
    /// Reads them.
    ///
    /// # Errors
    /// A device that fails.
    pub(super) fn read(self) -> Result<Found> {
        Ok(Found { keys: self.keys, values: device::read(self.images)? })
    }

    /// The same without waiting.
    ///
    /// # Errors
    /// A device that fails.
    pub(super) async fn read_async(self) -> Result<Found> {
        Ok(Found { keys: self.keys, values: device::read_async(self.images).await? })
    }
}

impl KnownImages {
    /// Computes those images of a batch that are not stored yet; none where all are.
    pub(super) fn missing<R: Labelled>(
        &self,
        config: &ModelConfig,
        images: &dyn ImageSource,
        bank: &Filterbank,
        recordings: &[R],
        batch: &Batch,
    ) -> Option<Missing> {
        let mut new: Vec<_> = batch.draws.iter().filter(|draw| !self.images.contains_key(&key(draw))).collect();
        new.sort_by_key(|draw| key(draw));
        new.dedup_by_key(|draw| key(draw));
        if new.is_empty() {
            return None;
        }
        let windows = new.iter().flat_map(|draw| {
            let (_, prepared) = &recordings[draw.recording].downmixes()[draw.downmix];
            config.windowing.cut(prepared.recording.samples(), &draw.window)
        });
        let images = images.of(config, bank, windows.collect()).detach();
        Some(Missing { keys: new.into_iter().map(key).collect(), images })
    }

    /// Stores images.
    pub(super) fn keep(&mut self, found: &Found) {
        let size = found.values.len() / found.keys.len().max(1);
        for (key, image) in found.keys.iter().zip(found.values.chunks_exact(size.max(1))) {
            self.images.insert(*key, image.to_vec());
        }
    }

    /// Images `[batch, 1, frames, filters]` of a batch whose windows are changed by their level alone: a gain on the samples
    /// is twice its logarithm on the image, but for the floor of digital silence. None may be missing.
    pub(super) fn of(&self, config: &ModelConfig, bank: &Filterbank, batch: &Batch) -> Tensor<4> {
        let (frames, filters) = (config.frames(), config.front_end.filters);
        let mut values = Vec::with_capacity(batch.draws.len() * frames * filters);
        for (draw, gain) in batch.draws.iter().zip(&batch.gains) {
            let shift = 2.0 * gain.ln();
            values.extend(self.images.get(&key(draw)).into_iter().flatten().map(|level| level + shift));
        }
        let device = bank.centre_frequency.val().device();
        Tensor::from_data(TensorData::new(values, [batch.draws.len(), 1, frames, filters]), &device)
    }
}

fn key(draw: &Draw) -> Key {
    [draw.recording, draw.downmix, draw.window.start]
}
