//! The bounded form, in which models are trained where nothing else is asked for: start values on every scale, orders 1 to
//! 6, with and without phase.

use burn::module::Param;
use burn::tensor::{Device, Tensor};
use spectnet_core::filterbank::fused::Plan;
use spectnet_core::filterbank::{FilterParameters, Filterbank, FilterbankConfig, energy};

use super::values::{Golden, IMAGE_TOLERANCE, assert_gradient, assert_near, largest, values, wave};

/// Signals of every case.
const SIGNALS: usize = 3;

struct Case {
    name: String,
    config: FilterbankConfig,
}

impl Case {
    fn all(golden: &Golden) -> Vec<Self> {
        let config = |name: &str| serde_json::from_value(golden.about(name)).expect("a filterbank");
        let cases: Vec<Self> = golden.keys().into_iter().map(|name| Self { config: config(&name), name }).collect();
        assert!(cases.len() >= 5, "there are cases");
        cases
    }

    /// The name of one of its tensors.
    fn of(&self, tensor: &str) -> String {
        format!("{}.{tensor}", self.name)
    }

    fn samples(&self, golden: &Golden) -> usize {
        golden.shape(&self.of("x"))[1]
    }

    /// The bank with the numbers at which gradients were taken.
    fn bank(&self, golden: &Golden, device: &Device) -> Filterbank {
        let parameter = |name: &str| {
            let values = golden.tensor(&self.of(&format!("point.{name}")), [self.config.filters], device);
            Param::from_tensor(values).set_require_grad(true)
        };
        let mut bank = Filterbank::new(&self.config, device).expect("a filterbank that exists");
        bank.centre_frequency = parameter("centre_frequency");
        bank.bandwidth = parameter("bandwidth");
        bank.gain = parameter("gain");
        bank.phase = self.config.phase.then(|| parameter("phase"));
        bank
    }

    /// The same filters in Hz, in plain 64-bit floats.
    fn filters(&self, golden: &Golden) -> Vec<FilterParameters> {
        let [centre, bandwidth, gain] =
            ["centre_frequency", "bandwidth", "gain"].map(|name| golden.get(&self.of(&format!("point.{name}"))));
        let phase = if self.config.phase { golden.get(&self.of("point.phase")) } else { vec![0.0; centre.len()] };
        let rows = centre.into_iter().zip(bandwidth).zip(gain).zip(phase);
        rows.map(|(((centre, bandwidth), gain), phase_rad)| FilterParameters {
            phase_rad,
            ..self.config.from_unconstrained([centre, bandwidth, gain])
        })
        .collect()
    }
}

#[test]
fn bounded_filters_start_where_the_reference_does() {
    let golden = Golden::open("bounded");
    for case in Case::all(&golden) {
        let asked = case.config.asked_filters().unwrap();
        let [centres, bandwidths] = ["asked.centre_hz", "asked.bandwidth_hz"].map(|name| golden.get(&case.of(name)));
        assert_eq!((asked.len(), asked.len()), (centres.len(), bandwidths.len()));
        for (filter, (centre, bandwidth)) in asked.iter().zip(centres.iter().zip(&bandwidths)) {
            assert!((filter.centre_hz - centre).abs() < 1e-9 * centre.max(1.0), "{}: {filter:?}, {centre}", case.name);
            assert!((filter.bandwidth_hz / bandwidth - 1.0).abs() < 1e-12, "{}: {filter:?}, {bandwidth}", case.name);
        }
        let bank = Filterbank::new(&case.config, &Device::flex()).unwrap();
        let tensors = [&bank.centre_frequency, &bank.bandwidth, &bank.gain];
        for (name, tensor) in ["centre_frequency", "bandwidth", "gain"].into_iter().zip(tensors) {
            let name = case.of(&format!("start.{name}"));
            assert_near(&name, &values(tensor.val()), &golden.get(&name), 1e-6);
        }
        let phase = bank.phase.map(|phase| values(phase.val()));
        assert_eq!(phase, case.config.phase.then(|| vec![0.0; case.config.filters]), "{}", case.name);
    }
}

#[test]
fn bounded_kernels_are_the_reference() {
    let golden = Golden::open("bounded");
    for case in Case::all(&golden) {
        let expected = golden.get(&case.of("kernel"));
        let scale = largest(&expected);
        let plain: Vec<f64> = case.filters(&golden).iter().flat_map(|&it| case.config.gammatone(it).kernel()).collect();
        assert_eq!(plain.len(), expected.len());
        for (place, (plain, expected)) in plain.iter().zip(&expected).enumerate() {
            assert!((plain - expected).abs() < 1e-11 * scale, "{}[{place}]: {plain}, not {expected}", case.name);
        }
        let tensor = values(case.bank(&golden, &Device::flex()).kernels());
        assert_near(&case.name, &tensor, &expected, 5e-5 * scale);
    }
}

#[test]
fn bounded_images_are_the_reference() {
    let golden = Golden::open("bounded");
    let device = Device::flex();
    for case in Case::all(&golden) {
        let FilterbankConfig { filters, taps, framing, .. } = case.config;
        let (samples, expected) = (case.samples(&golden), golden.get(&case.of("image")));
        let x = case.of("x");

        // The fused operation behind the module, which takes the numbers as 32-bit floats.
        let module = case.bank(&golden, &device).forward(golden.tensor(&x, [SIGNALS, samples], &device));
        assert_eq!(module.dims(), [SIGNALS, 1, case.config.frames(samples), filters]);
        assert_near(&format!("{}, module", case.name), &values(module), &expected, IMAGE_TOLERANCE);

        // The same by itself, as a trained model runs it.
        let plan = Plan::gammatones(&case.config, &case.filters(&golden)).unwrap();
        let mut image = vec![0.0; expected.len()];
        plan.forward(&golden.floats(&x), samples, &mut image).unwrap();
        assert_near(&format!("{}, plan", case.name), &image, &expected, IMAGE_TOLERANCE);

        // The composition of Burn's operations, which every other backend runs.
        let signals = golden.doubles(&x, [SIGNALS, samples], &device);
        let kernels = golden.doubles(&case.of("kernel"), [filters, taps], &device);
        let composed: Vec<f64> = energy::log_energy(signals, kernels, framing).into_data().iter::<f64>().collect();
        assert_eq!(composed.len(), expected.len());
        for (place, (composed, expected)) in composed.iter().zip(&expected).enumerate() {
            let off = (composed - expected).abs();
            assert!(off < IMAGE_TOLERANCE, "{}[{place}]: {composed}, not {expected}", case.name);
        }
    }
}

#[test]
fn bounded_gradients_are_the_reference() {
    let golden = Golden::open("bounded");
    let device = Device::flex().autodiff();
    for case in Case::all(&golden) {
        let bank = case.bank(&golden, &device);
        let image = bank.forward(golden.tensor(&case.of("x"), [SIGNALS, case.samples(&golden)], &device));
        let wave = wave(image.dims(), &device);
        let found = (image * wave).mean().backward();
        let gradient = |tensor: &Param<Tensor<1>>| values(tensor.val().grad(&found).expect("it is learned"));
        let tensors = [
            ("centre_frequency", Some(&bank.centre_frequency)),
            ("bandwidth", Some(&bank.bandwidth)),
            ("gain", Some(&bank.gain)),
            ("phase", bank.phase.as_ref()),
        ];
        for (name, tensor) in tensors {
            let name = case.of(&format!("gradient.{name}"));
            assert_eq!(tensor.is_some(), golden.has(&name), "{name}");
            if let Some(tensor) = tensor {
                assert_gradient(&name, &gradient(tensor), &golden.get(&name));
            }
        }
    }
}
