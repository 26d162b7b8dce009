//! For whom a model of hearts is made, from the recordings that it is trained on.

use spectnet_core::heart;
use spectnet_core::prediction::scope::{RATES, Scope};

use crate::data::library::LabelledRecording;

/// Fewest hearts of which a range is made: of fewer, many a usual heart would lie outside of it.
const FEWEST: usize = 20;
/// Part of the hearts that is left out at either end: some rates are found wrong, and from a few hearts nothing is learned.
const LEFT_OUT: f64 = 0.01;

/// The heart rates of these recordings, which are of these people. Where too few rates are known, there is no range.
pub fn of(training: &[LabelledRecording], people: Option<String>) -> Scope {
    Scope { people, heart_rate_bpm: range(training.iter().filter_map(rate).collect()) }
}

/// The heart rate of a recording in beats per minute, as a result on it would have it; none without a plausible rhythm.
fn rate(recording: &LabelledRecording) -> Option<f64> {
    let (_, first) = recording.downmixes.first()?;
    let found = heart::joined(first.hearts.iter().map(|(_, found)| found))?;
    found.plausible.then_some(found.heart_rate_bpm)
}

/// From the 1st to the 99th percentile, rounded outwards to whole numbers.
fn range(mut rates: Vec<f64>) -> Option<[f64; 2]> {
    if rates.len() < FEWEST {
        return None;
    }
    rates.sort_by(f64::total_cmp);
    let last = rates.len() - 1;
    let left_out = (LEFT_OUT * last as f64) as usize;
    let [least, most] = RATES;
    let low = rates[left_out].floor().clamp(least, most - 1.0);
    // Hearts that all beat alike are a range, too.
    let high = rates[last - left_out].ceil().clamp(low + 1.0, most);
    Some([low, high])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_needs_hearts_and_leaves_out_the_most_unusual() {
        let rates = |count: usize| (0..count).map(|number| 60.4 + number as f64).rev().collect::<Vec<f64>>();
        assert_eq!(range(rates(19)), None);
        assert_eq!(range(rates(20)), Some([60.0, 80.0]));
        assert_eq!(range(vec![60.0; 20]), Some([60.0, 61.0]));
        // Three of 301 at either end.
        let hearts = |unusual: usize| {
            let usual = vec![70.5; 301 - 2 * unusual];
            [vec![31.0; unusual], usual, vec![199.0; unusual]].concat()
        };
        assert_eq!(range(hearts(3)), Some([70.0, 71.0]));
        assert_eq!(range(hearts(4)), Some([31.0, 199.0]));
    }

    #[test]
    fn whatever_was_found_is_a_range_that_a_file_may_hold() {
        for rate in [1.0, 20.0, 299.5, 300.0, 400.0] {
            let scope = Scope { people: None, heart_rate_bpm: range(vec![rate; 20]) };
            assert!(scope.heart_rate_bpm.is_some() && scope.validate().is_ok(), "{rate}: {scope}");
        }
    }
}
