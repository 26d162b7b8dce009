//! Reading a table of text with the line of every row, for messages.

use std::path::Path;

use crate::error::{Error, Result};
use crate::output::read_file;

/// A million rows of sixty bytes: larger than any list of recordings.
const MAX_TABLE_BYTES: u64 = 64 << 20;

/// One row of a table.
pub struct TableRow {
    /// The cells, without the blanks around them.
    pub cells: Vec<String>,
    /// The file and the line, counted from 1.
    pub place: String,
}

/// Reads a table without giving a meaning to its first row. Empty lines are left out; a byte-order mark and CRLF are
/// tolerated.
///
/// # Errors
/// A file that cannot be read or is not UTF-8 text, with the line; broken quoting.
pub fn read(path: &Path, delimiter: u8) -> Result<Vec<TableRow>> {
    let bytes = read_file(path, MAX_TABLE_BYTES)?;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count();
        Error::input("the text is not UTF-8; save the file as UTF-8").at(place(path, line as u64))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .quoting(delimiter == b',')
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| Error::input(error.to_string()).at(path.display()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cells: Vec<String> = record.iter().map(String::from).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.push(TableRow { cells, place: place(path, line) });
        }
    }
    Ok(rows)
}

fn place(path: &Path, line: u64) -> String {
    format!("{}, line {line}", path.display())
}
