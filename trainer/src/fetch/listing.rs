//! What a set consists of: names, sizes and checksums, as its publisher lists them.

use std::path::PathBuf;

use serde::Deserialize;

use super::client::Client;
use super::names::{below, in_address};
use super::sets::{Set, Source};
use super::sum::Sum;
use crate::error::{Error, Result};

/// Larger than any list of files.
const MOST_BYTES: u64 = 1 << 24;
/// Endings of files that no command reads: electrocardiograms, and archives of what is there file by file.
const NOT_READ: [&str; 3] = [".dat", ".zip", ".mat"];

/// All files of a set that are wanted.
#[derive(Debug)]
pub struct Listing {
    /// The files.
    pub items: Vec<Item>,
}

/// A file of a set.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its name there.
    pub name: String,
    /// Its place in the folder of the set.
    pub path: PathBuf,
    /// Its address.
    pub url: String,
    /// Its size in bytes, where that is listed.
    pub size: Option<u64>,
    /// Its checksum.
    pub sum: Sum,
}

/// What Zenodo says of a record.
#[derive(Deserialize)]
struct Record {
    files: Vec<RecordFile>,
}

#[derive(Deserialize)]
struct RecordFile {
    key: String,
    size: u64,
    checksum: String,
}

impl Listing {
    /// Asks a server for it.
    ///
    /// # Errors
    /// A server that does not answer, or a list that is none or names files outside of the set's folder.
    pub fn get(client: &Client, set: &Set, base: &str) -> Result<Self> {
        let items = match set.source {
            Source::PhysioNet { path, begins } => {
                let folder = format!("{base}/files/{path}");
                let url = format!("{folder}/SHA256SUMS.txt");
                of_physionet(&client.text(&url, MOST_BYTES)?, &folder, begins).map_err(|error| error.at(&url))?
            }
            Source::Zenodo(records) => {
                let mut items = Vec::new();
                for record in records {
                    let url = format!("{base}/api/records/{record}");
                    let text = client.text(&url, MOST_BYTES)?;
                    let folder = format!("{base}/records/{record}/files");
                    items.extend(of_zenodo(&text, &folder).map_err(|error| error.at(&url))?);
                }
                items
            }
        };
        if items.is_empty() {
            return Err(Error::input(format!("{base}: lists no file of the set; is it a mirror of it?")));
        }
        Ok(Self { items })
    }
}

/// Lines of a checksum, blanks and a name.
fn of_physionet(text: &str, folder: &str, begins: &[&str]) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |what: &str| Error::input(format!("line {}: {what}", number + 1));
        let (sum, name) =
            line.trim().split_once(char::is_whitespace).ok_or_else(|| wrong("not a checksum and a name"))?;
        let sum = Sum::sha256(sum).ok_or_else(|| wrong("does not begin with a SHA-256"))?;
        // A star before the name says that the file is no text.
        let name = name.trim_start().trim_start_matches('*').trim_start_matches("./");
        let is_wanted = begins.iter().any(|begin| name.starts_with(begin));
        if is_wanted && !NOT_READ.iter().any(|ending| name.ends_with(ending)) {
            items.push(item(name, folder, None, sum).ok_or_else(|| wrong("names a file outside of the set"))?);
        }
    }
    Ok(items)
}

fn of_zenodo(text: &str, folder: &str) -> Result<Vec<Item>> {
    let record: Record = serde_json::from_str(text)
        .map_err(|error| Error::input(format!("not what Zenodo says of a record: {error}")))?;
    let of = |file: RecordFile| {
        let RecordFile { key, size, checksum } = file;
        let sum = Sum::of_zenodo(&checksum)
            .ok_or_else(|| Error::input(format!("{key}: the checksum {checksum:?} is none that is known")))?;
        item(&key, folder, Some(size), sum).ok_or_else(|| Error::input(format!("{key:?} lies outside of the set")))
    };
    record.files.into_iter().map(of).collect()
}

fn item(name: &str, folder: &str, size: Option<u64>, sum: Sum) -> Option<Item> {
    let url = format!("{folder}/{}", in_address(name));
    Some(Item { name: name.into(), path: below(name)?, url, size, sum })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn what_is_read_is_listed_and_nothing_leads_out() {
        let list = format!(
            "{SHA}  training-a/a0001.wav\r\n{SHA} *training-a/REFERENCE.csv\n\n{SHA}  training-a/a0001.dat\n{SHA}  \
             training.zip\n{SHA}  RECORDS\n"
        );
        let items = of_physionet(&list, "http://x/files/y", &["training-"]).unwrap();
        let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
        assert_eq!(names, ["training-a/a0001.wav", "training-a/REFERENCE.csv"]);
        assert_eq!(items[0].url, "http://x/files/y/training-a/a0001.wav");
        let refused = |list: &str| of_physionet(list, "http://x", &["training-"]).unwrap_err().to_string();
        assert!(refused(&format!("{SHA}  training-a/../../x")).contains("line 1: names a file outside"));
        assert!(refused("<html>\n").contains("line 1: not a checksum"));
        assert!(refused("abc  training-a/x").contains("a SHA-256"));
    }

    #[test]
    fn records_are_read() {
        let md5 = "md5:900150983cd24fb0d6963f7d28e17f72";
        let record = |key: &str, sum: &str| {
            format!(r#"{{"id": 1, "files": [{{"key": "{key}", "size": 3, "checksum": "{sum}", "links": {{}}}}]}}"#)
        };
        let items = of_zenodo(&record("a b.zip", md5), "http://x/records/1/files").unwrap();
        assert_eq!((items[0].size, &items[0].url[..]), (Some(3), "http://x/records/1/files/a%20b.zip"));
        assert!(of_zenodo(&record("../a.zip", md5), "http://x").is_err());
        assert!(of_zenodo(&record("a.zip", "none"), "http://x").is_err());
        assert!(of_zenodo("<html>", "http://x").is_err());
    }
}
