//! The filterbank as a trainable Burn module.

use burn::module::{Module, Param};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor, TensorData};
use std::f64::consts::TAU;

use super::config::{BANDWIDTH_OCTAVES, FilterbankConfig, Form, beta_per_erb, gain_for_unit_peak};
use super::energy::{log_energy, outputs};
use super::primitive;
use super::scale::erb_rate;
use crate::Result;

/// Gammatone filters whose centre frequencies, bandwidths and gains are learned together with the classifier.
///
/// In [`Form::Paper`] the three tensors are Hz, Hz and gain as they are; in [`Form::Bounded`] they are the
/// unconstrained, unit-free numbers of [`FilterbankConfig::to_unconstrained`].
#[derive(Module, Debug)]
pub struct Filterbank {
    /// Centre frequencies `[filters]`: Hz, or unconstrained.
    pub centre_frequency: Param<Tensor<1>>,
    /// Bandwidths β `[filters]`: Hz, or unconstrained.
    pub bandwidth: Param<Tensor<1>>,
    /// Gains `[filters]`: as they are, or unconstrained.
    pub gain: Param<Tensor<1>>,
    /// Phases of the carriers `[filters]` in radians; `None` where all are 0 and stay so.
    pub phase: Option<Param<Tensor<1>>>,
    #[module(skip)]
    config: FilterbankConfig,
}

impl Filterbank {
    /// A filterbank at its start values.
    ///
    /// # Errors
    /// Those of [`FilterbankConfig::validate`].
    pub fn new(config: &FilterbankConfig, device: &Device) -> Result<Self> {
        config.validate()?;
        let unconstrained: Vec<[f64; 3]> =
            config.initial_filters()?.iter().map(|filter| config.to_unconstrained(filter)).collect();
        let parameter = |index: usize| {
            let values: Vec<f32> = unconstrained.iter().map(|numbers| numbers[index] as f32).collect();
            let tensor = Tensor::<1>::from_data(TensorData::new(values, [unconstrained.len()]), device);
            Param::from_tensor(tensor).set_require_grad(config.learnable)
        };
        let zeros =
            || Param::from_tensor(Tensor::zeros([unconstrained.len()], device)).set_require_grad(config.learnable);
        Ok(Self {
            centre_frequency: parameter(0),
            bandwidth: parameter(1),
            gain: parameter(2),
            phase: config.phase.then(zeros),
            config: config.clone(),
        })
    }

    /// The description the filterbank was built from.
    pub fn config(&self) -> &FilterbankConfig {
        &self.config
    }

    /// Centre frequencies in Hz, bandwidths β in Hz and gains, each `[filters]`, as differentiable tensors.
    pub fn parameters(&self) -> [Tensor<1>; 3] {
        let [centre, bandwidth, gain] = [&self.centre_frequency, &self.bandwidth, &self.gain].map(Param::val);
        match self.config.form {
            Form::Paper => [centre, bandwidth, gain],
            Form::Bounded => {
                let sample_rate = f64::from(self.config.sample_rate);
                let rate = sigmoid(centre) * erb_rate(sample_rate / 2.0);
                // 0.00437 f + 1 = 10^(rate / 21.4) gives both the frequency and its ERB.
                let warp = (rate * (10f64.ln() / 21.4)).exp();
                let centre_hz = (warp.clone() - 1.0) / 0.00437;
                let octaves = bandwidth.tanh() * (BANDWIDTH_OCTAVES * 2f64.ln());
                let bandwidth_hz = warp * (24.7 * beta_per_erb(self.config.order)) * octaves.exp();
                let order = self.config.order;
                // gain · β^n by way of the exponent: β^8 alone would leave the range of f32 long before β reaches the
                // Nyquist frequency.
                let unit = gain_for_unit_peak(1.0, order, sample_rate).ln();
                let gain = (bandwidth_hz.clone().log() * f64::from(order) + gain + unit).exp();
                [centre_hz, bandwidth_hz, gain]
            }
        }
    }

    /// Impulse responses `[filters, taps]`, differentiable with respect to the parameters.
    pub fn kernels(&self) -> Tensor<2> {
        let [centre_hz, bandwidth_hz, gain] = self.parameters().map(|values| values.unsqueeze_dim::<2>(1));
        let device = centre_hz.device();
        let (sample_rate, order) = (f64::from(self.config.sample_rate), self.config.order as i32);
        let row = |value: fn(f64, i32) -> f64| {
            let values: Vec<f64> = (0..self.config.taps).map(|k| value(k as f64 / sample_rate, order)).collect();
            Tensor::<2>::from_data(TensorData::new(values, [1, self.config.taps]), &device)
        };
        let (times, rise) = (row(|t, _| t), row(|t, order| t.powi(order - 1)));
        let decay = (bandwidth_hz * times.clone() * -TAU).exp();
        let angle = centre_hz * times * TAU;
        let carrier = match &self.phase {
            Some(phase) => (angle + phase.val().unsqueeze_dim::<2>(1)).cos(),
            None => angle.cos(),
        };
        gain * rise * decay * carrier
    }

    /// Log-energy image of a batch of signals: the natural logarithm of each filter's energy in each frame.
    ///
    /// Shapes: signals `[batch, samples]` at the configured sampling rate → `[batch, 1, frames, filters]`.
    ///
    /// # Panics
    /// May panic for signals shorter than [`FilterbankConfig::samples`]`(1)`, which have no frame.
    pub fn forward(&self, signals: Tensor<2>) -> Tensor<4> {
        let phase = || self.phase.as_ref().map(Param::val);
        let image = primitive::log_energy(&signals, self.parameters(), phase(), &self.config);
        #[cfg(feature = "cubecl")]
        let image = image.or_else(|| super::cube::log_energy(&signals, self.parameters(), phase(), &self.config));
        image.unwrap_or_else(|| log_energy(signals, self.kernels(), self.config.framing))
    }

    /// Energies `[filters]` that each filter gives to a frame of white noise, differentiable; `noise` is the energy of
    /// such a frame behind a filter whose squared taps sum to 1.
    pub fn noise_energy(&self, noise: f64) -> Tensor<1> {
        let kernels = self.kernels();
        (kernels.clone() * kernels).sum_dim(1).reshape([self.config.filters]) * noise
    }

    /// Outputs of the filters: signals `[batch, samples]` → `[batch, 1, samples - taps + 1, filters]`.
    pub fn outputs(&self, signals: Tensor<2>) -> Tensor<4> {
        outputs(signals, self.kernels()).swap_dims(1, 2).unsqueeze_dim::<4>(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filterbank::{Bandwidth, FilterParameters};
    use crate::model::Task;
    use proptest::prelude::*;

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    fn bank(form: Form, unconstrained: [Vec<f32>; 3]) -> Filterbank {
        let config = FilterbankConfig { form, ..Task::Heart.front_end(unconstrained[0].len()) };
        let mut bank = Filterbank::new(&config, &Device::flex()).unwrap();
        let [centre, bandwidth, gain] =
            unconstrained.map(|v| Param::from_tensor(Tensor::<1>::from_floats(v.as_slice(), &Device::flex())));
        (bank.centre_frequency, bank.bandwidth, bank.gain) = (centre, bandwidth, gain);
        bank
    }

    proptest! {
        // Whatever an optimiser does to the numbers, a bounded filter stays a filter.
        #[test]
        fn large_random_steps_leave_every_bounded_filter_usable(
            unconstrained in proptest::collection::vec([-1e4f32..1e4, -1e4f32..1e4, -20f32..20.0], 1..8)
        ) {
            let column = |i: usize| unconstrained.iter().map(|numbers| numbers[i]).collect::<Vec<f32>>();
            let bank = bank(Form::Bounded, [column(0), column(1), column(2)]);
            let [centre, bandwidth, gain] = bank.parameters().map(values);
            for i in 0..unconstrained.len() {
                prop_assert!((0.0..=500.01).contains(&centre[i]), "{}", centre[i]);
                prop_assert!(bandwidth[i] > 6.0 && bandwidth[i] < 400.0, "{}", bandwidth[i]);
                prop_assert!(gain[i].is_finite() && gain[i] > 0.0);
            }
            prop_assert!(values(bank.kernels()).iter().all(|tap| tap.is_finite()));
            let turned = Filterbank { phase: Some(Param::from_tensor(bank.centre_frequency.val())), ..bank };
            prop_assert!(values(turned.kernels()).iter().all(|tap| tap.is_finite()));
        }

        #[test]
        fn tensors_agree_with_the_plain_formulas(
            unconstrained in proptest::collection::vec([-3f32..3.0, -2f32..2.0, -2f32..2.0, -4f32..4.0], 1..6)
        ) {
            let column = |i: usize| unconstrained.iter().map(|numbers| numbers[i]).collect::<Vec<f32>>();
            let phase = Tensor::<1>::from_floats(column(3).as_slice(), &Device::flex());
            let bank = bank(Form::Bounded, [column(0), column(1), column(2)]);
            let bank = Filterbank { phase: Some(Param::from_tensor(phase)), ..bank };
            let kernels = values(bank.kernels());
            for (i, numbers) in unconstrained.iter().enumerate() {
                let [centre, bandwidth, gain, phase] = numbers.map(f64::from);
                let filter = bank.config.from_unconstrained([centre, bandwidth, gain]);
                let filter = FilterParameters { phase_rad: phase, ..filter };
                let expected = bank.config.gammatone(filter).kernel();
                let scale = expected.iter().fold(0f64, |max, tap| max.max(tap.abs()));
                for (k, expected) in expected.iter().enumerate() {
                    let got = f64::from(kernels[i * bank.config.taps + k]);
                    prop_assert!((got - expected).abs() <= 1e-4 * scale, "{got} {expected}");
                }
            }
        }
    }

    #[test]
    fn the_bounded_form_keeps_start_values_inside_its_limits() {
        let config = FilterbankConfig { form: Form::Bounded, ..Task::Heart.front_end(16) };
        let paper = Task::Heart.front_end(16).initial_filters().unwrap();
        for (bounded, paper) in config.initial_filters().unwrap().iter().zip(paper) {
            assert!((bounded.centre_hz - paper.centre_hz).abs() < 5.0);
            assert!((bounded.bandwidth_hz / paper.bandwidth_hz).log2().abs() < 0.1, "{bounded:?}");
        }
    }

    #[test]
    fn a_bounded_filter_starts_with_unit_gain_at_its_centre() {
        let front_end = Task::Heart.front_end(16);
        let config = FilterbankConfig { form: Form::Bounded, bandwidth: Bandwidth::Erb, taps: 401, ..front_end };
        let initial = config.initial_filters().unwrap();
        // Nearer to 0 Hz or fs/2 the mirror image adds or subtracts.
        let inner: Vec<_> = initial.iter().filter(|filter| (120.0..380.0).contains(&filter.centre_hz)).collect();
        assert!(inner.len() > 4);
        for filter in inner {
            let peak = config.gammatone(*filter).magnitudes(&[filter.centre_hz])[0];
            assert!((peak - 1.0).abs() < 0.05, "{filter:?} has gain {peak}");
        }
    }

    #[test]
    fn a_learnable_bank_gets_gradients_and_a_static_one_none() {
        let device = Device::flex().autodiff();
        for learnable in [true, false] {
            let config = FilterbankConfig { learnable, ..Task::Heart.front_end(4) };
            let bank = Filterbank::new(&config, &device).unwrap();
            let signals = Tensor::<2>::ones([1, 2500], &device).require_grad();
            let gradients = bank.forward(signals).sum().backward();
            assert_eq!(bank.centre_frequency.val().grad(&gradients).is_some(), learnable);
            assert!(bank.phase.is_none());
            let bank = Filterbank::new(&FilterbankConfig { phase: true, ..config }, &device).unwrap();
            let signals = Tensor::<2>::ones([1, 2500], &device).require_grad();
            let gradients = bank.forward(signals).sum().backward();
            assert_eq!(bank.phase.unwrap().val().grad(&gradients).is_some(), learnable);
        }
    }

    #[test]
    fn impossible_banks_are_refused_with_the_reason() {
        let heart = Task::Heart.front_end(4);
        let refused = |config: FilterbankConfig| {
            Filterbank::new(&config, &Device::flex()).expect_err("must be refused").to_string()
        };
        assert_eq!(refused(FilterbankConfig { order: 9, ..heart.clone() }), "order 9: expected 1 to 8");
        let listed = super::super::Spacing::List(vec![10.0, 20.0, 30.0, 501.0]);
        assert!(refused(FilterbankConfig { spacing: listed, ..heart.clone() }).contains("501 Hz"));
        let flat = Bandwidth::Constant(0.0);
        assert!(refused(FilterbankConfig { bandwidth: flat, ..heart.clone() }).contains("bandwidth 0 Hz"));
        assert!(refused(FilterbankConfig { filters: 1_000_000, ..heart.clone() }).contains("1000000 filters"));
        assert!(refused(FilterbankConfig { gain: f64::NAN, ..heart }).contains("gain"));
    }

    #[test]
    fn raw_and_filter_are_inverse() {
        let config = FilterbankConfig { form: Form::Bounded, ..Task::Heart.front_end(4) };
        let unconstrained = [0.3, -0.4, 0.0];
        let filter: FilterParameters = config.from_unconstrained(unconstrained);
        for (back, unconstrained) in config.to_unconstrained(&filter).iter().zip(unconstrained) {
            assert!((back - unconstrained).abs() < 1e-9);
        }
    }
}
