//! The columns of a table by their names, and what stands in cells.

use super::TableRow;
use super::cells::used;
use crate::data::place::Place;
use crate::data::text::trim;
use crate::error::{Error, Result};

/// The first row of a table, by whose names its cells are found, whatever their capitals.
#[derive(Debug)]
pub struct Header {
    /// The columns that have a name: where they stand, and the name in lower case.
    named: Vec<(usize, String)>,
    /// How many columns there are, and how many up to the last that has a name.
    columns: usize,
    needed: usize,
    /// As it is written.
    found: String,
    place: Place,
    /// What the header should be.
    expected: &'static str,
}

impl Header {
    /// Of a row; `expected` is what it should be, for messages.
    pub fn new(row: TableRow, expected: &'static str) -> Self {
        let TableRow { cells, place } = row;
        let columns = cells.iter().map(|cell| name(cell)).enumerate();
        let named: Vec<(usize, String)> = columns.filter(|(_, name)| !name.is_empty()).collect();
        let needed = named.last().map_or(0, |(at, _)| at + 1);
        Self { named, columns: cells.len(), needed, found: cells.join(","), place, expected }
    }

    /// Where the column of this name (in lower case) stands; none where there is no such column.
    ///
    /// # Errors
    /// Several columns of this name.
    pub fn find(&self, name: &str) -> Result<Option<usize>> {
        let mut places = self.named.iter().filter(|(_, known)| known == name).map(|(place, _)| *place);
        match (places.next(), places.next()) {
            (place, None) => Ok(place),
            _ => Err(Error::input(format!("the header {:?} has several columns {name:?}; leave one", self.found))
                .at(&self.place)),
        }
    }

    /// The same of a column that must be there.
    ///
    /// # Errors
    /// Those of [`find`](Self::find), or no such column.
    pub fn required(&self, name: &str) -> Result<usize> {
        self.find(name)?.ok_or_else(|| {
            let Self { found, expected, place, .. } = self;
            Error::input(format!("the header {found:?} has no column {name:?}; expected {expected}")).at(place)
        })
    }

    /// The cells of a row, one for every column that has a name: empty ones without a column are left out, and the last columns
    /// need no cell where they have no name.
    ///
    /// # Errors
    /// Another number of cells than there are columns.
    pub fn cells<'a>(&self, row: &'a TableRow) -> Result<&'a [String]> {
        let Self { columns, needed, .. } = *self;
        let count = row.cells.len();
        if count < needed || used(&row.cells) > columns {
            let why = if count < needed { "" } else { "; a cell that holds the separator needs quotes" };
            let message = format!("{count} cells; expected {columns} as in the header{why}");
            return Err(Error::input(message).at(&row.place));
        }
        Ok(row.cells.get(..columns).unwrap_or(&row.cells))
    }
}

/// What a column is called, whatever its capitals and the colon behind it.
pub(super) fn name(cell: &str) -> String {
    trim(trim(cell).trim_end_matches(':')).to_lowercase()
}

/// What a cell holds, if anything: tables of numbers have `nan` for nothing.
pub fn given(cell: &str) -> Option<&str> {
    Some(cell).filter(|cell| !cell.is_empty() && !cell.eq_ignore_ascii_case("nan"))
}

/// A name that is a number, as it is written where it is not taken for one: `85119.0` is 85119.
pub fn plain(cell: &str) -> &str {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match cell.split_once(['.', ',']) {
        Some((whole, rest)) if digits(whole) && rest.bytes().all(|byte| byte == b'0') => whole,
        _ => cell,
    }
}

/// A whole number from 0, also as 1.0 or 1,0.
pub fn whole(cell: &str) -> Option<u32> {
    plain(cell).parse().ok()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;

    fn row(cells: &[&str]) -> TableRow {
        let place = Place::new(&Arc::from(Path::new("t.csv")), 7);
        TableRow { cells: cells.iter().map(|cell| (*cell).to_owned()).collect(), place }
    }

    #[test]
    fn columns_are_found_whatever_their_capitals_and_never_twice() {
        let header = Header::new(row(&["", "Path", "Recording locations:", "LABEL", "label "]), "path,label");
        assert_eq!((header.find("path").unwrap(), header.find("fold").unwrap()), (Some(1), None));
        assert_eq!(header.find("recording locations").unwrap(), Some(2));
        let twice = header.required("label").unwrap_err().to_string();
        assert!(twice.contains("t.csv, line 7") && twice.contains("several columns \"label\""), "{twice}");
        let missing = header.required("fold").unwrap_err().to_string();
        assert!(missing.contains("has no column \"fold\"; expected path,label"), "{missing}");
    }

    #[test]
    fn empty_cells_without_a_name_are_no_fault_and_others_are() {
        let header = Header::new(row(&["path", "label", ""]), "path,label");
        for cells in [&["a", "b"][..], &["a", "b", ""], &["a", "b", "", ""], &["a", "b", "7"]] {
            let row = row(cells);
            let known = header.cells(&row).unwrap();
            assert!((2..=3).contains(&known.len()) && known[..2] == ["a", "b"], "{cells:?}");
        }
        let fault = |cells: &[&str]| header.cells(&row(cells)).unwrap_err().to_string();
        assert_eq!(fault(&["a"]), "t.csv, line 7: 1 cells; expected 3 as in the header");
        assert!(
            fault(&["a", "b", "c", "d"]).contains("4 cells; expected 3")
                && fault(&["a", "b", "c", "d"]).contains("quotes")
        );
    }

    /// Every row was made as long as the header: this would take minutes.
    #[test]
    fn columns_without_a_name_cost_no_cells_in_rows() {
        let mut names = vec!["path", "label"];
        names.resize(16_000, "");
        let header = Header::new(row(&names), "path,label");
        let [short, long] = [row(&["a", "b"]), row(&names)];
        assert!((0..1_000_000).all(|_| header.cells(&short).is_ok_and(|cells| cells.len() == 2)));
        assert_eq!(header.cells(&long).unwrap().len(), names.len());
    }

    #[test]
    fn one_is_one_however_it_is_written() {
        assert_eq!(["1", "1.0", "1,00", "1.", "0"].map(whole), [Some(1), Some(1), Some(1), Some(1), Some(0)]);
        assert_eq!(["", "one", "1.5", "-1", "1e0", ".0", "4294967296"].map(whole), [None; 7]);
        assert_eq!(["85119.0", "a.0", "1.10", "12"].map(plain), ["85119", "a.0", "1.10", "12"]);
        assert_eq!(["", "NaN", "n/a"].map(given), [None, None, Some("n/a")]);
    }
}
