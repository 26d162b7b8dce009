//! Which state of the heart cycle the frames of a window lie in.

use super::envelope::sample_at;
use super::segmentation::Segmentation;
use super::state::{STATES, State};
use crate::audio::Span;
use crate::filterbank::Framing;

/// When the states of a recording begin, in samples, in order; no state where no rhythm is plausible.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline(Vec<(usize, Option<State>)>);

impl Timeline {
    /// The states of a piece that was segmented; without a plausible rhythm there are none.
    pub fn new(found: Option<&Segmentation>) -> Self {
        let Some(found) = found.filter(|found| found.plausible) else { return Self(vec![(0, None)]) };
        Self(found.states.iter().map(|stretch| (sample_at(stretch.start_s), Some(stretch.state))).collect())
    }

    /// Adds the states of what begins `samples` samples later.
    pub fn extend(&mut self, next: &Self, samples: usize) {
        self.0.extend(next.0.iter().map(|&(start, state)| (samples + start, state)));
    }

    /// The state at a sample.
    pub fn at(&self, sample: usize) -> Option<State> {
        let next = self.0.partition_point(|(start, _)| *start <= sample);
        self.0.get(next.checked_sub(1)?)?.1
    }

    /// Weights `[states, frames]` with which the frames of a window make the mean of each state; each row sums to 1. A
    /// frame belongs to the state that its middle lies in. What is not known, as a state that the window does not hold or
    /// all of a window without rhythm, is the mean of all frames that hold sound.
    pub fn weights(&self, span: &Span, framing: Framing, frames: usize) -> Vec<f32> {
        let middle = |frame: usize| span.start + frame * framing.hop + framing.window / 2;
        let inside = |frame: &usize| *frame == 0 || middle(*frame) < span.end;
        let states: Vec<Option<State>> = (0..frames).filter(inside).map(|frame| self.at(middle(frame))).collect();
        let mut weights = vec![0.0; STATES * frames];
        for (row, state) in weights.chunks_exact_mut(frames).zip(State::ALL) {
            let known = states.iter().filter(|found| **found == Some(state)).count();
            let weight = 1.0 / if known > 0 { known } else { states.len() } as f32;
            let counts = |found: &Option<State>| known == 0 || *found == Some(state);
            row.iter_mut().zip(&states).filter(|(_, found)| counts(found)).for_each(|(place, _)| *place = weight);
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
        let weights = timeline.weights(&Span { start: 1000, end: 1100 }, FRAMING, 8);
        assert_eq!(rows(&weights, 8), [vec![1, 2], vec![3, 4, 5], vec![6, 7], vec![0]]);
        assert!(weights.chunks_exact(8).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-6));
    }

    #[test]
    fn what_is_not_known_is_the_mean_of_all_that_sounds() {
        let unknown = Timeline::new(None);
        let all: Vec<usize> = (0..6).collect();
        // Frames beyond the end of the span are padding.
        let weights = unknown.weights(&Span { start: 0, end: 70 }, FRAMING, 9);
        assert_eq!(rows(&weights, 9), vec![all.clone(); 4]);
        let weights = timeline(&[(0, State::S1)]).weights(&Span { start: 0, end: 70 }, FRAMING, 9);
        assert_eq!(rows(&weights, 9), vec![all; 4]);
        assert_eq!(Timeline::default().weights(&Span { start: 0, end: 0 }, FRAMING, 2), [1.0, 0.0].repeat(4));
    }

    #[test]
    fn pieces_follow_each_other() {
        let mut whole = timeline(&[(0, State::S1), (100, State::Systole)]);
        whole.extend(&Timeline::new(None), 1000);
        whole.extend(&timeline(&[(0, State::S2)]), 2000);
        let found = [0, 99, 100, 999, 1000, 1999, 2000, 9000].map(|sample| whole.at(sample));
        let [s1, systole, s2] = [State::S1, State::Systole, State::S2].map(Some);
        assert_eq!(found, [s1, s1, systole, systole, None, None, s2, s2]);
    }
}
