//! One gammatone filter in plain f64 arithmetic: the slow, obvious version that the fast ones are tested against.

use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};

/// The parameters of a filter that can be learned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilterParameters {
    /// Centre frequency f in Hz.
    pub centre_hz: f64,
    /// Bandwidth β in Hz: the envelope decays as exp(−2πβt).
    pub bandwidth_hz: f64,
    /// Gain a, the factor of the impulse response t^(n−1) · e^(−2πβt) · cos(2πft + φ), t in seconds; a finite number.
    pub gain: f64,
    /// Phase φ of the carrier in radians; 0 where it is not learned.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub phase_rad: f64,
}

fn is_zero(phase: &f64) -> bool {
    *phase == 0.0
}

/// A gammatone filter as a finite impulse response:
/// `g[k] = gain · t^(order−1) · exp(−2π β t) · cos(2π f t + φ)` with `t = k / sample_rate` (Patterson et al. 1987).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gammatone {
    /// Centre frequency, bandwidth, gain and phase.
    pub parameters: FilterParameters,
    /// Order n, 1 to 8.
    pub order: u32,
    /// Length K of the impulse response in samples.
    pub taps: usize,
    /// Sampling rate in Hz.
    pub sample_rate: f64,
}

impl Gammatone {
    /// The impulse response `[taps]`: `g[0]` to `g[K − 1]`, one value for each sample.
    pub fn kernel(&self) -> Vec<f64> {
        let FilterParameters { centre_hz, bandwidth_hz, gain, phase_rad } = self.parameters;
        (0..self.taps)
            .map(|k| {
                let t = k as f64 / self.sample_rate;
                let envelope = gain * t.powi(self.order as i32 - 1) * (-TAU * bandwidth_hz * t).exp();
                envelope * (TAU * centre_hz * t + phase_rad).cos()
            })
            .collect()
    }

    /// Gradient with respect to centre frequency, bandwidth, gain and phase (in the units of [`FilterParameters`]),
    /// from the gradient `taps` with respect to the impulse response.
    pub fn gradient(&self, taps: &[f64]) -> [f64; 4] {
        let FilterParameters { centre_hz, bandwidth_hz, gain, phase_rad } = self.parameters;
        let mut sums = [0.0; 4];
        for (k, tap) in taps.iter().enumerate() {
            let t = k as f64 / self.sample_rate;
            let (sin, cos) = (TAU * centre_hz * t + phase_rad).sin_cos();
            let envelope = tap * t.powi(self.order as i32 - 1) * (-TAU * bandwidth_hz * t).exp();
            sums[0] -= gain * envelope * TAU * t * sin;
            sums[1] -= gain * envelope * TAU * t * cos;
            sums[2] += envelope * cos;
            sums[3] -= gain * envelope * sin;
        }
        sums
    }

    /// Magnitude of the frequency response at each of these frequencies in Hz: a factor, of which 20 log₁₀ is dB.
    pub fn magnitudes(&self, frequencies_hz: &[f64]) -> Vec<f64> {
        let kernel = self.kernel();
        frequencies_hz.iter().map(|hz| magnitude(&kernel, hz / self.sample_rate)).collect()
    }

    /// Width in Hz between the two frequencies at which the response is 3 dB below its peak: 2β √(2^(1/n) − 1).
    ///
    /// It follows from |H(f)| ∝ (1 + ((f − f₀)/β)²)^(−n/2), which leaves out the mirror image at −f₀ and the finite
    /// length.
    pub fn half_power_width_hz(&self) -> f64 {
        2.0 * self.parameters.bandwidth_hz * (2f64.powf(1.0 / f64::from(self.order)) - 1.0).sqrt()
    }
}

/// |Σ kernel[k] e^(−2πi·cycles·k)| by Horner's rule, with one sine for all taps; `cycles` is the frequency in cycles
/// per sample.
fn magnitude(kernel: &[f64], cycles: f64) -> f64 {
    let (sin, cos) = (-TAU * cycles).sin_cos();
    let step = |(re, im): (f64, f64), tap: &f64| (re * cos - im * sin + tap, re * sin + im * cos);
    let (re, im) = kernel.iter().rev().fold((0.0, 0.0), step);
    re.hypot(im)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filterbank::scale::erb;

    fn filter(centre_hz: f64, order: u32) -> Gammatone {
        let bandwidth_hz = 1.019 * erb(centre_hz);
        let parameters = FilterParameters { centre_hz, bandwidth_hz, gain: 1.0, phase_rad: 0.0 };
        Gammatone { parameters, order, taps: 2048, sample_rate: 16_000.0 }
    }

    fn grid(filter: &Gammatone) -> (Vec<f64>, Vec<f64>) {
        let bins: Vec<f64> = (0..=1024).map(|bin| f64::from(bin) * 16_000.0 / 2048.0).collect();
        let magnitudes = filter.magnitudes(&bins);
        (bins, magnitudes)
    }

    #[test]
    fn the_response_is_the_sum_over_the_taps() {
        let filter = Gammatone { taps: 1600, ..filter(60.0, 4) };
        let kernel = filter.kernel();
        for hz in [0.0, 0.1, 60.0, 997.0, 8000.0] {
            let (mut re, mut im) = (0.0, 0.0);
            for (k, tap) in kernel.iter().enumerate() {
                let (sin, cos) = (TAU * hz / filter.sample_rate * k as f64).sin_cos();
                (re, im) = (re + tap * cos, im - tap * sin);
            }
            let scale: f64 = kernel.iter().map(|tap| tap.abs()).sum();
            assert!((filter.magnitudes(&[hz])[0] - re.hypot(im)).abs() < 1e-12 * scale, "{hz} Hz");
        }
    }

    #[test]
    fn the_peak_lies_within_one_bin_of_the_centre() {
        for order in 2..=8 {
            // Within some bandwidths of fs/2 the mirror image pulls the peak of low orders away.
            for centre in [500.0, 1000.0, 2000.0, 4000.0] {
                let (bins, magnitudes) = grid(&filter(centre, order));
                let peak = (0..bins.len()).max_by(|&a, &b| magnitudes[a].total_cmp(&magnitudes[b])).unwrap();
                assert!((bins[peak] - centre).abs() <= 16_000.0 / 2048.0, "order {order}, {centre} Hz: {}", bins[peak]);
            }
        }
    }

    #[test]
    fn the_bandwidth_is_within_two_percent_of_theory() {
        for order in 2..=8 {
            for centre in [1000.0, 2000.0, 4000.0] {
                let filter = filter(centre, order);
                let half = filter.half_power_width_hz() / 2.0;
                let peak = filter.magnitudes(&[centre])[0];
                // Where the response crosses −3 dB on either side, by bisection.
                let edge = |sign: f64| {
                    let (mut inside, mut outside) = (0.0, 3.0 * half);
                    for _ in 0..50 {
                        let middle = (inside + outside) / 2.0;
                        let above = filter.magnitudes(&[centre + sign * middle])[0] > peak / 2f64.sqrt();
                        if above { inside = middle } else { outside = middle }
                    }
                    inside
                };
                let width = edge(1.0) + edge(-1.0);
                assert!((width / (2.0 * half) - 1.0).abs() < 0.02, "order {order}, {centre} Hz: {width} Hz");
            }
        }
    }

    #[test]
    fn the_floor_far_from_the_centre_is_below_60_db() {
        for centre in [500.0, 1000.0, 2000.0] {
            let (bins, magnitudes) = grid(&filter(centre, 4));
            let peak = magnitudes.iter().copied().fold(0.0, f64::max);
            let far = bins.iter().zip(&magnitudes).filter(|(hz, _)| **hz > 4.0 * centre + 1000.0);
            let floor = far.map(|(_, m)| 20.0 * (m / peak).log10()).fold(f64::MIN, f64::max);
            assert!(floor < -60.0, "{centre} Hz: {floor} dB");
        }
    }
}
