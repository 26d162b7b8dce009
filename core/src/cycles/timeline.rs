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

    /// Where the heart cycles lie that are known from S1 to S1.
    pub fn cycles(&self) -> Vec<Span> {
        let known = self.0.split(|(_, state)| state.is_none());
        let onsets = |stretch: &[(usize, Option<State>)]| -> Vec<usize> {
            stretch.iter().filter(|(_, state)| *state == Some(State::S1)).map(|(start, _)| *start).collect()
        };
        let cycles = known.map(onsets).flat_map(|onsets| {
            let pairs: Vec<Span> = onsets.windows(2).map(|pair| Span { start: pair[0], end: pair[1] }).collect();
            pairs
        });
        cycles.filter(|cycle| cycle.start < cycle.end).collect()
    }

    /// Weights `[states, frames]` with which the frames of a window make the mean of each state; each row sums to 1. The
    /// window starts at `start`, and those of its frames count whose middle is `heard`. A frame belongs to the state that its
    /// middle lies in. What is not known, as a state that is not heard or all of a window without rhythm, is the mean of
    /// all frames that count.
    pub fn weights(&self, start: usize, heard: &Span, framing: Framing, frames: usize) -> Vec<f32> {
        let middle = |frame: usize| start + frame * framing.hop + framing.window / 2;
        let mut counted: Vec<usize> =
            (0..frames).filter(|&frame| (heard.start..heard.end).contains(&middle(frame))).collect();
        if counted.is_empty() {
            counted.push(0);
        }
        let mut weights = vec![0.0; STATES * frames];
        for (row, state) in weights.chunks_exact_mut(frames).zip(State::ALL) {
            let is_known = |frame: &&usize| self.at(middle(**frame)) == Some(state);
            let known: Vec<usize> = counted.iter().filter(is_known).copied().collect();
            let mean_of = if known.is_empty() { &counted } else { &known };
            mean_of.iter().for_each(|&frame| row[frame] = 1.0 / mean_of.len() as f32);
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
        let weights = timeline.weights(1000, &Span { start: 1000, end: 1100 }, FRAMING, 8);
        assert_eq!(rows(&weights, 8), [vec![1, 2], vec![3, 4, 5], vec![6, 7], vec![0]]);
        assert!(weights.chunks_exact(8).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-6));
    }

    #[test]
    fn what_is_not_known_is_the_mean_of_all_that_sounds() {
        let unknown = Timeline::new(None);
        let all: Vec<usize> = (0..6).collect();
        // Frames beyond the end of the span are padding.
        let weights = unknown.weights(0, &Span { start: 0, end: 70 }, FRAMING, 9);
        assert_eq!(rows(&weights, 9), vec![all.clone(); 4]);
        let weights = timeline(&[(0, State::S1)]).weights(0, &Span { start: 0, end: 70 }, FRAMING, 9);
        assert_eq!(rows(&weights, 9), vec![all; 4]);
        assert_eq!(Timeline::default().weights(0, &Span { start: 0, end: 0 }, FRAMING, 2), [1.0, 0.0].repeat(4));
    }

    #[test]
    fn a_cycle_alone_is_heard_where_it_is_asked_for() {
        let beat = |start: usize| {
            let states = [State::S1, State::Systole, State::S2, State::Diastole];
            states.into_iter().enumerate().map(move |(number, state)| (start + 20 * number, state))
        };
        let mut whole = timeline(&beat(10).chain(beat(90)).chain(beat(170)).collect::<Vec<_>>());
        whole.extend(&Timeline::new(None), 300);
        whole.extend(&timeline(&beat(0).chain(beat(80)).collect::<Vec<_>>()), 400);
        let cycles = whole.cycles();
        // None is known from the last S1 of a stretch on.
        let span = |start, end| Span { start, end };
        assert_eq!(cycles, [span(10, 90), span(90, 170), span(400, 480)]);
        // Frames have their middles at 10, 20, … 200.
        let weights = whole.weights(0, &cycles[1], FRAMING, 20);
        assert_eq!(rows(&weights, 20), [vec![8, 9], vec![10, 11], vec![12, 13], vec![14, 15]]);
        assert_eq!(Timeline::new(None).cycles(), []);
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
