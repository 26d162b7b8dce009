//! Lists of names.

use std::collections::BTreeSet;
use std::path::Path;

use crate::data::csv_table;
use crate::data::finder::bare;
use crate::data::listing::recordings;
use crate::error::{Error, Result};

/// What a first line is called that is no name.
const HEADERS: [&str; 8] = ["record", "records", "recording", "recordings", "name", "file", "filename", "path"];

/// The names in a list, one a line, without folders and extensions; of a table the first column, of a folder the recordings in
/// it.
///
/// # Errors
/// A list that cannot be read, or without a name.
pub(super) fn read_names(path: &Path) -> Result<BTreeSet<String>> {
    let names: Vec<String> = if path.is_dir() {
        recordings(path)?.iter().map(|recording| recording.display().to_string()).collect()
    } else {
        let table = csv_table::read(path, csv_table::ANY, &[])?;
        let mut names: Vec<String> = table.rows().filter_map(|row| row.cells.into_iter().next()).collect();
        if names.first().is_some_and(|name| HEADERS.iter().any(|header| name.eq_ignore_ascii_case(header))) {
            names.remove(0);
        }
        names
    };
    let name = |written: &String| bare(written.rsplit(['/', '\\']).next().unwrap_or(written)).to_owned();
    let names: BTreeSet<String> = names.iter().map(name).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Err(Error::input("no names of recordings; expected one a line").at(path.display()));
    }
    Ok(names)
}
