//! A waveform at the width of a screen, and closer.

use super::growing::Growing;

/// Most blocks, 4 MB: of an hour at 44.1 kHz a block has 12 ms, a tenth of a heart sound; what is shorter than some twelve
/// seconds is kept sample by sample.
const BLOCKS: usize = 1 << 19;

/// Lowest and highest sample of short blocks of a signal, however long it is: when there are too many blocks,
/// neighbours are joined.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    blocks: Growing<(f32, f32)>,
    /// Samples in a block.
    length: usize,
    /// Samples in the last block.
    filled: usize,
}

impl Default for Envelope {
    fn default() -> Self {
        Self { blocks: Growing::default(), length: 1, filled: 1 }
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
                        let pair = |place: usize| join(self.blocks.range(2 * place, 2 * place + 2));
                        let joined = (0..BLOCKS / 2).map(pair).collect();
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
        match self.blocks.items().fold(0f32, |peak, (low, high)| peak.max(-low).max(high)) {
            0.0 => 1.0,
            peak => peak,
        }
    }

    /// Lowest and highest of the samples in each of `columns` equal parts of the first `samples`.
    pub fn columns(&self, columns: usize, samples: usize) -> Vec<(f32, f32)> {
        self.part(columns, [0, samples])
    }

    /// Lowest and highest of the samples in each of `columns` equal parts of those from one place to another.
    ///
    /// Neighbouring columns have a block in common where there are fewer blocks than columns, so that the line has no gaps.
    /// Columns behind the last sample are left out.
    pub fn part(&self, columns: usize, [from, to]: [usize; 2]) -> Vec<(f32, f32)> {
        let samples = to.saturating_sub(from) as u128;
        let before = from as u128 * columns as u128;
        let edge = |column: usize| ((before + column as u128 * samples) / (columns * self.length) as u128) as usize;
        let column = |column: usize| {
            let start = edge(column);
            let end = edge(column + 1).max(start + 1).min(self.blocks.len());
            (start < end).then(|| join(self.blocks.range(start, end)))
        };
        (0..columns).map_while(column).collect()
    }
}

fn join(blocks: impl Iterator<Item = (f32, f32)>) -> (f32, f32) {
    blocks.fold((f32::MAX, f32::MIN), |(low, high), block| (low.min(block.0), high.max(block.1)))
}

/// Columns whose line has no gaps, also where neighbours differ by more than either of them reaches.
pub fn connected(columns: &[(f32, f32)]) -> Vec<(f32, f32)> {
    let mut connected = columns.to_vec();
    for (column, pair) in connected.iter_mut().skip(1).zip(columns.windows(2)) {
        let (low, high) = pair[0];
        *column = (column.0.min(high), column.1.max(low));
    }
    connected
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
    fn a_part_is_the_same_as_it_is_in_the_whole() {
        let samples: Vec<f32> = (0..4000).map(|k| (k as f32 * 0.37).sin()).collect();
        let envelope = envelope(&samples);
        assert_eq!(envelope.part(50, [1000, 2000]), envelope.columns(200, 4000)[50..100]);
        assert_eq!(envelope.part(3, [7, 10]), [7, 8, 9].map(|place| (samples[place], samples[place])));
        assert_eq!(envelope.part(4, [5, 5]), [(samples[5], samples[5]); 4], "nothing wide is what stands there");
        assert_eq!((envelope.part(4, [9000, 9100]), envelope.part(0, [0, 10])), (vec![], vec![]));
    }

    #[test]
    fn a_line_between_columns_has_no_gaps() {
        let line = connected(&[(0.0, 0.1), (0.5, 0.6), (-0.3, -0.2)]);
        assert_eq!(line, [(0.0, 0.1), (0.1, 0.6), (-0.3, 0.5)]);
        assert_eq!((connected(&[]), connected(&[(1.0, 2.0)])), (vec![], vec![(1.0, 2.0)]));
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
