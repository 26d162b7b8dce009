//! Configuration files and lists of names.

use std::collections::BTreeSet;
use std::path::Path;

use super::flags::TrainFlags;
use crate::error::{Error, Result};
use crate::output::read_file;

/// Larger than any list of a few dozen settings, or of the names of some ten thousand recordings.
const MAX_BYTES: u64 = 1 << 20;

fn read_text(path: &Path) -> Result<String> {
    let bytes = read_file(path, MAX_BYTES)?;
    String::from_utf8(bytes).map_err(|_| Error::input("not UTF-8 text").at(path.display()))
}

/// The names in a list, one a line.
pub(super) fn read_names(path: &Path) -> Result<BTreeSet<String>> {
    let text = read_text(path)?;
    let names: BTreeSet<String> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if names.is_empty() {
        return Err(Error::input("no names of recordings; expected one a line").at(path.display()));
    }
    Ok(names)
}

pub(super) fn read_config(path: &Path) -> Result<TrainFlags> {
    let text = read_text(path)?;
    toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
        let message = error.message().trim().replace('\n', ", ");
        Error::input(message).at(format!("{}, line {line}", path.display()))
    })
}
