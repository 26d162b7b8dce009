//! Batches with equal numbers of every class × subset.
//!
//! Where the normal and the abnormal recordings of a subset come from different sensors, a network can score by
//! recognising the sensor. Drawing every class × subset equally often takes the cheapest form of that away: within the
//! batch, neither the subset nor the class says how likely the other is.

use std::collections::BTreeMap;

use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spectnet_core::audio::Window;

use crate::data::clips::Clip;

/// A window with less than this share of its recording's mean power is drawn anew: of a bark in five seconds of silence, most
/// windows hold nothing that deserves the label.
const LEAST_POWER: f64 = 0.05;
/// So often at most; recordings of silence have no other windows.
const TRIES: usize = 8;

/// Draws windows; the same seed draws the same ones.
pub struct Sampler {
    /// Clip numbers of each class × subset.
    groups: Vec<Group>,
    /// Windows are this long, in samples.
    samples: usize,
    /// Their starts are so many samples apart, counted from the start of a piece.
    grid: usize,
    random: ChaCha8Rng,
}

/// The clips of one class in one subset, in an order that is shuffled anew when all have been drawn.
struct Group {
    clips: Vec<usize>,
    next: usize,
}

/// A window to train on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// Number of the clip.
    pub clip: usize,
    /// Number of the downmix in it.
    pub downmix: usize,
    /// The window in it, at a random place.
    pub span: Window,
}

impl Sampler {
    /// A sampler over these clips for windows of `samples` samples that start at any sample.
    pub fn new(clips: &[Clip], samples: usize, seed: u64) -> Self {
        let mut groups: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
        for (number, clip) in clips.iter().enumerate() {
            groups.entry((clip.example.label, &clip.example.subset)).or_default().push(number);
        }
        let groups = groups.into_values().map(|clips| Group { next: clips.len(), clips }).collect();
        Self { groups, samples, grid: 1, random: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// The same for windows that start at one of a few places: the tenths of a window.
    pub fn with_few_places(self) -> Self {
        Self { grid: (self.samples / 10).max(1), ..self }
    }

    /// The next batch: as many draws from each class × subset as any other, up to one more where `size` does not divide;
    /// which groups get one more is random.
    pub fn batch(&mut self, clips: &[Clip], size: usize) -> Vec<Draw> {
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        order.shuffle(&mut self.random);
        (0..size)
            .filter_map(|i| order.get(i % order.len().max(1)).copied())
            .map(|group| self.draw(clips, group))
            .collect()
    }

    fn draw(&mut self, clips: &[Clip], group: usize) -> Draw {
        let group = &mut self.groups[group];
        if group.next == group.clips.len() {
            group.clips.shuffle(&mut self.random);
            group.next = 0;
        }
        let clip = group.clips[group.next];
        group.next += 1;
        self.draw_from(clips, clip)
    }

    /// A heart cycle of this clip where it has some, else a window at a random place where it sounds: no such place of a piece is likelier than another, no window
    /// crosses the border of two.
    pub fn draw_from(&mut self, clips: &[Clip], clip: usize) -> Draw {
        let downmix = self.random.random_range(0..clips[clip].downmixes.len());
        let (_, prepared) = &clips[clip].downmixes[downmix];
        if prepared.by_cycles
            && let Some(span) = prepared.spans.choose(&mut self.random)
        {
            return Draw { clip, downmix, span: *span };
        }
        let samples = prepared.recording.samples();
        let least = LEAST_POWER * mean_power(samples);
        let mut span = self.place(&prepared.pieces);
        for _ in 1..TRIES {
            if mean_power(&samples[span.start..span.end]) >= least {
                break;
            }
            span = self.place(&prepared.pieces);
        }
        Draw { clip, downmix, span }
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

fn mean_power(samples: &[f32]) -> f64 {
    samples.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / samples.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::data::Example;
    use spectnet_core::audio::{Downmix, Recording};
    use spectnet_core::package::recordings::Digest;
    use spectnet_core::prediction::Prepared;

    fn clip(label: usize, subset: &str, length: usize) -> Clip {
        let recording = Recording::new(vec![0.1; length], 1000).unwrap();
        let example =
            Example { path: "x".into(), label, group: "g".into(), fold: None, subset: subset.into(), quality: None };
        Clip {
            example,
            digest: Digest::new([0; 8]),
            downmixes: Arc::new(vec![(Downmix::Mean, Prepared::bare(recording))]),
        }
    }

    fn only_view(clip: &mut Clip) -> &mut Prepared {
        &mut Arc::make_mut(&mut clip.downmixes)[0].1
    }

    #[test]
    fn every_class_of_every_subset_comes_equally_often() {
        let mut clips = vec![clip(1, "b", 3000)];
        clips.extend((0..30).map(|_| clip(0, "a", 5000)));
        clips.extend((0..5).map(|_| clip(1, "a", 100)));
        let mut sampler = Sampler::new(&clips, 2500, 3);
        let mut counts = [0; 3];
        for _ in 0..10 {
            for draw in sampler.batch(&clips, 7) {
                let example = &clips[draw.clip].example;
                counts[if example.subset == "b" { 2 } else { example.label }] += 1;
            }
        }
        assert_eq!(counts.iter().sum::<i32>(), 70);
        assert!(counts.iter().all(|count| (20..=30).contains(count)), "{counts:?}");
    }

    #[test]
    fn every_clip_is_drawn_before_one_is_drawn_again() {
        let clips: Vec<Clip> = (0..9).map(|_| clip(0, "a", 2500)).collect();
        let mut sampler = Sampler::new(&clips, 2500, 1);
        let mut seen: Vec<usize> = sampler.batch(&clips, 9).iter().map(|draw| draw.clip).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..9).collect::<Vec<_>>());
    }

    #[test]
    fn windows_lie_inside_the_recording() {
        let clips = [clip(0, "a", 4000), clip(1, "a", 1000)];
        let mut sampler = Sampler::new(&clips, 2500, 5);
        for draw in sampler.batch(&clips, 200) {
            let length = clips[draw.clip].downmixes[0].1.recording.samples().len();
            assert!(draw.span.end <= length && draw.span.end - draw.span.start == length.min(2500));
        }
    }

    #[test]
    fn windows_lie_inside_a_piece_and_in_each_as_often_as_it_is_long() {
        let mut clips = [clip(0, "a", 12_000)];
        let borders = [0, 6000, 8500, 12_000];
        only_view(&mut clips[0]).pieces = borders.windows(2).map(|w| Window { start: w[0], end: w[1] }).collect();
        let mut counts = [0; 3];
        let mut starts = std::collections::BTreeSet::new();
        for Draw { span, .. } in Sampler::new(&clips, 2500, 5).batch(&clips, 1200) {
            assert_eq!(span.end - span.start, 2500);
            let piece = (0..3).find(|&piece| borders[piece] <= span.start && span.end <= borders[piece + 1]);
            counts[piece.unwrap_or_else(|| panic!("{span:?} crosses a border"))] += 1;
            starts.insert(span.start);
        }
        // 600, 250 and 350 are expected, each within five deviations.
        assert!((515..685).contains(&counts[0]) && (280..420).contains(&counts[2]), "{counts:?}");
        assert!(starts.contains(&6000) && starts.len() > 500);
    }

    #[test]
    fn few_places_are_the_tenths_of_a_window() {
        let clips = [clip(0, "a", 6000)];
        let draws = Sampler::new(&clips, 2500, 5).with_few_places().batch(&clips, 400);
        let starts: std::collections::BTreeSet<usize> = draws.iter().map(|draw| draw.span.start).collect();
        assert_eq!(starts.into_iter().collect::<Vec<_>>(), (0..=14).map(|i| 250 * i).collect::<Vec<_>>());
    }

    #[test]
    fn windows_hold_the_sound_of_a_recording_that_is_mostly_silent() {
        let mut clips = [clip(0, "a", 12_000)];
        let mut samples = vec![0.0; 12_000];
        samples[4000..4200].fill(0.5);
        only_view(&mut clips[0]).recording = Recording::new(samples, 1000).unwrap();
        let draws = Sampler::new(&clips, 2500, 5).batch(&clips, 400);
        let heard = draws.iter().filter(|draw| draw.span.start < 4200 && draw.span.end > 4000).count();
        // A place at random holds it in 28 of 100 cases, one of eight in 93.
        assert!(heard > 340, "{heard}");
        only_view(&mut clips[0]).recording = Recording::new(vec![0.0; 12_000], 1000).unwrap();
        assert_eq!(Sampler::new(&clips, 2500, 5).batch(&clips, 9).len(), 9);
    }

    #[test]
    fn a_seed_means_the_same_draws() {
        let clips: Vec<Clip> = (0..6).map(|i| clip(i % 2, "a", 9000)).collect();
        let draws = |seed| Sampler::new(&clips, 2500, seed).batch(&clips, 12);
        assert_eq!(draws(1), draws(1));
        assert_ne!(draws(1), draws(2));
    }
}
