//! Second-order Butterworth filters, one-way and zero-phase.

use biquad::{Biquad, Coefficients, DirectForm2Transposed, Q_BUTTERWORTH_F64, Type};

use crate::error::{Error, Result};
use crate::stride::Stride;

/// Samples mirrored at each end before filtering forward and backward: three times the number of
/// coefficients, as in scipy's `filtfilt`.
const PADDING: usize = 9;

/// Low-pass of order 2 with −3 dB at `corner_hz`, for signals at `sample_rate` Hz.
pub(crate) fn low_pass(corner_hz: f64, sample_rate: u32) -> Result<Coefficients<f64>> {
    butterworth(Type::LowPass, corner_hz, sample_rate)
}

/// High-pass of order 2 with −3 dB at `corner_hz`, for signals at `sample_rate` Hz.
pub(crate) fn high_pass(corner_hz: f64, sample_rate: u32) -> Result<Coefficients<f64>> {
    butterworth(Type::HighPass, corner_hz, sample_rate)
}

/// A biquad by the bilinear transform with its corner frequency prewarped; a quality factor of
/// 1/√2 makes it a Butterworth filter.
fn butterworth(kind: Type<f64>, corner_hz: f64, sample_rate: u32) -> Result<Coefficients<f64>> {
    let nyquist = f64::from(sample_rate) / 2.0;
    // Written so that NaN is refused as well.
    if !(corner_hz > 0.0 && corner_hz < nyquist) {
        return Err(Error::invalid(format!(
            "a filter corner of {corner_hz} Hz at a sampling rate of {sample_rate} Hz; \
             expected more than 0 and less than {nyquist} Hz"
        )));
    }
    Coefficients::from_normalized_params(kind, corner_hz / nyquist, Q_BUTTERWORTH_F64)
        .map_err(|error| Error::invalid(format!("no filter at {corner_hz} Hz: {error:?}")))
}

/// Filters `signal` in place, once and forward, as if silence had gone before it.
pub(crate) fn filter(coefficients: Coefficients<f64>, signal: &mut [f64]) {
    let _ = run([DirectForm2Transposed::new(coefficients)], signal.as_chunks_mut::<1>().0.iter_mut());
}

/// Filters `signal` in place, forward and then backward, so that nothing moves in time. The magnitude response is
/// squared.
///
/// The ends are extended by odd reflection, and each pass starts in the steady state of its first sample, so that an
/// offset or a slow drift does not ring at the ends. The choice is discussed by Gustafsson 1996; the result is that of
/// scipy's `filtfilt`. A recording that is shorter than the extension is extended by as much as it has.
pub(crate) async fn zero_phase(coefficients: Coefficients<f64>, signal: &mut [f64], stride: &mut Stride) {
    zero_phase_abreast([coefficients], signal.as_chunks_mut::<1>().0, stride).await;
}

/// As [`zero_phase`], for several signals at once, each with a filter of its own: `signals[i]` are their samples `i`. A
/// filter waits for its last sample before it can take the next one, and in that time there is room for others.
pub(crate) async fn zero_phase_abreast<const N: usize>(
    coefficients: [Coefficients<f64>; N],
    signals: &mut [[f64; N]],
    stride: &mut Stride,
) {
    let (Some(first), Some(last)) = (signals.first().copied(), signals.last().copied()) else {
        return;
    };
    let n = signals.len();
    let padding = PADDING.min(n - 1);
    let reflected = |end: &[f64; N], at: &[f64; N]| -> [f64; N] { std::array::from_fn(|k| 2.0 * end[k] - at[k]) };
    let mut extended = Vec::with_capacity(n + 2 * padding);
    extended.extend((1..=padding).rev().map(|i| reflected(&first, &signals[i])));
    extended.extend_from_slice(signals);
    extended.extend((1..=padding).map(|i| reflected(&last, &signals[n - 1 - i])));

    let steady = |levels: [f64; N]| -> [DirectForm2Transposed<f64>; N] {
        std::array::from_fn(|k| steady_state(coefficients[k], levels[k]))
    };
    let mut biquads = steady(extended[0]);
    for samples in extended.chunks_mut(stride.bit(N)) {
        biquads = run(biquads, samples.iter_mut());
        stride.done(N * samples.len()).await;
    }
    let mut biquads = steady(extended[extended.len() - 1]);
    for samples in extended.rchunks_mut(stride.bit(N)) {
        biquads = run(biquads, samples.iter_mut().rev());
        stride.done(N * samples.len()).await;
    }
    signals.copy_from_slice(&extended[padding..padding + n]);
}

/// Filters some samples; the filters, ready for those that come next.
fn run<'a, const N: usize>(
    mut biquads: [DirectForm2Transposed<f64>; N],
    samples: impl Iterator<Item = &'a mut [f64; N]>,
) -> [DirectForm2Transposed<f64>; N] {
    for samples in samples {
        for (biquad, sample) in biquads.iter_mut().zip(samples) {
            *sample = biquad.run(*sample);
        }
    }
    biquads
}

/// The state of the filter after an endless constant input of `level`.
fn steady_state(c: Coefficients<f64>, level: f64) -> DirectForm2Transposed<f64> {
    let output = level * (c.b0 + c.b1 + c.b2) / (1.0 + c.a1 + c.a2);
    let mut biquad = DirectForm2Transposed::new(c);
    biquad.s2 = c.b2 * level - c.a2 * output;
    biquad.s1 = output - c.b0 * level;
    biquad
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use proptest::prelude::*;

    use super::*;
    use crate::stride::at_once;

    const RATE: u32 = 1000;

    /// All of it at once.
    fn zero_phase(coefficients: Coefficients<f64>, signal: &mut [f64]) {
        at_once(super::zero_phase(coefficients, signal, &mut Stride::endless()));
    }

    /// Prewarped frequency ratio of the bilinear transform.
    fn warped(hz: f64, corner: f64) -> f64 {
        let tan = |f: f64| (TAU / 2.0 * f / f64::from(RATE)).tan();
        tan(hz) / tan(corner)
    }

    /// Amplitude of the `hz` component in the middle of `signal`, where `hz` fits 1 s exactly.
    fn amplitude(signal: &[f64], hz: f64) -> f64 {
        let middle = &signal[signal.len() / 2 - 500..signal.len() / 2 + 500];
        let (mut re, mut im) = (0.0, 0.0);
        for (k, x) in middle.iter().enumerate() {
            let phase = TAU * hz * k as f64 / f64::from(RATE);
            re += x * phase.cos();
            im += x * phase.sin();
        }
        2.0 * re.hypot(im) / middle.len() as f64
    }

    #[test]
    fn forward_and_backward_gives_the_squared_butterworth_magnitude() {
        let low = low_pass(400.0, RATE).unwrap();
        let high = high_pass(25.0, RATE).unwrap();
        for hz in [5.0, 20.0, 25.0, 40.0, 100.0, 300.0, 400.0, 450.0] {
            let tone: Vec<f64> = (0..3000).map(|k| (TAU * hz * f64::from(k) / f64::from(RATE)).sin()).collect();
            // |H|² of order 2 is 1 / (1 + (f/fc)⁴).
            let through = |coefficients| {
                let mut signal = tone.clone();
                zero_phase(coefficients, &mut signal);
                amplitude(&signal, hz)
            };
            let expected_low = 1.0 / (1.0 + warped(hz, 400.0).powi(4));
            let expected_high = 1.0 / (1.0 + warped(25.0, hz).powi(4));
            assert!((through(low) - expected_low).abs() < 1e-6, "{hz} Hz");
            assert!((through(high) - expected_high).abs() < 1e-6, "{hz} Hz");
        }
    }

    #[test]
    fn an_impulse_stays_where_it_was_and_spreads_evenly() {
        for coefficients in [low_pass(80.0, RATE).unwrap(), high_pass(25.0, RATE).unwrap()] {
            let mut signal = vec![0.0; 2001];
            signal[1000] = 1.0;
            zero_phase(coefficients, &mut signal);
            let peak = (0..2001).max_by(|&a, &b| signal[a].total_cmp(&signal[b]));
            assert_eq!(peak, Some(1000));
            for k in 1..=1000 {
                assert!((signal[1000 - k] - signal[1000 + k]).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_ends_do_not_ring_on_an_offset_or_a_drift() {
        let mut offset = vec![0.7; 300];
        zero_phase(low_pass(400.0, RATE).unwrap(), &mut offset);
        assert!(offset.iter().all(|x| (x - 0.7).abs() < 1e-12));
        zero_phase(high_pass(25.0, RATE).unwrap(), &mut offset);
        assert!(offset.iter().all(|x| x.abs() < 1e-12));
    }

    /// scipy 1.17.1: `filtfilt(*butter(2, 400, "low", fs=1000), x)`, then the same with
    /// `butter(2, 25, "high", fs=1000)`; every fourth sample.
    #[test]
    fn the_result_is_that_of_scipy_up_to_the_ends() {
        let expected = [
            (0.500885526143, -0.041869708922),
            (0.576365593596, 0.195093501465),
            (-0.415117938903, -0.659225703666),
            (0.809247067456, 0.663405565948),
            (0.002215117165, -0.0719700424),
            (0.781650699626, 0.742161341334),
        ];
        let mut signal: Vec<f64> =
            (0..24).map(f64::from).map(|k| 0.5 * (0.7 * k).sin() + 0.3 * (0.05 * k * k).cos() + 0.2).collect();
        zero_phase(low_pass(400.0, RATE).unwrap(), &mut signal);
        for (k, (low, _)) in expected.iter().enumerate() {
            assert!((signal[4 * k] - low).abs() < 1e-11, "sample {}", 4 * k);
        }
        zero_phase(high_pass(25.0, RATE).unwrap(), &mut signal);
        for (k, (_, band)) in expected.iter().enumerate() {
            assert!((signal[4 * k] - band).abs() < 1e-11, "sample {}", 4 * k);
        }
    }

    #[test]
    fn corners_outside_the_band_are_refused() {
        for corner in [0.0, -1.0, 500.0, f64::NAN, f64::INFINITY] {
            let message = low_pass(corner, RATE).unwrap_err().to_string();
            assert!(message.contains("less than 500 Hz"), "{message}");
        }
    }

    proptest! {
        #[test]
        fn a_signal_comes_out_the_same_whatever_the_stride(
            signal in proptest::collection::vec(-1.0f64..1.0, 0..200), most in 1usize..60,
        ) {
            let coefficients = high_pass(25.0, RATE).unwrap();
            let (mut whole, mut cut, mut stride) = (signal.clone(), signal.clone(), Stride::of(most));
            zero_phase(coefficients, &mut whole);
            at_once(super::zero_phase(coefficients, &mut cut, &mut stride));
            prop_assert_eq!(whole, cut);
            prop_assert!(stride.longest < 2 * most);
        }

        #[test]
        fn signals_abreast_come_out_as_one_by_one(
            mut signals in proptest::collection::vec(proptest::array::uniform3(-1.0f64..1.0), 0..200),
            most in 1usize..60,
        ) {
            let coefficients = [high_pass(25.0, RATE), low_pass(400.0, RATE), low_pass(8.0, RATE)].map(Result::unwrap);
            let mut alone = [0, 1, 2].map(|k| signals.iter().map(|samples| samples[k]).collect::<Vec<f64>>());
            for (signal, coefficients) in alone.iter_mut().zip(coefficients) {
                zero_phase(coefficients, signal);
            }
            let mut stride = Stride::of(most);
            at_once(zero_phase_abreast(coefficients, &mut signals, &mut stride));
            for (k, signal) in alone.iter().enumerate() {
                let abreast: Vec<u64> = signals.iter().map(|samples| samples[k].to_bits()).collect();
                prop_assert_eq!(abreast, signal.iter().map(|x| x.to_bits()).collect::<Vec<u64>>());
            }
            prop_assert!(stride.longest < 2 * most.max(3));
        }

        #[test]
        fn recordings_of_any_length_keep_it_and_stay_finite(
            mut signal in proptest::collection::vec(-1.0f64..1.0, 0..40),
        ) {
            let n = signal.len();
            zero_phase(high_pass(25.0, RATE).unwrap(), &mut signal);
            zero_phase(low_pass(400.0, RATE).unwrap(), &mut signal);
            prop_assert_eq!(signal.len(), n);
            prop_assert!(signal.iter().all(|x| x.is_finite()));
        }
    }
}
