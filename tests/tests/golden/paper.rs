//! The front-end of the paper's form, in which the parameters are Hz, Hz and a gain as they are.

use burn::module::Param;
use burn::tensor::{Device, Tensor};
use spectnet_core::filterbank::{FilterParameters, Filterbank, FilterbankConfig};
use spectnet_core::model::Task;

use super::values::{GRADIENT_TOLERANCE, Golden, IMAGE_TOLERANCE, assert_near, largest, values, wave};

fn open(filters: usize) -> Golden {
    Golden::open(&format!("frontend_n{filters}"))
}

/// The first `count` of the five signals, `[count, 2500]`.
fn signals(golden: &Golden, count: usize, device: &Device) -> Tensor<2> {
    golden.tensor("x", [5, 2500], device).narrow(0, 0, count)
}

fn bank(config: &FilterbankConfig, device: &Device) -> Filterbank {
    Filterbank::new(config, device).unwrap()
}

#[test]
fn start_values_and_kernels_are_the_reference() {
    for filters in [4, 8, 16] {
        let golden = open(filters);
        let config = Task::Heart.front_end(filters);
        let initial = config.initial_filters().unwrap();
        for (filter, centre) in initial.iter().zip(golden.get("fc")) {
            assert!((filter.centre_hz - centre).abs() < 1e-9, "{} Hz, expected {centre}", filter.centre_hz);
            assert_eq!((filter.bandwidth_hz, filter.gain), (100.0, 1e4));
        }
        let expected = golden.get("kernel");
        let plain: Vec<f64> = initial.iter().flat_map(|&filter| config.gammatone(filter).kernel()).collect();
        let tensor = values(bank(&config, &Device::flex()).kernels());
        assert_eq!((plain.len(), tensor.len()), (expected.len(), expected.len()));
        let scale = largest(&expected);
        for (plain, expected) in plain.iter().zip(&expected) {
            assert!((plain - expected).abs() < 1e-12 * scale, "{plain}, expected {expected}");
        }
        assert_near("kernels", &tensor, &expected, 2e-5 * scale);
    }
}

#[test]
fn images_are_the_reference() {
    for filters in [4, 8, 16] {
        let golden = open(filters);
        let device = Device::flex();
        let image = bank(&Task::Heart.front_end(filters), &device).forward(signals(&golden, 5, &device));
        assert_eq!(image.dims(), [5, 1, 240, filters]);
        let image = values(image);
        assert_near(&format!("{filters} filters"), &image, &golden.get("image"), IMAGE_TOLERANCE);
        // The fourth signal is silence.
        let silence = &image[3 * 240 * filters..4 * 240 * filters];
        assert!(silence.iter().all(|value| (value + 36.841_36).abs() < 1e-4));
    }
}

/// Gradients of mean(cos(0.013 i + 0.5) · image) over the first three signals, for a bank with these filters.
fn gradients(golden: &Golden, filters: &[FilterParameters]) -> [Vec<f64>; 3] {
    let device = Device::flex().autodiff();
    let mut bank = bank(&Task::Heart.front_end(filters.len()), &device);
    let column = |value: fn(&FilterParameters) -> f64| {
        let column: Vec<f32> = filters.iter().map(|filter| value(filter) as f32).collect();
        Param::from_tensor(Tensor::<1>::from_floats(column.as_slice(), &device)).set_require_grad(true)
    };
    bank.centre_frequency = column(|filter| filter.centre_hz);
    bank.bandwidth = column(|filter| filter.bandwidth_hz);
    bank.gain = column(|filter| filter.gain);
    let image = bank.forward(signals(golden, 3, &device));
    let weights = wave(image.dims(), &device);
    let found = (image * weights).mean().backward();
    [&bank.centre_frequency, &bank.bandwidth, &bank.gain].map(|parameter| {
        let gradient = parameter.val().grad(&found).expect("a learnable bank has gradients");
        values(gradient).into_iter().map(f64::from).collect()
    })
}

#[test]
fn gradients_are_the_reference() {
    for filters in [4, 8, 16] {
        let golden = open(filters);
        for (point, prefix) in [("grad_point_", "grad_d"), ("", "grad_at_init_d")] {
            let [centre, bandwidth, gain] = ["fc", "beta", "amp"].map(|name| golden.get(&format!("{point}{name}")));
            let bank: Vec<FilterParameters> = (0..filters)
                .map(|i| FilterParameters {
                    centre_hz: centre[i],
                    bandwidth_hz: bandwidth[i],
                    gain: gain[i],
                    phase_rad: 0.0,
                })
                .collect();
            for (name, got) in ["fc", "beta", "amp"].into_iter().zip(gradients(&golden, &bank)) {
                let expected = golden.get(&format!("{prefix}{name}"));
                let scale = largest(&expected);
                for (i, (got, expected)) in got.iter().zip(&expected).enumerate() {
                    // Filters at 0 Hz and fs/2 have no gradient to be relative to.
                    let limit = GRADIENT_TOLERANCE * expected.abs().max(1e-6 * scale);
                    assert!(
                        (got - expected).abs() < limit,
                        "{prefix}{name}[{i}] of {filters}: {got}, expected {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn filters_at_the_ends_of_the_range_do_not_move() {
    let golden = open(16);
    let initial = Task::Heart.front_end(16).initial_filters().unwrap();
    let [centre, ..] = gradients(&golden, &initial);
    assert!(centre[0] == 0.0, "0 Hz: {}", centre[0]);
    assert!(centre[15].abs() < 1e-4 * largest(&centre), "500 Hz: {}", centre[15]);
}
