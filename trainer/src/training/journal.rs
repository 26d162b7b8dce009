//! Files of a run that grow by lines while it is made.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::output;

/// Largest journal that a run goes on with: a hundred filters over a hundred thousand epochs.
const MOST_BYTES: u64 = 1 << 30;

/// A file that grows by whole lines.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Bytes of the whole lines in it.
    length: u64,
}

impl Journal {
    /// Opens a journal that begins with `head`, if it is not empty. Of the lines that are there already it keeps those that are
    /// whole and that `keeps` says belong to what the run goes on from.
    ///
    /// # Errors
    /// What the system says, or a file that is too large.
    pub fn open(path: &Path, head: &str, keeps: impl Fn(&str) -> bool) -> Result<Self> {
        let old = if path.exists() { output::read_file(path, MOST_BYTES)? } else { Vec::new() };
        let old = String::from_utf8_lossy(&old);
        let mut text = if head.is_empty() { String::new() } else { format!("{head}\n") };
        let whole = old.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        whole.filter(|line| keeps(line.trim_end())).for_each(|line| text.push_str(line));
        output::write_file(path, text.as_bytes())?;
        let file = OpenOptions::new().write(true).open(path);
        let file = file.map_err(|source| Error::io("write the file", path, source))?;
        Ok(Self { path: path.to_path_buf(), file, length: text.len() as u64 })
    }

    /// Adds a text of whole lines. Where not all of it can be written, as on a full disk, none of it stays: half a line would
    /// spoil the next one.
    ///
    /// # Errors
    /// What the system says.
    pub fn add(&mut self, lines: &str) -> Result<()> {
        let Self { path, file, length } = self;
        let written = file.seek(SeekFrom::Start(*length)).and_then(|_| file.write_all(lines.as_bytes()));
        if let Err(source) = written {
            // Where even that fails, the next lines are written over what is left.
            let _ = file.set_len(*length);
            return Err(Error::io("write the file", path, source));
        }
        *length += lines.len() as u64;
        Ok(())
    }
}

/// Whether a line of a table belongs to one of the first `epochs`: its first cell is the number of the epoch.
pub fn is_of_first(epochs: u64) -> impl Fn(&str) -> bool {
    move |line| {
        let number = line.split(',').next().and_then(|cell| cell.parse::<u64>().ok());
        number.is_some_and(|number| number <= epochs)
    }
}

/// A table of these rows as text.
///
/// # Errors
/// None that is known: all cells are text.
pub fn rows<R: IntoIterator<Item = String>>(rows: impl IntoIterator<Item = R>) -> Result<String> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let written = rows.into_iter().try_for_each(|row| table.write_record(row));
    let bytes = written
        .map_err(|error| error.to_string())
        .and_then(|()| table.into_inner().map_err(|error| error.to_string()))
        .and_then(|bytes| String::from_utf8(bytes).map_err(|error| error.to_string()));
    bytes.map_err(|error| Error::input(format!("a table cannot be written: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_after_the_place_to_go_on_from_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        let mut journal = Journal::open(&path, "epoch,loss", |_| false).unwrap();
        let row = |epoch: u32| rows([[epoch.to_string(), "a,b".into()]]).unwrap();
        (1..=3).for_each(|epoch| journal.add(&row(epoch)).unwrap());
        journal.add("4,half a li").unwrap();
        let mut journal = Journal::open(&path, "epoch,loss", is_of_first(2)).unwrap();
        journal.add(&row(3)).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "epoch,loss\n1,\"a,b\"\n2,\"a,b\"\n3,\"a,b\"\n");
        // Another run begins from nothing.
        Journal::open(&path, "", |_| false).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
    }
}
