//! The lists of a set: rows of file, scene and location, separated by tabs; from 2018 on with a header.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::set::{Edition, Entry, Kind, Lists, META, Set};
use crate::data::csv_table::{self, Header, TableRow};
use crate::data::listing::entries;
use crate::error::{Error, Result};

/// The list of all recordings from 2018 on; before, it is [`META`].
const META_CSV: &str = "meta.csv";
/// The folder of the other lists.
pub const SETUP: &str = "evaluation_setup";
/// The first column of lists with a header.
const FILE: &str = "filename";
/// The columns of such a list.
const EXPECTED: &str = "filename, scene_label and identifier, separated by tabs";

/// The list of all recordings in a folder; none where there is none.
fn meta(folder: &Path) -> Option<PathBuf> {
    let old = folder.join(META);
    let new = folder.join(META_CSV);
    if old.is_file() { Some(old) } else { Some(new).filter(|path| path.is_file() && has_header(path)) }
}

/// Whether a table is a list with a header: other data may have a meta.csv of its own.
fn has_header(path: &Path) -> bool {
    let header = csv_table::header(path, &[FILE], EXPECTED);
    header.is_some_and(|header| header.required(FILE).is_ok() && header.required("scene_label").is_ok())
}

/// Whether a folder is a set: it has a list of all recordings, or of those that are evaluated.
pub fn is_set(folder: &Path) -> bool {
    let evaluate = ["evaluate.txt", "evaluate.csv"].map(|name| folder.join(SETUP).join(name));
    meta(folder).is_some() || evaluate.iter().any(|list| list.is_file())
}

/// Reads the lists of a set. Without a list of all recordings, as an evaluation set can be, evaluate.txt names them.
///
/// # Errors
/// A list that cannot be read, or a row without a scene where one is needed.
pub fn read(folder: &Path) -> Result<Set> {
    let (folds, evaluation) = setup(&folder.join(SETUP))?;
    let kind = Kind::of(folder, !folds.is_empty(), evaluation.held_out().is_some());
    let (recordings, meta) = match (meta(folder), &evaluation.evaluate) {
        (Some(meta), _) => (list(&meta, true)?, meta),
        (None, Some(evaluate)) => (evaluate.clone(), folder.join(META)),
        (None, None) => (list(&folder.join(META), true)?, folder.join(META)),
    };
    let edition = if meta.ends_with(META_CSV) || folder.join(SETUP).join("evaluate.csv").is_file() {
        Edition::Urban
    } else {
        Edition::of(folder, recordings.iter().map(|entry| seconds(&entry.file)))
    };
    Ok(Set { folder: folder.to_path_buf(), kind, edition, recordings, folds, evaluation })
}

/// The official folds, and the lists of an evaluation set.
fn setup(folder: &Path) -> Result<(BTreeMap<u32, Lists>, Lists)> {
    let (mut folds, mut evaluation) = (BTreeMap::<u32, Lists>::new(), Lists::default());
    if !folder.is_dir() {
        return Ok((folds, evaluation));
    }
    for path in entries(folder)? {
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let Some(name) = name.strip_suffix(".txt").or_else(|| name.strip_suffix(".csv")) else { continue };
        let (lists, part) = match name.strip_prefix("fold").and_then(|rest| rest.split_once('_')) {
            Some((number, part)) => match number.parse() {
                Ok(number) => (folds.entry(number).or_default(), part),
                Err(_) => continue,
            },
            None => (&mut evaluation, name),
        };
        match part {
            "train" => lists.train = Some(list(&path, true)?),
            "test" => lists.test = Some(list(&path, false)?),
            "evaluate" => lists.evaluate = Some(list(&path, true)?),
            _ => {}
        }
    }
    folds.retain(|_, lists| lists.named().next().is_some());
    Ok((folds, evaluation))
}

/// Reads one list, as editors and downloads leave it.
fn list(path: &Path, scenes: bool) -> Result<Vec<Entry>> {
    // A list of files has one column, whatever is in their names.
    let table = csv_table::read(path, if scenes { "\t;," } else { "\t" }, &[FILE])?;
    let mut rows = table.rows().peekable();
    let is_header = |row: &TableRow| row.cells.first().is_some_and(|cell| cell.eq_ignore_ascii_case(FILE));
    let Some(first) = rows.next_if(is_header) else {
        return rows.map(|row| entry(row, scenes)).collect();
    };
    let header = Header::new(first, EXPECTED);
    let scene = if scenes { Some(header.required("scene_label")?) } else { header.find("scene_label")? };
    let columns = [Some(header.required(FILE)?), scene, header.find("identifier")?];
    let headed = |row: TableRow| {
        let cells = header.cells(&row)?;
        let cell = |column: Option<usize>| column.and_then(|at| cells.get(at)).cloned().unwrap_or_default();
        let [file, scene, location] = columns.map(cell);
        // The places of a city are numbered scene by scene.
        let location = if location.is_empty() || scene.is_empty() { location } else { format!("{scene}-{location}") };
        entry(TableRow { cells: vec![file, scene, location], place: row.place }, scenes)
    };
    rows.map(headed).collect()
}

/// A row of file, scene and location.
fn entry(row: TableRow, needs_scene: bool) -> Result<Entry> {
    let TableRow { cells, place } = row;
    let cell = |at: usize| cells.get(at).filter(|cell| !cell.is_empty()).cloned();
    let (file, scene, location) = (cell(0).map(|file| file.replace('\\', "/")), cell(1), cell(2));
    match file {
        Some(file) if scene.is_some() || !needs_scene => {
            let location = location.map(|name| segment(&name).unwrap_or(&name).to_string());
            let location = location.or_else(|| segment(&file).map(String::from)).or_else(|| place_in_city(&file));
            Ok(Entry { file, scene, location, place })
        }
        _ => {
            let found = cells.join(" ");
            Err(Error::input(format!(
                "{found:?} is not file and scene, separated by a tab, as in audio/a001_0_30.wav\tbeach"
            ))
            .at(place))
        }
    }
}

/// The original recording that a segment was cut from: files are called `recording_begin_end.wav`, in whole seconds.
/// None for other names, as those of the evaluation set.
fn segment(file: &str) -> Option<&str> {
    parts(file).map(|(recording, ..)| recording)
}

/// How long a segment is by its name, in whole seconds.
fn seconds(file: &str) -> Option<u32> {
    let (_, begin, end) = parts(file)?;
    end.checked_sub(begin)
}

/// The recording, the begin and the end in the name of a segment.
fn parts(file: &str) -> Option<(&str, u32, u32)> {
    let (rest, end) = stem(file).rsplit_once('_')?;
    let (recording, begin) = rest.rsplit_once('_')?;
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    Some((recording, number(begin)?, number(end)?)).filter(|_| !recording.is_empty())
}

/// Scene, city and number of the place in names from 2018 on: airport-barcelona-0-0-a.wav.
fn place_in_city(file: &str) -> Option<String> {
    let words: Vec<&str> = stem(file).split('-').collect();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match words[..] {
        [scene, city, place, segment, _, ..] if is_number(place) && is_number(segment) => {
            Some(format!("{scene}-{city}-{place}"))
        }
        _ => None,
    }
}

/// The name of a file without folders and extension.
fn stem(file: &str) -> &str {
    let name = file.rsplit_once('/').map_or(file, |(_, name)| name);
    name.rsplit_once('.').map_or(name, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_original_recording_is_read_from_the_name_of_a_segment() {
        assert_eq!(segment("audio/b020_90_120.wav"), Some("b020"));
        assert_eq!(segment("a_001_0_30"), Some("a_001"));
        for other in ["audio/17.wav", "b020", "audio/b020_90.wav", "_0_30.wav", "tampere_city_hall", "b020_-30_0.wav"] {
            assert_eq!(segment(other), None, "{other}");
        }
    }

    #[test]
    fn names_say_how_long_a_segment_is_and_where_it_was_recorded() {
        assert_eq!(["audio/b020_90_120.wav", "b020_20_30.wav", "17.wav"].map(seconds), [Some(30), Some(10), None]);
        assert_eq!(place_in_city("audio/public_square-lyon-12-345-s3.wav").as_deref(), Some("public_square-lyon-12"));
        assert_eq!(
            ["a-b-c-0-a.wav", "airport-barcelona-0.wav", "b020_0_30.wav"].map(place_in_city),
            [None, None, None]
        );
    }

    #[test]
    fn rows_with_and_without_locations() {
        let row =
            |cells: &[&str]| TableRow { cells: cells.iter().map(|cell| cell.to_string()).collect(), place: "l".into() };
        let location = |cells: &[&str]| entry(row(cells), false).unwrap().location;
        assert_eq!(location(&["audio/b020_90_120.wav", "beach", "b099"]), Some("b099".into()));
        // The development set's own meta.txt has two columns; the evaluation set's list can name the original segment.
        assert_eq!(location(&["audio/b020_90_120.wav", "beach", ""]), Some("b020".into()));
        assert_eq!(location(&["audio/17.wav", "beach", "b021_0_30.wav"]), Some("b021".into()));
        assert_eq!(location(&["audio/17.wav", "beach", "tampere_city_hall"]), Some("tampere_city_hall".into()));
        assert_eq!(location(&["audio/17.wav"]), None);
        assert!(entry(row(&["audio/17.wav beach"]), true).unwrap_err().to_string().contains("separated by a tab"));
    }
}
