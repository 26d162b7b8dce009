//! Which outputs of a filter lie in which frames.

use std::ops::Range;

use crate::filterbank::config::Framing;

/// Neighbouring outputs of a filter that lie in the same frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Numbers of the outputs.
    pub outputs: Range<usize>,
    /// Numbers of the frames; empty for outputs between frames that do not touch.
    pub frames: Range<usize>,
}

/// Cuts a range of outputs wherever a frame starts or ends, so that each square is summed once instead of once in every
/// frame. Of the frames only those in `frames` count.
pub struct Segments {
    framing: Framing,
    frames: Range<usize>,
    outputs: Range<usize>,
    /// The first frame that ends after the next output.
    open: usize,
    /// The first frame that starts after the next output.
    next: usize,
}

impl Segments {
    /// The segments of `outputs` in the frames `frames`.
    pub fn new(framing: Framing, outputs: Range<usize>, frames: Range<usize>) -> Self {
        let open = match outputs.start.checked_sub(framing.window) {
            Some(passed) => passed / framing.hop + 1,
            None => 0,
        };
        let next = outputs.start / framing.hop + 1;
        Self { framing, frames, outputs, open, next }
    }
}

impl Iterator for Segments {
    type Item = Segment;

    #[inline(always)]
    fn next(&mut self) -> Option<Segment> {
        if self.outputs.is_empty() {
            return None;
        }
        let Framing { window, hop } = self.framing;
        let (ends, starts) = (self.open * hop + window, self.next * hop);
        let end = ends.min(starts).min(self.outputs.end);
        let frames = self.open.max(self.frames.start)..self.next.min(self.frames.end);
        let segment = Segment { outputs: self.outputs.start..end, frames };
        self.open += usize::from(end == ends);
        self.next += usize::from(end == starts);
        self.outputs.start = end;
        Some(segment)
    }
}

/// First outputs of the blocks of `step` outputs that cover every output in `outputs` that lies in a frame.
pub fn block_starts(framing: Framing, outputs: Range<usize>, step: usize) -> impl Iterator<Item = usize> {
    let wanted = move |output: usize| {
        let into = output % framing.hop;
        let wanted = if into < framing.window { output } else { output - into + framing.hop };
        Some(wanted).filter(|&output| output < outputs.end)
    };
    std::iter::successors(wanted(outputs.start), move |start| wanted(start + step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_output_is_in_one_segment_with_its_frames(
            window in 1usize..30, hop in 1usize..30, start in 0usize..100, length in 1usize..100, first in 0usize..5, count in 0usize..9
        ) {
            let mut next = start;
            for segment in Segments::new(Framing { window, hop }, start..start + length, first..first + count) {
                prop_assert_eq!(segment.outputs.start, next);
                prop_assert!(!segment.outputs.is_empty());
                next = segment.outputs.end;
                for output in segment.outputs {
                    for frame in 0..40 {
                        let inside = (first..first + count).contains(&frame)
                            && (frame * hop..frame * hop + window).contains(&output);
                        prop_assert_eq!(segment.frames.contains(&frame), inside);
                    }
                }
            }
            prop_assert_eq!(next, start + length);
        }

        #[test]
        fn blocks_cover_what_lies_in_frames(
            window in 1usize..30, hop in 1usize..90, start in 0usize..100, length in 1usize..200, step in 1usize..50
        ) {
            let starts: Vec<usize> = block_starts(Framing { window, hop }, start..start + length, step).collect();
            prop_assert!(starts.windows(2).all(|pair| pair[0] + step <= pair[1]));
            for output in (start..start + length).filter(|output| output % hop < window) {
                prop_assert!(starts.iter().any(|&block| (block..block + step).contains(&output)));
            }
        }
    }
}
