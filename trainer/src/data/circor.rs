//! CirCor DigiScope, the data of the PhysioNet/CinC Challenge 2022: training_data.csv with a row a person, and training_data
//! with a recording for every place on the chest (`2530_AV.wav`) and its states (`2530_AV.tsv`).

mod names;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::audio_file::is_recording;
use super::csv_table::{self, Header, TableRow, given, plain};
use super::finder::{called, named};
use super::listing::entries;
use super::place::Place;
use super::row::{Found, Row};
use crate::error::{Error, Result};
use names::names;

const TABLE: &str = "training_data.csv";
const FOLDER: &str = "training_data";
/// The first column of the table, and what the others should be.
const PERSON: &str = "patient id";
const EXPECTED: &str = "the columns of PhysioNet 2022 (CirCor): Patient ID,Recording locations:,…,Murmur,Murmur locations,…,\
    Outcome,Campaign,Additional ID";
/// What to do without them.
const ADVICE: &str = "or write a manifest.csv (path,label[,group]) with the person as group";
/// Places on the chest: the four valves, and another one.
const PLACES: [&str; 5] = ["AV", "PV", "TV", "MV", "Phc"];
/// The subset of all its recordings.
const SUBSET: &str = "circor";

/// What makes a recording of CirCor abnormal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CircorLabels {
    /// A murmur at the place where it was recorded; where the person has one elsewhere or it is not known, the recording is
    /// left out.
    #[default]
    Murmur,
    /// The outcome of the person, whatever is on the recording.
    Outcome,
}

/// The table and the folder of the recordings.
pub struct Circor {
    table: PathBuf,
    folder: PathBuf,
}

/// A row of the table.
struct Person {
    id: String,
    other_id: Option<String>,
    murmur: String,
    murmur_places: Vec<&'static str>,
    outcome: String,
    age: Option<String>,
    places: Vec<&'static str>,
    place: Place,
}

/// CirCor's data in a folder, or in the folder of its recordings; none where there is none.
///
/// # Errors
/// Recordings of this kind without their table.
pub(super) fn find(path: &Path) -> Result<Option<Circor>> {
    let is_table = |table: &PathBuf| table.is_file() && names_persons(table);
    let folder = named(path, FOLDER).filter(|folder| folder.is_dir());
    if let Some(table) = named(path, TABLE).filter(is_table) {
        return Ok(Some(Circor { table, folder: folder.unwrap_or_else(|| path.to_path_buf()) }));
    }
    let inner = called(path).eq_ignore_ascii_case(FOLDER);
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    if let Some(table) = absolute.parent().filter(|_| inner).and_then(|above| named(above, TABLE)).filter(is_table) {
        return Ok(Some(Circor { table, folder: path.to_path_buf() }));
    }
    let folder = folder.or_else(|| inner.then(|| path.to_path_buf()));
    match folder {
        Some(folder) if entries(&folder)?.iter().any(|file| person_and_place(file).is_some()) => {
            Err(Error::input(format!(
                "{}: these are recordings of PhysioNet 2022 (CirCor) without their table: put {TABLE} beside the folder, {ADVICE}",
                folder.display()
            )))
        }
        _ => Ok(None),
    }
}

/// Whether the first row of a table has the column of the persons.
fn names_persons(table: &Path) -> bool {
    csv_table::header(table, &[PERSON], EXPECTED).is_some_and(|header| header.required(PERSON).is_ok())
}

/// The person and the place of a recording, by its name: 2530_AV.wav or 2530_AV_1.wav.
fn person_and_place(file: &Path) -> Option<(String, String)> {
    let stem = file.file_stem().filter(|_| is_recording(file))?.to_string_lossy().into_owned();
    let mut words = stem.split('_');
    let (person, place) = (words.next()?, words.next()?);
    let known = PLACES.iter().any(|known| known.eq_ignore_ascii_case(place));
    (known && !person.is_empty()).then(|| (person.to_owned(), place.to_owned()))
}

/// Reads the recordings that have a label.
///
/// # Errors
/// A table without the columns that the labels need, or no recording with a label.
pub(super) fn read(circor: &Circor, labels: CircorLabels) -> Result<Found> {
    let persons = persons(&circor.table, labels)?;
    let names = names(persons.iter().map(|person| (person.id.as_str(), person.other_id.as_deref())));
    let mut files: BTreeMap<String, Vec<(String, PathBuf)>> = BTreeMap::new();
    for file in entries(&circor.folder)? {
        if let Some((person, place)) = person_and_place(&file) {
            files.entry(person).or_default().push((place, file));
        }
    }
    let mut found = Found::default();
    let (mut elsewhere, mut unknown) = (0, 0);
    for person in &persons {
        let mut recordings = files.remove(&person.id).unwrap_or_default();
        // A file that the table names and that is missing is reported later.
        for place in &person.places {
            if !recordings.iter().any(|(known, _)| known.eq_ignore_ascii_case(place)) {
                recordings.push(((*place).to_owned(), circor.folder.join(format!("{}_{place}.wav", person.id))));
            }
        }
        for (place, path) in recordings {
            match person.label(&place, labels) {
                Label::Known(label) => found.rows.push(Row {
                    group: names.get(person.id.as_str()).map(|name| format!("{SUBSET}-{name}")),
                    subset: Some(SUBSET.into()),
                    age: person.age.clone(),
                    ..Row::new(path, label, person.place.clone())
                }),
                Label::Elsewhere => elsewhere += 1,
                Label::Unknown => unknown += 1,
            }
        }
    }
    let strangers: usize = files.values().map(Vec::len).sum();
    found.notes = notes(circor, labels, [elsewhere, unknown, strangers]);
    if found.rows.is_empty() {
        let why = found.notes.join("; ");
        return Err(Error::input(format!("no recording of PhysioNet 2022 (CirCor) has a label; {why}"))
            .at(circor.table.display()));
    }
    Ok(found)
}

fn notes(circor: &Circor, labels: CircorLabels, [elsewhere, unknown, strangers]: [usize; 3]) -> Vec<String> {
    let whose = match labels {
        CircorLabels::Murmur => "murmur",
        CircorLabels::Outcome => "outcome",
    };
    let counted = [
        (elsewhere, "of persons with a murmur at another place".to_owned()),
        (unknown, format!("of persons whose {whose} is not known")),
        (strangers, "of persons who are not in the table".to_owned()),
    ];
    let counted: Vec<String> =
        counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, whose)| format!("{count} {whose}")).collect();
    if counted.is_empty() {
        return Vec::new();
    }
    let how = match labels {
        CircorLabels::Murmur => {
            "labels by the murmur at the place; --circor-labels outcome gives every person's outcome"
        }
        CircorLabels::Outcome => "labels by the outcome",
    };
    vec![format!("{}: recordings are left out: {} ({how})", circor.folder.display(), counted.join(", "))]
}

enum Label {
    Known(&'static str),
    /// The person has a murmur, but not there.
    Elsewhere,
    Unknown,
}

impl Person {
    fn label(&self, place: &str, labels: CircorLabels) -> Label {
        match labels {
            CircorLabels::Outcome => match &self.outcome[..] {
                "normal" => Label::Known("normal"),
                "abnormal" => Label::Known("abnormal"),
                _ => Label::Unknown,
            },
            CircorLabels::Murmur => match &self.murmur[..] {
                "absent" => Label::Known("normal"),
                "present" if self.murmur_places.iter().any(|known| known.eq_ignore_ascii_case(place)) => {
                    Label::Known("abnormal")
                }
                "present" => Label::Elsewhere,
                _ => Label::Unknown,
            },
        }
    }
}

fn persons(path: &Path, labels: CircorLabels) -> Result<Vec<Person>> {
    let table = csv_table::read(path, csv_table::ANY, &[PERSON])?;
    let mut rows = table.rows();
    let first = rows.next().ok_or_else(|| Error::input("the table is empty").at(path.display()))?;
    let header = Header::new(first, EXPECTED);
    let id = header.required(PERSON)?;
    let needed = |name: &str, by: CircorLabels| match header.find(name)? {
        None if labels == by => header.required(name).map(Some),
        column => Ok(column),
    };
    let murmur = needed("murmur", CircorLabels::Murmur)?;
    let outcome = needed("outcome", CircorLabels::Outcome)?;
    let [recorded, other_id, age] =
        [header.find("recording locations")?, header.find("additional id")?, header.find("age")?];
    // Labels by the outcome do not need the places of murmurs.
    let murmur_places = if labels == CircorLabels::Murmur { header.find("murmur locations")? } else { None };
    let person = |row: TableRow| -> Result<Person> {
        let cells = header.cells(&row)?;
        let cell = |column: Option<usize>| column.and_then(|at| cells.get(at)).and_then(|cell| given(cell));
        let word = |column| cell(column).unwrap_or_default().to_lowercase();
        let list = |column| places(cell(column).unwrap_or_default()).map_err(|error| error.at(&row.place));
        let id = cell(Some(id)).map(plain).ok_or_else(|| Error::input("the Patient ID is empty").at(&row.place))?;
        let murmur = word(murmur);
        if labels == CircorLabels::Murmur && murmur == "present" && murmur_places.is_none() {
            return Err(Error::input(format!(
                "a murmur is present, but this table of PhysioNet 2022 (CirCor) has no column \"Murmur locations\" that says \
                 on which recordings; take the published table, label by outcome with --circor-labels outcome, {ADVICE}"
            ))
            .at(&row.place));
        }
        Ok(Person {
            id: id.to_owned(),
            other_id: cell(other_id).map(|other| plain(other).to_owned()),
            murmur,
            murmur_places: list(murmur_places)?,
            outcome: word(outcome),
            age: cell(age).map(str::to_lowercase),
            places: list(recorded)?,
            place: row.place.clone(),
        })
    };
    rows.map(person).collect()
}

/// The places on the chest that a cell of the table lists, each once.
///
/// # Errors
/// A place that is none.
fn places(cell: &str) -> Result<Vec<&'static str>> {
    let mut places = Vec::new();
    for name in cell.split(['+', ',']).map(str::trim).filter(|name| !name.is_empty()) {
        let place = PLACES.into_iter().find(|known| known.eq_ignore_ascii_case(name)).ok_or_else(|| {
            let known = PLACES.join(", ");
            Error::input(format!("{name:?} is no place on the chest; expected some of {known}, as AV+MV"))
        })?;
        if !places.contains(&place) {
            places.push(place);
        }
    }
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every unknown place once became a missing recording, with a name as long as the person's number.
    #[test]
    fn only_places_on_the_chest_are_places() {
        assert_eq!(places("AV + phc,,mv+AV+").unwrap(), ["AV", "Phc", "MV"]);
        assert_eq!(places(&"TV+".repeat(100_000)).unwrap(), ["TV"]);
        let refused = places("AV+XV").unwrap_err().to_string();
        assert_eq!(refused, "\"XV\" is no place on the chest; expected some of AV, PV, TV, MV, Phc, as AV+MV");
    }

    #[test]
    fn a_recording_says_whose_it_is_and_where() {
        let of = |name: &str| person_and_place(Path::new(name));
        assert_eq!(of("x/2530_AV.wav"), Some(("2530".into(), "AV".into())));
        assert_eq!(of("2530_phc_2.WAV"), Some(("2530".into(), "phc".into())));
        assert_eq!([of("2530_AV.tsv"), of("normal__20.wav"), of("a0001.wav"), of("_AV.wav")], [None, None, None, None]);
    }
}
