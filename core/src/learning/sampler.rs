//! Batches with equal numbers of every class × subset.
//!
//! Where the normal and the abnormal recordings of a subset come from different sensors, a network can score by
//! recognising the sensor. Drawing every class × subset equally often takes the cheapest form of that away: within the
//! batch, neither the subset nor the class says how likely the other is.

use std::collections::BTreeMap;

use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::labelled::Labelled;
use crate::audio::Window;
use crate::{Error, Result};

/// A window with less than this fraction of its recording's mean power is drawn anew: where a bark lies in five seconds of
/// silence, most windows hold nothing of it.
const LEAST_POWER: f64 = 0.05;
/// So often at most; recordings of silence have no other windows.
const TRIES: usize = 8;

/// Draws windows; the same seed draws the same ones.
pub struct Sampler {
    /// Numbers of the recordings of each class × subset.
    groups: Vec<Group>,
    /// Windows are this long, in samples.
    samples: usize,
    /// Their starts are so many samples apart, counted from the start of a piece.
    grid: usize,
    random: ChaCha8Rng,
}

/// The recordings of one class in one subset, in an order that is shuffled anew when all have been drawn.
struct Group {
    recordings: Vec<usize>,
    next: usize,
}

/// Where a sampler is, from which another one goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamplerState {
    /// How far its random numbers are.
    pub position: u64,
    /// Of every class × subset: its recordings in the order in which they are drawn, and how many have been.
    pub groups: Vec<(Vec<usize>, usize)>,
}

/// A window to train on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// Number of the recording.
    pub recording: usize,
    /// Number of the downmix in it.
    pub downmix: usize,
    /// The window in it, at a random place.
    pub window: Window,
}

impl Sampler {
    /// A sampler over these recordings for windows of `samples` samples that start at any sample.
    pub fn new<R: Labelled>(recordings: &[R], samples: usize, seed: u64) -> Self {
        let mut groups: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
        for (number, recording) in recordings.iter().enumerate() {
            groups.entry((recording.label(), recording.subset())).or_default().push(number);
        }
        let groups = groups.into_values().map(|recordings| Group { next: recordings.len(), recordings }).collect();
        Self { groups, samples, grid: 1, random: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// The same for windows that start at one of a few places: the tenths of a window.
    pub fn with_few_places(self) -> Self {
        Self { grid: (self.samples / 10).max(1), ..self }
    }

    /// Where it is.
    pub fn state(&self) -> SamplerState {
        let groups = self.groups.iter().map(|group| (group.recordings.clone(), group.next));
        SamplerState { position: position(&self.random), groups: groups.collect() }
    }

    /// Goes on from where another sampler over the same recordings was.
    ///
    /// # Errors
    /// A state over other recordings.
    pub fn go_on(&mut self, state: &SamplerState) -> Result<()> {
        let sorted = |recordings: &[usize]| {
            let mut sorted = recordings.to_vec();
            sorted.sort_unstable();
            sorted
        };
        let fits = self.groups.len() == state.groups.len()
            && self.groups.iter().zip(&state.groups).all(|(group, (recordings, next))| {
                *next <= recordings.len() && sorted(&group.recordings) == sorted(recordings)
            });
        if !fits {
            return Err(Error::invalid("the checkpoint draws from other recordings than there are now"));
        }
        for (group, (recordings, next)) in self.groups.iter_mut().zip(&state.groups) {
            group.recordings.clone_from(recordings);
            group.next = *next;
        }
        self.random.set_word_pos(state.position.into());
        Ok(())
    }

    /// The next batch: as many draws from each class × subset as any other, up to one more where `size` does not divide;
    /// which groups get one more is random.
    pub fn batch<R: Labelled>(&mut self, recordings: &[R], size: usize) -> Vec<Draw> {
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        order.shuffle(&mut self.random);
        (0..size)
            .filter_map(|i| order.get(i % order.len().max(1)).copied())
            .map(|group| self.draw(recordings, group))
            .collect()
    }

    fn draw<R: Labelled>(&mut self, recordings: &[R], group: usize) -> Draw {
        let group = &mut self.groups[group];
        if group.next == group.recordings.len() {
            group.recordings.shuffle(&mut self.random);
            group.next = 0;
        }
        let recording = group.recordings[group.next];
        group.next += 1;
        self.draw_from(recordings, recording)
    }

    /// A heart cycle of this recording where it has some, else a window at a random place where it sounds. Within a piece no such
    /// place is likelier than another, and no window crosses the border of two pieces.
    pub fn draw_from<R: Labelled>(&mut self, recordings: &[R], recording: usize) -> Draw {
        let downmixes = recordings[recording].downmixes();
        let downmix = self.random.random_range(0..downmixes.len());
        let (_, prepared) = &downmixes[downmix];
        if prepared.by_cycles
            && let Some(window) = prepared.windows.choose(&mut self.random)
        {
            return Draw { recording, downmix, window: *window };
        }
        let samples = prepared.recording.samples();
        let least = LEAST_POWER * mean_power(samples);
        let mut window = self.place(&prepared.pieces);
        for _ in 1..TRIES {
            if mean_power(&samples[window.start..window.end]) >= least {
                break;
            }
            window = self.place(&prepared.pieces);
        }
        Draw { recording, downmix, window }
    }

    fn place(&mut self, pieces: &[Window]) -> Window {
        let length: usize = pieces.iter().map(|piece| piece.end - piece.start).sum();
        let mut place = self.random.random_range(0..length.max(1));
        let inside = |piece: &&Window| {
            let length = piece.end - piece.start;
            let found = place < length;
            place = place.saturating_sub(length);
            found
        };
        let piece = pieces.iter().find(inside).copied().unwrap_or(Window { start: 0, end: 0 });
        let room = piece.end.saturating_sub(self.samples).saturating_sub(piece.start);
        let start = piece.start + self.grid * self.random.random_range(0..=room / self.grid);
        Window { start, end: piece.end.min(start + self.samples) }
    }
}

/// How far random numbers are, in words; a run draws fewer than fit.
pub(super) fn position(random: &ChaCha8Rng) -> u64 {
    u64::try_from(random.get_word_pos()).unwrap_or(u64::MAX)
}

fn mean_power(samples: &[f32]) -> f64 {
    samples.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / samples.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Recording;
    use crate::learning::testing::Known;
    use crate::prediction::Prepared;

    fn labelled(label: usize, subset: &str, length: usize) -> Known {
        Known::new(label, subset, Prepared::bare(Recording::new(vec![0.1; length], 1000).unwrap()))
    }

    fn only_downmix(recording: &mut Known) -> &mut Prepared {
        &mut recording.downmixes[0].1
    }

    #[test]
    fn every_class_of_every_subset_comes_equally_often() {
        let mut recordings = vec![labelled(1, "b", 3000)];
        recordings.extend((0..30).map(|_| labelled(0, "a", 5000)));
        recordings.extend((0..5).map(|_| labelled(1, "a", 100)));
        let mut sampler = Sampler::new(&recordings, 2500, 3);
        let mut counts = [0; 3];
        for _ in 0..10 {
            for draw in sampler.batch(&recordings, 7) {
                let recording = &recordings[draw.recording];
                counts[if recording.subset == "b" { 2 } else { recording.label }] += 1;
            }
        }
        assert_eq!(counts.iter().sum::<i32>(), 70);
        assert!(counts.iter().all(|count| (20..=30).contains(count)), "{counts:?}");
    }

    #[test]
    fn every_recording_is_drawn_before_one_is_drawn_again() {
        let recordings: Vec<Known> = (0..9).map(|_| labelled(0, "a", 2500)).collect();
        let mut sampler = Sampler::new(&recordings, 2500, 1);
        let mut seen: Vec<usize> = sampler.batch(&recordings, 9).iter().map(|draw| draw.recording).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..9).collect::<Vec<_>>());
    }

    #[test]
    fn windows_lie_inside_the_recording() {
        let recordings = [labelled(0, "a", 4000), labelled(1, "a", 1000)];
        let mut sampler = Sampler::new(&recordings, 2500, 5);
        for draw in sampler.batch(&recordings, 200) {
            let length = recordings[draw.recording].downmixes[0].1.recording.samples().len();
            assert!(draw.window.end <= length && draw.window.end - draw.window.start == length.min(2500));
        }
    }

    #[test]
    fn windows_lie_inside_a_piece_and_in_each_as_often_as_it_is_long() {
        let mut recordings = [labelled(0, "a", 12_000)];
        let borders = [0, 6000, 8500, 12_000];
        only_downmix(&mut recordings[0]).pieces =
            borders.windows(2).map(|w| Window { start: w[0], end: w[1] }).collect();
        let mut counts = [0; 3];
        let mut starts = std::collections::BTreeSet::new();
        for Draw { window, .. } in Sampler::new(&recordings, 2500, 5).batch(&recordings, 1200) {
            assert_eq!(window.end - window.start, 2500);
            let piece = (0..3).find(|&piece| borders[piece] <= window.start && window.end <= borders[piece + 1]);
            counts[piece.unwrap_or_else(|| panic!("{window:?} crosses a border"))] += 1;
            starts.insert(window.start);
        }
        // 600, 250 and 350 are expected, each within five deviations.
        assert!((515..685).contains(&counts[0]) && (280..420).contains(&counts[2]), "{counts:?}");
        assert!(starts.contains(&6000) && starts.len() > 500);
    }

    #[test]
    fn few_places_are_the_tenths_of_a_window() {
        let recordings = [labelled(0, "a", 6000)];
        let draws = Sampler::new(&recordings, 2500, 5).with_few_places().batch(&recordings, 400);
        let starts: std::collections::BTreeSet<usize> = draws.iter().map(|draw| draw.window.start).collect();
        assert_eq!(starts.into_iter().collect::<Vec<_>>(), (0..=14).map(|i| 250 * i).collect::<Vec<_>>());
    }

    #[test]
    fn windows_hold_the_sound_of_a_recording_that_is_mostly_silent() {
        let mut recordings = [labelled(0, "a", 12_000)];
        let mut samples = vec![0.0; 12_000];
        samples[4000..4200].fill(0.5);
        only_downmix(&mut recordings[0]).recording = Recording::new(samples, 1000).unwrap();
        let draws = Sampler::new(&recordings, 2500, 5).batch(&recordings, 400);
        let sounding = draws.iter().filter(|draw| draw.window.start < 4200 && draw.window.end > 4000).count();
        // A place at random holds it in 28 of 100 cases, one of eight in 93.
        assert!(sounding > 340, "{sounding}");
        only_downmix(&mut recordings[0]).recording = Recording::new(vec![0.0; 12_000], 1000).unwrap();
        assert_eq!(Sampler::new(&recordings, 2500, 5).batch(&recordings, 9).len(), 9);
    }

    #[test]
    fn a_sampler_goes_on_where_another_was() {
        let recordings: Vec<Known> = (0..11).map(|i| labelled(i % 2, if i < 5 { "a" } else { "b" }, 9000)).collect();
        for before in [0, 1, 2, 7] {
            let mut sampler = Sampler::new(&recordings, 2500, 3);
            (0..before).for_each(|_| drop(sampler.batch(&recordings, 5)));
            let state = sampler.state();
            let expected: Vec<_> = (0..20).map(|_| sampler.batch(&recordings, 5)).collect();
            let mut other = Sampler::new(&recordings, 2500, 3);
            other.go_on(&state).unwrap();
            assert_eq!(other.state(), state);
            assert_eq!((0..20).map(|_| other.batch(&recordings, 5)).collect::<Vec<_>>(), expected);
        }
        let mut fewer = Sampler::new(&recordings[1..], 2500, 3);
        let refused = fewer.go_on(&Sampler::new(&recordings, 2500, 3).state()).unwrap_err().to_string();
        assert!(refused.contains("other recordings"), "{refused}");
    }

    #[test]
    fn a_seed_means_the_same_draws() {
        let recordings: Vec<Known> = (0..6).map(|i| labelled(i % 2, "a", 9000)).collect();
        let draws = |seed| Sampler::new(&recordings, 2500, seed).batch(&recordings, 12);
        assert_eq!(draws(1), draws(1));
        assert_ne!(draws(1), draws(2));
    }
}
