//! What of a signal a bank lets pass, as a signal: for listening. The model takes energies instead.

use std::f64::consts::TAU;

use super::gammatone::FilterParameters;
use crate::math::fold::folded;

/// Most taps of the kernel either way: a quarter of a second at 16 kHz. What rings longer is cut off there.
const MOST_TAPS: usize = 4096;

/// All filters of a bank as one filter: its response is the sum of theirs, without their delays.
///
/// Every filter counts with the magnitude of its response and its peak at 0 dB, and the peak of the sum is at 0 dB too.
/// Their own gains are left out, because the logarithm of the energy that the model takes makes a mere offset of a
/// gain; and their delays, because gammatones that overlap would cancel each other out between their centres.
#[derive(Clone, Debug, PartialEq)]
pub struct BankFilter {
    /// Half of an even kernel.
    taps: Vec<(usize, f32)>,
}

impl BankFilter {
    /// The sum of these filters, of this order and with impulse responses of `taps` samples, for signals at
    /// `sample_rate` Hz. Without any filter nothing passes.
    pub fn new(filters: &[FilterParameters], order: u32, taps: usize, sample_rate: u32) -> Self {
        let taps = taps.clamp(1, MOST_TAPS);
        let length = (4 * taps).next_power_of_two();
        let hz = |bin: usize| bin as f64 * f64::from(sample_rate) / length as f64;
        let mut sum = vec![0.0; length / 2 + 1];
        for filter in filters {
            let levels: Vec<f64> = (0..sum.len()).map(|bin| magnitude(filter, order, hz(bin))).collect();
            let peak = peak(&levels);
            if peak > 0.0 {
                sum.iter_mut().zip(&levels).for_each(|(sum, level)| *sum += level / peak);
            }
        }
        let peak = peak(&sum);
        if peak == 0.0 {
            return Self { taps: Vec::new() };
        }
        let cosines: Vec<f64> = (0..length).map(|k| (TAU * k as f64 / length as f64).cos()).collect();
        let tap = |lag: usize| {
            // The first and the last frequency stand for themselves alone, every other one for its mirror image too.
            let inner = sum.iter().enumerate().map(|(bin, level)| level * cosines[bin * lag % length]).sum::<f64>();
            let ends = sum[0] + sum[length / 2] * cosines[length / 2 * lag % length];
            let tap = (2.0 * inner - ends) / (length as f64 * peak);
            let tap = if lag == 0 { tap / 2.0 } else { tap };
            (lag, tap as f32)
        };
        Self { taps: (0..taps).map(tap).collect() }
    }

    /// What of a signal passes. It is 0 before its first and after its last sample.
    pub fn apply(&self, samples: &[f32]) -> Vec<f32> {
        folded(samples, &self.taps, 1.0)
    }
}

/// Magnitude of the response of a gammatone of endless length but for its gain: the sum of (1 + i(f − f₀)/β)^(−n) and
/// its mirror image at −f₀, each turned by the phase of the carrier.
fn magnitude(filter: &FilterParameters, order: u32, hz: f64) -> f64 {
    let image = |centre_hz: f64, phase_rad: f64| {
        let apart = (hz - centre_hz) / filter.bandwidth_hz;
        let level = (1.0 + apart * apart).powf(-f64::from(order) / 2.0);
        let (sin, cos) = (phase_rad - f64::from(order) * apart.atan()).sin_cos();
        [level * cos, level * sin]
    };
    let [re, im] = image(filter.centre_hz, filter.phase_rad);
    let [mirrored_re, mirrored_im] = image(-filter.centre_hz, -filter.phase_rad);
    (re + mirrored_re).hypot(im + mirrored_im)
}

fn peak(levels: &[f64]) -> f64 {
    levels.iter().copied().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filterbank::FilterbankConfig;
    use crate::filterbank::scale::erb;

    const RATE: u32 = 16_000;
    const TAPS: usize = 1219;

    fn filter(centre_hz: f64) -> FilterParameters {
        FilterParameters { centre_hz, bandwidth_hz: 1.019 * erb(centre_hz), gain: 1e6, phase_rad: 0.0 }
    }

    fn sine(hz: f64) -> Vec<f32> {
        (0..RATE).map(|k| (TAU * hz * f64::from(k) / f64::from(RATE)).sin() as f32).collect()
    }

    /// The level of a tone behind the filters in dB, away from its ends.
    fn level_db(bank: &BankFilter, hz: f64) -> f64 {
        let through = bank.apply(&sine(hz));
        let middle = &through[through.len() / 4..through.len() * 3 / 4];
        let power = middle.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / middle.len() as f64;
        10.0 * (2.0 * power).log10()
    }

    #[test]
    fn a_tone_at_the_centre_passes_and_one_an_octave_away_is_damped() {
        for centre in [200.0, 400.0, 1000.0, 3000.0] {
            let one = BankFilter::new(&[filter(centre)], 4, TAPS, RATE);
            assert!(level_db(&one, centre).abs() < 0.1, "{centre} Hz: {} dB", level_db(&one, centre));
            for hz in [centre / 2.0, 2.0 * centre] {
                assert!(level_db(&one, hz) < -20.0, "{centre} Hz lets {hz} Hz pass: {} dB", level_db(&one, hz));
            }
        }
    }

    #[test]
    fn the_level_of_a_tone_is_that_of_the_gammatone() {
        let config = FilterbankConfig::full_band(4, RATE);
        let (one, gammatone) = (BankFilter::new(&[filter(800.0)], 4, TAPS, RATE), config.gammatone(filter(800.0)));
        let levels = gammatone.magnitudes(&[800.0, 700.0, 860.0, 1000.0]);
        for (hz, level) in [700.0, 860.0, 1000.0].into_iter().zip(&levels[1..]) {
            let expected = 20.0 * (level / levels[0]).log10();
            assert!((level_db(&one, hz) - expected).abs() < 0.3, "{hz} Hz: {} dB", level_db(&one, hz));
        }
    }

    #[test]
    fn filters_that_overlap_do_not_cancel_each_other() {
        let centres: Vec<f64> = (0..12).map(|k| 300.0 * 1.12f64.powi(k)).collect();
        let filters: Vec<FilterParameters> = centres.iter().map(|hz| filter(*hz)).collect();
        let bank = BankFilter::new(&filters, 4, TAPS, RATE);
        for pair in centres.windows(2).skip(1).take(9) {
            for hz in [pair[0], (pair[0] + pair[1]) / 2.0] {
                let level = level_db(&bank, hz);
                assert!((-3.0..0.2).contains(&level), "{hz} Hz: {level} dB");
            }
        }
        assert!(level_db(&bank, 5000.0) < -40.0);
    }

    #[test]
    fn what_is_left_out_does_not_pass() {
        let [low, high] = [400.0, 2000.0].map(filter);
        let (both, one) = (BankFilter::new(&[low, high], 4, TAPS, RATE), BankFilter::new(&[high], 4, TAPS, RATE));
        assert!(level_db(&both, 400.0) > -1.0 && level_db(&one, 400.0) < -40.0);
        let none = BankFilter::new(&[], 4, TAPS, RATE);
        assert!(none.apply(&sine(400.0)).iter().all(|x| *x == 0.0));
        // A bandwidth that no filter has lets nothing pass, and nothing that is no number.
        let odd = FilterParameters { bandwidth_hz: f64::NAN, ..low };
        assert!(BankFilter::new(&[odd], 4, TAPS, RATE).apply(&sine(400.0)).iter().all(|x| *x == 0.0));
    }

    #[test]
    fn nothing_moves_in_time() {
        let mut impulse = vec![0.0; 5001];
        impulse[2500] = 1.0;
        let through = BankFilter::new(&[filter(700.0)], 4, TAPS, RATE).apply(&impulse);
        let largest = (0..through.len()).max_by(|&a, &b| through[a].abs().total_cmp(&through[b].abs()));
        assert_eq!(largest, Some(2500));
        assert!((0..2500).all(|k| (through[2500 - k] - through[2500 + k]).abs() < 1e-7));
    }
}
