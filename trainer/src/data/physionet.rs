//! The PhysioNet/CinC Challenge 2016 folder as distributed: training-a … training-f, each with REFERENCE.csv
//! (`record,-1` normal, `record,1` abnormal) and the recordings beside it, REFERENCE-SQI.csv with their quality, and
//! `validation`, which holds copies of some of them.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::csv_table::{self, Table, TableRow, plain};
use super::example::ALL;
use super::finder::{Finder, bare, called, named};
use super::labels::physionet;
use super::listing::entries;
use super::row::{Found, Row};
use super::same_sound;
use crate::error::{Error, Result};

const REFERENCE: &str = "REFERENCE.csv";
const QUALITY: &str = "REFERENCE-SQI.csv";
/// The folder of copies.
const VALIDATION: &str = "validation";

/// The folders with labels: this one, or the ones in it, sorted; none where there are none.
///
/// # Errors
/// A folder that cannot be listed.
pub(super) fn folders(path: &Path) -> Result<Option<Vec<PathBuf>>> {
    if table(path).is_some() {
        return Ok(Some(vec![path.to_path_buf()]));
    }
    let found: Vec<PathBuf> =
        entries(path)?.into_iter().filter(|folder| folder.is_dir() && table(folder).is_some()).collect();
    Ok((!found.is_empty()).then_some(found))
}

/// The folder of copies in a folder of data, whose names are the published list; none where there is none.
pub fn published_list(path: &Path) -> Option<PathBuf> {
    named(path, VALIDATION).filter(|folder| folder.is_dir() && table(folder).is_some())
}

/// Reads the recordings of these folders; what lies in the folder of copies and in another one is read once.
///
/// # Errors
/// A row that is not `record,label`, a label other than -1 and 1.
pub(super) fn read(folders: &[PathBuf]) -> Result<Found> {
    let is_validation = |folder: &&PathBuf| called(folder).eq_ignore_ascii_case(VALIDATION);
    let (copies, others): (Vec<&PathBuf>, Vec<&PathBuf>) = folders.iter().partition(is_validation);
    let mut found = Found::default();
    for folder in &others {
        found.add(read_folder(folder)?);
    }
    for folder in copies {
        let mut of_folder = read_folder(folder)?;
        let count = of_folder.rows.len();
        leave_out_copies(&mut of_folder.rows, &found.rows);
        match count - of_folder.rows.len() {
            0 => {}
            left_out => of_folder.notes.push(format!(
                "{}: {left_out} of {count} recordings are copies of others and are left out; the folder can be the \
                 --validation-list of --protocol paper",
                folder.display()
            )),
        }
        found.add(of_folder);
    }
    Ok(found)
}

/// Leaves out what has the sound of another recording, and what is not there but is among the others.
fn leave_out_copies(rows: &mut Vec<Row>, others: &[Row]) {
    let paths = |rows: &[Row]| -> Vec<PathBuf> { rows.iter().map(|row| row.path.clone()).collect() };
    let (some, all) = (paths(rows), paths(others));
    let names: HashSet<_> = all.iter().filter_map(|path| path.file_stem()).collect();
    let twins = same_sound::twins(&refs(&some), &refs(&all));
    let is_copy = |(path, twin): (&PathBuf, Option<usize>)| {
        twin.is_some() || (!path.is_file() && path.file_stem().is_some_and(|name| names.contains(name)))
    };
    let mut copies = some.iter().zip(twins).map(is_copy);
    rows.retain(|_| !copies.next().unwrap_or(false));
}

fn refs(paths: &[PathBuf]) -> Vec<&Path> {
    paths.iter().map(PathBuf::as_path).collect()
}

/// The table of labels of a folder.
fn table(folder: &Path) -> Option<PathBuf> {
    [REFERENCE, QUALITY].iter().find_map(|name| named(folder, name)).filter(|path| path.is_file())
}

fn read_folder(folder: &Path) -> Result<Found> {
    let mut found = Found::default();
    let Some(reference) = table(folder) else { return Ok(found) };
    let mut finder = Finder::default();
    let table = csv_table::read(&reference, csv_table::ANY, &[])?;
    let mut quality = third_column(rows(&table, folder, &mut finder));
    if let Some(path) = named(folder, QUALITY).filter(|path| path.is_file()) {
        let table = csv_table::read(&path, csv_table::ANY, &[])?;
        quality.extend(third_column(rows(&table, folder, &mut finder)));
    }
    for row in rows(&table, folder, &mut finder) {
        let [record, label, ..] = row.cells.as_slice() else {
            let found = row.cells.join(",");
            return Err(
                Error::input(format!("{found:?} is not record,label; expected a row as a0001,-1")).at(row.place)
            );
        };
        let known = physionet(label).ok_or_else(|| {
            let message = format!("label {label:?} is unknown; expected -1 (normal) or 1 (abnormal)");
            Error::input(message).at(&row.place)
        })?;
        found.rows.push(Row {
            subset: Some(subset(folder, record)),
            quality: quality.get(&key(record)).map(|quality| (*quality).into()),
            ..Row::new(finder.recording(folder, record), known, row.place)
        });
    }
    Ok(found)
}

/// The rows of a table, without a header.
fn rows<'a>(table: &'a Table, folder: &Path, finder: &mut Finder) -> impl Iterator<Item = TableRow> + use<'a> {
    let has_header = table.rows().next().is_some_and(|row| is_header(&row, folder, finder));
    table.rows().skip(usize::from(has_header))
}

/// Whether a first row names columns: in place of a label it has a word that is none, and in place of a record no recording.
fn is_header(row: &TableRow, folder: &Path, finder: &mut Finder) -> bool {
    let [record, label, ..] = row.cells.as_slice() else { return false };
    let is_word = label.chars().all(|letter| letter.is_alphabetic() || letter == '_' || letter == ' ');
    is_word && !label.is_empty() && physionet(label).is_none() && !finder.recording(folder, record).is_file()
}

/// The quality of every record where a third column has it: 1 good, 0 poor. Other third columns say nothing.
fn third_column(rows: impl Iterator<Item = TableRow>) -> HashMap<String, &'static str> {
    let quality = |row: TableRow| {
        let quality = match plain(row.cells.get(2)?) {
            "1" => "good",
            "0" => "poor",
            _ => return None,
        };
        Some((key(row.cells.first()?), quality))
    };
    rows.map(quality).collect::<Option<_>>().unwrap_or_default()
}

/// By which a record is known in two tables.
fn key(record: &str) -> String {
    let name = record.rsplit(['/', '\\']).next().unwrap_or(record);
    bare(name).to_lowercase()
}

/// The letter of training-a … training-f; for other folders the letter the record's name begins with.
fn subset(folder: &Path, record: &str) -> String {
    let name = called(folder).to_lowercase();
    match name.strip_prefix("training-") {
        Some(letter) if !letter.is_empty() => letter.to_string(),
        _ => key(record).chars().next().filter(char::is_ascii_alphabetic).map_or(ALL.into(), String::from),
    }
}
