//! What a segmentation says about a recording.

use serde::Serialize;

use super::confidence::Confidence;
use super::quality::Quality;
use super::state::State;

/// A stretch of one state.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Stretch {
    /// When it begins, in seconds.
    pub start_s: f64,
    /// When it ends, in seconds: when the next one begins, or the recording ends.
    pub end_s: f64,
    /// The state.
    pub state: State,
    /// How probable the state is by the sound alone, without durations: mean over the stretch, 0-1.
    pub probability: f64,
}

/// The states of a recording, from its beginning to its end without gaps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Segmentation {
    /// Heart beats per minute: from the median interval between S1 and the next S1.
    pub heart_rate_bpm: f64,
    /// Half or twice as many, where that explains the recording nearly as well: which of them it is, cannot be said.
    pub alternative_bpm: Option<f64>,
    /// Median interval from S1 to S2 in seconds.
    pub systolic_interval_s: f64,
    /// How sure this is.
    pub confidence: Confidence,
    /// Whether there is a rhythm at all.
    pub plausible: bool,
    /// Whether the recording is good enough to be judged, where the parameters know.
    pub quality: Option<Quality>,
    /// The states in order.
    pub states: Vec<Stretch>,
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
    /// Whether the next S1 was heard; only the last cycle may lack it.
    pub whole: bool,
}

impl Segmentation {
    /// Onsets of one state in seconds. A state at the very beginning was cut there and has none.
    pub fn onsets(&self, state: State) -> impl Iterator<Item = f64> {
        self.states.iter().skip(1).filter(move |stretch| stretch.state == state).map(|stretch| stretch.start_s)
    }

    /// The cycles that begin within the recording and reach their S2. The last one may be cut by the end.
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
