//! The DCASE acoustic-scene folder: meta.txt (`file <tab> scene [<tab> place]`), and the official folds in
//! evaluation_setup/foldK_evaluate.txt (`file <tab> scene`).

use std::collections::HashMap;
use std::path::Path;

use super::folders::entries;
use super::{Row, csv_table};
use crate::error::{Error, Result};

/// Reads the recordings and, where the official folds hold each recording out exactly once, the folds.
///
/// # Errors
/// A row without a scene, or a recording that the official folds leave out or evaluate twice.
pub fn read(path: &Path) -> Result<Vec<Row>> {
    let folds = folds(&path.join("evaluation_setup"))?;
    let mut rows = Vec::new();
    for row in csv_table::read(&path.join("meta.txt"), b'\t')? {
        let (file, scene, place) = match row.cells.as_slice() {
            [file, scene] => (file, scene, None),
            [file, scene, place, ..] => (file, scene, Some(place.clone()).filter(|place| !place.is_empty())),
            _ => return Err(Error::input("expected file, scene and place, separated by tabs").at(row.place)),
        };
        let fold = match folds.get(file) {
            None if !folds.is_empty() => {
                return Err(Error::input(format!("{file} is in no evaluation_setup/fold*_evaluate.txt")).at(row.place));
            }
            fold => fold.copied(),
        };
        rows.push(Row {
            path: path.join(file),
            label: scene.clone(),
            group: place,
            fold,
            subset: None,
            quality: None,
            place: row.place,
        });
    }
    Ok(rows)
}

/// The official fold of each file; empty where the folder is not there.
fn folds(folder: &Path) -> Result<HashMap<String, u32>> {
    let mut folds = HashMap::new();
    if !folder.is_dir() {
        return Ok(folds);
    }
    for path in entries(folder)? {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let number = name.strip_prefix("fold").and_then(|rest| rest.strip_suffix("_evaluate.txt"));
        let Some(number) = number.and_then(|number| number.parse().ok()) else { continue };
        for row in csv_table::read(&path, b'\t')? {
            let file = row.cells[0].clone();
            if let Some(first) = folds.insert(file.clone(), number).filter(|first| *first != number) {
                let message = format!("{file} is evaluated here and in fold {first}; expected one fold a recording");
                return Err(Error::input(message).at(row.place));
            }
        }
    }
    Ok(folds)
}
