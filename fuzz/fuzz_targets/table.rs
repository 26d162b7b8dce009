//! Tables of any bytes, as every reader of the program asks for them.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use spectnet_fuzz::data::csv_table::{self, ANY, Header, Table, given, plain};

/// What may separate the cells, and the names that a header has.
const ASKED: [(&str, &[&str]); 9] = [
    (ANY, &[]),
    (ANY, &["path", "label"]),
    (ANY, &["patient id"]),
    (ANY, &["fname", "label"]),
    (ANY, &["filename"]),
    (ANY, &["record", "start_s", "state"]),
    ("\t;,", &[]),
    ("\t;,", &["filename"]),
    ("\t", &["filename"]),
];
/// What the table is called in messages.
const FILE: &str = "table.csv";

fuzz_target!(|bytes: &[u8]| {
    spectnet_fuzz::within_memory(bytes.len(), || {
        let path = Path::new(FILE);
        for (separators, names) in ASKED {
            match csv_table::parse(path, bytes, separators, names) {
                Ok(table) => check(bytes, &table, names),
                Err(error) => {
                    let names_a_line = spectnet_fuzz::check_refusal(&error.to_string(), path, bytes);
                    assert!(names_a_line, "{error}");
                }
            }
        }
    });
});

fn check(bytes: &[u8], table: &Table, names: &[&str]) {
    let (mut last, mut cells) = (0, 0);
    for row in table.rows() {
        let place = row.place.to_string();
        let line = place.rsplit(' ').next().and_then(|line| line.parse::<usize>().ok());
        let line = line.expect("a place ends with a line");
        assert!(line > last, "line {line} after line {last}");
        last = line;
        cells += row.cells.len();
        assert!(row.cells.iter().all(|cell| cell.starts_with(given(cell).map_or("", plain))));
    }
    assert!(last <= bytes.len() + 1, "no such line: {last}");
    // Every byte ends a cell at most.
    assert!(cells <= bytes.len() + 1);
    let mut rows = table.rows();
    let Some(first) = rows.next() else { return };
    let columns = first.cells.len();
    let header = Header::new(first, "what was asked for");
    for name in names {
        match header.required(name) {
            Ok(column) => assert!(column < columns),
            Err(error) => {
                spectnet_fuzz::check_refusal(&error.to_string(), Path::new(FILE), bytes);
            }
        }
    }
    for row in rows {
        if let Ok(cells) = header.cells(&row) {
            assert!(cells.len() <= columns);
        }
    }
}
