//! The PhysioNet/CinC Challenge 2016 folder as distributed: training-a … training-f, each with REFERENCE.csv
//! (`record,-1` normal, `record,1` abnormal) and the recordings beside it.

use std::path::{Path, PathBuf};

use super::folders::entries;
use super::{Row, csv_table};
use crate::error::{Error, Result};

const REFERENCE: &str = "REFERENCE.csv";

/// The folders with a REFERENCE.csv: this one, or the ones in it, sorted; none where there is no such file.
pub fn folders(path: &Path) -> Result<Option<Vec<PathBuf>>> {
    if path.join(REFERENCE).is_file() {
        return Ok(Some(vec![path.to_path_buf()]));
    }
    let found: Vec<PathBuf> = entries(path)?.into_iter().filter(|folder| folder.join(REFERENCE).is_file()).collect();
    Ok((!found.is_empty()).then_some(found))
}

/// Reads the recordings of these folders.
///
/// # Errors
/// A row that is not `record,label`, a label other than -1 and 1, a record without a recording.
pub fn read(folders: &[PathBuf]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for folder in folders {
        for row in csv_table::read(&folder.join(REFERENCE), b',')? {
            let [record, label] = row.cells.as_slice() else {
                let found = row.cells.join(",");
                return Err(
                    Error::input(format!("{found:?} is not record,label; expected a row as a0001,-1")).at(row.place)
                );
            };
            let label = match label.as_str() {
                "-1" => "normal",
                "1" => "abnormal",
                other => {
                    let message = format!("label {other:?} is unknown; expected -1 (normal) or 1 (abnormal)");
                    return Err(Error::input(message).at(row.place));
                }
            };
            rows.push(Row {
                path: recording(folder, record),
                label: label.into(),
                group: None,
                fold: None,
                subset: Some(subset(folder, record)),
                quality: None,
                place: row.place,
            });
        }
    }
    Ok(rows)
}

/// The recording of a record: WAV as distributed, else FLAC. Where neither is there, the name as distributed, so that
/// the message about it says what was looked for.
fn recording(folder: &Path, record: &str) -> PathBuf {
    let named = |extension: &str| folder.join(format!("{record}.{extension}"));
    let found = ["wav", "flac"].map(named).into_iter().find(|path| path.is_file());
    found.unwrap_or_else(|| named("wav"))
}

/// The letter of training-a … training-f; for other folders the letter the record's name begins with.
fn subset(folder: &Path, record: &str) -> String {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match name.strip_prefix("training-") {
        Some(letter) if !letter.is_empty() => letter.to_string(),
        _ => record.chars().next().filter(char::is_ascii_alphabetic).map_or(super::ALL.into(), String::from),
    }
}
