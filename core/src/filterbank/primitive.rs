//! The fused operation as one differentiable operation of Burn's CPU backend.
//!
//! It takes signals and filters and returns the image, so that the chain from the gradient of the image to those of the
//! filters' parameters is f64 throughout. Backends without a fused operation run
//! [`energy::log_energy`](super::energy::log_energy).

use std::borrow::Cow;
use std::sync::Arc;

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Device, Tensor, TensorData};

use super::config::FilterbankConfig;
use super::fused::Plan;
use super::gammatone::FilterParameters;

/// Log-energy image of signals on the CPU backend; `None` where the signals are on another backend.
///
/// Shapes: signals `[batch, samples]`; centre frequencies in Hz, bandwidths β in Hz, gains, and phases of the carriers
/// in radians (0 where there are none), each `[filters]` → `[batch, 1, frames, filters]`. Differentiable with respect
/// to all of them.
pub fn log_energy(
    signals: &Tensor<2>,
    parameters: [Tensor<1>; 3],
    phase: Option<Tensor<1>>,
    config: &FilterbankConfig,
) -> Option<Tensor<4>> {
    if signals.device().without_autodiff() != Device::flex() {
        return None;
    }
    let phase = phase.unwrap_or_else(|| parameters[0].zeros_like().detach());
    let [centre, bandwidth, gain] = parameters.map(Tensor::into_dispatch);
    let (signals, phase) = (signals.clone().into_dispatch(), phase.into_dispatch());
    let image = <Dispatch as FusedOps>::fused_image(signals, centre, bandwidth, gain, phase, config.clone());
    Some(Tensor::from_dispatch(image))
}

/// The operation on the primitives of a backend.
#[backend_extension(Flex, Autodiff)]
pub trait FusedOps: Backend {
    /// Log-energy images. Shapes and units are those of [`log_energy`].
    fn fused_image(
        signals: FloatTensor<Self>,
        centre: FloatTensor<Self>,
        bandwidth: FloatTensor<Self>,
        gain: FloatTensor<Self>,
        phase: FloatTensor<Self>,
        config: FilterbankConfig,
    ) -> FloatTensor<Self>;
}

impl FusedOps for Flex {
    fn fused_image(
        signals: FloatTensor<Self>,
        centre: FloatTensor<Self>,
        bandwidth: FloatTensor<Self>,
        gain: FloatTensor<Self>,
        phase: FloatTensor<Self>,
        config: FilterbankConfig,
    ) -> FloatTensor<Self> {
        Bank::new([&centre, &bandwidth, &gain, &phase], config).image(&signals, None)
    }
}

impl<C: CheckpointStrategy> FusedOps for Autodiff<Flex, C> {
    fn fused_image(
        signals: FloatTensor<Self>,
        centre: FloatTensor<Self>,
        bandwidth: FloatTensor<Self>,
        gain: FloatTensor<Self>,
        phase: FloatTensor<Self>,
        config: FilterbankConfig,
    ) -> FloatTensor<Self> {
        let nodes = [signals.node(), centre.node(), bandwidth.node(), gain.node(), phase.node()];
        let signals = signals.into_primitive();
        let parameters = [centre, bandwidth, gain, phase].map(|tensor| tensor.into_primitive());
        let bank = Bank::new(parameters.each_ref(), config);
        match Image.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let mut energies = Vec::new();
                let image = bank.image(&signals, Some(&mut energies));
                prep.finish(Saved { bank: Arc::new(bank), signals, energies: energies.into() }, image)
            }
            OpsKind::UnTracked(prep) => prep.finish(bank.image(&signals, None)),
        }
    }
}

/// Filters made ready to run.
#[derive(Debug)]
struct Bank {
    config: FilterbankConfig,
    filters: Vec<FilterParameters>,
    plan: Plan,
}

impl Bank {
    fn new(parameters: [&FloatTensor<Flex>; 4], config: FilterbankConfig) -> Self {
        let [centre, bandwidth, gain, phase] = parameters.map(numbers);
        let filter = |((&centre, &bandwidth), (&gain, &phase)): ((&f32, &f32), (&f32, &f32))| FilterParameters {
            centre_hz: f64::from(centre),
            bandwidth_hz: f64::from(bandwidth),
            gain: f64::from(gain),
            phase_rad: f64::from(phase),
        };
        let rows = centre.iter().zip(bandwidth.iter()).zip(gain.iter().zip(phase.iter()));
        let filters: Vec<_> = rows.map(filter).collect();
        let plan = Plan::gammatones(&config, &filters).expect("the configuration of a bank has been checked");
        Self { config, filters, plan }
    }

    fn image(&self, signals: &FloatTensor<Flex>, energies: Option<&mut Vec<f64>>) -> FloatTensor<Flex> {
        let [batch, samples] = signals.shape().dims();
        let frames = self.plan.frames(samples);
        let mut image = vec![0.0; batch * frames * self.filters.len()];
        let signals = numbers(signals);
        match energies {
            Some(energies) => {
                energies.resize(image.len(), 0.0);
                self.plan.forward_with_energies(&signals, samples, &mut image, energies)
            }
            None => self.plan.forward(&signals, samples, &mut image),
        }
        .expect("sizes follow from the shapes");
        FloatTensor::<Flex>::from_data(TensorData::new(image, [batch, 1, frames, self.filters.len()]))
    }
}

/// What the backward pass needs. The energies are stored instead of the image, which has lost some of their digits.
#[derive(Clone, Debug)]
struct Saved {
    bank: Arc<Bank>,
    signals: FloatTensor<Flex>,
    energies: Arc<[f64]>,
}

/// The derivative rule.
#[derive(Debug)]
struct Image;

impl Backward<Flex, 5> for Image {
    type State = Saved;

    fn backward(self, ops: Ops<Self::State, 5>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [signals_node, parameter_nodes @ ..] = ops.parents;
        let image_gradient = grads.consume::<Flex>(&ops.node);
        let Saved { bank, signals, energies } = ops.state;
        let [batch, samples] = signals.shape().dims();
        let mut signal_gradient = signals_node.as_ref().map(|_| vec![0.0; batch * samples]);
        let (signals, image_gradient) = (numbers(&signals), numbers(&image_gradient));
        let taps = bank.plan.backward(&signals, samples, &energies, &image_gradient, signal_gradient.as_deref_mut());
        let taps = taps.expect("sizes follow from the shapes");
        let filters = bank.filters.iter().zip(taps.chunks_exact(bank.config.taps));
        let gradients: Vec<[f64; 4]> =
            filters.map(|(filter, taps)| bank.config.gammatone(*filter).gradient(taps)).collect();
        for (number, node) in parameter_nodes.into_iter().enumerate() {
            if let Some(node) = node {
                let gradient: Vec<f32> = gradients.iter().map(|gradient| gradient[number] as f32).collect();
                let data = TensorData::new(gradient, [bank.filters.len()]);
                grads.register::<Flex>(node.id, FloatTensor::<Flex>::from_data(data));
            }
        }
        if let (Some(node), Some(gradient)) = (signals_node, signal_gradient) {
            let data = TensorData::new(gradient, [batch, samples]);
            grads.register::<Flex>(node.id, FloatTensor::<Flex>::from_data(data));
        }
    }
}

/// The numbers of a tensor in row-major order.
fn numbers(tensor: &FloatTensor<Flex>) -> Cow<'_, [f32]> {
    match tensor.as_slice() {
        Some(numbers) => Cow::Borrowed(numbers),
        None => Cow::Owned(tensor.clone().into_data().iter::<f32>().collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filterbank::{Framing, energy};
    use crate::model::Task;
    use burn::tensor::{DType, FloatDType};
    use proptest::prelude::*;
    use std::f64::consts::TAU;

    /// The image from Burn's primitives in f64.
    fn composition(signals: Tensor<2>, parameters: [Tensor<1>; 4], config: &FilterbankConfig) -> Tensor<4> {
        let [centre, bandwidth, gain, phase] =
            parameters.map(|values| values.cast(FloatDType::F64).unsqueeze_dim::<2>(1));
        let row = |value: fn(f64, i32) -> f64| {
            let time = |k: usize| k as f64 / f64::from(config.sample_rate);
            let values: Vec<f64> = (0..config.taps).map(|k| value(time(k), config.order as i32)).collect();
            Tensor::<2>::from_data(TensorData::new(values, [1, config.taps]), (&signals.device(), DType::F64))
        };
        let (times, rise) = (row(|t, _| t), row(|t, order| t.powi(order - 1)));
        let kernels = gain * rise * (bandwidth * times.clone() * -TAU).exp() * (centre * times * TAU + phase).cos();
        energy::log_energy(signals.cast(FloatDType::F64), kernels, config.framing)
    }

    /// Numbers of every filter, framing, and signals `[batch, samples]`.
    fn case() -> impl Strategy<Value = (FilterbankConfig, [Vec<f32>; 4], usize, Vec<f32>)> {
        let sizes = (1..12usize, 1..90usize, 1..30usize, 1..30usize, 1..300usize, 1..4usize, 1..6u32);
        sizes.prop_flat_map(|(filters, taps, window, hop, extra, batch, order)| {
            let framing = Framing { window, hop };
            let config = FilterbankConfig { filters, taps, framing, order, ..Task::Heart.front_end(filters) };
            let samples = config.samples(1) + extra - 1;
            let column = |low: f32, high: f32| proptest::collection::vec(low..high, filters);
            let parameters = [column(0.0, 500.0), column(5.0, 200.0), column(1e2, 1e6), column(-4.0, 4.0)];
            (Just(config), parameters, Just(samples), proptest::collection::vec(-1f32..1.0, batch * samples))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn values_and_gradients_are_those_of_the_composition((config, parameters, samples, signals) in case()) {
            let device = Device::flex().autodiff();
            let tensors = || {
                let signals = TensorData::new(signals.clone(), [signals.len() / samples, samples]);
                let parameters = parameters.each_ref().map(|values| Tensor::<1>::from_floats(values.as_slice(), &device));
                (Tensor::<2>::from_data(signals, &device).require_grad(), parameters.map(Tensor::require_grad))
            };
            let results = |image: Tensor<4>, signals: Tensor<2>, parameters: [Tensor<1>; 4]| {
                let image = image.cast(FloatDType::F64);
                // Numbers that f32 holds exactly: one side hands them on in f32, and their sums can cancel to almost nothing.
                let weight = |i: usize| f64::from((0.7 * i as f32).cos());
                let weights: Vec<f64> = (0..image.shape().num_elements()).map(weight).collect();
                let weights = TensorData::new(weights, image.dims());
                let weights = Tensor::<4>::from_data(weights, (&device, DType::F64));
                let found = (image.clone() * weights).sum().backward();
                let values = |data: TensorData| data.iter::<f64>().collect::<Vec<_>>();
                let parameters = parameters.map(|tensor| values(tensor.grad(&found).unwrap().into_data()));
                (values(image.into_data()), values(signals.grad(&found).unwrap().into_data()), parameters)
            };
            let fused = |x: &Tensor<2>, [centre, bandwidth, gain, phase]: [Tensor<1>; 4]| {
                log_energy(x, [centre, bandwidth, gain], Some(phase), &config)
            };
            let (x, p) = tensors();
            let (image, to_signals, to_filters) = results(fused(&x, p.clone()).unwrap(), x, p);
            let (x, p) = tensors();
            let (expected, plain_to_signals, plain_to_filters) = results(composition(x.clone(), p.clone(), &config), x, p);
            prop_assert_eq!(image.len(), expected.len());
            for (got, expected) in image.iter().zip(&expected) {
                prop_assert!((got - expected).abs() < 1e-5 * expected.abs().max(1.0), "{got}, expected {expected}");
            }
            let pairs = to_filters.iter().zip(&plain_to_filters).chain([(&to_signals, &plain_to_signals)]);
            for (got, expected) in pairs {
                let largest = expected.iter().fold(0f64, |max, value| max.max(value.abs()));
                for (got, expected) in got.iter().zip(expected) {
                    prop_assert!((got - expected).abs() < 1e-5 * largest + 1e-30, "{got}, expected {expected} of {largest}");
                }
            }
        }
    }
}
