//! From a text to rows of cells (RFC 4180), with the separators and line ends that spreadsheets write.

/// Most rows: ten times the recordings that the page takes.
const MOST_ROWS: usize = 20_000;
/// Most cells in a row: what has more is no list of recordings.
const MOST_CELLS: usize = 64;
/// What cells are separated by.
const SEPARATORS: [char; 3] = [',', ';', '\t'];

/// The rows of a table, without blanks around the cells and without empty rows.
///
/// # Errors
/// A quote that is never closed, or too many rows or cells, as the end of a sentence.
pub(super) fn rows(text: &str) -> Result<Vec<Vec<String>>, String> {
    let separator = separator(text);
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut letters, mut line, mut opened) = (text.chars().peekable(), 1_usize, None);
    while let Some(letter) = letters.next() {
        let is_end = matches!(letter, '\n' | '\r');
        if letter == '\r' {
            letters.next_if_eq(&'\n');
        }
        line += usize::from(is_end);
        match letter {
            '"' if opened.is_some() && letters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' if opened.is_some() => opened = None,
            _ if opened.is_some() => cell.push(if is_end { '\n' } else { letter }),
            '"' if cell.trim().is_empty() => {
                cell.clear();
                opened = Some(line);
            }
            _ if is_end => {
                end_cell(&mut cell, &mut row)?;
                end_row(&mut row, &mut rows)?;
            }
            _ if letter == separator => end_cell(&mut cell, &mut row)?,
            _ => cell.push(letter),
        }
    }
    if let Some(line) = opened {
        return Err(format!("a quote begins in line {line} that is never closed"));
    }
    end_cell(&mut cell, &mut row)?;
    end_row(&mut row, &mut rows)?;
    Ok(rows)
}

fn end_cell(cell: &mut String, row: &mut Vec<String>) -> Result<(), String> {
    if row.len() == MOST_CELLS {
        return Err(format!("a row has more than {MOST_CELLS} cells, the most that is read"));
    }
    row.push(cell.trim().to_owned());
    cell.clear();
    Ok(())
}

fn end_row(row: &mut Vec<String>, rows: &mut Vec<Vec<String>>) -> Result<(), String> {
    let row = std::mem::take(row);
    if row.iter().all(String::is_empty) {
        return Ok(());
    }
    if rows.len() == MOST_ROWS {
        return Err(format!("it has more than {MOST_ROWS} rows, the most that is read"));
    }
    rows.push(row);
    Ok(())
}

/// The separator that occurs most in the first line that is not empty; a comma where none does.
fn separator(text: &str) -> char {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |separator: char| first.matches(separator).count();
    // Of equally many the first.
    SEPARATORS.into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_cells_come_out_however_they_are_written() {
        for text in [
            "path,label\na.wav,normal\nb c.wav,abnormal\n",
            "path;label\r\na.wav;normal\r\nb c.wav;abnormal",
            "path\tlabel\ra.wav\tnormal\r\rb c.wav\tabnormal\r",
            "\n path , label \n \"a.wav\" ,\"normal\"\n\"b c.wav\", abnormal \n , \n",
        ] {
            let expected = [["path", "label"], ["a.wav", "normal"], ["b c.wav", "abnormal"]];
            assert_eq!(rows(text).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn quotes_keep_separators_line_ends_and_quotes() {
        let found = rows("path,label\n\"a,b\r\nc \"\"d\"\".wav\",normal\nx\"y.wav,5\"\n").unwrap();
        assert_eq!(found[1..], [["a,b\nc \"d\".wav", "normal"], ["x\"y.wav", "5\""]]);
        assert_eq!(
            rows("path,label\n\n\"a.wav,normal\n").unwrap_err(),
            "a quote begins in line 3 that is never closed"
        );
    }

    #[test]
    fn what_is_too_large_is_refused() {
        assert_eq!(rows(&"a\n".repeat(MOST_ROWS)).unwrap().len(), MOST_ROWS);
        assert!(rows(&"a\n".repeat(MOST_ROWS + 1)).unwrap_err().contains("20000 rows"));
        assert!(rows(&",".repeat(MOST_CELLS)).unwrap_err().contains("64 cells"));
        assert_eq!(rows("").unwrap(), Vec::<Vec<String>>::new());
    }
}
