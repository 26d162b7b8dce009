//! What is drawn, how often, and where it goes on.

use super::*;
use crate::audio::Recording;
use crate::learning::EpochLength;
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

/// A recording with so many windows, each of which is told by its start.
fn with_windows(label: usize, subset: &str, count: usize) -> Known {
    let mut recording = labelled(label, subset, 100 * count.max(1));
    only_downmix(&mut recording).windows = (0..count).map(|i| Window { start: 100 * i, end: 100 * (i + 1) }).collect();
    recording
}

/// Of these draws how often every window of a recording came, by recording and start.
fn counts(draws: &[Draw]) -> BTreeMap<(usize, usize), usize> {
    let mut counts = BTreeMap::new();
    draws.iter().for_each(|draw| *counts.entry((draw.recording, draw.window.start)).or_default() += 1);
    counts
}

#[test]
fn every_window_of_a_group_is_drawn_before_one_is_drawn_again() {
    let recordings = [
        with_windows(0, "a", 5),
        with_windows(1, "a", 2),
        with_windows(0, "a", 1),
        with_windows(1, "a", 0),
        with_windows(1, "b", 0),
    ];
    assert_eq!(windows_of_groups(&recordings), [6, 2]);
    let mut sampler = Sampler::of_windows(&recordings, 2500, 4);
    for pass in 1..=3 {
        // Six of either: all of one group, and each of the other three times.
        let found = counts(&sampler.batch(&recordings, 12));
        let of = |recording: usize| found.iter().filter(move |((of, _), _)| *of == recording).map(|(_, count)| *count);
        assert_eq!(of(0).collect::<Vec<_>>(), [1; 5], "pass {pass}: {found:?}");
        assert_eq!((of(1).collect::<Vec<_>>(), of(2).collect::<Vec<_>>()), (vec![3; 2], vec![1]), "{found:?}");
    }
    // The next pass has another order.
    let order = |sampler: &mut Sampler| {
        let drawn = sampler.batch(&recordings, 12).into_iter().filter(|draw| draw.recording == 0);
        drawn.map(|draw| draw.window.start).collect::<Vec<_>>()
    };
    assert_ne!(order(&mut sampler), order(&mut sampler));
}

#[test]
fn windows_of_every_downmix_are_drawn() {
    let mut recording = with_windows(0, "a", 3);
    let other = recording.downmixes[0].clone();
    recording.downmixes.push(other);
    let recordings = [recording];
    assert_eq!(windows_of_groups(&recordings), [6]);
    let drawn = Sampler::of_windows(&recordings, 2500, 4).batch(&recordings, 6);
    let found: std::collections::BTreeSet<_> = drawn.iter().map(|draw| (draw.downmix, draw.window.start)).collect();
    assert_eq!(found.len(), 6);
}

#[test]
fn an_epoch_of_the_largest_group_goes_through_it_once() {
    let recordings = [with_windows(0, "a", 30), with_windows(1, "a", 12), with_windows(1, "b", 70)];
    let batches = EpochLength::LargestGroup.batches(&windows_of_groups(&recordings), 6);
    assert_eq!(batches, 35);
    let mut sampler = Sampler::of_windows(&recordings, 2500, 9);
    let epoch: Vec<Draw> = (0..batches).flat_map(|_| sampler.batch(&recordings, 6)).collect();
    let found = counts(&epoch);
    assert!((0..70).all(|i| found[&(2, 100 * i)] == 1), "{found:?}");
    assert!((0..30).all(|i| [2, 3].contains(&found[&(0, 100 * i)])), "{found:?}");
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
    only_downmix(&mut recordings[0]).pieces = borders.windows(2).map(|w| Window { start: w[0], end: w[1] }).collect();
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
fn a_sampler_of_windows_goes_on_where_another_was() {
    let recordings: Vec<Known> = (0..9).map(|i| with_windows(i % 2, if i < 4 { "a" } else { "b" }, 3 + i)).collect();
    for before in [0, 1, 4, 17] {
        let mut sampler = Sampler::of_windows(&recordings, 2500, 3);
        (0..before).for_each(|_| drop(sampler.batch(&recordings, 5)));
        // As it stands in a checkpoint.
        let state = serde_json::to_string(&sampler.state()).unwrap();
        let expected: Vec<_> = (0..40).map(|_| sampler.batch(&recordings, 5)).collect();
        let mut other = Sampler::of_windows(&recordings, 2500, 3);
        other.go_on(&serde_json::from_str(&state).unwrap()).unwrap();
        assert_eq!((0..40).map(|_| other.batch(&recordings, 5)).collect::<Vec<_>>(), expected);
    }
    // Neither over other windows, nor where recordings are drawn.
    let state = Sampler::of_windows(&recordings, 2500, 3).state();
    for mut other in [Sampler::of_windows(&recordings[1..], 2500, 3), Sampler::new(&recordings, 2500, 3)] {
        assert!(other.go_on(&state).is_err_and(|error| error.to_string().contains("other recordings")));
    }
}

#[test]
fn a_seed_means_the_same_draws() {
    let recordings: Vec<Known> = (0..6).map(|i| labelled(i % 2, "a", 9000)).collect();
    let draws = |seed| Sampler::new(&recordings, 2500, seed).batch(&recordings, 12);
    assert_eq!(draws(1), draws(1));
    assert_ne!(draws(1), draws(2));
}
