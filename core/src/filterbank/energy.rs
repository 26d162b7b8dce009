//! From signals and kernels to the log-energy image, in Burn's own operations: the reference for the fast ones.

use burn::tensor::Tensor;
use burn::tensor::module::{avg_pool1d, conv1d};
use burn::tensor::ops::{AvgPoolOptions, ConvOptions};

use super::config::Framing;
pub use super::fused::ENERGY_FLOOR;

/// Natural logarithm of the energy of each filter's output in each frame:
///
/// 1. `y[m] = Σ_k kernel[k] · signal[m + k]`: valid cross-correlation, the kernel is not flipped
/// 2. `p[j] = Σ_{m < window} y[hop·j + m]²`: a rectangular sum, not a mean
/// 3. `ln(p + 10⁻¹⁶)`
///
/// Shapes: signals `[batch, samples]`, kernels `[filters, taps]` → `[batch, 1, frames, filters]`. Differentiable with
/// respect to both. Runs on any backend.
pub fn log_energy(signals: Tensor<2>, kernels: Tensor<2>, framing: Framing) -> Tensor<4> {
    let outputs = outputs(signals, kernels);
    let frames = AvgPoolOptions { stride: [framing.hop], ..AvgPoolOptions::new([framing.window]) };
    let mean = avg_pool1d(outputs.clone() * outputs, frames);
    let image = (mean * framing.window as f64 + ENERGY_FLOOR).log();
    image.swap_dims(1, 2).unsqueeze_dim::<4>(1)
}

/// The outputs of the filters, step 1 of [`log_energy`]: signals `[batch, samples]`, kernels `[filters, taps]` →
/// `[batch, filters, samples - taps + 1]`.
pub fn outputs(signals: Tensor<2>, kernels: Tensor<2>) -> Tensor<3> {
    conv1d(signals.unsqueeze_dim::<3>(1), kernels.unsqueeze_dim::<3>(1), None, ConvOptions::new([1], [0], [1], 1))
}
