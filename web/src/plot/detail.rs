//! The log-energy image at a resolution that a person can read who looks closely, also within an hour.

use super::growing::Growing;

/// Most values, 8 MB. Of a bank of 32 filters that is every frame of twenty minutes, and a column every 40 ms of an hour:
/// a heart cycle has twenty of them. What is finer is not kept, and not made up.
const VALUES: usize = 1 << 22;
/// Steps in one of the natural logarithm: finer than any colour, and half the size of the numbers themselves.
const STEPS: f32 = 256.0;

/// The image of a recording, however long it is: when there are too many values, neighbouring columns become their mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// `columns × filters` values column by column, in steps.
    values: Growing<i16>,
    filters: usize,
    /// Frames in a column.
    joined: usize,
    /// Sums over the frames of the column that is not full yet.
    sums: Vec<f32>,
    /// Those frames.
    summed: usize,
}

impl Detail {
    /// An empty image with this many filters.
    pub fn new(filters: usize) -> Self {
        Self { values: Growing::default(), filters, joined: 1, sums: vec![0.0; filters], summed: 0 }
    }

    /// Appends a frame.
    pub fn push(&mut self, frame: &[f32]) {
        self.sums.iter_mut().zip(frame).for_each(|(sum, value)| *sum += value);
        self.summed += 1;
        if self.summed < self.joined {
            return;
        }
        let count = self.joined as f32;
        for sum in &mut self.sums {
            self.values.push(steps(std::mem::take(sum) / count));
        }
        self.summed = 0;
        if self.columns() >= most_columns(self.filters) {
            self.join();
        }
    }

    /// Other levels of one filter, frame by frame from the beginning; what comes behind them stays.
    pub fn set_row(&mut self, filter: usize, levels: &[f32]) {
        if filter < self.filters {
            let columns = self.columns();
            for (column, frames) in levels.chunks_exact(self.joined).take(columns).enumerate() {
                let mean = frames.iter().sum::<f32>() / self.joined as f32;
                self.values.set(column * self.filters + filter, steps(mean));
            }
        }
    }

    /// Frames in a column.
    pub fn joined(&self) -> usize {
        self.joined
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.values.len() / self.filters.max(1)
    }

    /// The level of a filter in a column.
    pub fn value(&self, column: usize, filter: usize) -> Option<f32> {
        let there = filter < self.filters;
        self.values.get(column * self.filters + filter).filter(|_| there).map(|value| f32::from(value) / STEPS)
    }

    /// Columns in pairs become their mean.
    fn join(&mut self) {
        let filters = self.filters;
        let mean = |place: usize| {
            let first = place / filters * 2 * filters + place % filters;
            let of = |place: usize| i32::from(self.values.get(place).unwrap_or_default());
            i32::midpoint(of(first), of(first + filters)) as i16
        };
        let values = (0..self.columns() / 2 * filters).map(mean).collect();
        (self.values, self.joined) = (values, 2 * self.joined);
    }
}

/// Most columns of a bank: an even number.
fn most_columns(filters: usize) -> usize {
    (VALUES / filters.max(1) / 2).max(1) * 2
}

fn steps(value: f32) -> i16 {
    (value * STEPS).round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_is_kept_while_there_is_room() {
        let mut detail = Detail::new(2);
        (0..3000).for_each(|k| detail.push(&[-(k as f32) / 100.0, 5.0]));
        assert_eq!((detail.columns(), detail.joined()), (3000, 1));
        for column in [0, 17, 2999] {
            let error = detail.value(column, 0).unwrap() + column as f32 / 100.0;
            assert!(error.abs() <= 0.5 / STEPS, "{column}: {error}");
            assert_eq!(detail.value(column, 1), Some(5.0));
        }
        assert_eq!((detail.value(3000, 0), detail.value(0, 2)), (None, None));
    }

    #[test]
    fn a_long_image_takes_no_more_room_and_keeps_its_shape() {
        let (filters, mut detail) = (512, Detail::new(512));
        let most = most_columns(filters);
        let frames = 2 * most + 5;
        for k in 0..frames {
            detail.push(&vec![if k < frames / 2 { -20.0 } else { -10.0 }; filters]);
        }
        assert!(detail.columns() <= most && detail.joined() == 4, "{} of {most}", detail.columns());
        assert_eq!(detail.columns(), frames / 4);
        let middle = detail.columns() / 2;
        assert_eq!([middle - 2, middle + 2].map(|column| detail.value(column, 511)), [Some(-20.0), Some(-10.0)]);
    }

    #[test]
    fn pairs_become_their_mean_filter_by_filter() {
        let mut detail = Detail::new(2);
        [[1.0, 10.0], [3.0, 20.0], [-5.0, 0.0], [-7.0, 1.0]].iter().for_each(|frame| detail.push(frame));
        detail.join();
        let values = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(column, filter)| detail.value(column, filter).unwrap());
        assert_eq!((values, detail.joined(), detail.columns()), ([2.0, 15.0, -6.0, 0.5], 2, 2));
    }

    #[test]
    fn a_row_takes_other_levels_as_far_as_there_are_any() {
        let mut detail = Detail::new(2);
        (0..4).for_each(|_| detail.push(&[1.0, 2.0]));
        let before = detail.clone();
        detail.set_row(7, &[0.0; 4]);
        assert_eq!(detail, before);
        detail.set_row(1, &[5.0, 6.0]);
        let row =
            |detail: &Detail, filter| (0..4).filter_map(|column| detail.value(column, filter)).collect::<Vec<_>>();
        assert_eq!((row(&detail, 0), row(&detail, 1)), (vec![1.0; 4], vec![5.0, 6.0, 2.0, 2.0]));
        detail.set_row(1, &[9.0; 40]);
        assert_eq!(row(&detail, 1), [9.0; 4]);
    }

    #[test]
    fn what_is_no_number_brings_nothing_down() {
        let mut detail = Detail::new(1);
        [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30].iter().for_each(|value| detail.push(&[*value]));
        assert!((0..4).all(|column| detail.value(column, 0).is_some_and(f32::is_finite)));
        let mut none = Detail::new(0);
        none.push(&[]);
        assert_eq!((none.columns(), none.value(0, 0)), (0, None));
    }
}
