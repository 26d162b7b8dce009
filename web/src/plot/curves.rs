//! Frequency responses of one filter: at its start and now.

use spectnet_core::filterbank::{FilterParameters, FilterbankConfig};

use super::frequency::FrequencyScale;

/// Lowest level shown, in dB below the peak of the filter at its start.
pub const FLOOR_DB: f64 = -40.0;
/// Products of taps and frequencies of a curve, at most: some milliseconds. A filter that rings for long gets a coarser
/// grid instead of a long wait, for a curve is drawn anew while a person drags the filter.
const BUDGET: usize = 1_000_000;

/// The two responses on one grid of frequencies.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    /// The grid in Hz: equal distances on the scale, and both centre frequencies.
    pub frequencies_hz: Vec<f64>,
    /// Levels at the start in dB, the peak at 0. Each filter has its own reference, because where bandwidths follow the
    /// frequency the filters' levels lie a hundred dB apart.
    pub start_db: Vec<f64>,
    /// Levels now in dB, relative to the same peak.
    pub now_db: Vec<f64>,
}

impl Curves {
    /// The curves of a filter of this bank.
    pub fn new(
        config: &FilterbankConfig,
        scale: FrequencyScale,
        start: &FilterParameters,
        now: &FilterParameters,
    ) -> Self {
        let points = (BUDGET / config.taps.max(1)).clamp(64, 321);
        let mut frequencies_hz = scale.grid(points);
        // So that no peak falls between two points.
        frequencies_hz.extend([start, now].map(|filter| filter.centre_hz.clamp(0.0, scale.highest_hz())));
        frequencies_hz.sort_by(f64::total_cmp);
        frequencies_hz.dedup();
        let [before, after] = [start, now].map(|filter| config.gammatone(*filter).magnitudes(&frequencies_hz));
        let peak = before.iter().copied().fold(0.0, f64::max);
        let levels = |magnitudes: Vec<f64>| magnitudes.into_iter().map(|m| decibels(m, peak)).collect();
        Self { start_db: levels(before), now_db: levels(after), frequencies_hz }
    }

    /// Highest levels at the start and now, in dB.
    pub fn peak_db(&self) -> [f64; 2] {
        [&self.start_db, &self.now_db].map(|levels| levels.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    }

    /// The highest level of both in dB: 0, or more where the filter became louder.
    pub fn highest_db(&self) -> f64 {
        self.peak_db().into_iter().fold(0.0, f64::max)
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

    fn curves(config: &FilterbankConfig, start: &FilterParameters, now: &FilterParameters) -> Curves {
        Curves::new(config, FrequencyScale::up_to(f64::from(config.sample_rate) / 2.0), start, now)
    }

    #[test]
    fn a_filter_is_measured_against_its_own_peak_at_its_start() {
        let config = Task::Heart.front_end(4);
        for start in config.initial_filters().unwrap() {
            let louder = FilterParameters { gain: 2.0 * start.gain, ..start };
            for (now, level) in [(start, 0.0), (louder, 6.02)] {
                let [before, after] = curves(&config, &start, &now).peak_db();
                assert!(before == 0.0 && (after - level).abs() < 0.01, "{before} {after}");
            }
            assert!((curves(&config, &start, &louder).highest_db() - 6.02).abs() < 0.01);
        }
    }

    #[test]
    fn the_response_peaks_near_its_centre_and_moves_with_it() {
        let config = Task::Heart.front_end(4);
        let start = config.initial_filters().unwrap()[2];
        let now = FilterParameters { centre_hz: start.centre_hz + 40.0, ..start };
        let curves = curves(&config, &start, &now);
        let peak = |levels: &[f64]| {
            let highest = (0..levels.len()).max_by(|&a, &b| levels[a].total_cmp(&levels[b])).unwrap();
            curves.frequencies_hz[highest]
        };
        assert!(peak(&curves.now_db) - peak(&curves.start_db) > 20.0);
    }

    #[test]
    fn narrow_low_filters_of_a_wide_bank_reach_their_peak_on_the_grid() {
        let front_end = Task::Scene.front_end(64);
        let config = FilterbankConfig { sample_rate: 22_050, taps: 1103, range_hz: [50.0, 10_500.0], ..front_end };
        for filter in config.initial_filters().unwrap() {
            let at_centre = config.gammatone(filter).magnitudes(&[filter.centre_hz])[0];
            let shown = config.gammatone(filter).magnitudes(&curves(&config, &filter, &filter).frequencies_hz);
            assert!(shown.into_iter().fold(0.0, f64::max) >= at_centre, "{} Hz", filter.centre_hz);
        }
    }

    #[test]
    fn silent_filters_stay_on_the_floor() {
        let config = Task::Heart.front_end(2);
        let silent = FilterParameters { gain: 0.0, ..config.initial_filters().unwrap()[0] };
        let curves = curves(&config, &silent, &silent);
        assert!(curves.start_db.iter().chain(&curves.now_db).all(|&level| level == FLOOR_DB - 20.0));
    }
}
