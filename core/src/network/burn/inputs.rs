//! What a classifier needs beside the image, as tensors.

use burn::tensor::{Device, Tensor, TensorData};

use crate::model::ModelConfig;

/// Which frames of windows hold sound, `[windows, 1, frames, 1]`: 1 for those that do, 0 for padding. `sounding` says how many
/// frames of each window do; `None` where all do.
pub fn sounding_tensor(config: &ModelConfig, sounding: Option<Vec<usize>>, device: &Device) -> Option<Tensor<4>> {
    let (sounding, frames) = (sounding?, config.frames());
    let holds = |count: &usize| (0..frames).map(|frame| f32::from(u8::from(frame < *count))).collect::<Vec<_>>();
    let mask: Vec<f32> = sounding.iter().flat_map(holds).collect();
    Some(Tensor::from_data(TensorData::new(mask, [sounding.len(), 1, frames, 1]), device))
}

/// The weights `[windows, phases, frames]` of frames in the phases of the heart cycle, on a device; `None` where they are not
/// known, or the classifier does not use phases.
pub fn states_tensor(config: &ModelConfig, states: Option<Vec<f32>>, device: &Device) -> Option<Tensor<3>> {
    let (states, phases, frames) = (states?, config.classifier.parts()?.phases(), config.frames());
    let windows = states.len() / (phases * frames).max(1);
    Some(Tensor::from_data(TensorData::new(states, [windows, phases, frames]), device))
}
