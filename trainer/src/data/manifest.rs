//! manifest.csv: `path,label[,group][,fold][,subset][,quality][,age]`, one row a recording, columns in any order, paths
//! relative to the manifest. Other columns are left alone.

use std::path::{Path, PathBuf};

use super::csv_table::{self, Header, TableRow, given, whole};
use super::finder::{Finder, named};
use super::row::Row;
use crate::error::{Error, Result};

/// What the header should be.
const EXPECTED: &str = "path,label[,group][,fold][,subset][,quality][,age]";

/// What a manifest is called, the usual one first: spreadsheets write the others.
const NAMES: [&str; 3] = ["manifest.csv", "manifest.tsv", "manifest.txt"];

/// The manifest of a folder, in whatever capitals.
pub(super) fn of(folder: &Path) -> Option<PathBuf> {
    NAMES.iter().find_map(|name| named(folder, name)).filter(|path| path.is_file())
}

/// Whether a table has the columns of a manifest, whatever it is called.
pub(super) fn is_one(path: &Path) -> bool {
    csv_table::header(path, &["path", "label"], EXPECTED).is_some_and(|header| Columns::new(&header).is_ok())
}

/// Reads the rows of a manifest.
///
/// # Errors
/// Not a table, no `path` or `label` column, a row with another number of cells, an empty path or label, a fold that
/// is not a number or is given for some recordings only.
pub(super) fn read(path: &Path) -> Result<Vec<Row>> {
    let extension = path.extension().unwrap_or_default();
    let is_one_of = |kinds: &[&str]| kinds.iter().any(|kind| extension.eq_ignore_ascii_case(kind));
    let other = || Error::input(format!("{}: expected a manifest.csv or a folder of recordings", path.display()));
    if !is_one_of(&["csv", "tsv", "txt"]) {
        return Err(other());
    }
    let table = csv_table::read(path, csv_table::ANY, &["path", "label"])?;
    let mut rows = table.rows();
    let empty = || Error::input("the manifest is empty").at(path.display());
    let first = rows.next().ok_or_else(|| if is_one_of(&["txt"]) { other() } else { empty() })?;
    let header = Header::new(first, EXPECTED);
    let columns = Columns::new(&header)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut finder = Finder::default();
    let rows = rows.map(|row| columns.row(folder, &row, &header, &mut finder)).collect::<Result<Vec<Row>>>()?;
    if rows.is_empty() {
        return Err(Error::input("the manifest has a header but no recordings").at(path.display()));
    }
    let some_have = rows.iter().any(|row| row.fold.is_some());
    match rows.iter().find(|row| row.fold.is_none()) {
        Some(row) if some_have => {
            Err(Error::input("no fold here, but other rows have one; give every recording a fold or none")
                .at(&row.place))
        }
        _ => Ok(rows),
    }
}

/// Where the known columns stand.
struct Columns {
    path: usize,
    label: usize,
    group: Option<usize>,
    fold: Option<usize>,
    subset: Option<usize>,
    quality: Option<usize>,
    age: Option<usize>,
}

impl Columns {
    fn new(header: &Header) -> Result<Self> {
        Ok(Self {
            path: header.required("path")?,
            label: header.required("label")?,
            group: header.find("group")?,
            fold: header.find("fold")?,
            subset: header.find("subset")?,
            quality: header.find("quality")?,
            age: header.find("age")?,
        })
    }

    fn row(&self, folder: &Path, row: &TableRow, header: &Header, finder: &mut Finder) -> Result<Row> {
        let cells = header.cells(row)?;
        let place = &row.place;
        let cell = |column: usize| cells.get(column).and_then(|cell| given(cell));
        let optional = |column: Option<usize>| column.and_then(cell).map(String::from);
        let required = |column: usize, name: &str| {
            cell(column).ok_or_else(|| Error::input(format!("the {name} is empty")).at(place))
        };
        let fold = match self.fold.and_then(cell) {
            Some(text) => Some(
                whole(text)
                    .ok_or_else(|| Error::input(format!("fold {text:?} is not a whole number from 0")).at(place))?,
            ),
            None => None,
        };
        let quality = optional(self.quality).map(|quality| match quality.to_lowercase() {
            known if known == "good" || known == "poor" => known,
            _ => quality,
        });
        Ok(Row {
            group: optional(self.group),
            fold,
            subset: optional(self.subset),
            quality,
            age: optional(self.age).map(|age| age.to_lowercase()),
            ..Row::new(finder.file(folder, required(self.path, "path")?), required(self.label, "label")?, place.clone())
        })
    }
}
