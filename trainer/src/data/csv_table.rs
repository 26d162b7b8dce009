//! Reading a table of text with the line of every row, for messages: as editors, spreadsheets and Windows leave it.

mod cells;
mod header;

use std::path::Path;
use std::sync::Arc;

use super::place::Place;
use super::text;
use crate::error::{Error, Result};
use crate::output::read_file;
use cells::{Wrong, first, split, used};

pub use header::{Header, given, plain, whole};

/// A million recordings: whoever reads a list keeps hundreds of bytes for each row, however short it is.
const MAX_ROWS: usize = 1_000_000;
/// That many rows of a name, a label and a group.
const MAX_TABLE_BYTES: u64 = 32 << 20;

/// What cells are separated by, where nothing is known of a table but that it is one.
pub const ANY: &str = ",;\t";

/// One row of a table.
#[derive(Debug, PartialEq, Eq)]
pub struct TableRow {
    /// The cells, without the blanks and quotes around them.
    pub cells: Vec<String>,
    /// The file and the line.
    pub place: Place,
}

/// A table. It keeps its text alone: lists have rows that are far shorter than what a row takes in memory.
#[derive(Debug)]
pub struct Table {
    file: Arc<Path>,
    /// The rows, and nothing before them.
    text: String,
    /// The line in which the text begins.
    line: u64,
    separator: char,
}

impl Table {
    /// The rows, each made when it is asked for.
    pub fn rows(&self) -> impl Iterator<Item = TableRow> {
        // Nothing is wrong with any: all were gone through once.
        let rows = split(&self.text, self.separator, self.line).map_while(std::result::Result::ok);
        rows.map(move |(cells, line)| TableRow { cells, place: Place::new(&self.file, line) })
    }
}

/// Reads a table without giving a meaning to its first row. Which of the `separators` separates its cells is told by the first
/// row: the one that leaves all the names of `header` (in lower case) in it, or the only one that occurs there, or the only one
/// that cuts all rows into equally many cells. A first line as `sep=;` says it itself. Empty lines are left out; byte-order
/// marks, UTF-16, any line ends, and blanks around cells and their quotes are tolerated.
///
/// # Errors
/// A file that cannot be read or is no text, with the line; broken quotes; cells of which nobody can tell what separates them;
/// more rows or cells than lists of recordings have.
pub fn read(path: &Path, separators: &str, header: &[&str]) -> Result<Table> {
    parse(path, &read_file(path, MAX_TABLE_BYTES)?, separators, header)
}

/// The same of the bytes that the file holds.
///
/// # Errors
/// Those of [`read`], but for a file that cannot be read.
pub fn parse(path: &Path, bytes: &[u8], separators: &str, header: &[&str]) -> Result<Table> {
    let file: Arc<Path> = Arc::from(path);
    let wrong = |Wrong { line, what }| Error::input(what).at(Place::new(&file, line));
    let text = text::parse(path, bytes)?;
    // As spreadsheets write for themselves.
    let said = said(&text).map(|(separator, rest)| (separator, rest.to_owned(), 2));
    let (separator, text, line) = match said {
        Some(said) => said,
        None => (separator(&text, separators, header).map_err(wrong)?, text, 1),
    };
    for (count, row) in split(&text, separator, line).enumerate() {
        let (_, line) = row.map_err(wrong)?;
        if count == MAX_ROWS {
            let what = format!("more than {MAX_ROWS} rows, which is the most that is read; divide the list");
            return Err(wrong(Wrong { line, what }));
        }
    }
    Ok(Table { file, text, line, separator })
}

/// The header of a file that may be a table of some kind, to see whether it is; none where it is no table. It is [read] with
/// these `names`, and says what was `expected` where it has others.
pub fn header(path: &Path, names: &[&str], expected: &'static str) -> Option<Header> {
    let first = read(path, ANY, names).ok()?.rows().next()?;
    Some(Header::new(first, expected))
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
    let evenly: Vec<char> = match cuts.len() {
        0 | 1 => Vec::new(),
        _ => cuts.iter().copied().filter(|separator| is_even(text, *separator)).collect(),
    };
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

/// Whether nothing is wrong with any row, and all have equally many cells, but for empty ones at their ends.
fn is_even(text: &str, separator: char) -> bool {
    let mut counts = split(text, separator, 1).map(|row| row.ok().map(|(cells, _)| used(&cells)));
    let first = counts.next().flatten();
    first.is_some() && counts.all(|count| count == first)
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

    fn table(text: &str, separators: &str, header: &[&str]) -> Result<Table> {
        parse(Path::new("t.csv"), text.as_bytes(), separators, header)
    }

    fn cells(text: &str, separators: &str, header: &[&str]) -> Vec<Vec<String>> {
        table(text, separators, header).unwrap().rows().map(|row| row.cells).collect()
    }

    fn wrong(text: &str) -> String {
        table(text, ANY, &[]).unwrap_err().to_string()
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
        assert_eq!(cells(text, ANY, &[])[1..], [["a,b\nc \"d\".wav", "normal"], ["x.wav", "5\""]]);
        let lines: Vec<String> = table(text, ANY, &[]).unwrap().rows().map(|row| row.place.to_string()).collect();
        assert_eq!(lines, ["t.csv, line 1", "t.csv, line 2", "t.csv, line 4"]);
        assert!(wrong("path,label\n\"a.wav,normal\nb.wav,normal\n").starts_with("t.csv, line 2: a quote begins"));
        let message = wrong("path,label\n\na.wav,\"nor\"mal\n");
        assert!(message.starts_with("t.csv, line 3: ") && message.contains("after the closing quote"), "{message}");
    }

    #[test]
    fn the_header_or_the_other_rows_tell_the_separator() {
        // The names are there between semicolons alone.
        let text = "path;label;left, or right\na.wav;normal;left, I think\n";
        assert_eq!(cells(text, ANY, &["path", "label"])[1][1], "normal");
        // Only semicolons cut both rows alike.
        assert_eq!(cells("a;b,c\nd;e\n", ANY, &[]), [["a", "b,c"], ["d", "e"]]);
        let message = wrong("\na;b,c\nd;e,f\n");
        assert!(message.starts_with("t.csv, line 2: ") && message.contains("commas and semicolons"), "{message}");
        // One column, and one that may be separated by tabs alone.
        assert_eq!(cells("a0001\na0002\n", ANY, &[]), [["a0001"], ["a0002"]]);
        assert_eq!(cells("audio/a,b.wav\n", "\t", &[]), [["audio/a,b.wav"]]);
    }

    /// Every row was once stored with the name of its file: two megabytes took a hundred times as much.
    #[test]
    fn rows_are_made_when_they_are_asked_for_and_share_the_name_of_their_file() {
        let text = "a,b\n".repeat(500_000);
        let table = table(&text, ANY, &[]).unwrap();
        assert_eq!((table.text.len(), Arc::strong_count(&table.file)), (text.len(), 1));
        let some: Vec<TableRow> = table.rows().skip(499_990).collect();
        assert_eq!((some.len(), Arc::strong_count(&table.file)), (10, 11));
        assert_eq!(some[9].place.to_string(), "t.csv, line 500000");
    }

    #[test]
    fn a_list_of_more_than_a_million_recordings_is_refused() {
        let most = "a\n".repeat(MAX_ROWS);
        assert_eq!(table(&most, ANY, &[]).unwrap().rows().count(), MAX_ROWS);
        let message = wrong(&format!("{most}b\n"));
        assert!(message.starts_with("t.csv, line 1000001: more than 1000000 rows"), "{message}");
    }
}
