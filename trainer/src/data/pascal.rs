//! The PASCAL Classifying Heart Sounds Challenge 2011: set_a and set_b with recordings, and beside each folder a table
//! `dataset,fname,label,sublabel`. The files of set_b have other names than in the table; the numbers in them are the same.

use std::path::{Path, PathBuf};

use super::audio_file::is_recording;
use super::csv_table::{self, Header, TableRow};
use super::finder::{Finder, bare, called, named};
use super::listing::entries;
use super::row::{Found, Row};
use crate::error::{Error, Result};

const SETS: [&str; 2] = ["set_a", "set_b"];
const EXPECTED: &str = "dataset,fname,label,sublabel, as in PASCAL's set_a.csv";
/// What to do where a set cannot be read.
const ADVICE: &str = "expected a folder set_a or set_b and beside it set_a.csv or set_b.csv with rows as \
    a,set_a/normal__201101070538.wav,normal, whose labels are normal, murmur, extrahls or extrastole; or write a manifest.csv \
    (path,label[,group])";

/// A set: its folder and its table.
pub struct Set {
    folder: PathBuf,
    table: PathBuf,
}

/// The sets in a folder, or the set that the folder is; none where there are none.
///
/// # Errors
/// A folder with recordings without its table.
pub(super) fn sets(path: &Path) -> Result<Vec<Set>> {
    let own = called(path).to_lowercase();
    if SETS.contains(&&own[..]) {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let above = absolute.parent().unwrap_or(path);
        return Ok(set(path, &[above, path], &own)?.into_iter().collect());
    }
    let mut sets = Vec::new();
    for name in SETS {
        if let Some(folder) = named(path, name).filter(|folder| folder.is_dir()) {
            sets.extend(set(&folder, &[path, &folder], name)?);
        }
    }
    Ok(sets)
}

/// A set whose table lies in one of these places; none where its folder holds no recordings.
fn set(folder: &Path, places: &[&Path], name: &str) -> Result<Option<Set>> {
    let table = places.iter().find_map(|place| named(place, &format!("{name}.csv")));
    match table {
        Some(table) => Ok(Some(Set { folder: folder.to_path_buf(), table })),
        None if entries(folder)?.iter().any(|file| is_recording(file)) => Err(Error::input(format!(
            "{}: this looks like PASCAL's {name}, but its table {name}.csv is not there; {ADVICE}",
            folder.display()
        ))),
        None => Ok(None),
    }
}

/// What a label of the table means.
enum Meaning {
    Class(&'static str),
    Artifact,
    Unlabelled,
}

/// Reads the recordings of these sets that are a normal or an abnormal heart.
///
/// # Errors
/// A table that is none, a label that is unknown, or nothing that can be read.
pub(super) fn read(sets: &[Set]) -> Result<Found> {
    let mut found = Found::default();
    for set in sets {
        found.add(read_set(set)?);
    }
    if !found.rows.iter().any(|row| row.path.is_file()) {
        let (count, why) = (found.rows.len(), found.notes.join("; "));
        let table = sets.first().map(|set| set.table.display().to_string()).unwrap_or_default();
        return Err(Error::input(format!(
            "none of the {count} recordings that the tables of PASCAL call normal or abnormal is there ({why}); {ADVICE}"
        ))
        .at(table));
    }
    Ok(found)
}

fn read_set(set: &Set) -> Result<Found> {
    let mut found = Found::default();
    let (mut artifacts, mut unlabelled) = (0, 0);
    let name = called(&set.folder).to_lowercase();
    let files: Vec<PathBuf> = entries(&set.folder)?.into_iter().filter(|file| is_recording(file)).collect();
    let table = csv_table::read(&set.table, csv_table::ANY, &["fname", "label"])?;
    let mut rows = table.rows();
    let first = rows.next().ok_or_else(|| Error::input("the table is empty").at(set.table.display()))?;
    let header = Header::new(first, EXPECTED);
    let (file, label) = (header.required("fname")?, header.required("label")?);
    let mut finder = Finder::default();
    let mut listed = 0;
    for row in rows {
        let cells = header.cells(&row)?;
        let (file, label) = (&cells[file], &cells[label]);
        let path = resolve(&files, &set.folder, file, label, &mut finder);
        listed += usize::from(path.is_file());
        match meaning(label, &row)? {
            Meaning::Artifact => artifacts += 1,
            Meaning::Unlabelled => unlabelled += 1,
            Meaning::Class(class) => {
                // The first number of set_b is the person's; of set_a only the time is known.
                let numbers = numbers(file);
                let person = numbers.split_once('_').map(|(person, _)| format!("{name}-{person}"));
                let row = Row::new(path, class, row.place);
                found.rows.push(Row { group: person, subset: Some(name.clone()), ..row });
            }
        }
    }
    let others = files.len().saturating_sub(listed);
    let counted = [(artifacts, "artifacts"), (unlabelled, "without a label"), (others, "that the table does not name")];
    let counted = counted.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    let counted: Vec<String> = counted.collect();
    if !counted.is_empty() {
        found.notes.push(format!("{}: recordings are left out: {}", set.folder.display(), counted.join(", ")));
    }
    Ok(found)
}

fn meaning(label: &str, row: &TableRow) -> Result<Meaning> {
    match &label.to_lowercase()[..] {
        "normal" => Ok(Meaning::Class("normal")),
        "murmur" | "extrahls" | "extrastole" | "extrasystole" => Ok(Meaning::Class("abnormal")),
        "artifact" => Ok(Meaning::Artifact),
        "" | "nan" | "unlabelled" => Ok(Meaning::Unlabelled),
        _ => Err(Error::input(format!(
            "label {label:?} is unknown; expected normal, murmur, extrahls, extrastole, artifact or nothing"
        ))
        .at(&row.place)),
    }
}

/// The file that the table means: of this name, else the only one with the same numbers, or the only one of these that has the
/// label in its name.
fn resolve(files: &[PathBuf], folder: &Path, written: &str, label: &str, finder: &mut Finder) -> PathBuf {
    let name = written.rsplit(['/', '\\']).next().unwrap_or(written);
    let exact = finder.file(folder, name);
    if exact.is_file() {
        return exact;
    }
    let sought = numbers(written);
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
    let alike: Vec<&PathBuf> =
        files.iter().filter(|path| !sought.is_empty() && numbers(&stem(path)) == sought).collect();
    let labelled: Vec<&PathBuf> =
        alike.iter().copied().filter(|path| stem(path).starts_with(&label.to_lowercase())).collect();
    match (&alike[..], &labelled[..]) {
        ([one], _) | (_, [one]) => one.to_path_buf(),
        _ => exact,
    }
}

/// What follows the words in the name of a recording: `103_1305031931979_b` of `set_b/Btraining_normal_103_1305031931979_B.wav`.
fn numbers(name: &str) -> String {
    let name = bare(name.rsplit(['/', '\\']).next().unwrap_or(name)).to_lowercase();
    let words = name.split('_').filter(|word| !word.is_empty());
    let numbers: Vec<&str> = words.skip_while(|word| !word.starts_with(|c: char| c.is_ascii_digit())).collect();
    numbers.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_names_are_known_by_their_numbers() {
        assert_eq!(
            numbers("set_b/Btraining_normal_Btraining_noisynormal_103_1305031931979_B.wav"),
            "103_1305031931979_b"
        );
        assert_eq!(numbers("normal__201101070538.wav"), "201101070538");
        assert_eq!(numbers("readme.txt"), "");
        let files = ["normal__103_13_B.wav", "murmur__103_13_B.wav", "extrastole__127_14_C.wav"];
        let files = files.map(|name| Path::new("set_b").join(name));
        let found = |written: &str, label: &str| {
            let path = resolve(&files, Path::new("set_b"), written, label, &mut Finder::default());
            path.file_name().unwrap().to_string_lossy().into_owned()
        };
        assert_eq!(found("set_b/Btraining_extrastole_127_14_C.wav", "extrastole"), "extrastole__127_14_C.wav");
        assert_eq!(found("set_b/Btraining_murmur_103_13_B.wav", "murmur"), "murmur__103_13_B.wav");
        // Neither number nor label tells which: it is not there.
        assert_eq!(found("set_b/Bunlabelledtest_103_13_B.wav", "other"), "Bunlabelledtest_103_13_B.wav");
        assert_eq!(found("set_b/normal_9.wav", "normal"), "normal_9.wav");
    }
}
