//! A stretch of a signal as the spectra of pairs of neighbouring blocks.

use std::ops::Range;

use pulp::{Simd, bytemuck};

use super::Transforms;
use super::frames::block_starts;
use crate::math::Aligned;
use crate::math::fft::{Point, points_mut};

/// Two blocks of outputs that go through one transform; the second is empty where none is left.
pub type Blocks = [Range<usize>; 2];

/// Pairs of blocks that cover those of the outputs in `outputs` that lie in a frame.
pub(super) fn blocks(plan: &Transforms, outputs: Range<usize>) -> impl Iterator<Item = Blocks> {
    let (step, end) = (plan.step(), outputs.end);
    let block = move |start: Option<usize>| start.map_or(end..end, |start| start..(start + step).min(end));
    let mut starts = block_starts(plan.framing, outputs, step);
    std::iter::from_fn(move || Some([block(Some(starts.next()?)), block(starts.next())]))
}

/// Outputs of one block that are not silent.
pub struct Stretch {
    /// Which of the two blocks: 0 is the real part of the transform, 1 the imaginary part.
    pub part: usize,
    /// First output of the block.
    pub start: usize,
    /// The outputs of the stretch.
    pub outputs: Range<usize>,
}

/// Removes from `outputs` those that see only zeros of the signal.
///
/// A transform gives them some 10⁻¹⁶ of the loudest output of the block instead of zero, and the gradient of the
/// logarithm there is 10¹⁶.
pub(super) fn audible(signal: &[f32], taps: usize, outputs: Range<usize>, mut give: impl FnMut(Range<usize>)) {
    let end = (outputs.end + taps - 1).min(signal.len());
    let (mut audible, mut place) = (outputs.start, outputs.start);
    // Every run of `taps` zeros from `place` on contains one of these samples.
    while place + taps <= end {
        let probe = place + taps - 1;
        if signal[probe] != 0.0 {
            place = probe + 1;
            continue;
        }
        let before = signal[place..probe].iter().rposition(|&sample| sample != 0.0);
        let left = before.map_or(place, |before| place + before + 1);
        let after = signal[probe..end].iter().position(|&sample| sample != 0.0);
        let right = after.map_or(end, |after| probe + after);
        if right - left >= taps {
            if left > audible {
                give(audible..left);
            }
            audible = right - taps + 1;
        }
        place = right + 1;
    }
    if audible < outputs.end {
        give(audible..outputs.end);
    }
}

/// A pair of blocks of which at least one is not silent.
struct Pair {
    blocks: Blocks,
    /// Which of the stretches belong to these blocks.
    stretches: Range<usize>,
}

/// Spectra of as many pairs as a register has lanes.
pub struct Spectra {
    lanes: usize,
    pairs: Vec<Pair>,
    stretches: Vec<Stretch>,
    /// `[pair, length, 2]`
    spectra: Vec<[f64; 2]>,
    work: Aligned,
}

impl Spectra {
    /// Room for the pairs of one transform.
    pub(super) fn new(plan: &Transforms) -> Self {
        let length = plan.fft.length();
        Self {
            lanes: plan.lanes,
            pairs: Vec::with_capacity(plan.lanes),
            stretches: Vec::new(),
            spectra: vec![[0.0; 2]; plan.lanes * length],
            work: Aligned::zeros(2 * plan.lanes * length),
        }
    }

    /// Takes the next pairs that are not silent; false if there are none.
    #[inline(always)]
    pub(super) fn fill<S: Simd>(
        &mut self,
        simd: S,
        plan: &Transforms,
        signal: &[f32],
        blocks: &mut impl Iterator<Item = Blocks>,
    ) -> bool {
        self.take(plan, signal, blocks);
        if self.pairs.is_empty() {
            return false;
        }
        let (lanes, length) = (S::F64_LANES, plan.fft.length());
        for lane in 0..lanes {
            for part in 0..2 {
                let samples = match self.pairs.get(lane).map(|pair| &pair.blocks[part]) {
                    Some(block) if !block.is_empty() => &signal[block.start..(block.start + length).min(signal.len())],
                    _ => &[],
                };
                let mut places = self.work[part * lanes + lane..].iter_mut().step_by(2 * lanes);
                for (place, sample) in places.by_ref().zip(samples) {
                    *place = f64::from(*sample);
                }
                places.for_each(|place| *place = 0.0);
            }
        }
        let spectra = &mut self.spectra[..lanes * length];
        plan.fft.forward(
            simd,
            points_mut::<S>(&mut self.work),
            #[inline(always)]
            |place, value: Point<S>| {
                let numbers: &[f64] = bytemuck::cast_slice(&value);
                let (re, im) = numbers.split_at(lanes);
                for (spectrum, (&re, &im)) in spectra[place..].iter_mut().step_by(length).zip(re.iter().zip(im)) {
                    *spectrum = [re, im];
                }
            },
        );
        true
    }

    fn take(&mut self, plan: &Transforms, signal: &[f32], blocks: &mut impl Iterator<Item = Blocks>) {
        self.pairs.clear();
        self.stretches.clear();
        while self.pairs.len() < self.lanes {
            let Some(blocks) = blocks.next() else { break };
            let first = self.stretches.len();
            for (part, block) in blocks.iter().enumerate() {
                let start = block.start;
                audible(signal, plan.taps, block.clone(), |outputs| {
                    self.stretches.push(Stretch { part, start, outputs })
                });
            }
            if self.stretches.len() > first {
                self.pairs.push(Pair { blocks, stretches: first..self.stretches.len() });
            }
        }
    }

    /// The spectrum of each pair, and its stretches that are not silent.
    #[inline(always)]
    pub fn iter(&self) -> impl Iterator<Item = (&[Stretch], &[[f64; 2]])> {
        let spectra = self.spectra.chunks_exact(self.spectra.len() / self.lanes);
        self.pairs.iter().zip(spectra).map(|(pair, spectrum)| (&self.stretches[pair.stretches.clone()], spectrum))
    }

    /// The blocks of each pair.
    pub fn blocks(&self) -> impl Iterator<Item = &Blocks> {
        self.pairs.iter().map(|pair| &pair.blocks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_output_is_audible_if_it_sees_anything_but_zeros(
            signal in proptest::collection::vec(prop_oneof![4 => Just(0f32), 1 => Just(1.0)], 1..120),
            taps in 1usize..12, start in 0usize..60, length in 0usize..60
        ) {
            let outputs = (signal.len() + 1).saturating_sub(taps);
            let range = start.min(outputs)..(start + length).min(outputs);
            let mut found = vec![false; outputs];
            audible(&signal, taps, range.clone(), |stretch| {
                assert!(!stretch.is_empty());
                for output in stretch {
                    assert!(!std::mem::replace(&mut found[output], true));
                }
            });
            for (output, found) in found.into_iter().enumerate() {
                let sounds = signal[output..output + taps].iter().any(|&x| x != 0.0);
                prop_assert_eq!(found, range.contains(&output) && sounds);
            }
        }
    }
}
