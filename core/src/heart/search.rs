//! Search for the rhythm of a recording.
//!
//! Half, twice or three times the right heart rate also explains many of the sounds, and so does a systole that is
//! taken for a diastole. The autocorrelation alone confuses them. So every rhythm that a heart can have is tried, and
//! the one whose best path explains the recording best is taken.

use super::duration::{Durations, Rhythm, Table};
use super::envelope::{FRAME_S, Frame, HOMOMORPHIC};
use super::state::STATES;
use super::viterbi::{Trellis, running_sums};
use crate::stride::Stride;

/// Shortest and longest cycle that is tried, in seconds: 220 and 30 beats a minute.
const SHORTEST_S: f64 = 60.0 / 220.0;
const LONGEST_S: f64 = 2.0;
/// Longest cycle that is tried, as a fraction of the piece: of a longer one, hardly a second could be compared.
const LONGEST_FRACTION: f64 = 0.6;
/// Ratio of neighbouring cycles that are tried: durations vary by more than this.
const RATIO: f64 = 1.06;
/// Intervals from S1 to S2 that are tried for each cycle, in standard deviations from the usual one.
const SYSTOLES: [f64; 4] = [-1.6, -0.5, 0.5, 1.6];
/// Shortest interval from S1 to S2 that is tried, in seconds.
const SHORTEST_SYSTOLE_S: f64 = 0.12;

/// Factors on the distances between the frames that the observation model sees, for hearts faster than those it learned
/// from: for cycles of 0.5 s and more, of 0.35 s and more, and shorter ones.
pub(crate) const PACES: [f64; 3] = [1.0, 0.65, 0.45];
const PACE_FROM_S: [f64; 2] = [0.5, 0.35];

/// Terms of the score of a rhythm beside the score of its path, in the same unit. They were chosen by comparing
/// settings on the data of the evaluation; see docs/CYCLES.md.
///
/// Every cycle has four durations, and each of their probabilities lowers the score. Likelihoods with an exponent below
/// 1 do not make up for that, so slow rhythms would win. This is given back for each cycle...
const CYCLE_BONUS: f64 = 4.0;
/// ... less this factor times the entropy, in nats, by which its durations are more certain than those of a usual
/// cycle.
const SURER: f64 = 0.7;
const USUAL: Rhythm = Rhythm { cycle_s: 0.8, systole_s: 0.3 };
/// For a recording that repeats perfectly after a cycle, according to its autocorrelation.
const LIKENESS_BONUS: f64 = 100.0;
/// For each second at the fastest pace, at which the observation model is least sure.
const FASTEST_BONUS: f64 = 1.0;

/// Tolerance when a cycle is compared with half or twice another one, as a fraction.
const TWICE: f64 = 0.12;
/// A rhythm of half or twice the rate explains the piece nearly as well if its score is lower by less than this for
/// each second. Chosen so that all confusions up to 180 beats a minute are reported, and 1 in 20 right rates there.
const NEARLY: f64 = 3.0;
/// If its score is lower by less than this, the more usual of the two rhythms is taken.
const EVEN: f64 = 1.5;

/// What a frame costs on the best path of one rhythm, in units of a [stride](Stride).
const FRAME_COST: usize = 32;

/// The rhythm of a piece.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub rhythm: Rhythm,
    /// A rhythm of about half or twice the rate, if it explains the piece nearly as well.
    pub rival: Option<Rhythm>,
}

/// Index in [`PACES`] for a cycle.
pub(crate) fn pace(cycle_s: f64) -> usize {
    PACE_FROM_S.iter().take_while(|from| cycle_s < **from).count()
}

/// The rhythm whose best path explains a piece best. `likelihoods` are those at each of the [`PACES`].
pub(crate) async fn rhythm(
    likelihoods: &[Vec<[f64; STATES]>; 3],
    likeness: &Likeness,
    durations: &Durations,
    stride: &mut Stride,
) -> Found {
    let sums = likelihoods.each_ref().map(|likelihoods| running_sums(likelihoods));
    let seconds = likelihoods[0].len() as f64 * FRAME_S;
    let usual = Table::new(durations, USUAL).entropy();
    let score = |rhythm: Rhythm| {
        let table = Table::new(durations, rhythm);
        let pace = pace(rhythm.cycle_s);
        let fastest = if pace + 1 == PACES.len() { FASTEST_BONUS } else { 0.0 };
        let bonus = CYCLE_BONUS - SURER * (usual - table.entropy()).max(0.0);
        Trellis::new(&sums[pace], &[(0, &table)]).score()
            + bonus * seconds / rhythm.cycle_s
            + fastest * seconds
            + LIKENESS_BONUS * likeness.at(rhythm.cycle_s)
            + durations.prior(rhythm)
    };
    let candidates: Vec<Rhythm> = candidates(durations, seconds).collect();
    let mut scored = Vec::with_capacity(candidates.len());
    for rhythm in candidates {
        scored.push((rhythm, score(rhythm)));
        stride.done(FRAME_COST * likelihoods[0].len()).await;
    }
    let best_of = |holds: &dyn Fn(&Rhythm) -> bool| {
        let those = scored.iter().copied().filter(|(rhythm, _)| holds(rhythm));
        those.max_by(|a, b| a.1.total_cmp(&b.1))
    };
    let Some((rhythm, highest)) = best_of(&|_| true) else { return Found { rhythm: USUAL, rival: None } };
    let twin =
        best_of(&|other| [0.5, 2.0].iter().any(|ratio| (other.cycle_s / (ratio * rhythm.cycle_s) - 1.0).abs() < TWICE));
    match twin.map(|(twin, score)| (twin, (highest - score) / seconds)) {
        Some((twin, below)) if below < EVEN && durations.prior(twin) > durations.prior(rhythm) => {
            Found { rhythm: twin, rival: Some(rhythm) }
        }
        Some((twin, below)) if below < NEARLY => Found { rhythm, rival: Some(twin) },
        _ => Found { rhythm, rival: None },
    }
}

/// The rhythms that are tried in a piece of this many seconds.
fn candidates(durations: &Durations, seconds: f64) -> impl Iterator<Item = Rhythm> {
    let longest = (LONGEST_S * RATIO.sqrt()).min(LONGEST_FRACTION * seconds);
    let cycles = std::iter::successors(Some(SHORTEST_S), |cycle| Some(cycle * RATIO));
    cycles.take_while(move |cycle| *cycle <= longest).flat_map(|cycle_s| {
        let [usual, deviation] = durations.usual_systole(cycle_s);
        SYSTOLES.map(|off| Rhythm { cycle_s, systole_s: (usual + off * deviation).max(SHORTEST_SYSTOLE_S) })
    })
}

/// How similar an envelope is to itself some time later: its normalised autocorrelation.
#[derive(Clone, Debug)]
pub(crate) struct Likeness {
    /// Values for lags of 0, 1, 2, … frames.
    values: Vec<f64>,
}

impl Likeness {
    /// The autocorrelation of the homomorphic envelope, for all lags up to the longest cycle. They are few, so the sums
    /// are computed as they are defined.
    pub fn of(frames: &[Frame]) -> Self {
        let values: Vec<f64> = frames.iter().map(|frame| f64::from(frame[HOMOMORPHIC])).collect();
        let longest = ((RATIO * LONGEST_S / FRAME_S).ceil() as usize + 2).min(values.len());
        let power = values.iter().map(|x| x * x).sum::<f64>() / values.len().max(1) as f64;
        let at = |lag: usize| {
            let later = values.get(lag..).unwrap_or_default();
            let product = later.iter().zip(&values).map(|(a, b)| a * b).sum::<f64>() / later.len().max(1) as f64;
            if power > 0.0 { (product / power).clamp(-1.0, 1.0) } else { 0.0 }
        };
        Self { values: (0..longest).map(at).collect() }
    }

    /// The value at a lag in seconds, interpolated between the lags on both sides; 0 for lags as long as the piece.
    pub fn at(&self, seconds: f64) -> f64 {
        let place = (seconds / FRAME_S).max(0.0);
        let before = place.floor();
        match self.values.get(before as usize..) {
            Some([a, b, ..]) => a + (place - before) * (b - a),
            _ => 0.0,
        }
    }
}
