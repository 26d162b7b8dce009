//! Dropout as factors.

use burn::tensor::{Device, Distribution, Tensor};

/// Factors of dropout: 0 for a share of them, else what keeps the mean.
pub(super) fn kept<const D: usize>(shape: [usize; D], share: f64, device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Bernoulli(1.0 - share), device) / (1.0 - share)
}
