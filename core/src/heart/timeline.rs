//! The state and the phase of the heart cycle that the frames of a window lie in.

use serde::{Deserialize, Serialize};

use super::envelope::sample_at;
use super::segmentation::Segmentation;
use super::state::State;
use crate::audio::Window;
use crate::filterbank::Framing;
use crate::{Error, Result};

/// Most phases of a state: more would be shorter than a frame at any heart rate.
const MOST_PARTS: usize = 16;
/// Longest lead of the phases in ms: at 220 beats a minute that is most of a cycle.
const LONGEST_LEAD_MS: usize = 200;

/// Into how many phases of equal length systole and diastole are divided, because a murmur can be early, in the middle,
/// or late; and how long before the states the phases begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// Number of phases of each systole, 1 to 16.
    pub systole: usize,
    /// Number of phases of each diastole, 1 to 16.
    pub diastole: usize,
    /// Time in ms by which every phase begins and ends before its state, 0 to 200: what lies before a sound then
    /// counts with it, and its end with what follows.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lead_ms: usize,
}

impl Default for Parts {
    /// One phase for the systole and one for the diastole, as long as the states.
    fn default() -> Self {
        Self { systole: 1, diastole: 1, lead_ms: 0 }
    }
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Parts {
    /// Whether neither systole nor diastole is divided, and phases begin with the states.
    pub fn are_whole(&self) -> bool {
        *self == Self::default()
    }

    /// Number of phases of a heart cycle: S1, those of the systole, S2, those of the diastole.
    pub fn phases(&self) -> usize {
        2 + self.systole + self.diastole
    }

    /// Checks all numbers.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a number of phases below 1 or above 16, or a lead of more than 200 ms.
    pub fn validate(&self) -> Result<()> {
        let Self { systole, diastole, lead_ms } = self;
        if ![systole, diastole].iter().all(|parts| (1..=MOST_PARTS).contains(parts)) {
            return Err(Error::invalid(format!(
                "{systole} parts of the systole and {diastole} of the diastole: expected 1 to {MOST_PARTS} of either"
            )));
        }
        if *lead_ms > LONGEST_LEAD_MS {
            return Err(Error::invalid(format!(
                "phases that begin {lead_ms} ms before the states: expected 0 to {LONGEST_LEAD_MS}"
            )));
        }
        Ok(())
    }

    /// The phase at a place in a state, which is 0 at its beginning and 1 at its end.
    fn phase(&self, state: State, place: f64) -> usize {
        let part = |parts: usize| ((place * parts as f64) as usize).min(parts.saturating_sub(1));
        match state {
            State::S1 => 0,
            State::Systole => 1 + part(self.systole),
            State::S2 => 1 + self.systole,
            State::Diastole => 2 + self.systole + part(self.diastole),
        }
    }
}

/// When the states of a recording begin, in samples and in order; no states where the rhythm is not plausible.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline(Vec<(usize, Option<State>)>);

impl Timeline {
    /// The states of a piece that was segmented; none without a plausible rhythm.
    pub fn new(found: Option<&Segmentation>) -> Self {
        let Some(found) = found.filter(|found| found.plausible) else { return Self(vec![(0, None)]) };
        let states = found.states.iter().map(|interval| (sample_at(interval.start_s), Some(interval.state)));
        let end = found.states.last().map(|interval| (sample_at(interval.end_s), None));
        Self(states.chain(end).collect())
    }

    /// Adds the states of a piece that begins `samples` samples later.
    pub fn extend(&mut self, next: &Self, samples: usize) {
        self.0.extend(next.0.iter().map(|&(start, state)| (samples + start, state)));
    }

    /// The state at a sample, and the fraction of it that is over, 0 to 1.
    fn place(&self, sample: usize) -> Option<(State, f64)> {
        let next = self.0.partition_point(|(start, _)| *start <= sample);
        let (start, state) = *self.0.get(next.checked_sub(1)?)?;
        let length = self.0.get(next).map_or(0, |(end, _)| end.saturating_sub(start));
        Some((state?, (sample - start) as f64 / length.max(1) as f64))
    }

    /// The heart cycles that are known from S1 to the next S1, in samples.
    pub fn cycles(&self) -> Vec<Window> {
        let known = self.0.split(|(_, state)| state.is_none());
        let cycles = known.flat_map(|states| {
            let onsets = states.iter().filter(|(_, state)| *state == Some(State::S1)).map(|(start, _)| *start);
            let onsets: Vec<usize> = onsets.collect();
            onsets.windows(2).map(|pair| Window { start: pair[0], end: pair[1] }).collect::<Vec<Window>>()
        });
        cycles.filter(|cycle| cycle.start < cycle.end).collect()
    }

    /// Weights `[phases, frames]` with which the frames of a window are averaged in each phase; each row sums to 1.
    ///
    /// The first `sounding` frames of the window hold sound, the others are padding. A frame belongs to the phase that
    /// its middle lies in, where phases begin [`lead_ms`](Parts::lead_ms) before the states. The weights of a phase
    /// that the window does not contain, or of all phases in a window without a rhythm, are those of the mean over all
    /// frames that hold sound.
    pub fn weights(&self, window: &Window, framing: Framing, [frames, sounding]: [usize; 2], parts: Parts) -> Vec<f32> {
        let lead = sample_at(parts.lead_ms as f64 / 1000.0);
        let middle = |frame: usize| window.start + frame * framing.hop + framing.window / 2;
        let phase = |frame: usize| self.place(middle(frame) + lead).map(|(state, place)| parts.phase(state, place));
        let phases: Vec<Option<usize>> = (0..sounding.clamp(1, frames)).map(phase).collect();
        let mut weights = vec![0.0; parts.phases() * frames];
        for (number, row) in weights.chunks_exact_mut(frames).enumerate() {
            let known = phases.iter().filter(|phase| **phase == Some(number)).count();
            let weight = 1.0 / if known > 0 { known } else { phases.len() } as f32;
            let counts = |phase: &Option<usize>| known == 0 || *phase == Some(number);
            row.iter_mut().zip(&phases).filter(|(_, phase)| counts(phase)).for_each(|(place, _)| *place = weight);
        }
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAMING: Framing = Framing { window: 20, hop: 10 };

    fn timeline(states: &[(usize, State)]) -> Timeline {
        Timeline(states.iter().map(|&(start, state)| (start, Some(state))).collect())
    }

    fn rows(weights: &[f32], frames: usize) -> Vec<Vec<usize>> {
        let row = |row: &[f32]| (0..frames).filter(|&frame| row[frame] > 0.0).collect();
        weights.chunks_exact(frames).map(row).collect()
    }

    #[test]
    fn frames_count_for_the_state_in_their_middle() {
        let timeline = timeline(&[(0, State::Diastole), (1020, State::S1), (1040, State::Systole), (1070, State::S2)]);
        // Middles at 1010, 1020, … 1080.
        let weights = timeline.weights(&Window { start: 1000, end: 1100 }, FRAMING, [8, 8], Parts::default());
        assert_eq!(rows(&weights, 8), [vec![1, 2], vec![3, 4, 5], vec![6, 7], vec![0]]);
        assert!(weights.chunks_exact(8).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-6));
    }

    #[test]
    fn what_is_not_known_is_the_mean_of_all_that_sounds() {
        let unknown = Timeline::new(None);
        let all: Vec<usize> = (0..6).collect();
        // Of nine frames the last three are padding.
        let weights = unknown.weights(&Window { start: 0, end: 70 }, FRAMING, [9, 6], Parts::default());
        assert_eq!(rows(&weights, 9), vec![all.clone(); 4]);
        let weights =
            timeline(&[(0, State::S1)]).weights(&Window { start: 0, end: 70 }, FRAMING, [9, 6], Parts::default());
        assert_eq!(rows(&weights, 9), vec![all; 4]);
        assert_eq!(
            Timeline::default().weights(&Window { start: 0, end: 0 }, FRAMING, [2, 0], Parts::default()),
            [1.0, 0.0].repeat(4)
        );
    }

    #[test]
    fn cycles_go_from_s1_to_s1_and_not_across_what_is_not_known() {
        let beat = |start: usize| {
            let states = [State::S1, State::Systole, State::S2, State::Diastole];
            states.into_iter().enumerate().map(move |(number, state)| (start + 20 * number, state))
        };
        let mut whole = timeline(&beat(10).chain(beat(90)).chain(beat(170)).collect::<Vec<_>>());
        whole.extend(&Timeline::new(None), 300);
        whole.extend(&timeline(&beat(0).chain(beat(80)).collect::<Vec<_>>()), 400);
        let window = |start, end| Window { start, end };
        assert_eq!(whole.cycles(), [window(10, 90), window(90, 170), window(400, 480)]);
        assert_eq!(Timeline::new(None).cycles(), []);
    }

    #[test]
    fn a_systole_has_parts_as_long_as_each_other() {
        let mut timeline = timeline(&[(0, State::S1), (40, State::Systole), (100, State::S2), (130, State::Diastole)]);
        timeline.extend(&Timeline::new(None), 210);
        let parts = Parts { systole: 3, diastole: 4, lead_ms: 0 };
        // Frames have their middles at 10, 20, … 240; what comes after the diastole is not known.
        let weights = timeline.weights(&Window { start: 0, end: 250 }, FRAMING, [24, 24], parts);
        let expected =
            [&[0, 1, 2][..], &[3, 4], &[5, 6], &[7, 8], &[9, 10, 11], &[12, 13], &[14, 15], &[16, 17], &[18, 19]];
        assert_eq!(rows(&weights, 24), expected);
        assert!(Parts { systole: 0, ..parts }.validate().is_err() && parts.validate().is_ok());
        assert_eq!(
            Parts { systole: 1, diastole: 17, lead_ms: 0 }.validate().unwrap_err().to_string(),
            "1 parts of the systole and 17 of the diastole: expected 1 to 16 of either"
        );
    }

    #[test]
    fn phases_may_begin_before_the_states() {
        let timeline = timeline(&[(0, State::Diastole), (1020, State::S1), (1040, State::Systole), (1070, State::S2)]);
        let parts = Parts { lead_ms: 20, ..Parts::default() };
        // Middles at 1010, 1020, … 1080, which count as 1030, 1040, … 1100.
        let weights = timeline.weights(&Window { start: 1000, end: 1100 }, FRAMING, [8, 8], parts);
        let all: Vec<usize> = (0..8).collect();
        assert_eq!(rows(&weights, 8), [vec![0], vec![1, 2, 3], vec![4, 5, 6, 7], all]);
        assert!(Parts { lead_ms: 200, ..parts }.validate().is_ok());
        assert_eq!(
            Parts { lead_ms: 201, ..parts }.validate().unwrap_err().to_string(),
            "phases that begin 201 ms before the states: expected 0 to 200"
        );
        let written = |parts: Parts| serde_json::to_string(&parts).unwrap();
        assert_eq!(written(Parts::default()), r#"{"systole":1,"diastole":1}"#);
        assert_eq!(serde_json::from_str::<Parts>(&written(parts)).unwrap(), parts);
    }

    #[test]
    fn pieces_follow_each_other() {
        let mut whole = timeline(&[(0, State::S1), (100, State::Systole)]);
        whole.extend(&Timeline::new(None), 1000);
        whole.extend(&timeline(&[(0, State::S2)]), 2000);
        let found = [0, 99, 100, 999, 1000, 1999, 2000, 9000].map(|sample| whole.place(sample).map(|(state, _)| state));
        let [s1, systole, s2] = [State::S1, State::Systole, State::S2].map(Some);
        assert_eq!(found, [s1, s1, systole, systole, None, None, s2, s2]);
    }
}
