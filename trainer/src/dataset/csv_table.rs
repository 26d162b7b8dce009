//! Reading a table of text with the line of every row, for messages: as editors, spreadsheets and Windows leave it.

mod cells;
mod header;

use std::path::Path;

use super::text;
use crate::error::{Error, Result};
use cells::{Wrong, first, split};

pub use header::{Header, given, plain, whole};

/// A million rows of sixty bytes: larger than any list of recordings.
const MAX_TABLE_BYTES: u64 = 64 << 20;

/// What cells are separated by, where nothing is known of a table but that it is one.
pub const ANY: &str = ",;\t";

/// One row of a table.
#[derive(Debug, PartialEq, Eq)]
pub struct TableRow {
    /// The cells, without the blanks and quotes around them.
    pub cells: Vec<String>,
    /// The file and the line, counted from 1.
    pub place: String,
}

/// Reads a table without giving a meaning to its first row. Which of the `separators` separates its cells is told by the first
/// row: the one that leaves all the names of `header` (in lower case) in it, or the only one that occurs there, or the only one
/// that cuts all rows into equally many cells. A first line as `sep=;` says it itself. Empty lines are left out; byte-order
/// marks, UTF-16, any line ends, and blanks around cells and their quotes are tolerated.
///
/// # Errors
/// A file that cannot be read or is no text, with the line; broken quotes; cells of which nobody can tell what separates them.
pub fn read(path: &Path, separators: &str, header: &[&str]) -> Result<Vec<TableRow>> {
    let text = text::read(path, MAX_TABLE_BYTES)?;
    let rows = rows(&text, separators, header)
        .map_err(|Wrong { line, what }| Error::input(what).at(text::place(path, line)))?;
    Ok(rows.into_iter().map(|(cells, line)| TableRow { cells, place: text::place(path, line) }).collect())
}

/// Rows of cells, with their lines.
type Rows = Vec<(Vec<String>, u64)>;

fn rows(text: &str, separators: &str, names: &[&str]) -> std::result::Result<Rows, Wrong> {
    // As spreadsheets write for themselves.
    if let Some((separator, rest)) = said(text) {
        return split(rest, separator, 2);
    }
    split(text, separator(text, separators, names)?, 1)
}

/// What separates the cells of a table whose header has these names.
fn separator(text: &str, separators: &str, names: &[&str]) -> std::result::Result<char, Wrong> {
    let firsts = separators.chars().filter_map(|separator| first(text, separator).map(|(cells, _)| (separator, cells)));
    let firsts: Vec<(char, Vec<String>)> = firsts.collect();
    let has = |cells: &[String], name: &str| cells.iter().any(|cell| header::name(cell) == name);
    let headed = firsts.iter().find(|(_, cells)| !names.is_empty() && names.iter().all(|name| has(cells, name)));
    if let Some((separator, _)) = headed {
        return Ok(*separator);
    }
    let cuts: Vec<char> = firsts.iter().filter(|(_, cells)| cells.len() > 1).map(|(separator, _)| *separator).collect();
    let even = |separator: &char| split(text, *separator, 1).is_ok_and(|rows| is_even(&rows));
    let evenly: Vec<char> =
        if cuts.len() > 1 { cuts.iter().copied().filter(|separator| even(separator)).collect() } else { Vec::new() };
    match (&cuts[..], &evenly[..]) {
        // One column.
        ([], _) => Ok(separators.chars().next().unwrap_or(',')),
        ([one], _) | (_, [one]) => Ok(*one),
        // Whoever knows what the header should be says what is wrong with it.
        ([one, ..], _) if !names.is_empty() => Ok(*one),
        _ => {
            let kinds: Vec<&str> = cuts.iter().map(|separator| called(*separator)).collect();
            let line = cuts.first().and_then(|separator| first(text, *separator)).map_or(1, |(_, line)| line);
            let what = format!(
                "there are {} here, and it cannot be told which of them separate the cells; use one kind, and quotes around \
                 cells that hold another",
                kinds.join(" and ")
            );
            Err(Wrong { line, what })
        }
    }
}

/// The separator that a line as `sep=;` names, and what follows that line.
fn said(text: &str) -> Option<(char, &str)> {
    let rest = text.strip_prefix("sep=").or_else(|| text.strip_prefix("\"sep="))?;
    let (line, rest) = rest.split_once('\n')?;
    let separator = line.trim_end_matches(['\r', '"']);
    let mut letters = separator.chars();
    letters.next().filter(|_| letters.next().is_none()).map(|separator| (separator, rest))
}

/// Whether all rows have equally many cells, but for empty ones at their ends.
fn is_even(rows: &[(Vec<String>, u64)]) -> bool {
    let count = |cells: &[String]| cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |at| at + 1);
    let mut counts = rows.iter().map(|(cells, _)| count(cells));
    let first = counts.next();
    counts.all(|count| Some(count) == first)
}

fn called(separator: char) -> &'static str {
    match separator {
        ',' => "commas",
        ';' => "semicolons",
        '\t' => "tabs",
        _ => "separators",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str, separators: &str, header: &[&str]) -> Vec<Vec<String>> {
        let rows = rows(text, separators, header).unwrap_or_else(|Wrong { line, what }| panic!("line {line}: {what}"));
        rows.into_iter().map(|(cells, _)| cells).collect()
    }

    fn wrong(text: &str, header: &[&str]) -> (u64, String) {
        let Wrong { line, what } = rows(text, ANY, header).unwrap_err();
        (line, what)
    }

    const EXPECTED: [[&str; 2]; 3] = [["path", "label"], ["a.wav", "normal"], ["b c.wav", "abnormal"]];

    #[test]
    fn the_same_cells_come_out_however_they_are_written() {
        for text in [
            "path,label\na.wav,normal\nb c.wav,abnormal\n",
            "path;label\r\na.wav;normal\r\nb c.wav;abnormal",
            "path\tlabel\ra.wav\tnormal\rb c.wav\tabnormal\r",
            "sep=;\r\npath;label\r\na.wav;normal\r\nb c.wav;abnormal\r\n",
            "\n path , label \n\n \"a.wav\" ,\t\"normal\"\n\"b c.wav\", abnormal \n",
            "path,label\n\"a.wav\",normal\n\"b c.wav\"  ,\"abnormal\"\n\n , \n",
        ] {
            assert_eq!(cells(text, ANY, &["path", "label"]), EXPECTED, "{text:?}");
            assert_eq!(cells(text, ANY, &[]), EXPECTED, "{text:?}");
        }
    }

    #[test]
    fn quotes_keep_separators_line_ends_and_quotes() {
        let text = "path,label\n\"a,b\nc \"\"d\"\".wav\", normal\nx.wav,5\"\n";
        let rows = rows(text, ANY, &[]).unwrap_or_default();
        assert_eq!(rows[1], (vec!["a,b\nc \"d\".wav".to_owned(), "normal".to_owned()], 2));
        assert_eq!(rows[2], (vec!["x.wav".to_owned(), "5\"".to_owned()], 4));
        assert_eq!(wrong("path,label\n\"a.wav,normal\nb.wav,normal\n", &[]).0, 2);
        let (line, what) = wrong("path,label\n\na.wav,\"nor\"mal\n", &[]);
        assert!(line == 3 && what.contains("after the closing quote"), "{line}: {what}");
    }

    #[test]
    fn the_header_or_the_other_rows_tell_the_separator() {
        // The names are there between semicolons alone.
        let text = "path;label;left, or right\na.wav;normal;left, I think\n";
        assert_eq!(cells(text, ANY, &["path", "label"])[1][1], "normal");
        // Only semicolons cut both rows alike.
        assert_eq!(cells("a;b,c\nd;e\n", ANY, &[]), [["a", "b,c"], ["d", "e"]]);
        let (line, what) = wrong("\na;b,c\nd;e,f\n", &[]);
        assert!(line == 2 && what.contains("commas and semicolons"), "{line}: {what}");
        // One column, and one that may be separated by tabs alone.
        assert_eq!(cells("a0001\na0002\n", ANY, &[]), [["a0001"], ["a0002"]]);
        assert_eq!(cells("audio/a,b.wav\n", "\t", &[]), [["audio/a,b.wav"]]);
    }
}
