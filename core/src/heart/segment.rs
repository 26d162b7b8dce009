//! From envelopes to states.

use super::confidence::Confidence;
use super::duration::{Rhythm, Table};
use super::envelope::FRAME_S;
use super::features::Features;
use super::parameters::Parameters;
use super::search::{Found, Likeness, PACES, pace, rhythm};
use super::segmentation::{Segmentation, StateInterval};
use super::state::{STATES, State};
use super::viterbi::{Segment, Trellis, running_sums};
use crate::audio::Recording;
use crate::error::{Error, Result};
use crate::math::middle_mean;
use crate::stride::{Stride, at_once};

/// Shortest recording that is segmented, in seconds: it holds a whole cycle of a slow heart.
pub const SHORTEST_S: f64 = 2.0;

/// What a frame costs where its posterior probabilities are computed, in units of a [stride](Stride).
const POSTERIOR_COST: usize = 64;

/// Segments a recording that went through [`conditioning`](super::conditioning), with the parameters that come with the
/// software.
///
/// # Errors
/// Those of [`Features::of`] and [`Parameters::segment`].
pub fn segment(recording: &Recording) -> Result<Segmentation> {
    at_once(segment_in_strides(recording, &mut Stride::endless()))
}

/// As [`segment`], with a pause after every stride.
///
/// # Errors
/// Those of [`segment`].
pub(crate) async fn segment_in_strides(recording: &Recording, stride: &mut Stride) -> Result<Segmentation> {
    let features = Features::in_strides(recording, stride).await?;
    Parameters::built_in()?.segment_in_strides(&features, stride).await
}

impl Parameters {
    /// Finds the states of a recording. Each [piece](crate::audio::PIECE_SECONDS) has a rhythm of its own, so the heart
    /// rate of a long recording may change. Time and memory are proportional to the length.
    ///
    /// # Errors
    /// A silent recording, or one shorter than [`SHORTEST_S`].
    pub fn segment(&self, features: &Features) -> Result<Segmentation> {
        at_once(self.segment_in_strides(features, &mut Stride::endless()))
    }

    /// As [`segment`](Self::segment), with a pause after every stride.
    async fn segment_in_strides(&self, features: &Features, stride: &mut Stride) -> Result<Segmentation> {
        let seconds = features.duration_s();
        if seconds < SHORTEST_S {
            return Err(Error::invalid(format!(
                "the recording has {seconds:.1} s; at least {SHORTEST_S} s are needed to find heart cycles"
            )));
        }
        if features.is_silent() {
            return Err(Error::invalid("the recording is silent; expected heart sounds"));
        }
        let frames = features.frames.len();
        let (mut posteriors, mut likelihoods) = (Vec::with_capacity(frames), Vec::with_capacity(frames));
        let mut rhythms = Vec::new();
        let mut likeness = 0.0;
        // Frames of pieces whose rhythm has a rival, and the ratio of the first rival's rate to the rate that was
        // taken.
        let (mut disputed, mut times) = (0, None);
        let pieces: Vec<(usize, usize)> = features.pieces().collect();
        for (begin, end) in pieces {
            let mut posteriors_at: [Vec<[f64; STATES]>; PACES.len()] = Default::default();
            let bit = stride.bit(POSTERIOR_COST);
            for (pace, posteriors) in PACES.into_iter().zip(&mut posteriors_at) {
                for from in (begin..end).step_by(bit) {
                    let frames = from..end.min(from.saturating_add(bit));
                    let count = frames.len();
                    posteriors.extend(self.observation.posteriors(&features.frames, frames, pace));
                    stride.done(POSTERIOR_COST * count).await;
                }
            }
            let mut likelihoods_at =
                posteriors_at.each_ref().map(|posteriors| self.observation.likelihoods(posteriors));
            let own = Likeness::of(&features.frames[begin..end]);
            let Found { rhythm, rival } = rhythm(&likelihoods_at, &own, &self.durations, stride).await;
            let pace = pace(rhythm.cycle_s);
            posteriors.append(&mut posteriors_at[pace]);
            likelihoods.append(&mut likelihoods_at[pace]);
            likeness += own.at(rhythm.cycle_s) * (end - begin) as f64 / frames as f64;
            if let Some(rival) = rival {
                disputed += end - begin;
                times = times.or(Some(if rival.cycle_s < rhythm.cycle_s { 2.0 } else { 0.5 }));
            }
            rhythms.push((begin, rhythm, Table::new(&self.durations, rhythm)));
        }
        let schedule: Vec<(usize, &Table)> = rhythms.iter().map(|(begin, _, table)| (*begin, table)).collect();
        let path = Trellis::new(&running_sums(&likelihoods), &schedule).path();
        let states = state_intervals(&path, &posteriors, seconds);
        let usual = rhythms.first().map_or(Rhythm { cycle_s: 1.0, systole_s: 0.3 }, |(_, rhythm, _)| *rhythm);
        let found = intervals(&states, usual);
        let sounds = |interval: &&StateInterval| matches!(interval.state, State::S1 | State::S2);
        let confidence = Confidence {
            heart_rate: likeness.clamp(0.0, 1.0),
            systolic_interval: mean_probability(states.iter().filter(sounds)),
            states: mean_probability(states.iter()),
        };
        Ok(Segmentation {
            heart_rate_bpm: 60.0 / found.cycle_s,
            alternative_bpm: times.filter(|_| 2 * disputed >= frames).map(|times| times * 60.0 / found.cycle_s),
            systolic_interval_s: found.systole_s,
            plausible: confidence.is_plausible(),
            quality: self.quality_of(&confidence),
            confidence,
            states,
        })
    }
}

/// The path in seconds, with the mean posterior probability of every segment.
fn state_intervals(path: &[Segment], posteriors: &[[f64; STATES]], seconds: f64) -> Vec<StateInterval> {
    let mut begin = 0;
    let mut intervals = Vec::with_capacity(path.len());
    for segment in path {
        let frames = &posteriors[begin..segment.end];
        let sum: f64 = frames.iter().map(|frame| frame[segment.state.index()].exp()).sum();
        let end_s = if segment.end == posteriors.len() { seconds } else { segment.end as f64 * FRAME_S };
        let start_s = begin as f64 * FRAME_S;
        let probability = (sum / frames.len().max(1) as f64).clamp(0.0, 1.0);
        intervals.push(StateInterval { start_s, end_s, state: segment.state, probability });
        begin = segment.end;
    }
    intervals
}

/// Intervals from S1 to the next S1 and to S2; the usual ones where fewer than two were found.
fn intervals(states: &[StateInterval], usual: Rhythm) -> Rhythm {
    let [cycle_s, systole_s] = usual_intervals(&[states]);
    Rhythm { cycle_s: cycle_s.unwrap_or(usual.cycle_s), systole_s: systole_s.unwrap_or(usual.systole_s) }
}

/// Usual intervals from S1 to the next S1 and to S2 over the states of several stretches of sound, in seconds: the mean of the
/// middle half, for frames of 20 ms are 5 % of the cycle of an infant. `None` where fewer than two were found.
pub(super) fn usual_intervals(parts: &[&[StateInterval]]) -> [Option<f64>; 2] {
    let from_s1 = |states: &[StateInterval], steps: usize| -> Vec<f64> {
        let pairs = states.iter().skip(1).zip(states.iter().skip(1 + steps));
        pairs.filter(|(from, _)| from.state == State::S1).map(|(from, to)| to.start_s - from.start_s).collect()
    };
    [4, 2].map(|steps| {
        let values: Vec<f64> = parts.iter().flat_map(|states| from_s1(states, steps)).collect();
        if values.len() < 2 { None } else { middle_mean(values) }
    })
}

/// Mean probability of states, weighted by their durations.
fn mean_probability<'a>(intervals: impl Iterator<Item = &'a StateInterval>) -> f64 {
    let (sum, seconds) = intervals.fold((0.0, 0.0), |(sum, seconds), interval| {
        let length = interval.end_s - interval.start_s;
        (sum + length * interval.probability, seconds + length)
    });
    if seconds > 0.0 { (sum / seconds).clamp(0.0, 1.0) } else { 0.0 }
}
