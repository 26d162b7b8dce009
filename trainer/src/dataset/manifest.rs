//! manifest.csv: `path,label[,group][,fold][,subset][,quality]`, one row a recording, columns in any order, paths relative
//! to the manifest. Other columns are left alone.

use std::path::Path;

use super::Row;
use super::csv_table::{self, TableRow};
use crate::error::{Error, Result};

/// Reads the rows of a manifest.
///
/// # Errors
/// Not a CSV file, no `path` or `label` column, a row with another number of cells, an empty path or label, a fold that
/// is not a number or is given for some recordings only.
pub fn read(path: &Path) -> Result<Vec<Row>> {
    if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
        return Err(Error::input(format!("{}: expected a manifest.csv or a folder of recordings", path.display())));
    }
    let mut table = csv_table::read(path, b',')?.into_iter();
    let header = table.next().ok_or_else(|| Error::input("the manifest is empty").at(path.display()))?;
    let columns = Columns::new(&header)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let rows = table.map(|row| columns.row(folder, row, header.cells.len())).collect::<Result<Vec<Row>>>()?;
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
}

impl Columns {
    fn new(header: &TableRow) -> Result<Self> {
        let find = |name: &str| header.cells.iter().position(|cell| cell == name);
        let required = |name: &str| {
            find(name).ok_or_else(|| {
                let found = header.cells.join(",");
                Error::input(format!(
                    "the header {found:?} has no column {name:?}; expected path,label[,group][,fold][,subset][,quality]"
                ))
                .at(&header.place)
            })
        };
        Ok(Self {
            path: required("path")?,
            label: required("label")?,
            group: find("group"),
            fold: find("fold"),
            subset: find("subset"),
            quality: find("quality"),
        })
    }

    fn row(&self, folder: &Path, row: TableRow, expected: usize) -> Result<Row> {
        let TableRow { cells, place } = row;
        if cells.len() != expected {
            return Err(Error::input(format!("{} cells; expected {expected} as in the header", cells.len())).at(place));
        }
        let optional = |column: Option<usize>| column.map(|at| cells[at].clone()).filter(|cell| !cell.is_empty());
        let required = |column: usize, name: &str| {
            optional(Some(column)).ok_or_else(|| Error::input(format!("the {name} is empty")).at(&place))
        };
        let fold = match optional(self.fold) {
            Some(text) => Some(
                text.parse()
                    .map_err(|_| Error::input(format!("fold {text:?} is not a whole number from 0")).at(&place))?,
            ),
            None => None,
        };
        Ok(Row {
            path: folder.join(required(self.path, "path")?),
            label: required(self.label, "label")?,
            group: optional(self.group),
            fold,
            subset: optional(self.subset),
            quality: optional(self.quality),
            place,
        })
    }
}
