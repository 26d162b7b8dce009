//! One row a filter, from below, as high as the rows of the log-energy image where there is room for a mark in them.

/// Least height of a row in pixels: a mark that can be told from its neighbours.
const LEAST_ROW: f64 = 7.0;
/// Largest height of all rows in pixels that are higher than those of the image: about 150 of the least, more than a
/// screen. More filters than that come closer together.
const MOST: f64 = 1050.0;
/// Largest radius of a mark in pixels.
const MOST_RADIUS: f64 = 5.0;

/// Rows in a plot; pixels count from its upper edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rows {
    /// How many there are.
    pub count: usize,
    /// Height of one.
    pub height: f64,
}

impl Rows {
    /// Rows beside a log-energy image of this height.
    pub fn beside(count: usize, image_height: f64) -> Self {
        let rows = count.max(1) as f64;
        Self { count, height: image_height.max((LEAST_ROW * rows).min(MOST)) / rows }
    }

    /// Height of all.
    pub fn total(&self) -> f64 {
        self.height * self.count as f64
    }

    /// Middle of a row; row 0 is the lowest.
    pub fn middle(&self, row: usize) -> f64 {
        self.total() - (row as f64 + 0.5) * self.height
    }

    /// The row at a height.
    pub fn at(&self, y: f64) -> Option<usize> {
        let row = ((self.total() - y) / self.height).floor();
        (row >= 0.0 && row < self.count as f64).then_some(row as usize)
    }

    /// Every so many rows there is room for a label of this height.
    pub fn label_every(&self, spacing: f64) -> usize {
        (spacing / self.height).ceil().max(1.0) as usize
    }

    /// Radius of a mark.
    pub fn radius(&self) -> f64 {
        (0.36 * self.height).min(MOST_RADIUS)
    }

    /// Height of the bar of a band.
    pub fn bar(&self) -> f64 {
        (0.72 * self.height).min(3.0 * MOST_RADIUS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: f64 = 214.0;

    #[test]
    fn few_filters_have_the_rows_of_the_image() {
        for count in [1, 4, 16, 30] {
            let rows = Rows::beside(count, IMAGE);
            assert!((rows.total() - IMAGE).abs() < 1e-9, "{count}");
        }
    }

    #[test]
    fn many_filters_have_rows_that_can_be_told_apart() {
        for count in [46, 149] {
            let rows = Rows::beside(count, IMAGE);
            assert!((rows.height - LEAST_ROW).abs() < 0.1 && rows.radius() >= 2.0, "{count}: {rows:?}");
        }
        let rows = Rows::beside(4096, IMAGE);
        assert!((rows.total() - MOST).abs() < 1e-6, "a bank of any size has an end");
    }

    #[test]
    fn a_height_finds_the_row_that_is_drawn_there() {
        for count in [1, 4, 46, 149] {
            let rows = Rows::beside(count, IMAGE);
            for row in 0..count {
                assert_eq!(rows.at(rows.middle(row)), Some(row));
            }
            assert!(rows.middle(0) > rows.middle(count - 1) || count == 1, "the first row is the lowest");
            assert_eq!([rows.at(-0.1), rows.at(rows.total() + 0.1)], [None; 2]);
        }
        assert_eq!(Rows::beside(0, IMAGE).at(3.0), None);
    }

    #[test]
    fn labels_do_not_touch_and_marks_stay_in_their_rows() {
        for count in [4, 16, 46, 149, 4096] {
            let rows = Rows::beside(count, IMAGE);
            assert!(rows.label_every(20.0) as f64 * rows.height >= 20.0);
            assert!(2.0 * rows.radius() < rows.height && rows.bar() < rows.height);
        }
    }
}
