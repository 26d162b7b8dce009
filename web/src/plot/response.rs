//! Frequency responses of a bank of filters, before and after training.

use spectnet_core::filterbank::{FilterParameters, FilterbankConfig};

use super::frequency::FrequencyScale;

/// Lowest level shown, in dB below the peak of the same filter before training.
pub const FLOOR_DB: f64 = -40.0;
/// Products of taps and frequencies that are computed at most; a large bank gets a coarser grid instead of a long wait.
const BUDGET: usize = 60_000_000;

/// The responses of all filters on one grid of frequencies.
#[derive(Clone, Debug, PartialEq)]
pub struct Responses {
    /// The scale of the grid, from 0 to half the sample rate.
    pub scale: FrequencyScale,
    /// The grid in Hz, at equal distances on the scale.
    pub frequencies_hz: Vec<f64>,
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
    /// Levels before training in dB, the peak at 0. Each filter has its own reference, because where bandwidths follow the
    /// frequency the filters' levels lie a hundred dB apart.
    pub initial_db: Vec<f64>,
    /// Levels after training in dB, relative to the same peak.
    pub learned_db: Vec<f64>,
}

impl Responses {
    /// Responses of a bank; as many filters as both lists have.
    pub fn new(config: &FilterbankConfig, initial: &[FilterParameters], learned: &[FilterParameters]) -> Self {
        let work = (2 * initial.len() * config.taps).max(1);
        let points = (BUDGET / work).clamp(64, 321);
        let scale = FrequencyScale::up_to(f64::from(config.sample_rate) / 2.0);
        let frequencies_hz = scale.grid(points);
        let magnitudes = |filter: &FilterParameters| config.gammatone(*filter).magnitudes(&frequencies_hz);
        let response = |(initial, learned): (&FilterParameters, &FilterParameters)| {
            let (before, after) = (magnitudes(initial), magnitudes(learned));
            let peak = before.iter().copied().fold(0.0, f64::max);
            let levels = |magnitudes: Vec<f64>| magnitudes.into_iter().map(|m| decibels(m, peak)).collect();
            Response {
                initial: *initial,
                learned: *learned,
                width_hz: [initial, learned].map(|filter| config.gammatone(*filter).half_power_width_hz()),
                initial_db: levels(before),
                learned_db: levels(after),
            }
        };
        let filters = initial.iter().zip(learned).map(response).collect();
        Self { scale, frequencies_hz, filters }
    }

    /// Highest level of any filter in dB: 0, or more where training made a filter louder.
    pub fn highest_db(&self) -> f64 {
        self.filters.iter().flat_map(|f| f.initial_db.iter().chain(&f.learned_db)).copied().fold(0.0, f64::max)
    }

    /// The filter whose learned response is nearest to a level at a frequency.
    pub fn nearest(&self, frequency_hz: f64, level_db: f64) -> Option<usize> {
        let above = self.frequencies_hz.partition_point(|&hz| hz < frequency_hz);
        let apart = |&point: &usize| self.frequencies_hz.get(point).map_or(f64::MAX, |hz| (hz - frequency_hz).abs());
        let point = [above.saturating_sub(1), above].into_iter().min_by(|a, b| apart(a).total_cmp(&apart(b)))?;
        let distance = |filter: &Response| (filter.learned_db.get(point).copied().unwrap_or(FLOOR_DB) - level_db).abs();
        (0..self.filters.len()).min_by(|&a, &b| distance(&self.filters[a]).total_cmp(&distance(&self.filters[b])))
    }

    /// The filters by their learned centre frequency, lowest first.
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.filters.len()).collect();
        order.sort_by(|&a, &b| {
            self.filters[a].learned.centre_hz.total_cmp(&self.filters[b].learned.centre_hz).then(a.cmp(&b))
        });
        order
    }
}

impl Response {
    /// Highest level before and after training, in dB.
    pub fn peak_db(&self) -> [f64; 2] {
        [&self.initial_db, &self.learned_db].map(|levels| levels.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    }

    /// How much louder training made the filter at its gain parameter, in dB.
    pub fn gain_shift_db(&self) -> f64 {
        20.0 * (self.learned.gain.abs() / self.initial.gain.abs()).log10()
    }
}

/// 20 log₁₀ of a ratio, not below [`FLOOR_DB`] by more than 20 dB: curves leave the plot, but stay finite.
fn decibels(magnitude: f64, reference: f64) -> f64 {
    let level = 20.0 * (magnitude / reference).log10();
    if level.is_nan() { FLOOR_DB - 20.0 } else { level.clamp(FLOOR_DB - 20.0, 200.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spectnet_core::model::Task;

    fn responses() -> Responses {
        let config = Task::Heart.front_end(4);
        let initial = config.initial_filters().unwrap();
        let mut learned = initial.clone();
        learned[2].centre_hz += 40.0;
        learned[2].gain *= 2.0;
        Responses::new(&config, &initial, &learned)
    }

    #[test]
    fn a_filter_is_measured_against_its_own_peak_before_training() {
        let responses = responses();
        for (index, filter) in responses.filters.iter().enumerate() {
            let [before, after] = filter.peak_db();
            let louder = if index == 2 { 6.02 } else { 0.0 };
            assert!(before == 0.0 && (after - louder).abs() < 0.2, "{index}: {before} {after}");
        }
        assert!(responses.filters.iter().all(|f| f.initial_db.iter().chain(&f.learned_db).all(|l| l.is_finite())));
    }

    #[test]
    fn the_response_peaks_near_its_centre_and_moves_with_it() {
        let filter = &responses().filters[2];
        let peak = |levels: &[f64]| (0..levels.len()).max_by(|&a, &b| levels[a].total_cmp(&levels[b])).unwrap() as f64;
        let (before, after) = (peak(&filter.initial_db), peak(&filter.learned_db));
        assert!((after - before) * 500.0 / 320.0 > 20.0, "{before} {after}");
        assert!((filter.gain_shift_db() - 6.02).abs() < 0.01);
    }

    #[test]
    fn the_pointer_finds_the_nearest_curve() {
        let responses = responses();
        for (index, filter) in responses.filters.iter().enumerate() {
            let frequency = filter.learned.centre_hz;
            let point = (frequency / 500.0 * 320.0).round() as usize;
            assert_eq!(responses.nearest(frequency, filter.learned_db[point]), Some(index));
        }
        let empty = Responses { frequencies_hz: vec![], filters: vec![], ..responses };
        assert_eq!(empty.nearest(1.0, 1.0), None);
    }

    #[test]
    fn narrow_low_filters_of_a_wide_bank_reach_their_peak_on_the_grid() {
        let config = FilterbankConfig { sample_rate: 22_050, taps: 1103, range_hz: [50.0, 10_500.0], ..scene() };
        let filters = config.initial_filters().unwrap();
        let responses = Responses::new(&config, &filters, &filters);
        for filter in &responses.filters {
            let peak = config.gammatone(filter.initial).magnitudes(&[filter.initial.centre_hz])[0];
            let shown = config.gammatone(filter.initial).magnitudes(&responses.frequencies_hz);
            let highest = shown.into_iter().fold(0.0, f64::max);
            assert!(highest > 0.94 * peak, "{} Hz: {highest} of {peak}", filter.initial.centre_hz);
        }
    }

    fn scene() -> FilterbankConfig {
        Task::Scene.front_end(64)
    }

    #[test]
    fn filters_are_ordered_by_centre() {
        let config = Task::Heart.front_end(3);
        let mut filters = config.initial_filters().unwrap();
        filters.swap(0, 2);
        assert_eq!(Responses::new(&config, &filters, &filters).order(), [2, 1, 0]);
    }

    #[test]
    fn silent_filters_stay_on_the_floor() {
        let config = Task::Heart.front_end(2);
        let silent: Vec<FilterParameters> =
            config.initial_filters().unwrap().into_iter().map(|f| FilterParameters { gain: 0.0, ..f }).collect();
        let responses = Responses::new(&config, &silent, &silent);
        assert!(responses.filters.iter().all(|f| f.learned_db.iter().all(|&l| l == FLOOR_DB - 20.0)));
    }
}
