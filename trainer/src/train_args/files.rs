//! Configuration files and lists of names.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use clap::Args;
use serde::de::DeserializeOwned;
use toml::de::DeTable;

use super::flags::TrainFlags;
use crate::data::csv_table;
use crate::data::finder::bare;
use crate::data::listing::recordings;
use crate::error::{Error, Result};
use crate::output::read_text;

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

pub(super) fn read_config(path: &Path) -> Result<TrainFlags> {
    parse_config(&read_text(path)?)
        .map_err(|Wrong { line, what }| Error::input(what).at(format!("{}, line {line}", path.display())))
}

/// What is wrong with a configuration file, and where.
#[derive(Debug)]
pub(super) struct Wrong {
    line: usize,
    pub(super) what: String,
}

impl Wrong {
    fn new(text: &str, place: Option<Range<usize>>, what: &str) -> Self {
        let line = place.map_or(1, |place| 1 + text[..place.start.min(text.len())].matches('\n').count());
        Self { line, what: what.trim().replace('\n', ", ") }
    }
}

/// The settings in the text of a configuration file: each part takes its own keys, and a key must be some flag's.
pub(super) fn parse_config(text: &str) -> std::result::Result<TrainFlags, Wrong> {
    let table = DeTable::parse(text).map_err(|error| Wrong::new(text, error.span(), error.message()))?;
    let known = names();
    if let Some(key) = table.get_ref().keys().find(|key| !known.iter().any(|name| *name == **key.get_ref())) {
        let expected = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let what = format!("unknown field `{}`, expected one of {expected}", key.get_ref());
        return Err(Wrong::new(text, Some(key.span()), &what));
    }
    Ok(TrainFlags { front_end: part(text)?, ..part(text)? })
}

fn part<T: DeserializeOwned>(text: &str) -> std::result::Result<T, Wrong> {
    toml::from_str(text).map_err(|error: toml::de::Error| Wrong::new(text, error.span(), error.message()))
}

/// What can be set in a file: the flags of `spectnet train`, but the one that names the file.
pub(super) fn names() -> Vec<String> {
    let command = TrainFlags::augment_args(clap::Command::new("train"));
    let names = command.get_arguments().filter(|argument| argument.get_id() != "config");
    names.flat_map(|argument| argument.get_long_and_visible_aliases().unwrap_or_default()).map(String::from).collect()
}
