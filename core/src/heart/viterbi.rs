//! The most probable sequence of states and durations: Viterbi for a hidden semi-Markov model.
//!
//! The states follow one another in a fixed order, so only the end of each is unknown. Let E(t, s) be the best score of
//! a path in which a segment of state s ends before frame t:
//!
//! ```text
//! E(t, s) = max over d of  E(t − d, s before) + ln P(d | s) + Σ likelihoods of s over the d frames
//! ```
//!
//! The first and the last segment are cut by the ends of the recording, so they count with the probability of lasting
//! at least as long (Springer et al. 2016, "extended Viterbi"). Sums over frames are differences of running sums, and
//! the segments are found again on the way back, so the time is proportional to frames × durations, and the memory is a
//! few numbers for each frame.

use pulp::Arch;

use super::duration::{Lengths, Table};
use super::state::{STATES, State};

/// Which durations count from which frame on: the first at frame 0, in order.
pub(crate) type Schedule<'a> = [(usize, &'a Table)];

/// A segment: the state before frame `end`, which began where the segment before it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub state: State,
    pub end: usize,
}

/// Best scores of all beginnings of a recording.
pub(crate) struct Trellis<'a> {
    schedule: &'a Schedule<'a>,
    /// Running sums of the likelihoods, `[states][frames + 1]`.
    sums: &'a [Vec<f64>; STATES],
    /// E(t, s) minus the running sum of the state after s: `[state after s][t]`.
    begun: [Vec<f64>; STATES],
}

/// Running sums of likelihoods over the frames.
pub(crate) fn running_sums(likelihoods: &[[f64; STATES]]) -> [Vec<f64>; STATES] {
    std::array::from_fn(|state| {
        let mut sum = 0.0;
        let sums = likelihoods.iter().map(|frame| {
            sum += frame[state];
            sum
        });
        std::iter::once(0.0).chain(sums).collect()
    })
}

impl<'a> Trellis<'a> {
    /// Processes all frames in order. `sums` are those of [`running_sums`].
    pub fn new(sums: &'a [Vec<f64>; STATES], schedule: &'a Schedule<'a>) -> Self {
        let frames = sums[0].len() - 1;
        let begun = std::array::from_fn(|_| vec![f64::NEG_INFINITY; frames + 1]);
        let mut trellis = Self { schedule, sums, begun };
        Arch::new().dispatch(
            #[inline(always)]
            || trellis.fill(),
        );
        trellis
    }

    /// Finds the best scores, frame by frame.
    #[inline(always)]
    fn fill(&mut self) {
        let (schedule, sums, frames) = (self.schedule, self.sums, self.frames());
        for (number, (from, table)) in schedule.iter().enumerate() {
            let until = schedule.get(number + 1).map_or(frames, |(next, _)| *next).min(frames);
            for (t, state) in (from + 1..=until).flat_map(|t| State::ALL.map(|state| (t, state))) {
                let lengths = table.of(state);
                let best = self.ending(t, state, lengths).max(self.cut_in(t, state));
                let (s, next) = (state.index(), state.next().index());
                self.begun[next][t] = best + sums[s][t] - sums[next][t];
            }
        }
    }

    /// The best score of a path through all frames.
    pub fn score(&self) -> f64 {
        self.last().1
    }

    /// The best path; its last segment ends with the last frame.
    pub fn path(&self) -> Vec<Segment> {
        let mut segments = Vec::new();
        let (mut segment, _) = self.last();
        let mut begin = self.begin_of_last(segment.state);
        loop {
            segments.push(segment);
            if begin == 0 {
                segments.reverse();
                return segments;
            }
            segment = Segment { state: segment.state.previous(), end: begin };
            begin = self.begin_of(segment);
        }
    }

    fn frames(&self) -> usize {
        self.sums[0].len() - 1
    }

    /// The durations that hold for segments which end before frame `t`.
    fn in_force(&self, t: usize) -> &'a Table {
        let entry = self.schedule.partition_point(|(from, _)| *from < t);
        self.schedule[entry.saturating_sub(1)].1
    }

    /// Best score of a whole segment that ends before frame `t`, without the likelihoods of `state` before `t`.
    #[inline(always)]
    fn ending(&self, t: usize, state: State, lengths: &Lengths) -> f64 {
        let (begun, falling) = self.choices(t, state, lengths);
        highest_sum(begun, falling)
    }

    /// The scores with which segments that end before frame `t` can begin, the longest segment first, and the
    /// logarithms of the probabilities of their durations.
    #[inline(always)]
    fn choices<'b>(&'b self, t: usize, state: State, lengths: &'b Lengths) -> (&'b [f64], &'b [f64]) {
        let shortest = lengths.last() + 1 - lengths.falling.len();
        let Some(end) = (t + 1).checked_sub(shortest) else { return (&[], &[]) };
        let skipped = lengths.last().saturating_sub(t).min(lengths.falling.len());
        let falling = &lengths.falling[skipped..];
        (&self.begun[state.index()][end - falling.len()..end], falling)
    }

    /// As [`ending`](Self::ending), for a segment that the beginning of the recording cuts.
    fn cut_in(&self, t: usize, state: State) -> f64 {
        let table = self.schedule[0].1;
        let survival = table.of(state).survival.get(t - 1);
        survival.map_or(f64::NEG_INFINITY, |survival| survival - table.ln_cycle)
    }

    /// First frame of a segment that ends before the last frame.
    fn begin_of(&self, Segment { state, end }: Segment) -> usize {
        let lengths = self.in_force(end).of(state);
        let (begun, falling) = self.choices(end, state, lengths);
        let shortest = lengths.last() + 1 - lengths.falling.len();
        let first = (end + 1).saturating_sub(shortest + falling.len());
        let mut best = (self.cut_in(end, state), 0);
        for (place, (begun, length)) in begun.iter().zip(falling).enumerate() {
            if begun + length > best.0 {
                best = (begun + length, first + place);
            }
        }
        best.1
    }

    /// First frame of the last segment.
    fn begin_of_last(&self, state: State) -> usize {
        self.last_of(state).0
    }

    /// The last segment of the best path, which the end of the recording cuts, and the score of the path.
    fn last(&self) -> (Segment, f64) {
        let frames = self.frames();
        let scored = State::ALL.map(|state| (state, self.last_of(state).1 + self.sums[state.index()][frames]));
        let (state, score) = scored
            .into_iter()
            .fold((State::Diastole, f64::NEG_INFINITY), |best, next| if next.1 > best.1 { next } else { best });
        (Segment { state, end: frames }, score)
    }

    /// First frame and score of the best last segment of one state.
    fn last_of(&self, state: State) -> (usize, f64) {
        let frames = self.frames();
        let survival = &self.in_force(frames).of(state).survival;
        let mut best = (0, self.cut_in(frames, state));
        for (length, survival) in (1..=frames).zip(survival) {
            let score = self.begun[state.index()][frames - length] + survival;
            if score > best.1 {
                best = (frames - length, score);
            }
        }
        best
    }
}

/// Sums that are compared at once, which the compiler turns into vector instructions.
const LANES: usize = 8;

/// The highest of a\[i\] + b\[i\], for slices of one length. What does not fill the lanes is compared together with some
/// that were compared before, and the lanes with one another by halves: one by one, both took most of the time.
#[inline(always)]
fn highest_sum(a: &[f64], b: &[f64]) -> f64 {
    let mut best = [f64::NEG_INFINITY; LANES];
    for (a, b) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
        raise(&mut best, a, b);
    }
    match (a.last_chunk::<LANES>(), b.last_chunk::<LANES>()) {
        (Some(a), Some(b)) => raise(&mut best, a, b),
        _ => best.iter_mut().zip(a.iter().zip(b)).for_each(|(best, (a, b))| *best = a + b),
    }
    for half in [4, 2, 1] {
        for lane in 0..half {
            best[lane] = larger(best[lane], best[lane + half]);
        }
    }
    best[0]
}

#[inline(always)]
fn raise(best: &mut [f64; LANES], a: &[f64; LANES], b: &[f64; LANES]) {
    for lane in 0..LANES {
        best[lane] = larger(a[lane] + b[lane], best[lane]);
    }
}

/// A comparison and a choice, which is one instruction; [`f64::max`] takes more, for it also chooses between numbers and none.
#[inline(always)]
fn larger(x: f64, y: f64) -> f64 {
    if x > y { x } else { y }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;
    use crate::heart::duration::{Durations, Rhythm};

    /// Every way to cut `frames` into segments, scored by the definition; the highest score.
    fn exhaustive(likelihoods: &[[f64; STATES]], schedule: &Schedule) -> f64 {
        State::ALL.into_iter().map(|state| rest(likelihoods, schedule, 0, state)).fold(f64::NEG_INFINITY, f64::max)
    }

    /// The best score of the frames from `begin` on, if a segment of `state` begins there.
    fn rest(likelihoods: &[[f64; STATES]], schedule: &Schedule, begin: usize, state: State) -> f64 {
        let frames = likelihoods.len();
        let mut best = f64::NEG_INFINITY;
        for end in begin + 1..=frames {
            let here: f64 = likelihoods[begin..end].iter().map(|frame| frame[state.index()]).sum();
            let duration = duration(schedule, begin, end, frames, state);
            let after = if end == frames { 0.0 } else { rest(likelihoods, schedule, end, state.next()) };
            best = best.max(here + duration + after);
        }
        best
    }

    /// Logarithm of the probability of a segment's duration.
    fn duration(schedule: &Schedule, begin: usize, end: usize, frames: usize, state: State) -> f64 {
        let last = |at: usize| schedule.iter().rev().find(|(from, _)| *from < at).unwrap().1;
        let length = end - begin;
        let survival = |table: &Table| table.of(state).survival.get(length - 1).copied().unwrap_or(f64::NEG_INFINITY);
        if begin == 0 {
            return survival(schedule[0].1) - schedule[0].1.ln_cycle;
        }
        let table = last(end);
        if end == frames {
            return survival(last(frames));
        }
        let lengths = table.of(state);
        lengths
            .last()
            .checked_sub(length)
            .and_then(|place| lengths.falling.get(place))
            .copied()
            .unwrap_or(f64::NEG_INFINITY)
    }

    /// The score of one path by the definition.
    fn score_of(path: &[Segment], likelihoods: &[[f64; STATES]], schedule: &Schedule) -> f64 {
        let mut begin = 0;
        let mut score = 0.0;
        for segment in path {
            let frames = &likelihoods[begin..segment.end];
            score += frames.iter().map(|frame| frame[segment.state.index()]).sum::<f64>();
            score += duration(schedule, begin, segment.end, likelihoods.len(), segment.state);
            begin = segment.end;
        }
        score
    }

    /// Short durations, so that few frames hold many segments.
    fn table(cycle_s: f64) -> Table {
        let durations = Durations {
            s1: [0.04, 0.01],
            s2: [0.03, 0.01],
            systole_deviation: [0.005, 0.1],
            diastole_deviation: [0.005, 0.1],
            ln_cycle: [0.0, 1.0],
            systole: [0.0, 0.4, 0.1],
        };
        Table::new(&durations, Rhythm { cycle_s, systole_s: 0.4 * cycle_s })
    }

    #[test]
    fn the_path_is_the_best_of_all_paths() {
        let frames = || proptest::collection::vec(proptest::array::uniform4(-3.0f64..3.0), 1..16);
        let cycles = || (0.12f64..0.3, 1usize..16);
        let several = Cell::new(0);
        proptest!(ProptestConfig::with_cases(128), |(likelihoods in frames(), (cycle_s, change) in cycles())| {
            let tables = [table(cycle_s), table(1.3 * cycle_s)];
            let schedule = [(0, &tables[0]), (change, &tables[1])];
            let sums = running_sums(&likelihoods);
            let trellis = Trellis::new(&sums, &schedule);
            let best = exhaustive(&likelihoods, &schedule);
            if best.is_finite() {
                prop_assert!((trellis.score() - best).abs() < 1e-9, "{} {best}", trellis.score());
                let path = trellis.path();
                prop_assert_eq!(path.last().unwrap().end, likelihoods.len());
                prop_assert!(path.windows(2).all(|p| p[0].end < p[1].end && p[0].state.next() == p[1].state));
                prop_assert!((score_of(&path, &likelihoods, &schedule) - best).abs() < 1e-9);
                several.set(several.get() + u32::from(path.len() > 1));
            }
        });
        assert!(several.get() > 0, "no path has several segments");
    }

    proptest! {
        #[test]
        fn the_highest_sum_is_the_highest(pairs in proptest::collection::vec((-9.0f64..9.0, -9.0f64..9.0), 0..40)) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
            let plain = pairs.iter().map(|(a, b)| a + b).fold(f64::NEG_INFINITY, f64::max);
            prop_assert_eq!(highest_sum(&a, &b), plain);
        }
    }

    #[test]
    fn clear_likelihoods_give_their_states() {
        let table = table(0.3);
        let schedule = [(0, &table)];
        let means = table.lengths.clone().map(|lengths| lengths.last().div_ceil(2).max(2));
        let mut likelihoods = Vec::new();
        let mut expected = Vec::new();
        for state in State::ALL.into_iter().cycle().skip(1).take(30) {
            let mut frame = [-2.0; STATES];
            frame[state.index()] = 2.0;
            likelihoods.extend(std::iter::repeat_n(frame, means[state.index()]));
            expected.push(Segment { state, end: likelihoods.len() });
        }
        assert_eq!(Trellis::new(&running_sums(&likelihoods), &schedule).path(), expected);
    }
}
