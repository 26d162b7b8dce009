//! A filter that a person moves: how far, and what stays of it.

use super::config::{FilterbankConfig, gain_for_unit_peak};
use super::gammatone::FilterParameters;

impl FilterbankConfig {
    /// Lowest and highest centre frequency in Hz to which this filter can be moved: where filters can start in the bounded
    /// form, which is inside 0 Hz to half the sampling rate, and where it is.
    pub fn centre_range_hz(&self, filter: &FilterParameters) -> [f64; 2] {
        let [low, high] = self.centre_reach_hz();
        [low.min(filter.centre_hz), high.max(filter.centre_hz)]
    }

    /// Smallest and largest bandwidth β in Hz that this filter can be given at `centre_hz`: with which filters can start there
    /// in the bounded form, and the one that it has.
    pub fn bandwidth_range_hz(&self, filter: &FilterParameters, centre_hz: f64) -> [f64; 2] {
        let [low, high] = self.bandwidth_reach_hz(centre_hz);
        [low.min(filter.bandwidth_hz), high.max(filter.bandwidth_hz)]
    }

    /// This filter at another centre frequency and with another bandwidth β in Hz, or the nearest in range. It is as loud at
    /// its centre as before, in either form: its gain follows its bandwidth. `None` where one of them is no number.
    pub fn moved(&self, filter: &FilterParameters, centre_hz: f64, bandwidth_hz: f64) -> Option<FilterParameters> {
        if !(centre_hz.is_finite() && bandwidth_hz.is_finite()) {
            return None;
        }
        let within = |hz: f64, [low, high]: [f64; 2]| hz.max(low).min(high);
        let centre_hz = within(centre_hz, self.centre_range_hz(filter));
        let bandwidth_hz = within(bandwidth_hz, self.bandwidth_range_hz(filter, centre_hz));
        let peak = |hz: f64| gain_for_unit_peak(hz, self.order, f64::from(self.sample_rate));
        let gain = filter.gain * (peak(bandwidth_hz) / peak(filter.bandwidth_hz));
        Some(FilterParameters { centre_hz, bandwidth_hz, gain, phase_rad: filter.phase_rad })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filterbank::Form;
    use crate::model::Task;

    fn bank(form: Form) -> (FilterbankConfig, FilterParameters) {
        let config = FilterbankConfig { form, ..Task::Heart.front_end(8) };
        let filter = config.initial_filters().unwrap()[3];
        (config, filter)
    }

    #[test]
    fn a_moved_filter_is_as_loud_at_its_centre_as_before() {
        for form in [Form::Paper, Form::Bounded] {
            let (config, filter) = bank(form);
            let moved = config.moved(&filter, 200.0, 60.0).unwrap();
            assert_eq!([moved.centre_hz, moved.bandwidth_hz], [200.0, 60.0]);
            let level = |filter: FilterParameters| config.gammatone(filter).magnitudes(&[filter.centre_hz])[0];
            let change = level(moved) / level(config.moved(&filter, 200.0, 30.0).unwrap());
            assert!((change - 1.0).abs() < 0.05, "{form:?}: {change}");
            assert_eq!(config.moved(&filter, filter.centre_hz, filter.bandwidth_hz), Some(filter));
        }
    }

    /// What the weights of a model in the bounded form would say of it: their number for the gain stays.
    #[test]
    fn in_the_bounded_form_the_number_of_the_gain_stays() {
        let (config, _) = bank(Form::Bounded);
        let number = |centre_hz, bandwidth_hz, gain| {
            let asked = FilterParameters { centre_hz, bandwidth_hz, gain: 1.0, phase_rad: 0.0 };
            let [centre, bandwidth, _] = config.to_unconstrained(&asked);
            config.from_unconstrained([centre, bandwidth, gain])
        };
        let (before, after) = (number(90.0, 40.0, 0.7), number(150.0, 55.0, 0.7));
        let moved = config.moved(&before, after.centre_hz, after.bandwidth_hz).unwrap();
        assert!((moved.gain / after.gain - 1.0).abs() < 1e-12, "{moved:?} {after:?}");
    }

    #[test]
    fn what_is_out_of_range_is_brought_to_its_limit_and_what_is_no_number_is_nothing() {
        let (config, filter) = bank(Form::Bounded);
        let ([low, high], moved) = (config.centre_range_hz(&filter), |c, b| config.moved(&filter, c, b));
        assert!(0.0 < low && low < 5.0 && 490.0 < high && high < 500.0, "{low} to {high}");
        assert_eq!(moved(-1e9, 50.0).unwrap().centre_hz, low);
        assert_eq!(moved(1e9, 50.0).unwrap().centre_hz, high);
        let [narrow, wide] = config.bandwidth_range_hz(&filter, 200.0);
        assert_eq!(moved(200.0, 0.0).unwrap().bandwidth_hz, narrow);
        assert_eq!(moved(200.0, 1e9).unwrap().bandwidth_hz, wide);
        for [centre, bandwidth] in [[f64::NAN, 50.0], [200.0, f64::NAN], [f64::INFINITY, 50.0]] {
            assert_eq!(moved(centre, bandwidth), None);
        }
        let all: Vec<FilterParameters> =
            [-1e9, 1e9].iter().flat_map(|&c| [0.0, 1e9].map(|b| moved(c, b).unwrap())).collect();
        config.check_filters("filter", &all).unwrap();
    }

    /// Training goes further than a filter can start, and Hz in the paper's form have no limits at all.
    #[test]
    fn where_a_filter_is_it_can_stay() {
        let (config, filter) = bank(Form::Bounded);
        let far = FilterParameters { centre_hz: 0.37, bandwidth_hz: 300.0, ..filter };
        assert_eq!(config.moved(&far, 0.37, 300.0), Some(far));
        let back = config.moved(&far, 200.0, 300.0).unwrap();
        assert_eq!([back.centre_hz, back.bandwidth_hz], [200.0, 300.0]);
    }
}
