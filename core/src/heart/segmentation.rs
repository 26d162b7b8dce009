//! The result of segmenting a recording.

use serde::Serialize;

use super::confidence::Confidence;
use super::quality::Quality;
use super::state::State;

/// One state of the heart, from its onset to that of the next one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StateInterval {
    /// Onset in seconds.
    pub start_s: f64,
    /// End in seconds: the onset of the next state, or the end of the recording.
    pub end_s: f64,
    /// Which state it is.
    pub state: State,
    /// Mean probability of the state over its frames, from the sound alone and without durations, 0 to 1.
    pub probability: f64,
}

/// The states of a recording from its beginning to its end without gaps, and the rhythm that follows from them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Segmentation {
    /// Heart rate in beats per minute, from the median interval between S1 and the next S1.
    pub heart_rate_bpm: f64,
    /// Half or twice the heart rate in beats per minute, where it explains the recording nearly as well, so that it
    /// cannot be said which one is right.
    pub alternative_bpm: Option<f64>,
    /// Median interval from S1 to S2 in seconds.
    pub systolic_interval_s: f64,
    /// How sure these numbers and the states are.
    pub confidence: Confidence,
    /// Whether the rhythm is plausible. If not, no heart was found, and the other numbers mean nothing.
    pub plausible: bool,
    /// Whether the recording is good enough for a prediction; `None` where the parameters have no quality model.
    pub quality: Option<Quality>,
    /// The states in order of time.
    pub states: Vec<StateInterval>,
}

/// A heart cycle: from S1 to the next S1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cycle {
    /// Onset of S1 in seconds.
    pub start_s: f64,
    /// Onset of S2 in seconds.
    pub s2_s: f64,
    /// Onset of the next S1, or end of the recording, in seconds.
    pub end_s: f64,
    /// Whether the cycle ends with an S1 that was found; only the last one may end with the recording instead.
    pub whole: bool,
}

impl Segmentation {
    /// Onsets of one state in seconds. A state at the very beginning has none, because it may have begun earlier.
    pub fn onsets(&self, state: State) -> impl Iterator<Item = f64> {
        self.states.iter().skip(1).filter(move |interval| interval.state == state).map(|interval| interval.start_s)
    }

    /// The cycles that begin within the recording and reach their S2. The last one may be cut by the end of the
    /// recording.
    pub fn cycles(&self) -> impl Iterator<Item = Cycle> {
        let beats = self.states.windows(3).enumerate().skip(1);
        beats.filter(|(_, three)| three[0].state == State::S1).map(|(place, three)| {
            let next = self.states.get(place + 4);
            let end = self.states.last().map_or(three[2].end_s, |last| last.end_s);
            Cycle {
                start_s: three[0].start_s,
                s2_s: three[2].start_s,
                end_s: next.map_or(end, |next| next.start_s),
                whole: next.is_some(),
            }
        })
    }
}
