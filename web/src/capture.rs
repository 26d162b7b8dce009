//! What the microphone has given so far: samples that grow at the end, and parts of them that stay as they are.

use std::cell::RefCell;
use std::rc::Rc;

/// Samples of a block. A block is filled and never moved, so that a long capture is not copied while it grows.
const BLOCK: usize = 1 << 17;

/// Samples of one channel, of which more and more come.
#[derive(Debug)]
pub struct Capture {
    sample_rate: u32,
    /// Most samples that are taken.
    most: u64,
    taken: RefCell<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    /// All but the last are full.
    blocks: Vec<Vec<f32>>,
    frames: u64,
    /// The largest amplitude since it was last asked for.
    peak: f32,
}

impl Capture {
    /// Nothing yet, and at most so many seconds.
    pub fn new(sample_rate: u32, most_s: f64) -> Self {
        let most = (most_s * f64::from(sample_rate)).round() as u64;
        Self { sample_rate, most, taken: RefCell::default() }
    }

    /// Takes what came, as far as there is room.
    pub fn add(&self, samples: &[f32]) {
        let mut taken = self.taken.borrow_mut();
        let taken = &mut *taken;
        let room = usize::try_from(self.most - taken.frames).unwrap_or(usize::MAX);
        let mut samples = &samples[..samples.len().min(room)];
        taken.frames += samples.len() as u64;
        taken.peak = samples.iter().fold(taken.peak, |peak, sample| peak.max(sample.abs()));
        while !samples.is_empty() {
            if taken.blocks.last().is_none_or(|block| block.len() == BLOCK) {
                taken.blocks.push(Vec::with_capacity(BLOCK));
            }
            let Some(block) = taken.blocks.last_mut() else { return };
            let (now, later) = samples.split_at(samples.len().min(BLOCK - block.len()));
            block.extend_from_slice(now);
            samples = later;
        }
    }

    /// Sampling rate in Hz.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Number of samples so far.
    pub fn frames(&self) -> u64 {
        self.taken.borrow().frames
    }

    /// Length so far, in seconds.
    pub fn seconds(&self) -> f64 {
        self.frames() as f64 / f64::from(self.sample_rate)
    }

    /// The largest amplitude since this was last asked.
    pub fn take_peak(&self) -> f64 {
        f64::from(std::mem::take(&mut self.taken.borrow_mut().peak))
    }

    /// `count` samples from sample `at` on; fewer only where there are no more.
    fn read(&self, at: u64, count: u64) -> Vec<f32> {
        let taken = self.taken.borrow();
        let end = at.saturating_add(count).min(taken.frames) as usize;
        let mut place = (at as usize).min(end);
        let mut samples = Vec::with_capacity(end - place);
        while place < end {
            let (block, from) = (&taken.blocks[place / BLOCK], place % BLOCK);
            let to = block.len().min(from + end - place);
            samples.extend_from_slice(&block[from..to]);
            place += to - from;
        }
        samples
    }
}

/// A part of a capture. It stays as it is while more comes behind it.
#[derive(Clone, Debug)]
pub struct Excerpt {
    capture: Rc<Capture>,
    from: u64,
    to: u64,
}

impl Excerpt {
    /// All of it so far.
    pub fn all(capture: &Rc<Capture>) -> Self {
        Self { capture: capture.clone(), from: 0, to: capture.frames() }
    }

    /// Its last seconds, or all of it.
    pub fn last(capture: &Rc<Capture>, seconds: f64) -> Self {
        let all = Self::all(capture);
        let most = (seconds * f64::from(capture.sample_rate)).round() as u64;
        Self { from: all.to.saturating_sub(most), ..all }
    }

    /// Sampling rate in Hz.
    pub fn sample_rate(&self) -> u32 {
        self.capture.sample_rate
    }

    /// Where it begins and ends in the capture, in seconds.
    pub fn part_s(&self) -> [f64; 2] {
        [self.from, self.to].map(|frame| frame as f64 / f64::from(self.capture.sample_rate))
    }

    /// Length in seconds.
    pub fn duration_s(&self) -> f64 {
        (self.to - self.from) as f64 / f64::from(self.capture.sample_rate)
    }

    /// `count` samples from sample `at` of this part on; fewer only where it ends.
    pub fn read(&self, at: u64, count: u64) -> Vec<f32> {
        let from = self.from.saturating_add(at).min(self.to);
        self.capture.read(from, count.min(self.to - from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A capture at 1 kHz of the numbers 0 to `frames`, in pieces of that many.
    fn counted(frames: usize, piece: usize) -> Rc<Capture> {
        let capture = Capture::new(1000, 1e6);
        let samples: Vec<f32> = (0..frames).map(|sample| sample as f32).collect();
        samples.chunks(piece).for_each(|piece| capture.add(piece));
        Rc::new(capture)
    }

    #[test]
    fn samples_come_out_as_they_came_in_across_blocks() {
        let frames = 2 * BLOCK + 77;
        let capture = counted(frames, 4099);
        assert_eq!((capture.frames(), capture.seconds()), (frames as u64, frames as f64 / 1000.0));
        let all = Excerpt::all(&capture);
        assert_eq!(all.read(0, u64::MAX).len(), frames);
        let middle = all.read(BLOCK as u64 - 2, 4);
        assert_eq!(middle, [-2.0, -1.0, 0.0, 1.0].map(|place| BLOCK as f32 + place));
        assert_eq!(all.read(frames as u64 - 1, 5), [frames as f32 - 1.0]);
        assert!(all.read(frames as u64, 5).is_empty() && all.read(u64::MAX, u64::MAX).is_empty());
    }

    #[test]
    fn a_part_stays_as_it_is_while_more_comes() {
        let capture = counted(5000, 1000);
        let (all, last) = (Excerpt::all(&capture), Excerpt::last(&capture, 2.0));
        capture.add(&[7.0; 100]);
        assert_eq!((all.part_s(), all.duration_s()), ([0.0, 5.0], 5.0));
        assert_eq!((last.part_s(), last.duration_s()), ([3.0, 5.0], 2.0));
        assert_eq!(last.read(0, 2), [3000.0, 3001.0]);
        assert_eq!(last.read(1999, 9), [4999.0]);
        assert_eq!(Excerpt::last(&capture, 60.0).part_s(), [0.0, 5.1]);
    }

    #[test]
    fn no_more_is_taken_than_was_asked_for() {
        let capture = Capture::new(1000, 0.25);
        capture.add(&[0.5; 200]);
        capture.add(&[-0.75; 200]);
        capture.add(&[1.0; 200]);
        assert_eq!((capture.frames(), capture.sample_rate()), (250, 1000));
        assert_eq!(capture.take_peak(), 0.75, "what is not taken is not measured either");
        assert_eq!(capture.take_peak(), 0.0);
    }
}
