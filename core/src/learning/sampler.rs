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
    /// Of each class × subset the numbers of its recordings, or of its windows among `windows`.
    groups: Vec<Group>,
    /// All windows, where these are drawn; none where recordings are drawn, and then a window of each.
    windows: Option<Vec<Draw>>,
    /// Windows are this long, in samples.
    samples: usize,
    /// Their starts are so many samples apart, counted from the start of a piece.
    grid: usize,
    random: ChaCha8Rng,
}

/// What is drawn of one class in one subset, in an order that is shuffled anew when all have been drawn.
struct Group {
    members: Vec<usize>,
    next: usize,
}

/// Where a sampler is, from which another one goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamplerState {
    /// How far its random numbers are.
    pub position: u64,
    /// Of every class × subset: its recordings or windows in the order in which they are drawn, and how many have been.
    pub groups: Vec<(Vec<usize>, usize)>,
}

/// A window to train on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// Number of the recording.
    pub recording: usize,
    /// Number of the downmix in it.
    pub downmix: usize,
    /// The window in it.
    pub window: Window,
}

impl Sampler {
    /// A sampler over these recordings, each of which comes once before one of its class × subset comes again. Of a recording it
    /// draws a heart cycle, or a window of `samples` samples that starts at any sample.
    pub fn new<R: Labelled>(recordings: &[R], samples: usize, seed: u64) -> Self {
        Self::over(groups(recordings), None, samples, seed)
    }

    /// A sampler over the windows of these recordings, each of which comes once before one of its class × subset comes again.
    pub fn of_windows<R: Labelled>(recordings: &[R], samples: usize, seed: u64) -> Self {
        let mut all = Vec::new();
        let numbers = |group: Vec<usize>| -> Vec<usize> {
            let first = all.len();
            all.extend(group.into_iter().flat_map(|recording| windows(recordings, recording)));
            (first..all.len()).collect()
        };
        let groups = groups(recordings).into_iter().map(numbers).filter(|group| !group.is_empty()).collect();
        Self::over(groups, Some(all), samples, seed)
    }

    fn over(groups: Vec<Vec<usize>>, windows: Option<Vec<Draw>>, samples: usize, seed: u64) -> Self {
        let groups = groups.into_iter().map(|members| Group { next: members.len(), members }).collect();
        Self { groups, windows, samples, grid: 1, random: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// The same for windows that start at one of a few places: the tenths of a window.
    pub fn with_few_places(self) -> Self {
        Self { grid: (self.samples / 10).max(1), ..self }
    }

    /// Where it is.
    pub fn state(&self) -> SamplerState {
        let groups = self.groups.iter().map(|group| (group.members.clone(), group.next));
        SamplerState { position: position(&self.random), groups: groups.collect() }
    }

    /// Goes on from where another sampler over the same recordings was.
    ///
    /// # Errors
    /// A state over other recordings.
    pub fn go_on(&mut self, state: &SamplerState) -> Result<()> {
        let sorted = |members: &[usize]| {
            let mut sorted = members.to_vec();
            sorted.sort_unstable();
            sorted
        };
        let fits =
            self.groups.len() == state.groups.len()
                && self.groups.iter().zip(&state.groups).all(|(group, (members, next))| {
                    *next <= members.len() && sorted(&group.members) == sorted(members)
                });
        if !fits {
            return Err(Error::invalid("the checkpoint draws from other recordings than there are now"));
        }
        for (group, (members, next)) in self.groups.iter_mut().zip(&state.groups) {
            group.members.clone_from(members);
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
        if group.next == group.members.len() {
            group.members.shuffle(&mut self.random);
            group.next = 0;
        }
        let member = group.members[group.next];
        group.next += 1;
        match &self.windows {
            Some(windows) => windows[member],
            None => self.draw_from(recordings, member),
        }
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

/// Number of windows of every class × subset that has some.
pub fn windows_of_groups<R: Labelled>(recordings: &[R]) -> Vec<usize> {
    let windows = |recording: usize| windows(recordings, recording).count();
    let count = |group: Vec<usize>| group.into_iter().map(windows).sum::<usize>();
    groups(recordings).into_iter().map(count).filter(|count| *count > 0).collect()
}

/// Numbers of the recordings of every class × subset.
fn groups<R: Labelled>(recordings: &[R]) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
    for (number, recording) in recordings.iter().enumerate() {
        groups.entry((recording.label(), recording.subset())).or_default().push(number);
    }
    groups.into_values().collect()
}

/// All windows of a recording.
fn windows<R: Labelled>(recordings: &[R], recording: usize) -> impl Iterator<Item = Draw> {
    let downmixes = recordings[recording].downmixes().iter().enumerate();
    downmixes.flat_map(move |(downmix, (_, prepared))| {
        prepared.windows.iter().map(move |window| Draw { recording, downmix, window: *window })
    })
}

/// How far random numbers are, in words; a run draws fewer than fit.
pub(super) fn position(random: &ChaCha8Rng) -> u64 {
    u64::try_from(random.get_word_pos()).unwrap_or(u64::MAX)
}

fn mean_power(samples: &[f32]) -> f64 {
    samples.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / samples.len().max(1) as f64
}

#[cfg(test)]
mod tests;
