//! Which rhythm a recording has.
//!
//! Half, twice or three times the right rhythm also explains many of the sounds, and so does a systole taken for a
//! diastole. Looking at the autocorrelation alone confuses them; so every rhythm that a heart can have is tried, and the
//! one whose best path explains the recording best is taken.

use super::duration::{Durations, Rhythm, Table};
use super::envelope::{FRAME_S, Frame, HOMOMORPHIC};
use super::state::STATES;
use super::viterbi::{Trellis, running_sums};

/// Cycles that are tried: from 220 to 30 beats a minute.
const SHORTEST_S: f64 = 60.0 / 220.0;
const LONGEST_S: f64 = 2.0;
/// Longest cycle that is tried, as a share of the piece: of a longer one there is hardly a second to compare with.
const LONGEST_SHARE: f64 = 0.6;
/// Ratio of neighbouring cycles: durations vary by more.
const RATIO: f64 = 1.06;
/// Intervals from S1 to S2 that are tried for a cycle, in standard deviations from what is usual for it.
const SYSTOLES: [f64; 4] = [-1.6, -0.5, 0.5, 1.6];
/// Shortest interval from S1 to S2 that is tried, in seconds.
const SHORTEST_SYSTOLE_S: f64 = 0.12;

/// How much nearer the frames are that the observation model looks at, for hearts faster than those it learned from: those
/// with cycles of 0.5 s and more, of 0.35 s and more, and faster ones.
pub(crate) const PACES: [f64; 3] = [1.0, 0.65, 0.45];
const PACE_FROM_S: [f64; 2] = [0.5, 0.35];

/// What counts beside the path, in the unit of its score. Chosen by comparing settings on the data of the evaluation; see
/// docs/CYCLES.md.
///
/// Every cycle brings four durations, and each of their probabilities lowers the score: likelihoods with an exponent
/// below 1 do not make up for it, and slow rhythms would win. This is given back for each cycle...
const CYCLE_BONUS: f64 = 4.0;
/// ... less so many times what its durations are surer, in nats, than those of a usual cycle.
const SURER: f64 = 0.7;
const USUAL: Rhythm = Rhythm { cycle_s: 0.8, systole_s: 0.3 };
/// For a recording that repeats itself perfectly after a cycle, as its autocorrelation says.
const LIKENESS_BONUS: f64 = 100.0;
/// For each second at the fastest pace, at which the observation model is the least sure.
const FASTEST_BONUS: f64 = 1.0;

/// How far cycles may lie from half or twice another, as a fraction.
const TWICE: f64 = 0.12;
/// A rhythm of half or twice the rate whose score is lower by less than this a second explains the piece nearly as well.
/// Chosen so that all confusions up to 180 a minute were said, and 1 in 20 right rates there.
const NEARLY: f64 = 3.0;
/// If it is lower by less than this, the rhythm that is more usual is taken.
const EVEN: f64 = 1.5;

/// The rhythm of a piece.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub rhythm: Rhythm,
    /// About half or twice as fast, if that explains the piece nearly as well.
    pub rival: Option<Rhythm>,
}

/// The place in [`PACES`] for a cycle.
pub(crate) fn pace(cycle_s: f64) -> usize {
    PACE_FROM_S.iter().take_while(|from| cycle_s < **from).count()
}

/// The rhythm whose best path explains a piece best. Likelihoods are those at each of the [`PACES`].
pub(crate) fn rhythm(likelihoods: &[Vec<[f64; STATES]>; 3], likeness: &Likeness, durations: &Durations) -> Found {
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
    let scored: Vec<(Rhythm, f64)> = candidates(durations, seconds).map(|rhythm| (rhythm, score(rhythm))).collect();
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

/// The rhythms that are tried in a piece of so many seconds.
fn candidates(durations: &Durations, seconds: f64) -> impl Iterator<Item = Rhythm> {
    let longest = (LONGEST_S * RATIO.sqrt()).min(LONGEST_SHARE * seconds);
    let cycles = std::iter::successors(Some(SHORTEST_S), |cycle| Some(cycle * RATIO));
    cycles.take_while(move |cycle| *cycle <= longest).flat_map(|cycle_s| {
        let [usual, deviation] = durations.usual_systole(cycle_s);
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
        let longest = ((RATIO * LONGEST_S / FRAME_S).ceil() as usize + 2).min(values.len());
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
