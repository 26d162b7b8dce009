//! Images of a front-end that does not learn: each is computed once and stored, because a window is drawn many times.

use std::collections::HashMap;

use burn::tensor::{Tensor, TensorData};
use spectnet_core::filterbank::Filterbank;
use spectnet_core::model::ModelConfig;

use super::augment::Batch;
use super::sampler::Draw;
use crate::compute::images::Images;
use crate::data::library::LabelledRecording;
use crate::error::{Error, Result};

/// Images so far, by recording, downmix and first sample.
#[derive(Default)]
pub struct KnownImages {
    images: HashMap<[usize; 3], Vec<f32>>,
}

impl KnownImages {
    /// Images `[batch, 1, frames, filters]` of a batch whose windows are changed by their level alone: a gain on the samples
    /// is twice its logarithm on the image, but for the floor of digital silence.
    ///
    /// # Errors
    /// A device that fails.
    pub fn of(
        &mut self,
        config: &ModelConfig,
        images: &Images,
        bank: &Filterbank,
        recordings: &[LabelledRecording],
        batch: &Batch,
    ) -> Result<Tensor<4>> {
        let (frames, filters) = (config.frames(), config.front_end.filters);
        let key = |draw: &Draw| [draw.recording, draw.downmix, draw.window.start];
        let mut new: Vec<_> = batch.draws.iter().filter(|draw| !self.images.contains_key(&key(draw))).collect();
        new.sort_by_key(|draw| key(draw));
        new.dedup_by_key(|draw| key(draw));
        if !new.is_empty() {
            let windows = new.iter().flat_map(|draw| {
                config
                    .windowing
                    .cut(recordings[draw.recording].downmixes[draw.downmix].1.recording.samples(), &draw.window)
            });
            let computed = images.of(config, bank, windows.collect()).detach().try_into_vec_as::<f32>();
            let computed = computed.map_err(|error| Error::input(format!("the device failed: {error}")))?;
            for (draw, image) in new.iter().zip(computed.chunks_exact(frames * filters)) {
                self.images.insert(key(draw), image.to_vec());
            }
        }
        let mut values = Vec::with_capacity(batch.draws.len() * frames * filters);
        for (draw, gain) in batch.draws.iter().zip(&batch.gains) {
            let shift = 2.0 * gain.ln();
            values.extend(self.images.get(&key(draw)).into_iter().flatten().map(|level| level + shift));
        }
        let device = bank.centre_frequency.val().device();
        Ok(Tensor::from_data(TensorData::new(values, [batch.draws.len(), 1, frames, filters]), &device))
    }
}
