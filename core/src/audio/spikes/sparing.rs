//! The rule for spikes that spares every peak which repeats as a heart does.
//!
//! The published rule takes the median peak of half-seconds as the level of the heart sounds. That is right only if
//! most half-seconds hold one: at 40 beats a minute with a quiet S2, two of three hold none, and S1 itself is removed.
//! The slowest heart beats once in 2 s, so every stretch of 2 s holds an S1, whatever the rate and the level of S2.
//! Spikes may then lie in most stretches, as long as a third of them has none. Where only a small part of a recording
//! holds a heart, its beats are recognised because they follow one another at even intervals.

use std::ops::Range;

use super::{FACTOR, SILENCE, peak};
use crate::stride::Stride;

/// The longest heart cycle in seconds: 30 beats a minute.
const LONGEST_CYCLE_S: f64 = 2.0;
/// The shortest heart cycle in seconds: 220 beats a minute.
const SHORTEST_CYCLE_S: f64 = 60.0 / 220.0;
/// Length in seconds of the blocks whose peaks are compared.
const BLOCK_S: f64 = 0.05;
/// The level of the heart sounds is the peak that only one in this many stretches does not reach.
const LOWER: usize = 3;
/// Peaks that are nearer to each other than this, in seconds, belong to one sound.
const WITHIN_S: f64 = 0.1;
/// This many sounds at even intervals are a rhythm. Four sounds at random times hardly ever are: among eight in 20 s,
/// once in a hundred recordings.
const BEATS: usize = 4;
/// Largest difference of an interval from the one before, as a fraction of it.
const UNEVEN: f64 = 0.1;
/// Most passes over a recording; a few are enough.
const PASSES: usize = 32;

/// Removes spikes in place: the samples between the two zero crossings around every peak of more than [`FACTOR`] × the
/// level of the heart sounds that is louder than every beat. Removing can only lower that level, so it is repeated
/// until no peak is above it.
///
/// Digital silence is left out, so that it does not matter how much of it there is and where. In less than 2 s of sound
/// there is nothing to compare.
pub(super) async fn remove(signal: &mut [f64], sample_rate: u32, stride: &mut Stride) {
    let rate = f64::from(sample_rate);
    let block = ((BLOCK_S * rate).round() as usize).max(1);
    let stretch = (LONGEST_CYCLE_S / BLOCK_S).round() as usize;
    let silence = SILENCE * peak(signal);
    let sounding: Vec<bool> = signal.chunks(block).map(|samples| peak(samples) > silence).collect();
    let mut lobes = lobes(signal);
    for _ in 0..PASSES {
        stride.done(signal.len()).await;
        let blocks = signal.chunks(block).zip(&sounding).filter(|(_, sounding)| **sounding);
        let peaks: Vec<f64> = blocks.map(|(samples, _)| peak(samples)).collect();
        let mut stretches: Vec<f64> = peaks.windows(stretch).map(peak).collect();
        stretches.sort_by(f64::total_cmp);
        let level = match stretches.get(stretches.len() / LOWER) {
            Some(level) if *level > 0.0 => *level,
            _ => return,
        };
        let beat = loudest_beat(&lobes, FACTOR * level, rate, stride).await;
        let limit = (FACTOR * level).max(beat);
        let mut blanked = false;
        for lobe in lobes.iter_mut().filter(|lobe| lobe.peak > limit) {
            signal[lobe.samples.clone()].fill(0.0);
            lobe.peak = 0.0;
            blanked = true;
        }
        if !blanked {
            return;
        }
    }
}

/// Samples between two neighbouring zero crossings.
struct Lobe {
    samples: Range<usize>,
    peak: f64,
}

fn lobes(signal: &[f64]) -> Vec<Lobe> {
    let mut end = 0;
    let lobe = |samples: &[f64]| {
        let begin = end;
        end += samples.len();
        Lobe { samples: begin..end, peak: peak(samples) }
    };
    signal.chunk_by(|a, b| (*a < 0.0) == (*b < 0.0)).map(lobe).collect()
}

/// Lobes that follow one another closely.
struct Sound {
    /// Time of its loudest lobe, in seconds.
    at_s: f64,
    peak: f64,
    end_s: f64,
}

/// The sounds that the lobes above a limit form.
fn sounds(lobes: &[Lobe], limit: f64, rate: f64) -> Vec<Sound> {
    let mut sounds: Vec<Sound> = Vec::new();
    for Lobe { samples, peak } in lobes.iter().filter(|lobe| lobe.peak > limit) {
        let [begin_s, end_s] = [samples.start, samples.end].map(|sample| sample as f64 / rate);
        let next = Sound { at_s: (begin_s + end_s) / 2.0, peak: *peak, end_s };
        match sounds.last_mut().filter(|last| begin_s - last.end_s < WITHIN_S) {
            Some(last) if last.peak >= next.peak => last.end_s = end_s,
            Some(last) => *last = next,
            None => sounds.push(next),
        }
    }
    sounds
}

/// The peak of the loudest sound above the limit that is a beat: one of several at even intervals that are not louder
/// than it and not quieter than a third of it. 0 where there is none.
async fn loudest_beat(lobes: &[Lobe], limit: f64, rate: f64, stride: &mut Stride) -> f64 {
    let mut loudest = 0.0;
    for sound in &sounds(lobes, limit, rate) {
        let near = near(lobes, sound, rate);
        if is_beat(near, sound, rate) {
            loudest = f64::max(loudest, sound.peak);
        }
        stride.done(near.len()).await;
    }
    loudest
}

/// The lobes of all beats that can be in rhythm with a sound.
fn near<'a>(lobes: &'a [Lobe], sound: &Sound, rate: f64) -> &'a [Lobe] {
    let reach = (BEATS as f64 * LONGEST_CYCLE_S * rate) as usize;
    let at = (sound.at_s * rate) as usize;
    let from = lobes.partition_point(|lobe| lobe.samples.end + reach < at);
    let until = lobes.partition_point(|lobe| lobe.samples.start <= at + reach);
    &lobes[from..until]
}

/// Whether a sound is one of several at even intervals that are not louder than it and not quieter than a third of it.
fn is_beat(near: &[Lobe], sound: &Sound, rate: f64) -> bool {
    let like = sounds(near, sound.peak / FACTOR, rate);
    let times: Vec<f64> = like.iter().filter(|other| other.peak <= sound.peak).map(|other| other.at_s).collect();
    times.iter().position(|&at_s| at_s == sound.at_s).is_some_and(|place| in_rhythm(&times, place))
}

/// Whether the sound `place` is one of [`BEATS`] at even intervals; between two of them may lie S2 or one other sound.
fn in_rhythm(times: &[f64], place: usize) -> bool {
    let pairs = [1, 2].into_iter().flat_map(|step| [(place.checked_sub(step), place), (Some(place), place + step)]);
    pairs.into_iter().any(|(from, to)| {
        let Some((from, interval_s)) = from.and_then(|from| Some((from, times.get(to)? - times[from]))) else {
            return false;
        };
        (SHORTEST_CYCLE_S..=LONGEST_CYCLE_S).contains(&interval_s)
            && 2 + further(times, to, interval_s, true) + further(times, from, interval_s, false) >= BEATS
    })
}

/// How many sounds follow at even intervals, or come before where `later` is false.
fn further(times: &[f64], mut at: usize, mut interval_s: f64, later: bool) -> usize {
    let mut count = 0;
    loop {
        let next = [1, 2].into_iter().filter_map(|step| {
            let next = if later { Some(at + step) } else { at.checked_sub(step) }?;
            Some((next, (times.get(next)? - times[at]).abs()))
        });
        let off = |interval: f64| (interval / interval_s - 1.0).abs();
        match next.min_by(|a, b| off(a.1).total_cmp(&off(b.1))) {
            Some((next, interval)) if off(interval) <= UNEVEN => (at, interval_s) = (next, interval),
            _ => return count,
        }
        count += 1;
    }
}

#[cfg(test)]
mod tests;
