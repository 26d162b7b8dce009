//! What makes the images that a classifier is trained on.

use burn::tensor::{Tensor, TensorData};

use crate::filterbank::Filterbank;
use crate::model::ModelConfig;

/// What makes the image of a window: the model's filterbank, or what it is compared with.
pub trait ImageSource {
    /// Images `[windows, 1, frames, filters]` of conditioned windows that stand row by row, `[windows, samples]`, on the
    /// device of the bank.
    fn of(&self, config: &ModelConfig, bank: &Filterbank, windows: Vec<f32>) -> Tensor<4>;

    /// Whether they are those of the bank, so that gradients reach its filters.
    fn are_of_filters(&self) -> bool;
}

/// The images of the model's own filterbank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilterbankImages;

impl ImageSource for FilterbankImages {
    fn of(&self, config: &ModelConfig, bank: &Filterbank, windows: Vec<f32>) -> Tensor<4> {
        let device = bank.centre_frequency.val().device();
        let samples = config.windowing.samples;
        let rows = windows.len() / samples;
        let windows = Tensor::from_data(TensorData::new(windows, [rows, samples]), &device);
        if config.classifier.sees_filter_outputs() { bank.outputs(windows) } else { bank.forward(windows) }
    }

    fn are_of_filters(&self) -> bool {
        true
    }
}
