//! How long the states last in a given rhythm.

use serde::{Deserialize, Serialize};

use super::envelope::FRAME_S;
use super::state::{STATES, State};
use crate::error::{Error, Result};

/// Durations of up to this many standard deviations from the mean are considered.
const REACH: f64 = 4.5;
/// Probability and width (in standard deviations of the main part) of the tail of a duration: beats come early or late,
/// and a state may be recognised wrongly.
const TAIL: f64 = 0.05;
const TAIL_WIDTH: f64 = 2.5;
/// Added to every density, so that no logarithm is infinite.
const LEAST: f64 = 1e-12;

/// Degrees of freedom of the prior, a Student t distribution: the lower, the wider its tails.
const FREEDOM: f64 = 4.0;
/// Cycles shorter than this, in seconds, are those of children: S1, S2 and the systole become shorter with them.
const FAST_S: f64 = 0.5;
/// In cycles longer than this, in seconds, the systole hardly gets longer.
const SLOW_S: f64 = 1.2;
/// The systole of a child is proportional to this power of the cycle.
const SHORTENING: f64 = 0.75;

/// The two intervals of a heart from which the durations of all states follow.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rhythm {
    /// Heart cycle: from S1 to the next S1, in seconds.
    pub cycle_s: f64,
    /// Systolic interval: from S1 to S2, in seconds.
    pub systole_s: f64,
}

/// What was learned about durations, in seconds. All numbers are finite and below 10; means and standard deviations are
/// more than 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Durations {
    /// Mean and standard deviation of S1.
    pub s1: [f64; 2],
    /// Mean and standard deviation of S2.
    pub s2: [f64; 2],
    /// Standard deviation of the systole within a recording: `[a, b]` of a + b · mean.
    pub systole_deviation: [f64; 2],
    /// Standard deviation of the diastole within a recording: `[a, b]` of a + b · mean.
    pub diastole_deviation: [f64; 2],
    /// Mean and standard deviation, over recordings, of the natural logarithm of the cycle in seconds.
    pub ln_cycle: [f64; 2],
    /// Systolic interval over recordings: `[a, b, s]` of a + b · cycle, with the standard deviation s from that.
    pub systole: [f64; 3],
}

impl Durations {
    pub(crate) fn validate(&self) -> Result<()> {
        let positive = [self.s1[0], self.s1[1], self.s2[0], self.s2[1], self.ln_cycle[1], self.systole[2]];
        let within = |value: f64| value > 1e-4 && value < 10.0;
        let others = [self.systole_deviation, self.diastole_deviation].concat();
        let others = others.iter().chain(&self.systole).chain(&self.ln_cycle);
        if positive.into_iter().all(within) && others.into_iter().all(|x| x.abs() < 10.0) {
            Ok(())
        } else {
            Err(Error::invalid(
                "cycle parameters: durations must be finite, their deviations more than 0 and below 10 s",
            ))
        }
    }

    /// Logarithm of the prior density of a rhythm. Its tails are wide: the hearts of children and athletes are rare
    /// among those learned from, but they occur.
    pub(crate) fn prior(&self, rhythm: Rhythm) -> f64 {
        let student = |x: f64, mean: f64, deviation: f64| {
            -0.5 * (FREEDOM + 1.0) * (((x - mean) / deviation).powi(2) / FREEDOM).ln_1p() - deviation.ln()
        };
        let [usual, _] = self.usual_systole(rhythm.cycle_s);
        student(rhythm.cycle_s.ln(), self.ln_cycle[0], self.ln_cycle[1])
            + student(rhythm.systole_s, usual, self.systole[2])
    }

    /// The usual interval from S1 to S2 in a cycle, and its standard deviation over recordings, in seconds. The learned
    /// straight line holds where most of the learned hearts were; for longer cycles it is less steep, for shorter ones
    /// steeper.
    pub(crate) fn usual_systole(&self, cycle_s: f64) -> [f64; 2] {
        let [a, b, deviation] = self.systole;
        let line = |cycle_s: f64| a + b * cycle_s;
        if cycle_s < FAST_S {
            let part = cycle_s / FAST_S;
            [line(FAST_S) * part.powf(SHORTENING), part * deviation]
        } else {
            [line(cycle_s.min(SLOW_S)) + 0.5 * b * (cycle_s - SLOW_S).max(0.0), deviation]
        }
    }

    /// Mean and standard deviation of the duration of each state, in seconds.
    pub(crate) fn moments(&self, rhythm: Rhythm) -> [[f64; 2]; STATES] {
        let rest = |mean: f64, [a, b]: [f64; 2]| {
            let mean = mean.max(2.0 * FRAME_S);
            [mean, (a + b * mean).max(0.5 * FRAME_S)]
        };
        let shortened = (rhythm.cycle_s / FAST_S).min(1.0).sqrt();
        let [s1, s2] = [self.s1, self.s2].map(|moments| moments.map(|seconds| shortened * seconds));
        let systole = rest(rhythm.systole_s - s1[0], self.systole_deviation);
        let diastole = rest(rhythm.cycle_s - rhythm.systole_s - s2[0], self.diastole_deviation);
        [s1, systole, s2, diastole]
    }
}

/// The distribution of the duration of one state, in frames.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lengths {
    /// ln P of each duration, from the longest to the shortest; never empty.
    pub falling: Vec<f64>,
    /// ln P(at least 1), ln P(at least 2), … up to the longest duration, in frames.
    pub survival: Vec<f64>,
}

impl Lengths {
    /// A normal distribution with a wider tail, cut at [`REACH`] standard deviations.
    fn new([mean, deviation]: [f64; 2]) -> Self {
        let [mean, deviation] = [mean, deviation].map(|seconds| seconds / FRAME_S);
        let first = (mean - REACH * deviation).floor().max(1.0) as usize;
        let last = ((mean + REACH * deviation).ceil() as usize).max(first);
        let density =
            |length: usize, width: f64| (-0.5 * ((length as f64 - mean) / (width * deviation)).powi(2)).exp() / width;
        let mixed = |length| (1.0 - TAIL) * density(length, 1.0) + TAIL * density(length, TAIL_WIDTH) + LEAST;
        let mut falling: Vec<f64> = (first..=last).rev().map(mixed).collect();
        let sum: f64 = falling.iter().sum();
        let mut survival = vec![0.0; last];
        let mut left = 0.0;
        for length in (1..=last).rev() {
            left += falling.get(last - length).copied().unwrap_or(0.0) / sum;
            survival[length - 1] = left.min(1.0).ln();
        }
        falling.iter_mut().for_each(|value| *value = (*value / sum).ln());
        Self { falling, survival }
    }

    /// Longest duration in frames.
    pub fn last(&self) -> usize {
        self.survival.len()
    }
}

/// The distributions of the durations of all states in a rhythm.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Table {
    pub lengths: [Lengths; STATES],
    /// Logarithm of the mean cycle in frames: a recording may begin anywhere in a cycle.
    pub ln_cycle: f64,
}

impl Table {
    pub fn new(durations: &Durations, rhythm: Rhythm) -> Self {
        let lengths = durations.moments(rhythm).map(Lengths::new);
        Self { lengths, ln_cycle: (rhythm.cycle_s / FRAME_S).max(1.0).ln() }
    }

    /// Entropy of all four durations together, in nats: how uncertain they are.
    pub fn entropy(&self) -> f64 {
        self.lengths.iter().flat_map(|lengths| &lengths.falling).map(|ln| -ln.exp() * ln).sum()
    }

    pub fn of(&self, state: State) -> &Lengths {
        &self.lengths[state.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heart::Parameters;

    #[test]
    fn the_durations_of_any_rhythm_fit_into_its_cycle() {
        let durations = Parameters::shipped().unwrap().durations;
        let mut before = 0.0;
        for cycle_s in (27..=200).map(|hundredths| f64::from(hundredths) / 100.0) {
            let [systole_s, deviation] = durations.usual_systole(cycle_s);
            // It grows with the cycle, without steps.
            assert!(systole_s > before && (before == 0.0 || systole_s - before < 0.01), "{cycle_s}: {systole_s}");
            assert!(systole_s + deviation < cycle_s);
            before = systole_s;
            let sum: f64 = durations.moments(Rhythm { cycle_s, systole_s }).iter().map(|moments| moments[0]).sum();
            assert!((sum / cycle_s - 1.0).abs() < 0.1, "{cycle_s}: {sum}");
        }
    }
}
