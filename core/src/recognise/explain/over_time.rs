//! Which moments of a recording moved the log-odds.

use serde::{Serialize, Serializer};

use super::rounding::{rounded, rounded_rows};
use super::words::{called, signed};
use crate::prediction::WindowPrediction;

/// Length of a cell of time in seconds: frames are added up over it, so that an hour takes little memory.
pub(super) const CELL_S: f64 = 0.1;
/// Cells of the second that is named.
const SECOND: usize = 10;
/// Most columns of the map, which has to fit on a page.
const MOST_COLUMNS: usize = 120;

/// What every filter added at every time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverTime {
    /// Length of a column in seconds; the first one begins at 0.
    #[serde(serialize_with = "seconds")]
    pub step_s: f64,
    /// Contributions to the mean of the windows' log-odds, `[columns][filters]`.
    #[serde(serialize_with = "rounded_rows")]
    pub contributions: Vec<Vec<f64>>,
}

/// The second of a recording that speaks most for a class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Telling {
    /// The class.
    pub class: String,
    /// Where it starts in the recording, in seconds.
    #[serde(serialize_with = "seconds")]
    pub start_s: f64,
    /// Where it ends; a shorter recording ends before a second is over.
    #[serde(serialize_with = "seconds")]
    pub end_s: f64,
    /// What it added to the mean of the windows' log-odds of that class.
    #[serde(serialize_with = "rounded")]
    pub contribution: f64,
}

impl Telling {
    /// The same in a sentence.
    pub fn sentence(&self) -> String {
        let Self { class, start_s, end_s, contribution } = self;
        let (class, contribution) = (called(class), signed(*contribution));
        format!("The second that speaks most for {class}: {start_s:.1} to {end_s:.1} s, {contribution}.")
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn seconds<S: Serializer>(seconds: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    // Cells are tenths of a second; windows end at whole samples.
    ((seconds * 1e3).round() / 1e3).serialize(serializer)
}

/// Contributions of all windows, cell by cell.
pub(super) struct Cells {
    filters: usize,
    /// `[cells, filters]`.
    values: Vec<f64>,
    /// Where the last window ends, in seconds.
    end_s: f64,
}

impl Cells {
    pub fn new(filters: usize) -> Self {
        Self { filters: filters.max(1), values: Vec::new(), end_s: 0.0 }
    }

    /// Adds the cells `[cells, filters]` of a window, which counts so much.
    pub fn add(&mut self, window: &WindowPrediction, cells: &[f64], weight: f64) {
        self.end_s = self.end_s.max(window.end_s);
        let first = (window.start_s / CELL_S).round() as usize * self.filters;
        let end = first + cells.len();
        if self.values.len() < end {
            self.values.resize(end, 0.0);
        }
        self.values[first..end].iter_mut().zip(cells).for_each(|(sum, cell)| *sum += weight * cell);
    }

    /// The map, in columns of as many cells as it takes for them not to be too many.
    pub fn map(&self) -> OverTime {
        let cells = self.values.len() / self.filters;
        let together = cells.div_ceil(MOST_COLUMNS).max(1);
        let column = |part: &[f64]| {
            let mut sums = vec![0.0; self.filters];
            for cell in part.chunks_exact(self.filters) {
                sums.iter_mut().zip(cell).for_each(|(sum, value)| *sum += value);
            }
            sums
        };
        let contributions = self.values.chunks(together * self.filters).map(column).collect();
        OverTime { step_s: together as f64 * CELL_S, contributions }
    }

    /// The second with the largest contribution, the first of equals, or with the smallest where `sign` is −1; none
    /// where nothing speaks for the class.
    pub fn telling(&self, class: &str, sign: f64) -> Option<Telling> {
        let sums: Vec<f64> =
            self.values.chunks_exact(self.filters).map(|cell| sign * cell.iter().sum::<f64>()).collect();
        let length = SECOND.min(sums.len());
        let seconds = sums.windows(length.max(1)).map(|second| second.iter().sum::<f64>());
        let (start, contribution) = seconds.enumerate().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))?;
        let start_s = start as f64 * CELL_S;
        let end_s = (start_s + SECOND as f64 * CELL_S).min(self.end_s);
        (contribution > 0.0).then(|| Telling { class: class.into(), start_s, end_s, contribution })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Downmix;

    fn window(start_s: f64, end_s: f64) -> WindowPrediction {
        let probabilities = Default::default();
        WindowPrediction { start_s, end_s, downmix: Downmix::Mean, cycle: false, weight: 1.0, probabilities }
    }

    #[test]
    fn the_most_telling_second_is_found_and_ends_with_the_recording() {
        let mut cells = Cells::new(1);
        let mut values = vec![0.0; 40];
        values[12..22].fill(1.0);
        values[30] = -4.0;
        cells.add(&window(0.0, 4.0), &values, 0.5);
        let found = cells.telling("abnormal", 1.0).unwrap();
        assert!((found.start_s - 1.2).abs() < 1e-9 && (found.end_s - 2.2).abs() < 1e-9, "{found:?}");
        assert!((found.contribution - 5.0).abs() < 1e-9 && found.class == "abnormal");
        assert_eq!(found.sentence(), "The second that speaks most for “abnormal”: 1.2 to 2.2 s, +5.00.");
        let against = cells.telling("normal", -1.0).unwrap();
        assert!(against.start_s < 3.05 && against.end_s > 3.05 && (against.contribution - 2.0).abs() < 1e-9);
        let mut short = Cells::new(2);
        short.add(&window(0.0, 0.25), &[1.0, -0.5, 0.0, 0.1, 0.0, 0.0], 1.0);
        let found = short.telling("abnormal", 1.0).unwrap();
        assert!(found.start_s == 0.0 && found.end_s == 0.25 && (found.contribution - 0.6).abs() < 1e-12, "{found:?}");
        assert_eq!(short.telling("normal", -1.0), None);
        assert_eq!(Cells::new(3).telling("normal", 1.0), None);
    }

    #[test]
    fn windows_add_up_where_they_lie_and_a_long_map_gets_wider_columns() {
        let mut cells = Cells::new(2);
        cells.add(&window(0.0, 2.5), &[1.0; 50], 0.25);
        cells.add(&window(1.25, 3.75), &[1.0; 50], 0.75);
        let map = cells.map();
        assert_eq!((map.step_s, map.contributions.len()), (CELL_S, 38));
        assert_eq!(
            [&map.contributions[0], &map.contributions[20], &map.contributions[37]],
            [&vec![0.25, 0.25], &vec![1.0, 1.0], &vec![0.75, 0.75]]
        );
        cells.add(&window(100.0, 102.5), &[1.0; 50], 1.0);
        let map = cells.map();
        assert!(map.contributions.len() <= MOST_COLUMNS && map.step_s > CELL_S);
        let all: f64 = map.contributions.iter().flatten().sum();
        assert!((all - 100.0).abs() < 1e-9, "{all}");
    }
}
