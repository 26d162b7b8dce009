//! The log-energy image as pixels.

use super::colours::{Pixels, colour};
use super::detail::Detail;

/// Most columns of all of it: several times the width of a screen. What is looked at more closely is [`Detail`].
const COLUMNS: usize = 1 << 13;
/// Energies this far below the brightest are drawn as silence: 80 dB as a natural logarithm of energy.
const RANGE: f32 = 18.42;

/// Log energies of a recording, however long it is: when there are too many columns, neighbours become their mean.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEnergy {
    /// `columns × filters` values column by column.
    values: Vec<f32>,
    filters: usize,
    /// Frames in a column.
    joined: usize,
    /// Sums over the frames of the column that is not full yet.
    sums: Vec<f32>,
    /// Those frames.
    summed: usize,
    /// The same, finer.
    detail: Detail,
}

impl Default for LogEnergy {
    fn default() -> Self {
        Self::new(0)
    }
}

impl LogEnergy {
    /// An empty image with this many filters.
    pub fn new(filters: usize) -> Self {
        Self {
            values: Vec::new(),
            filters,
            joined: 1,
            sums: vec![0.0; filters],
            summed: 0,
            detail: Detail::new(filters),
        }
    }

    /// Appends whole frames.
    pub fn extend(&mut self, frames: &[f32]) {
        for frame in frames.chunks_exact(self.filters.max(1)) {
            self.detail.push(frame);
            self.sums.iter_mut().zip(frame).for_each(|(sum, value)| *sum += value);
            self.summed += 1;
            if self.summed < self.joined {
                continue;
            }
            let count = self.joined as f32;
            self.values.extend(self.sums.iter_mut().map(|sum| std::mem::take(sum) / count));
            self.summed = 0;
            if self.columns() == COLUMNS {
                let pairs = self.values.chunks(2 * self.filters);
                let mean = |pair: &[f32]| {
                    let (first, second) = pair.split_at(self.filters);
                    first.iter().zip(second).map(|(a, b)| (a + b) / 2.0).collect::<Vec<_>>()
                };
                (self.values, self.joined) = (pairs.flat_map(mean).collect(), 2 * self.joined);
            }
        }
    }

    /// The same image with other levels of one filter, frame by frame from the beginning; what comes behind them stays.
    #[must_use]
    pub fn with_row(mut self, filter: usize, levels: &[f32]) -> Self {
        self.detail.set_row(filter, levels);
        let columns = self.values.chunks_exact_mut(self.filters.max(1)).zip(levels.chunks_exact(self.joined));
        for (place, frames) in columns.filter_map(|(column, frames)| Some((column.get_mut(filter)?, frames))) {
            *place = frames.iter().sum::<f32>() / self.joined as f32;
        }
        self
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.values.len() / self.filters.max(1)
    }

    /// Number of frames in the columns.
    pub fn frames(&self) -> usize {
        self.columns() * self.joined
    }

    /// Natural logarithm of the mean energy of each filter; empty where there are no columns.
    pub fn mean_energies(&self) -> Vec<f64> {
        let mean = |filter: usize| {
            let column = || self.values.iter().skip(filter).step_by(self.filters).map(|&value| f64::from(value));
            // Relative to the largest, so that no energy is too large or too small for a number.
            let largest = column().fold(f64::NEG_INFINITY, f64::max);
            largest + (column().map(|value| (value - largest).exp()).sum::<f64>() / self.columns() as f64).ln()
        };
        if self.values.is_empty() { Vec::new() } else { (0..self.filters).map(mean).collect() }
    }

    /// The lowest and highest value that the colours reach to, also where a part is looked at: the darkest 1 % and
    /// brightest 0.1 % of all are left out, and what lies further than [`RANGE`] below the brightest, so that neither a
    /// click nor digital silence takes the contrast from everything else.
    pub fn range(&self) -> (f32, f32) {
        let mut values: Vec<f32> = self.values.iter().copied().filter(|value| value.is_finite()).collect();
        if values.is_empty() {
            return (0.0, 1.0);
        }
        let last = values.len() - 1;
        // All of them need not be in order.
        let mut at =
            |fraction: f64| *values.select_nth_unstable_by((last as f64 * fraction).round() as usize, f32::total_cmp).1;
        let high = at(0.999);
        let low = at(0.01).max(high - RANGE);
        if high > low { (low, high) } else { (low - 0.5, low + 0.5) }
    }

    /// The frames from one to another as pixels, RGBA row by row: at most `columns` columns, and a row a filter,
    /// `order[0]` at the bottom. Columns are drawn whole, so that a few frames more may come: those that are drawn are
    /// given too.
    ///
    /// A pixel is the mean of its frames; there are never more pixels in a row than columns.
    pub fn pixels(
        &self,
        [from, to]: [usize; 2],
        columns: usize,
        order: &[usize],
        (low, high): (f32, f32),
    ) -> (Pixels, [usize; 2]) {
        // Closely enough there are not as many columns of all of it as are wanted.
        let closely = self.detail.joined() < self.joined && to.saturating_sub(from) / self.joined < columns;
        let (joined, there) = match closely {
            true => (self.detail.joined(), self.detail.columns()),
            false => (self.joined, self.columns()),
        };
        let value = |column: usize, filter: usize| match closely {
            true => self.detail.value(column, filter),
            false => self.values.get(column * self.filters + filter).filter(|_| filter < self.filters).copied(),
        };
        let end = to.div_ceil(joined).min(there);
        let begin = (from / joined).min(end);
        let (frames, width) = (end - begin, columns.clamp(1, (end - begin).max(1)));
        let mut rgba = Vec::with_capacity(width * order.len() * 4);
        for &filter in order.iter().rev() {
            for column in 0..width {
                let start = begin + column * frames / width;
                let stop = (begin + (column + 1) * frames / width).max(start + 1);
                let (sum, count) = (start..stop)
                    .filter_map(|column| value(column, filter))
                    .fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
                let place = ((sum / f32::max(count, 1.0) - low) / (high - low)).clamp(0.0, 1.0);
                rgba.extend_from_slice(&colour(place));
            }
        }
        (Pixels { rgba, width, height: order.len() }, [begin * joined, end * joined])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(frames: &[[f32; 2]]) -> LogEnergy {
        let mut image = LogEnergy::new(2);
        frames.iter().for_each(|frame| image.extend(frame));
        image
    }

    #[test]
    fn a_row_takes_other_levels_as_far_as_there_are_any() {
        let before = image(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
        assert_eq!(before.clone().with_row(1, &[7.0, 8.0]), image(&[[1.0, 7.0], [3.0, 8.0], [5.0, 6.0]]));
        assert_eq!(before.clone().with_row(2, &[7.0; 3]), before);
        assert_eq!(before.clone().with_row(0, &[]), before);
        // Of joined frames it is the mean too.
        let (mut long, mut other) = (LogEnergy::new(2), LogEnergy::new(2));
        let levels: Vec<f32> = (0..COLUMNS + 400).map(|k| (k % 64) as f32).collect();
        levels.iter().for_each(|&level| long.extend(&[1.0, level]));
        levels.iter().for_each(|&level| other.extend(&[1.0, 63.0 - level]));
        let reversed: Vec<f32> = levels.iter().map(|level| 63.0 - level).collect();
        assert!(long.joined == 2 && long.with_row(1, &reversed).values == other.values);
    }

    #[test]
    fn the_first_of_the_order_lies_at_the_bottom() {
        let (pixels, _) = image(&[[0.0, 1.0]]).pixels([0, 1], 10, &[0, 1], (0.0, 1.0));
        assert_eq!((pixels.width, pixels.height), (1, 2));
        assert_eq!(pixels.rgba[..4], colour(1.0));
        assert_eq!(pixels.rgba[4..], colour(0.0));
    }

    #[test]
    fn a_column_is_the_mean_of_its_frames() {
        let image = image(&[[0.0, 0.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]);
        let rgba = |frames, columns| image.pixels(frames, columns, &[0], (0.0, 1.0)).0.rgba;
        assert_eq!(rgba([0, 4], 2), [colour(0.5), colour(1.0)].concat());
        assert_eq!(rgba([0, 2], 9), [colour(0.0), colour(1.0)].concat(), "a part has its own columns");
    }

    #[test]
    fn outliers_do_not_take_the_contrast() {
        let mut frames = vec![[-10.0, -5.0]; 1000];
        frames[3] = [-36.8, 20.0];
        assert_eq!(image(&frames).range(), (-10.0, -5.0));
    }

    #[test]
    fn silence_does_not_take_the_contrast_either() {
        let frames = [[[-36.8, -36.8]; 50], [[-10.0, -5.0]; 50]].concat();
        assert_eq!(image(&frames).range(), (-5.0 - RANGE, -5.0));
    }

    #[test]
    fn flat_and_empty_images_have_a_range() {
        assert_eq!(image(&[[3.0, 3.0]]).range(), (2.5, 3.5));
        assert_eq!(image(&[]).range(), (0.0, 1.0));
        assert_eq!(image(&[[f32::NAN, 1.0], [1.0, 2.0]]).range(), (1.0, 2.0));
    }

    #[test]
    fn a_long_image_takes_no_more_room_and_keeps_its_shape() {
        let frames = 5 * COLUMNS + 7;
        let mut image = LogEnergy::new(2);
        for k in 0..frames {
            image.extend(&[if k < frames / 2 { -20.0 } else { -10.0 }, k as f32]);
        }
        assert!(image.columns() < COLUMNS && image.joined == 8);
        assert!(image.frames() <= frames && image.frames() > frames - 8);
        let column = |column: usize| image.values[2 * column];
        assert_eq!((column(image.columns() / 2 - 2), column(image.columns() / 2 + 2)), (-20.0, -10.0));
        assert_eq!(image.values[2 * 100 + 1], (800..808).sum::<usize>() as f32 / 8.0);
    }

    #[test]
    fn a_part_of_a_long_image_is_as_fine_as_is_kept() {
        let frames = 5 * COLUMNS;
        let mut image = LogEnergy::new(2);
        (0..frames).for_each(|k| image.extend(&[-((k % 2) as f32), 0.0]));
        assert_eq!((image.joined, image.detail.joined()), (8, 1));
        let part = |frames, columns| image.pixels(frames, columns, &[0], (-1.0, 0.0));
        let (close, drawn) = part([1000, 1004], 400);
        assert_eq!((close.width, drawn), (4, [1000, 1004]));
        assert_eq!(close.rgba, [colour(1.0), colour(0.0), colour(1.0), colour(0.0)].concat());
        // From afar neighbours are their mean, and columns are whole.
        let (far, drawn) = part([1001, 9000], 500);
        assert_eq!((far.width, drawn), (500, [1000, 9000]));
        assert_eq!(far.rgba[..4], colour(0.5));
        // What is not there is not drawn.
        assert_eq!(part([frames - 2, frames + 100], 50).1, [frames - 2, frames]);
        assert_eq!((part([frames + 9, frames + 10], 50).1, part([5, 5], 50).0.width), ([frames, frames], 1));
    }

    #[test]
    fn mean_energies_are_means_of_energies_and_not_of_their_logarithms() {
        let mut image = LogEnergy::new(2);
        assert!(image.mean_energies().is_empty());
        image.extend(&[-800.0, 3.0, -800.0, 5.0, -800.0, 5.0]);
        let means = image.mean_energies();
        let expected = ((3f64.exp() + 2.0 * 5f64.exp()) / 3.0).ln();
        assert!((means[0] + 800.0).abs() < 1e-9 && (means[1] - expected).abs() < 1e-9, "{means:?}");
    }
}
