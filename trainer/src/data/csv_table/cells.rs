//! From text to rows of cells. Unlike what programs write for each other, people's tables have blanks before quotes.

use std::iter::Peekable;
use std::str::Chars;

use crate::data::text::{is_blank, trim};

/// Columns of the widest spreadsheets: what has more is no table.
const MAX_CELLS: usize = 16_384;

/// What is wrong with a table, and in which line.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) line: u64,
    pub(super) what: String,
}

/// The rows of a text that begins in this line, each made when it is asked for, with its own line; rows without any letter are
/// left out. What is wrong with a row comes in its place, and nothing after it is read.
pub(super) fn split(text: &str, separator: char, line: u64) -> Splitter<'_> {
    Splitter { chars: text.chars().peekable(), separator, line }
}

/// The first row of a text, and its line; none where there is no row, or something is wrong with it.
pub(super) fn first(text: &str, separator: char) -> Option<(Vec<String>, u64)> {
    split(text, separator, 1).next()?.ok()
}

/// How many cells a row has up to the last that is not empty.
pub(super) fn used(cells: &[String]) -> usize {
    cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |at| at + 1)
}

/// What goes through a text.
pub(super) struct Splitter<'a> {
    chars: Peekable<Chars<'a>>,
    separator: char,
    line: u64,
}

impl Iterator for Splitter<'_> {
    type Item = Result<(Vec<String>, u64), Wrong>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.chars.peek().is_some() {
            let line = self.line;
            match self.row() {
                Ok(cells) if used(&cells) == 0 => {}
                row => return Some(row.map(|cells| (cells, line))),
            }
        }
        None
    }
}

impl Splitter<'_> {
    fn row(&mut self) -> Result<Vec<String>, Wrong> {
        let line = self.line;
        let mut cells = Vec::new();
        loop {
            let (cell, is_last) = self.cell()?;
            cells.push(cell);
            if cells.len() > MAX_CELLS {
                let what = format!("more than {MAX_CELLS} cells in a row, which is the most that is read");
                return Err(Wrong { line, what });
            }
            if is_last {
                return Ok(cells);
            }
        }
    }

    /// The next cell, and whether it is the last of its row.
    fn cell(&mut self) -> Result<(String, bool), Wrong> {
        let (mut cell, mut blank, mut closed) = (String::new(), true, false);
        while let Some(letter) = self.chars.next() {
            match letter {
                _ if letter == self.separator => return Ok((trim(&cell).to_owned(), false)),
                '\n' | '\r' => {
                    self.end_line(letter);
                    return Ok((trim(&cell).to_owned(), true));
                }
                '"' if blank => {
                    cell = self.quoted()?;
                    (blank, closed) = (false, true);
                }
                _ if !closed => {
                    blank = blank && is_blank(letter);
                    cell.push(letter);
                }
                _ if letter.is_whitespace() => {}
                _ => {
                    let what = format!(
                        "{letter:?} after the closing quote of {cell:?}; a quote within a quoted cell is written twice"
                    );
                    return Err(Wrong { line: self.line, what });
                }
            }
        }
        Ok((trim(&cell).to_owned(), true))
    }

    /// What stands between quotes, of which the first was taken.
    fn quoted(&mut self) -> Result<String, Wrong> {
        let line = self.line;
        let mut cell = String::new();
        while let Some(letter) = self.chars.next() {
            match letter {
                '"' if self.chars.next_if_eq(&'"').is_none() => return Ok(cell),
                '\n' | '\r' => {
                    self.end_line(letter);
                    cell.push('\n');
                }
                _ => cell.push(letter),
            }
        }
        Err(Wrong { line, what: "a quote begins here that is never closed".into() })
    }

    fn end_line(&mut self, letter: char) {
        if letter == '\r' {
            self.chars.next_if_eq(&'\n');
        }
        self.line += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The blanks were once read again at every quote: this would take minutes.
    #[test]
    fn blanks_before_a_word_with_many_quotes_are_looked_at_once() {
        let (blanks, word) = (" ".repeat(1_000_000), format!("x{}", "\"".repeat(1_000_000)));
        let (cells, line) = first(&format!("{blanks}{word},y"), ',').unwrap();
        assert!(cells == [&word[..], "y"] && line == 1);
    }

    #[test]
    fn a_row_of_more_cells_than_a_spreadsheet_has_is_refused() {
        let row = |cells: usize| format!("a\n{}b\n", ",".repeat(cells - 1));
        assert_eq!(split(&row(MAX_CELLS), ',', 1).flatten().map(|(cells, _)| cells.len()).max(), Some(MAX_CELLS));
        let Wrong { line, what } = split(&row(MAX_CELLS + 1), ',', 1).find_map(Result::err).unwrap();
        assert!(line == 2 && what.contains("more than 16384 cells"), "{line}: {what}");
    }
}
