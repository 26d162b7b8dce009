//! Cutting a conditioned recording into windows of one length for the filterbank.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::math::order::by_number;

/// Longest window accepted, in samples. 30 s at 8 kHz are 240,000 samples, and every window of a batch is held together
/// with its image, so a number seventy times as large is a typing error.
const MAX_WINDOW: usize = 1 << 24;

/// Windows of `samples` samples, which begin at every multiple of `hop`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Windowing {
    /// Length of a window in samples, more than 0.
    pub samples: usize,
    /// Distance between the starts of neighbouring windows in samples: 1 to `samples`.
    pub hop: usize,
}

/// The samples `start..end` of a recording; `end` never lies beyond the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Number of the first sample.
    pub start: usize,
    /// Number of the last sample, plus one.
    pub end: usize,
}

impl Window {
    /// The same window, `samples` samples later.
    pub(crate) fn later(self, samples: usize) -> Self {
        Self { start: self.start + samples, end: self.end + samples }
    }
}

impl Windowing {
    /// Windows of `seconds` at `sample_rate` Hz, each of which overlaps the one before by half.
    pub fn overlapping(seconds: f64, sample_rate: u32) -> Self {
        let samples = (seconds * f64::from(sample_rate)).round() as usize;
        Self { samples, hop: (samples / 2).max(1) }
    }

    /// Checks that there are windows and no gaps between them.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) for a length or hop of 0, or a hop longer than the window;
    /// [`Error::Limit`](crate::Error::Limit) for a window that is far too long.
    pub fn validate(&self) -> Result<()> {
        let Self { samples, hop } = *self;
        if samples == 0 || hop == 0 {
            return Err(Error::invalid(format!(
                "windows of {samples} samples every {hop} samples; both must be at least 1"
            )));
        }
        if samples > MAX_WINDOW {
            return Err(Error::limit(format!("windows of {samples} samples; at most {MAX_WINDOW} are accepted")));
        }
        if hop > samples {
            return Err(Error::invalid(format!(
                "windows of {samples} samples every {hop} samples leave gaps; \
                 the hop must be at most the window length"
            )));
        }
        Ok(())
    }

    /// The windows of `len` samples, in order.
    ///
    /// Each is a whole window, and the last one ends at the last sample, so it may overlap its neighbour by more than
    /// the others do ([`weights`](Self::weights) keeps that overlap from counting twice). Only where there are fewer
    /// samples than in a window, the one window is not whole; [`cut`](Self::cut) pads it with zeros. There are no
    /// windows for a `len` of 0 or an invalid windowing.
    pub fn windows(&self, len: usize) -> Vec<Window> {
        if len == 0 || self.validate().is_err() {
            return Vec::new();
        }
        let Some(last) = len.checked_sub(self.samples) else { return vec![Window { start: 0, end: len }] };
        let whole = |start| Window { start, end: start + self.samples };
        (0..last).step_by(self.hop).chain([last]).map(whole).collect()
    }

    /// The weight of each of these windows when they vote together, in units of a whole window: all samples weigh the
    /// same, and a sample that lies in several windows is divided equally among them. The sum is the length of the
    /// covered samples.
    pub fn weights(&self, windows: &[Window]) -> Vec<f64> {
        // Number of windows between each two neighbouring borders.
        let borders: Vec<(usize, isize)> =
            windows.iter().flat_map(|window| [(window.start, 1), (window.end, -1)]).collect();
        let borders = by_number(&borders, |(at, _)| *at as f64);
        let (mut count, mut runs) = (0, Vec::with_capacity(borders.len()));
        for pair in borders.windows(2) {
            count += pair[0].1;
            runs.push((pair[0].0, pair[1].0, count as f64));
        }
        let weight = |window: &Window| {
            let first = runs.partition_point(|run| run.0 < window.start);
            let inside = runs[first..].iter().take_while(|run| run.0 < window.end);
            let samples: f64 = inside.map(|(start, end, count)| (end - start) as f64 / count.max(1.0)).sum();
            samples / self.samples.max(1) as f64
        };
        windows.iter().map(weight).collect()
    }

    /// The samples of one window, padded with zeros at the end to `self.samples`.
    ///
    /// Samples of `window` outside the recording count as padding.
    pub fn cut(&self, samples: &[f32], window: &Window) -> Vec<f32> {
        let start = window.start.min(samples.len());
        let end = window.end.clamp(start, samples.len());
        let end = end.min(start.saturating_add(self.samples));
        let mut cut = vec![0.0; self.samples];
        cut[..end - start].copy_from_slice(&samples[start..end]);
        cut
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn windows(samples: usize, hop: usize, len: usize) -> Vec<(usize, usize)> {
        Windowing { samples, hop }.windows(len).iter().map(|window| (window.start, window.end)).collect()
    }

    #[test]
    fn the_last_window_ends_where_the_sound_ends() {
        assert_eq!(windows(10, 10, 20), [(0, 10), (10, 20)]);
        assert_eq!(windows(10, 10, 24), [(0, 10), (10, 20), (14, 24)]);
        assert_eq!(windows(10, 10, 29), [(0, 10), (10, 20), (19, 29)]);
        assert_eq!(windows(10, 5, 17), [(0, 10), (5, 15), (7, 17)]);
        assert_eq!(windows(10, 5, 20), [(0, 10), (5, 15), (10, 20)]);
    }

    #[test]
    fn no_sound_counts_twice() {
        let weights = |samples, hop, len| {
            let windowing = Windowing { samples, hop };
            windowing.weights(&windowing.windows(len))
        };
        assert_eq!(weights(10, 10, 20), [1.0, 1.0]);
        // Six samples lie in two windows.
        assert_eq!(weights(10, 10, 24), [1.0, 0.7, 0.7]);
        assert_eq!(weights(10, 5, 20), [0.75, 0.5, 0.75]);
        assert_eq!(weights(10, 10, 4), [0.4]);
    }

    #[test]
    fn the_only_window_is_kept_however_short() {
        assert_eq!(windows(10, 10, 1), [(0, 1)]);
        assert_eq!(windows(10, 10, 0), []);
    }

    #[test]
    fn a_short_window_is_padded_with_zeros() {
        let windowing = Windowing { samples: 4, hop: 4 };
        let window = Window { start: 1, end: 3 };
        assert_eq!(windowing.cut(&[1.0, 2.0, 3.0], &window), [2.0, 3.0, 0.0, 0.0]);
    }

    #[test]
    fn impossible_windowings_are_refused() {
        for (samples, hop) in [(0, 1), (1, 0), (10, 11), (usize::MAX, 1)] {
            assert!(Windowing { samples, hop }.validate().is_err());
        }
        assert!(Windowing { samples: 2500, hop: 1250 }.validate().is_ok());
    }

    proptest! {
        #[test]
        fn windows_are_whole_and_weigh_as_much_as_the_sound_they_cover(
            samples in 1usize..200, hop in 1usize..200, len in 1usize..2000,
        ) {
            let windowing = Windowing { samples, hop: hop.min(samples) };
            let windows = windowing.windows(len);
            prop_assert!(windows.iter().all(|s| s.end - s.start == samples.min(len) && s.end <= len));
            prop_assert!(windows[0].start == 0 && windows[windows.len() - 1].end == len);
            prop_assert!(windows.windows(2).all(|p| p[0].start < p[1].start && p[1].start <= p[0].end));
            let weights = windowing.weights(&windows);
            prop_assert!(weights.iter().all(|&weight| weight > 0.0 && weight <= 1.0 + 1e-9));
            prop_assert!((weights.iter().sum::<f64>() * samples as f64 - len as f64).abs() < 1e-6 * len as f64);
            prop_assert_eq!(windowing.cut(&vec![1.0; len], &windows[0]).len(), samples);
        }

        #[test]
        fn any_window_can_be_cut(start: usize, end: usize, len in 0usize..50) {
            let windowing = Windowing { samples: 16, hop: 16 };
            prop_assert_eq!(windowing.cut(&vec![1.0; len], &Window { start, end }).len(), 16);
        }
    }
}
