//! The log-energy image on a GPU: CubeCL kernels for CUDA, Vulkan, Metal and WebGPU.
//!
//! The kernels take signals and parameters and return the image; the outputs of the filters never reach global memory,
//! forward or backward. They compute in f32. The order of every sum depends on shapes alone, so the same input gives
//! the same bits on the same device.
//!
//! - [`taps`]: impulse responses and their derivatives from the parameters
//! - [`correlate`]: the inner loop
//! - [`energy`]: the forward pass
//! - [`gradient`]: gradients of the parameters
//! - [`signal`]: gradients of the signals
//! - [`plan`]: how work is divided among cubes
//! - [`launch`]: from tensors to kernels
//! - [`autodiff`]: the derivative of the operation

mod autodiff;
mod correlate;
mod energy;
mod gradient;
mod launch;
mod plan;
mod signal;
mod taps;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, DispatchTensorKind, backend_extension};
use burn::tensor::{FloatDType, Shape, Tensor};

use super::config::{FilterbankConfig, Framing};

/// What an image depends on besides signals and parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bank {
    /// Length of each impulse response in samples.
    pub taps: usize,
    /// Order n of the gammatone, 1 to 8.
    pub order: u32,
    /// Sampling rate in Hz.
    pub sample_rate: u32,
    /// The frames of the image.
    pub framing: Framing,
    /// Whether each carrier has a phase of its own; without, all phases are 0.
    pub phase: bool,
}

impl Bank {
    fn new(config: &FilterbankConfig, phase: bool) -> Self {
        let FilterbankConfig { taps, order, sample_rate, framing, .. } = *config;
        Self { taps, order, sample_rate, framing, phase }
    }

    /// Number of parameters of a filter: centre frequency, bandwidth, gain, and the phase where there is one.
    fn parameters(&self) -> usize {
        3 + usize::from(self.phase)
    }

    /// Number of frames of a signal of `samples` samples.
    fn frames(&self, samples: usize) -> usize {
        match (samples + 1).checked_sub(self.taps + self.framing.window) {
            Some(rest) => rest / self.framing.hop + 1,
            None => 0,
        }
    }

    /// Number of outputs of a filter from the beginning of the first frame to the end of the last one.
    fn outputs(&self, frames: usize) -> usize {
        (frames - 1) * self.framing.hop + self.framing.window
    }

    /// Shape `[batch, 1, frames, filters]` of the image of signals `[batch, samples]` with parameters `[3 or 4,
    /// filters]`.
    fn image(&self, signals: &Shape, parameters: &Shape) -> Shape {
        Shape::new([signals[0], 1, self.frames(signals[1]), parameters[1]])
    }
}

/// The operation on the tensors of a backend.
///
/// Shapes: signals `[batch, samples]`; parameters `[3, filters]` (centre frequency in Hz, bandwidth β in Hz, gain), or
/// `[4, filters]` (also the phase of the carrier in radians) where [`Bank::phase`] is true; image, energies and the
/// gradient with respect to the image `[batch, 1, frames, filters]`. All are f32.
#[backend_extension(Cube, Fusion, Autodiff)]
pub trait FilterbankOps: Backend {
    /// ln(energy + 10⁻¹⁶) of each filter in each frame; differentiable with respect to signals and parameters.
    #[fusion(dtype = signals, shape = bank.image(signals, parameters))]
    fn filterbank_image(signals: FloatTensor<Self>, parameters: FloatTensor<Self>, bank: Bank) -> FloatTensor<Self>;

    /// The energies without the logarithm.
    #[fusion(dtype = signals, shape = bank.image(signals, parameters))]
    fn filterbank_energy(signals: FloatTensor<Self>, parameters: FloatTensor<Self>, bank: Bank) -> FloatTensor<Self>;

    /// Gradient with respect to the parameters, in their shape.
    #[fusion(dtype = parameters, shape = parameters)]
    fn filterbank_parameter_gradient(
        signals: FloatTensor<Self>,
        parameters: FloatTensor<Self>,
        energies: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        bank: Bank,
    ) -> FloatTensor<Self>;

    /// Gradient with respect to the signals, `[batch, samples]`.
    #[fusion(dtype = signals, shape = signals)]
    fn filterbank_signal_gradient(
        signals: FloatTensor<Self>,
        parameters: FloatTensor<Self>,
        energies: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        bank: Bank,
    ) -> FloatTensor<Self>;
}

/// Log-energy image where the signals are on a CubeCL device, `None` elsewhere.
///
/// Shapes: signals `[batch, samples]`; centre frequencies in Hz, bandwidths β in Hz, gains, and phases of the carriers
/// in radians (0 where there are none), each `[filters]` → `[batch, 1, frames, filters]`, f32. Differentiable with
/// respect to all of them.
pub fn log_energy(
    signals: &Tensor<2>,
    parameters: [Tensor<1>; 3],
    phase: Option<Tensor<1>>,
    config: &FilterbankConfig,
) -> Option<Tensor<4>> {
    let bank = Bank::new(config, phase.is_some());
    if bank.frames(signals.dims()[1]) == 0 || signals.dims()[0] == 0 {
        return None;
    }
    let signals = signals.clone().cast(FloatDType::F32).into_dispatch();
    let on_cube = match &signals.kind {
        DispatchTensorKind::Cube(_) => true,
        DispatchTensorKind::Autodiff(inner) => matches!(**inner, DispatchTensorKind::Cube(_)),
        _ => false,
    };
    if !on_cube {
        return None;
    }
    let parameters: Vec<Tensor<1>> =
        parameters.into_iter().chain(phase).map(|values| values.cast(FloatDType::F32)).collect();
    let parameters: Tensor<2> = Tensor::stack(parameters, 0);
    Some(Tensor::from_dispatch(Dispatch::filterbank_image(signals, parameters.into_dispatch(), bank)))
}
