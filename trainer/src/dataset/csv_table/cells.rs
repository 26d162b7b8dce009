//! From text to rows of cells. Unlike what programs write for each other, people's tables have blanks before quotes.

use std::iter::Peekable;
use std::str::Chars;

use crate::dataset::text::trim;

/// What is wrong with a table, and in which line.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) line: u64,
    pub(super) what: String,
}

/// The rows of a text that begins in this line, each with its own line; rows without any letter are left out.
pub(super) fn split(text: &str, separator: char, line: u64) -> Result<Vec<(Vec<String>, u64)>, Wrong> {
    let mut splitter = Splitter { chars: text.chars().peekable(), separator, line };
    let mut rows = Vec::new();
    while splitter.chars.peek().is_some() {
        let line = splitter.line;
        let cells = splitter.row()?;
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.push((cells, line));
        }
    }
    Ok(rows)
}

/// The first row of a text, and its line; none where there is no row, or broken quotes are in it.
pub(super) fn first(text: &str, separator: char) -> Option<(Vec<String>, u64)> {
    let mut splitter = Splitter { chars: text.chars().peekable(), separator, line: 1 };
    while splitter.chars.peek().is_some() {
        let line = splitter.line;
        let cells = splitter.row().ok()?;
        if cells.iter().any(|cell| !cell.is_empty()) {
            return Some((cells, line));
        }
    }
    None
}

struct Splitter<'a> {
    chars: Peekable<Chars<'a>>,
    separator: char,
    line: u64,
}

impl Splitter<'_> {
    fn row(&mut self) -> Result<Vec<String>, Wrong> {
        let mut cells = Vec::new();
        loop {
            let (cell, is_last) = self.cell()?;
            cells.push(cell);
            if is_last {
                return Ok(cells);
            }
        }
    }

    /// The next cell, and whether it is the last of its row.
    fn cell(&mut self) -> Result<(String, bool), Wrong> {
        let (mut cell, mut closed) = (String::new(), false);
        while let Some(letter) = self.chars.next() {
            match letter {
                _ if letter == self.separator => return Ok((trim(&cell).to_owned(), false)),
                '\n' | '\r' => {
                    self.end_line(letter);
                    return Ok((trim(&cell).to_owned(), true));
                }
                '"' if !closed && trim(&cell).is_empty() => {
                    cell = self.quoted()?;
                    closed = true;
                }
                _ if !closed => cell.push(letter),
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
