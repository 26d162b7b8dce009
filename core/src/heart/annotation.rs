//! Known states of a recording: the truth that a segmentation is compared with and learns from.

use super::duration::Rhythm;
use super::envelope::FRAME_S;
use super::state::State;
use crate::error::{Error, Result};
use crate::math::middle_mean;
use crate::synth::Beat;

/// How long S1 and S2 of a synthesised heart last, in seconds.
const SYNTHESISED_S1_S: f64 = 0.12;
const SYNTHESISED_S2_S: f64 = 0.1;

/// When the states of a recording begin, in order, as a person marked them or a synthesiser made them.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation {
    /// Onsets in seconds. `None` begins an interval in which the state is not known.
    onsets: Vec<(f64, Option<State>)>,
    duration_s: f64,
}

impl Annotation {
    /// States that begin at these `onsets`, in seconds, in a recording of `duration_s` seconds. `None` begins an interval
    /// in which the state is not known. What lies before the first onset is not known either; the last state lasts to
    /// the end.
    ///
    /// # Errors
    /// [`Error::Invalid`] for no onsets, or onsets that lie outside the recording or do not increase: the annotation
    /// then belongs to another recording, or is damaged.
    pub fn new(onsets: Vec<(f64, Option<State>)>, duration_s: f64) -> Result<Self> {
        if onsets.is_empty() {
            return Err(Error::invalid("no onsets"));
        }
        if let Some((at, _)) = onsets.iter().find(|(at, _)| !(*at >= 0.0 && *at < duration_s)) {
            return Err(Error::invalid(format!("an onset at {at} s; the recording has {duration_s} s")));
        }
        if let Some(pair) = onsets.windows(2).find(|pair| pair[1].0 <= pair[0].0) {
            return Err(Error::invalid(format!("an onset at {} s after one at {} s", pair[1].0, pair[0].0)));
        }
        Ok(Self { onsets, duration_s })
    }

    /// The states of a [synthesised heart](fn@crate::synth::heart) with these beats, in a recording of `duration_s`
    /// seconds. What follows the S2 of the last beat is not known: nobody says when the next one begins.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a recording without duration, and for beats out of order or so near each other that their
    /// states overlap.
    pub fn of_beats(beats: &[Beat], duration_s: f64) -> Result<Self> {
        let mut onsets = vec![(0.0, None)];
        for beat in beats {
            // Onsets increase, and the first one is that of the unknown state before the first beat.
            onsets.push((beat.s1_s.max(1e-3), Some(State::S1)));
            onsets.push((beat.s1_s + SYNTHESISED_S1_S, Some(State::Systole)));
            onsets.push((beat.s2_s, Some(State::S2)));
            onsets.push((beat.s2_s + SYNTHESISED_S2_S, Some(State::Diastole)));
        }
        onsets.extend(beats.last().map(|last| (last.s2_s + 2.0 * SYNTHESISED_S2_S, None)));
        onsets.retain(|(at, _)| *at < duration_s);
        Self::new(onsets, duration_s)
    }

    /// Onsets of one state in seconds, each with whether it is a true onset: a state at the very beginning of the
    /// recording may have begun earlier.
    pub fn onsets(&self, state: State) -> impl Iterator<Item = (f64, bool)> {
        self.onsets.iter().filter(move |(_, known)| *known == Some(state)).map(|(at, _)| (*at, *at > 0.0))
    }

    /// All intervals in order: the state (`None` where it is not known), start and end in seconds.
    pub fn intervals(&self) -> impl Iterator<Item = (Option<State>, f64, f64)> {
        let ends = self.onsets.iter().skip(1).map(|(at, _)| *at).chain([self.duration_s]);
        self.onsets.iter().zip(ends).map(|((start, state), end)| (*state, *start, end))
    }

    /// Usual intervals in seconds from S1 to the next S1 and to S2: the mean of the middle half. `None` where fewer than
    /// three whole cycles are known.
    pub fn rhythm(&self) -> Option<Rhythm> {
        let order = [State::S1, State::Systole, State::S2, State::Diastole, State::S1].map(Some);
        let cycles = self.onsets.windows(5).filter(|five| five.iter().map(|(_, state)| *state).eq(order));
        let (cycles, systoles): (Vec<f64>, Vec<f64>) =
            cycles.map(|five| (five[4].0 - five[0].0, five[2].0 - five[0].0)).unzip();
        let enough = cycles.len() >= 3;
        let rhythm = Rhythm { cycle_s: middle_mean(cycles)?, systole_s: middle_mean(systoles)? };
        enough.then_some(rhythm)
    }

    /// The states whose beginning and end are known, with their durations in seconds. The first and the last state are
    /// left out, because the ends of the recording may have cut them.
    pub fn durations(&self) -> impl Iterator<Item = (State, f64)> {
        let inner = self.onsets.windows(2).skip(1);
        inner.filter_map(|pair| pair[0].1.map(|state| (state, pair[1].0 - pair[0].0)))
    }

    /// Whether the time `at`, in seconds, lies in an interval of unknown state or within `margin_s` seconds of one.
    pub fn is_unknown(&self, at: f64, margin_s: f64) -> bool {
        let first = self.onsets[0].0;
        let mut unknown = self.intervals().filter(|(state, ..)| state.is_none());
        (first > 0.0 && at <= first + margin_s)
            || unknown.any(|(_, start, end)| at >= start - margin_s && at <= end + margin_s)
    }

    /// The state in the middle of each of the first `frames` frames of 20 ms; `None` where it is not known.
    pub fn labels(&self, frames: usize) -> Vec<Option<State>> {
        let mut labels = vec![None; frames];
        for (state, start, end) in self.intervals() {
            let place = |seconds: f64| ((seconds / FRAME_S + 0.5).floor().max(0.0) as usize).min(frames);
            labels[place(start)..place(end)].fill(state);
        }
        labels
    }
}
