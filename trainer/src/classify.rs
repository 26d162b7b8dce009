//! From a conditioned recording to its verdict, a few windows at a time.

use burn::tensor::Device;
use spectnet_core::model::{ModelConfig, SpectNet};
use spectnet_core::predict::{Prepared, Verdict, probabilities};

use crate::error::{Error, Result};

/// Windows that go through the network together where nothing else is said: enough to keep a CPU busy, some tens of MiB.
pub const BATCH: usize = 16;

/// The verdict of a model on a recording.
///
/// `model` must be on `device`, which must not carry autodiff: dropout is active there.
///
/// # Errors
/// A device that fails, or probabilities that are not numbers.
pub fn classify(
    model: &SpectNet,
    config: &ModelConfig,
    prepared: &Prepared,
    device: &Device,
    batch: usize,
) -> Result<Verdict> {
    let mut values = Vec::with_capacity(prepared.spans.len() * config.labels.len());
    for spans in prepared.spans.chunks(batch.max(1)) {
        let rows = probabilities(model, prepared.batch(config, spans, device)).try_into_vec_as::<f32>();
        values.extend(rows.map_err(|error| Error::input(format!("the device failed: {error}")))?);
    }
    Ok(prepared.verdict(config, &values)?)
}
