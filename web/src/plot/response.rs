//! The filters of a bank before and after training.

use spectnet_core::filterbank::{FilterParameters, FilterbankConfig};
use spectnet_core::math::order::order;

use super::frequency::FrequencyScale;

/// Smallest bandwidth β in Hz to which a person can set a filter: it would ring for some hundred milliseconds.
pub const LEAST_BANDWIDTH_HZ: f64 = 1.0;

/// All filters of a bank.
#[derive(Clone, Debug, PartialEq)]
pub struct Responses {
    /// The scale of their frequencies, from 0 to half the sample rate.
    pub scale: FrequencyScale,
    /// The order n of the gammatones.
    pub gammatone_order: u32,
    /// −3 dB width in Hz of a filter whose bandwidth β is 1 Hz.
    pub width_per_bandwidth: f64,
    /// One entry a filter, in the order of the bank.
    pub filters: Vec<Response>,
}

/// One filter before and after training.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// Start values.
    pub initial: FilterParameters,
    /// Values now.
    pub learned: FilterParameters,
    /// −3 dB widths in Hz, before and after.
    pub width_hz: [f64; 2],
    /// Energy that the learned filter lets through of white noise of energy 1.
    pub noise_gain: f64,
}

impl Responses {
    /// The filters of a bank; as many as both lists have.
    pub fn new(config: &FilterbankConfig, initial: &[FilterParameters], learned: &[FilterParameters]) -> Self {
        let unit = FilterParameters { centre_hz: 0.0, bandwidth_hz: 1.0, gain: 1.0, phase_rad: 0.0 };
        let response = |(initial, learned): (&FilterParameters, &FilterParameters)| Response {
            initial: *initial,
            learned: *learned,
            width_hz: [initial, learned].map(|filter| config.gammatone(*filter).half_power_width_hz()),
            noise_gain: noise_gain(config, learned),
        };
        Self {
            scale: FrequencyScale::up_to(f64::from(config.sample_rate) / 2.0),
            gammatone_order: config.order,
            width_per_bandwidth: config.gammatone(unit).half_power_width_hz(),
            filters: initial.iter().zip(learned).map(response).collect(),
        }
    }

    /// The filters by their learned centre frequency, lowest first: the rows of the log-energy image from below.
    pub fn order(&self) -> Vec<usize> {
        let centre_hz = |filter: usize| self.filters[filter].learned.centre_hz;
        order(self.filters.len(), &|a, b| centre_hz(a).total_cmp(&centre_hz(b)))
    }

    /// The nearest centre frequency and bandwidth β in Hz to which a person can set a filter.
    pub fn within(&self, [centre_hz, bandwidth_hz]: [f64; 2]) -> [f64; 2] {
        let highest = self.scale.highest_hz();
        [centre_hz.clamp(0.0, highest), bandwidth_hz.clamp(LEAST_BANDWIDTH_HZ, highest.max(LEAST_BANDWIDTH_HZ))]
    }
}

impl Response {
    /// How much louder training made the filter at its gain parameter, in dB.
    pub fn gain_shift_db(&self) -> f64 {
        20.0 * (self.learned.gain.abs() / self.initial.gain.abs()).log10()
    }
}

/// Energy that a filter lets through of white noise of energy 1: the sum of its squared taps.
pub fn noise_gain(config: &FilterbankConfig, filter: &FilterParameters) -> f64 {
    config.gammatone(*filter).kernel().iter().map(|tap| tap * tap).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use spectnet_core::model::Task;

    #[test]
    fn filters_are_ordered_by_centre() {
        let config = Task::Heart.front_end(3);
        let mut filters = config.initial_filters().unwrap();
        filters.swap(0, 2);
        assert_eq!(Responses::new(&config, &filters, &filters).order(), [2, 1, 0]);
    }

    #[test]
    fn widths_follow_the_bandwidth() {
        let config = Task::Scene.front_end(5);
        let filters = config.initial_filters().unwrap();
        let responses = Responses::new(&config, &filters, &filters);
        for filter in &responses.filters {
            let width = responses.width_per_bandwidth * filter.initial.bandwidth_hz;
            assert!((filter.width_hz[0] / width - 1.0).abs() < 1e-12, "{width}");
        }
    }

    #[test]
    fn a_filter_twice_as_loud_lets_four_times_the_energy_through() {
        let config = Task::Heart.front_end(4);
        let initial = config.initial_filters().unwrap();
        let mut learned = initial.clone();
        learned[2].gain *= 2.0;
        let [before, after] = [&initial, &learned].map(|now| Responses::new(&config, &initial, now).filters[2].clone());
        assert!((after.noise_gain / before.noise_gain - 4.0).abs() < 1e-9);
        assert!((after.gain_shift_db() - 6.02).abs() < 0.01 && before.gain_shift_db() == 0.0);
    }

    #[test]
    fn nobody_can_set_a_filter_outside_the_bank() {
        let config = Task::Heart.front_end(4);
        let filters = config.initial_filters().unwrap();
        let responses = Responses::new(&config, &filters, &filters);
        assert_eq!(responses.within([-3.0, 0.0]), [0.0, LEAST_BANDWIDTH_HZ]);
        assert_eq!(responses.within([1e4, 1e4]), [500.0, 500.0]);
        assert_eq!(responses.within([120.0, 30.0]), [120.0, 30.0]);
    }
}
