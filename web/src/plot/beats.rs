//! Heart beats over time: how far apart they are, and the curve of the heart rate where single cycles are too narrow to be
//! seen.

use spectnet_core::heart::{State, StateInterval};

/// Beats farther apart, in seconds, have something between them that was not found: 28 beats a minute.
const GAP_S: f64 = 2.14;
/// The curve of the heart rate is a mean over so many seconds at least: about a breath, so that single beats do not make a
/// comb of it.
const SMOOTH_S: f64 = 4.0;

/// When the beats begin: the onsets of S1, in seconds.
pub fn beats(states: &[StateInterval]) -> Vec<f64> {
    states.iter().filter(|interval| interval.state == State::S1).map(|interval| interval.start_s).collect()
}

/// The usual distance of two beats in seconds: the median. None where there are no two beats.
pub fn cycle_s(beats: &[f64]) -> Option<f64> {
    let mut distances: Vec<f64> = distances(beats).collect();
    distances.sort_by(f64::total_cmp);
    distances.get(distances.len() / 2).copied()
}

/// Beats a minute between two times; none where there are no two beats between them.
pub fn rate(beats: &[f64], [from_s, to_s]: [f64; 2]) -> Option<f64> {
    let place = |at_s: f64| beats.partition_point(|beat| *beat < at_s);
    let inside = beats.get(place(from_s)..place(to_s))?;
    let (count, sum) = distances(inside).fold((0.0, 0.0), |(count, sum), distance| (count + 1.0, sum + distance));
    (sum > 0.0).then(|| 60.0 * count / sum)
}

/// The heart rate in the middle of each of `columns` equal stretches of time: the time, and the rate where there is one.
pub fn curve(beats: &[f64], [from_s, to_s]: [f64; 2], columns: usize) -> Vec<(f64, Option<f64>)> {
    let step_s = (to_s - from_s) / columns.max(1) as f64;
    let half_s = step_s.max(SMOOTH_S) / 2.0;
    let middle = |column: usize| from_s + (column as f64 + 0.5) * step_s;
    (0..columns).map(middle).map(|at_s| (at_s, rate(beats, [at_s - half_s, at_s + half_s]))).collect()
}

fn distances(beats: &[f64]) -> impl Iterator<Item = f64> {
    beats.windows(2).map(|pair| pair[1] - pair[0]).filter(|distance| *distance <= GAP_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 75 beats a minute for 30 s, nothing for 10 s, and 120 a minute for 20 s.
    fn two_rates() -> Vec<f64> {
        let slow = (0..37).map(|beat| 0.8 * f64::from(beat));
        slow.chain((0..40).map(|beat| 40.0 + 0.5 * f64::from(beat))).collect()
    }

    #[test]
    fn beats_are_the_onsets_of_s1() {
        let interval = |state, start_s: f64| StateInterval { start_s, end_s: start_s + 0.1, state, probability: 1.0 };
        let states =
            [(State::S1, 0.5), (State::Systole, 0.6), (State::S2, 0.9), (State::Diastole, 1.0), (State::S1, 1.3)];
        assert_eq!(beats(&states.map(|(state, start_s)| interval(state, start_s))), [0.5, 1.3]);
    }

    #[test]
    fn a_gap_is_no_slow_heart() {
        let beats = two_rates();
        let near = |rate: Option<f64>, expected: f64| rate.is_some_and(|rate| (rate - expected).abs() < 1e-6);
        assert!(near(rate(&beats, [0.0, 30.0]), 75.0) && near(rate(&beats, [40.0, 60.0]), 120.0));
        assert!(near(rate(&beats, [27.0, 40.1]), 75.0), "what lies behind the gap has no other beat here");
        assert_eq!([[30.0, 39.0], [0.0, 0.5], [60.0, 0.0]].map(|part| rate(&beats, part)), [None; 3]);
        assert_eq!((cycle_s(&[]), cycle_s(&[1.0]), cycle_s(&[0.0, 9.0])), (None, None, None));
        assert!((cycle_s(&beats[..37]).unwrap() - 0.8).abs() < 1e-9);
    }

    #[test]
    fn the_curve_follows_the_rate_and_has_the_gap() {
        let curve = curve(&two_rates(), [0.0, 60.0], 60);
        let at = |second: usize| curve[second].1.map(f64::round);
        assert_eq!((curve.len(), curve[20].0), (60, 20.5));
        assert_eq!([10, 20, 34, 45, 55].map(at), [Some(75.0), Some(75.0), None, Some(120.0), Some(120.0)]);
        assert!(super::curve(&[], [0.0, 1.0], 0).is_empty());
    }
}
