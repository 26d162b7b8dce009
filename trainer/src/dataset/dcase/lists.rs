//! The lists of a set: rows of file, scene and location, separated by tabs.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Kind, Set};
use crate::dataset::csv_table::{self, TableRow};
use crate::dataset::folders::entries;
use crate::error::{Error, Result};

/// The list of all recordings.
pub const META: &str = "meta.txt";
/// The folder of the other lists.
pub const SETUP: &str = "evaluation_setup";

/// A row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The audio file, relative to the set's folder.
    pub file: String,
    /// Its scene; every list but the test lists has it.
    pub scene: Option<String>,
    /// Where it was recorded: the identifier of the original recording.
    pub location: Option<String>,
    /// The list and the line.
    pub place: String,
}

/// The lists of a fold, or of an evaluation set.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// Trained on.
    pub train: Option<Vec<Entry>>,
    /// Held out, without scenes.
    pub test: Option<Vec<Entry>>,
    /// Held out, with scenes.
    pub evaluate: Option<Vec<Entry>>,
}

impl Lists {
    /// The files that are held out.
    pub fn held_out(&self) -> Option<&[Entry]> {
        self.evaluate.as_deref().or(self.test.as_deref())
    }

    /// The lists that are there, with their names.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &[Entry])> {
        let named = [("train", &self.train), ("test", &self.test), ("evaluate", &self.evaluate)];
        named.into_iter().filter_map(|(name, list)| Some((name, list.as_deref()?)))
    }
}

/// Reads the lists of a set. Without meta.txt, as an evaluation set can be, evaluate.txt names the recordings.
///
/// # Errors
/// A list that cannot be read, or a row without a scene where one is needed.
pub fn read(folder: &Path) -> Result<Set> {
    let (folds, evaluation) = setup(&folder.join(SETUP))?;
    let kind = Kind::of(folder, !folds.is_empty(), evaluation.held_out().is_some());
    let meta = folder.join(META);
    let recordings = match &evaluation.evaluate {
        Some(evaluate) if !meta.is_file() => evaluate.clone(),
        _ => list(&meta, true)?,
    };
    Ok(Set { folder: folder.to_path_buf(), kind, recordings, folds, evaluation })
}

/// The official folds, and the lists of an evaluation set.
fn setup(folder: &Path) -> Result<(BTreeMap<u32, Lists>, Lists)> {
    let (mut folds, mut evaluation) = (BTreeMap::<u32, Lists>::new(), Lists::default());
    if !folder.is_dir() {
        return Ok((folds, evaluation));
    }
    for path in entries(folder)? {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(name) = name.strip_suffix(".txt") else { continue };
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

/// Reads one list; byte-order marks, CRLF, empty lines and blanks around cells are tolerated.
fn list(path: &Path, scenes: bool) -> Result<Vec<Entry>> {
    csv_table::read(path, b'\t')?.into_iter().map(|row| entry(row, scenes)).collect()
}

fn entry(row: TableRow, needs_scene: bool) -> Result<Entry> {
    let TableRow { cells, place } = row;
    let cell = |at: usize| cells.get(at).filter(|cell| !cell.is_empty()).cloned();
    let (file, scene, location) = (cell(0), cell(1), cell(2));
    match file {
        Some(file) if scene.is_some() || !needs_scene => {
            let location = location.map(|name| segment(&name).unwrap_or(&name).to_string());
            let location = location.or_else(|| segment(&file).map(String::from));
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
    let name = file.rsplit_once('/').map_or(file, |(_, name)| name);
    let name = name.rsplit_once('.').map_or(name, |(name, _)| name);
    let (rest, end) = name.rsplit_once('_')?;
    let (recording, begin) = rest.rsplit_once('_')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(begin) && is_number(end) && !recording.is_empty()).then_some(recording)
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
