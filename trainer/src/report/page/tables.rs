//! The tables and the journal of a run, read back.

use std::path::Path;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::output::read_file;

/// As large as a run may let them grow.
const MOST_BYTES: u64 = 1 << 30;
/// Points of a curve from the journal: about as many as the picture has pixels.
const POINTS: usize = 800;

/// A table whose first row names its columns.
pub(super) struct Table {
    head: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

/// A row of a table.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    head: &'a [String],
    cells: &'a csv::StringRecord,
}

impl Table {
    /// Of a file.
    ///
    /// # Errors
    /// A file that is not there or no such table.
    pub(super) fn read(path: &Path) -> Result<Self> {
        Self::of(&read_file(path, MOST_BYTES)?).map_err(|error| error.at(path.display()))
    }

    fn of(bytes: &[u8]) -> Result<Self> {
        let wrong = |error: csv::Error| Error::input(format!("not a table of a run: {error}"));
        let mut reader = csv::Reader::from_reader(bytes);
        let head = reader.headers().map_err(wrong)?.iter().map(String::from).collect();
        let rows = reader.records().collect::<std::result::Result<_, _>>().map_err(wrong)?;
        Ok(Self { head, rows })
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row { head: &self.head, cells })
    }
}

impl<'a> Row<'a> {
    /// The cell of a column; empty where there is none.
    pub(super) fn cell(&self, name: &str) -> &'a str {
        let column = self.head.iter().position(|head| head == name);
        column.and_then(|column| self.cells.get(column)).unwrap_or_default()
    }

    /// The number there.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.cell(name).parse::<f64>().ok().filter(|number| number.is_finite())
    }
}

/// The lines about steps in the journal of a run.
///
/// # Errors
/// A file that is not there. Lines that are no JSON are passed over.
pub(super) fn steps(path: &Path) -> Result<Vec<Value>> {
    let bytes = read_file(path, MOST_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(lines.filter(|line| line["event"] == "steps").collect())
}

/// Means of neighbours, so that there are no more points than a picture shows.
pub(super) fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mean = |part: &[(f64, f64)]| {
        let count = part.len() as f64;
        (part.iter().map(|point| point.0).sum::<f64>() / count, part.iter().map(|point| point.1).sum::<f64>() / count)
    };
    points.chunks(points.len().div_ceil(POINTS).max(1)).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_by_their_columns() {
        let table = Table::of(b"epoch,of,loss\n1,training,0.5\n2,\"a,b\",\n").unwrap();
        let rows: Vec<Row> = table.rows().collect();
        assert_eq!((rows[0].number("epoch"), rows[0].number("loss")), (Some(1.0), Some(0.5)));
        assert_eq!((rows[1].cell("of"), rows[1].number("loss"), rows[1].cell("none")), ("a,b", None, ""));
        assert!(Table::of(b"a,b\n1\n").is_err());
    }

    #[test]
    fn a_long_curve_has_no_more_points_than_are_seen() {
        let line = |count: u32| (0..count).map(|i| (f64::from(i), 2.0 * f64::from(i))).collect::<Vec<_>>();
        assert_eq!(thinned(&line(3)), line(3));
        let long = thinned(&line(10_000));
        assert!(long.len() <= POINTS && long.iter().all(|(x, y)| (2.0 * x - y).abs() < 1e-9));
        assert!(thinned(&[]).is_empty());
    }
}
