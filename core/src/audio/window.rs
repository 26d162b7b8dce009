//! Cutting a conditioned recording into windows of one length for the filterbank.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Longest window accepted, in samples: 30 s at 8 kHz is 240,000; a window is held once per batch
/// element together with its image, so a hundred times that is a typing error.
const MAX_WINDOW: usize = 1 << 24;

/// Windows of `samples` samples, one at every multiple of `hop`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Windowing {
    /// Length of a window in samples.
    pub samples: usize,
    /// Distance between the starts of neighbouring windows in samples.
    pub hop: usize,
}

/// The part `start..end` of a recording, in samples; `end` never lies beyond the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First sample.
    pub start: usize,
    /// One past the last sample.
    pub end: usize,
}

impl Span {
    /// The same span `samples` samples later.
    pub(crate) fn later(self, samples: usize) -> Self {
        Self { start: self.start + samples, end: self.end + samples }
    }
}

impl Windowing {
    /// Windows of `seconds` at `sample_rate` Hz, each half over the one before.
    pub fn overlapping(seconds: f64, sample_rate: u32) -> Self {
        let samples = (seconds * f64::from(sample_rate)).round() as usize;
        Self { samples, hop: (samples / 2).max(1) }
    }

    /// Checks that the windows exist and leave no gaps.
    ///
    /// # Errors
    /// A length or hop of 0, a hop longer than the window, or an absurd length.
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

    /// The windows of a recording of `len` samples, in order.
    ///
    /// The last one may be shorter than `samples` (and is zero-padded by [`Windowing::cut`]): it
    /// is kept if it is the only one or at least half a window long, so that a verdict never
    /// rests mostly on padding. No windows for `len` 0 or an invalid windowing.
    pub fn spans(&self, len: usize) -> Vec<Span> {
        if len == 0 || self.validate().is_err() {
            return Vec::new();
        }
        let mut spans = Vec::new();
        let mut start = 0;
        while start < len {
            let end = len.min(start.saturating_add(self.samples));
            let whole = end - start == self.samples;
            if whole || start == 0 || 2 * (end - start) >= self.samples {
                spans.push(Span { start, end });
            }
            if end == len {
                // Any later window would lie wholly inside this one.
                break;
            }
            start += self.hop;
        }
        spans
    }

    /// The samples of one window, zero-padded at its end to `self.samples`.
    ///
    /// What of `span` lies outside the recording counts as padding.
    pub fn cut(&self, samples: &[f32], span: &Span) -> Vec<f32> {
        let start = span.start.min(samples.len());
        let end = span.end.clamp(start, samples.len());
        let end = end.min(start.saturating_add(self.samples));
        let mut window = vec![0.0; self.samples];
        window[..end - start].copy_from_slice(&samples[start..end]);
        window
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spans(samples: usize, hop: usize, len: usize) -> Vec<(usize, usize)> {
        Windowing { samples, hop }.spans(len).iter().map(|span| (span.start, span.end)).collect()
    }

    #[test]
    fn a_tail_is_kept_from_half_a_window_on() {
        assert_eq!(spans(10, 10, 20), [(0, 10), (10, 20)]);
        assert_eq!(spans(10, 10, 24), [(0, 10), (10, 20)]);
        assert_eq!(spans(10, 10, 25), [(0, 10), (10, 20), (20, 25)]);
        assert_eq!(spans(10, 5, 17), [(0, 10), (5, 15), (10, 17)]);
        assert_eq!(spans(10, 5, 20), [(0, 10), (5, 15), (10, 20)]);
    }

    #[test]
    fn the_only_window_is_kept_however_short() {
        assert_eq!(spans(10, 10, 1), [(0, 1)]);
        assert_eq!(spans(10, 10, 0), []);
    }

    #[test]
    fn a_short_window_is_padded_with_zeros() {
        let windowing = Windowing { samples: 4, hop: 4 };
        let span = Span { start: 1, end: 3 };
        assert_eq!(windowing.cut(&[1.0, 2.0, 3.0], &span), [2.0, 3.0, 0.0, 0.0]);
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
        fn windows_lie_inside_and_cover_all_but_half_a_window(
            samples in 1usize..200, hop in 1usize..200, len in 1usize..2000,
        ) {
            let hop = hop.min(samples);
            let windowing = Windowing { samples, hop };
            let spans = windowing.spans(len);
            let last = spans.last().unwrap();
            prop_assert!(spans.iter().all(|s| s.start < s.end && s.end <= len));
            prop_assert!(spans.iter().enumerate().all(|(i, s)| s.start == i * hop));
            prop_assert!(spans.iter().rev().skip(1).all(|s| s.end - s.start == samples));
            prop_assert!(2 * (len - last.end) < samples);
            prop_assert_eq!(windowing.cut(&vec![1.0; len], last).len(), samples);
        }

        #[test]
        fn any_span_can_be_cut(start: usize, end: usize, len in 0usize..50) {
            let windowing = Windowing { samples: 16, hop: 16 };
            prop_assert_eq!(windowing.cut(&vec![1.0; len], &Span { start, end }).len(), 16);
        }
    }
}
