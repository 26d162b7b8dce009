//! A waveform at the width of a screen.

/// Most blocks: many times the width of a screen.
const BLOCKS: usize = 1 << 16;

/// Lowest and highest sample of short blocks of a signal, however long it is: when there are too many blocks,
/// neighbours are joined.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    blocks: Vec<(f32, f32)>,
    /// Samples in a block.
    length: usize,
    /// Samples in the last block.
    filled: usize,
}

impl Default for Envelope {
    fn default() -> Self {
        Self { blocks: Vec::new(), length: 1, filled: 1 }
    }
}

impl Envelope {
    /// Appends samples.
    pub fn extend(&mut self, samples: &[f32]) {
        for &sample in samples {
            match self.blocks.last_mut() {
                Some((low, high)) if self.filled < self.length => {
                    (*low, *high) = (low.min(sample), high.max(sample));
                    self.filled += 1;
                }
                _ => {
                    if self.blocks.len() == BLOCKS {
                        let joined = self.blocks.chunks(2).map(join).collect();
                        (self.blocks, self.length) = (joined, 2 * self.length);
                    }
                    self.blocks.push((sample, sample));
                    self.filled = 1;
                }
            }
        }
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Largest magnitude, or 1 in silence.
    pub fn peak(&self) -> f32 {
        match self.blocks.iter().fold(0f32, |peak, (low, high)| peak.max(-low).max(*high)) {
            0.0 => 1.0,
            peak => peak,
        }
    }

    /// Lowest and highest of the samples in each of `columns` equal parts of the first `samples`.
    ///
    /// Neighbouring columns have a block in common where there are fewer blocks than columns, so that the line has no gaps.
    /// Columns behind the last sample are left out.
    pub fn columns(&self, columns: usize, samples: usize) -> Vec<(f32, f32)> {
        let edge = |column: usize| (column as u128 * samples as u128 / (columns * self.length) as u128) as usize;
        let column = |column: usize| {
            let start = edge(column);
            let end = edge(column + 1).max(start + 1).min(self.blocks.len());
            self.blocks.get(start..end).filter(|some| !some.is_empty()).map(join)
        };
        (0..columns).map_while(column).collect()
    }
}

fn join(blocks: &[(f32, f32)]) -> (f32, f32) {
    blocks.iter().fold((f32::MAX, f32::MIN), |(low, high), block| (low.min(block.0), high.max(block.1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(samples: &[f32]) -> Envelope {
        let mut envelope = Envelope::default();
        samples.chunks(999).for_each(|part| envelope.extend(part));
        envelope
    }

    #[test]
    fn no_peak_is_lost() {
        let mut samples = vec![0.0; 10_007];
        (samples[1234], samples[9_999]) = (0.7, -0.9);
        let columns = envelope(&samples).columns(320, samples.len());
        assert_eq!(columns.len(), 320);
        assert_eq!(columns.iter().map(|c| c.1).fold(0.0, f32::max), 0.7);
        assert_eq!(columns.iter().map(|c| c.0).fold(0.0, f32::min), -0.9);
        assert_eq!(columns[1234 * 320 / 10_007].1, 0.7);
    }

    #[test]
    fn a_long_signal_takes_no_more_room_and_keeps_its_shape() {
        let samples: Vec<f32> = (0..5 * BLOCKS + 321).map(|k| if k == 4 * BLOCKS { 1.0 } else { -0.1 }).collect();
        let envelope = envelope(&samples);
        assert!(envelope.blocks.len() <= BLOCKS && envelope.length == 8);
        assert_eq!(envelope.peak(), 1.0);
        let columns = envelope.columns(100, samples.len());
        let loud: Vec<usize> = (0..columns.len()).filter(|&column| columns[column].1 > 0.5).collect();
        assert_eq!(loud, [4 * BLOCKS * 100 / samples.len()]);
    }

    #[test]
    fn few_samples_fill_many_columns() {
        let columns = envelope(&[0.1, 0.2]).columns(4, 2);
        assert_eq!(columns, [(0.1, 0.1), (0.1, 0.1), (0.2, 0.2), (0.2, 0.2)]);
        assert_eq!(envelope(&[]).columns(4, 2), []);
    }

    #[test]
    fn what_has_not_come_yet_is_left_out() {
        assert_eq!(envelope(&[0.5; 10]).columns(8, 40).len(), 2);
    }

    #[test]
    fn silence_has_a_scale_too() {
        assert_eq!((envelope(&[0.0; 3]).peak(), envelope(&[0.1, -0.4]).peak()), (1.0, 0.4));
    }
}
