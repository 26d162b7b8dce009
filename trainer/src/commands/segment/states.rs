//! Tables of known states: one for all recordings, or a folder with one for each.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use spectnet_core::heart::State;

use crate::data::csv_table::{self, TableRow, plain};
use crate::data::finder::named;
use crate::data::left_out::{NAMED, first};
use crate::data::listing::entries;
use crate::error::{Error, Result};

/// Seconds between the end of a state and the beginning of the next that are no gap.
const NO_GAP_S: f64 = 0.001;
/// The header of a table of states.
const COLUMNS: [&str; 3] = ["record", "start_s", "state"];

/// Where a state begins, in seconds; None: from there on the state is not known.
pub type Onset = (f64, Option<State>);

/// What a recording is called in tables of states: its file without folder and extension.
pub fn record(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Reads `record,start_s,state`, rows of a recording in order; or of a folder the tables that CirCor has beside recordings.
///
/// # Errors
/// A table that cannot be read or makes no sense, with its line; of a folder all such tables at once.
pub fn read_states(path: &Path) -> Result<HashMap<String, Vec<Onset>>> {
    if path.is_dir() {
        return read_folder(path);
    }
    let table = csv_table::read(path, csv_table::ANY, &COLUMNS)?;
    let mut rows = table.rows();
    let header = rows.next().ok_or_else(|| Error::input("the table is empty").at(path.display()))?;
    if !header.cells.iter().map(|cell| cell.to_lowercase()).eq(COLUMNS) {
        let found = header.cells.join(",");
        return Err(Error::input(format!("the header is {found:?}; expected record,start_s,state")).at(header.place));
    }
    let mut states: HashMap<String, Vec<Onset>> = HashMap::new();
    for row in rows {
        let [record, start, state] = row.cells.as_slice() else {
            return Err(Error::input(format!("{} cells; expected record,start_s,state", row.cells.len())).at(row.place));
        };
        let state = match state.as_str() {
            // The beginning and the end of noise; what follows the end is unknown until the next state begins.
            "(N" | "N)" => None,
            name => Some(State::from_name(name).ok_or_else(|| {
                Error::input(format!("state {name:?}; expected S1, systole, S2, diastole, (N or N)")).at(&row.place)
            })?),
        };
        states.entry(record.clone()).or_default().push((seconds(start, &row)?, state));
    }
    Ok(states)
}

fn seconds(text: &str, row: &TableRow) -> Result<f64> {
    text.parse().map_err(|_| Error::input(format!("{text:?} is not a number of seconds")).at(&row.place))
}

/// Reads the tables of a folder: `2530_AV.tsv` has the states of 2530_AV.
fn read_folder(folder: &Path) -> Result<HashMap<String, Vec<Onset>>> {
    let tables = |folder: &Path| -> Result<Vec<PathBuf>> {
        let is_table = |path: &PathBuf| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tsv"));
        Ok(entries(folder)?.into_iter().filter(is_table).collect())
    };
    let mut found = tables(folder)?;
    if let Some(inner) = named(folder, "training_data").filter(|inner| found.is_empty() && inner.is_dir()) {
        found = tables(&inner)?;
    }
    if found.is_empty() {
        return Err(Error::input(
            "no tables of states; expected NAME.tsv for every recording NAME, with start, end and state",
        )
        .at(folder.display()));
    }
    let (mut table, mut faults) = (HashMap::new(), Vec::new());
    for path in &found {
        match read_table(path) {
            Ok(onsets) => _ = table.insert(record(path), onsets),
            Err(error) => faults.push(error),
        }
    }
    if faults.is_empty() { Ok(table) } else { Err(refusal(&faults, found.len())) }
}

/// Refuses a folder for these of its `total` tables.
fn refusal(faults: &[Error], total: usize) -> Error {
    let named = first(faults, NAMED, "; ");
    Error::input(format!(
        "{} of {total} tables of states cannot be used: {named}; mend them, or take them out of the folder to go on without \
         their recordings",
        faults.len()
    ))
}

/// Reads a table with start, end and state in every row: 1 S1, 2 systole, 3 S2, 4 diastole, 0 not known.
fn read_table(path: &Path) -> Result<Vec<Onset>> {
    let mut onsets: Vec<Onset> = Vec::new();
    let mut last_end: Option<f64> = None;
    let table = csv_table::read(path, "\t;,", &[])?;
    for row in table.rows() {
        let [start, end, state, ..] = row.cells.as_slice() else {
            return Err(Error::input(format!("{} cells; expected start, end and state", row.cells.len())).at(row.place));
        };
        let (start_s, end_s) = (seconds(start, &row)?, seconds(end, &row)?);
        let state = match plain(state) {
            "0" => None,
            number => {
                let place = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
                let known = place.and_then(|place| State::ALL.get(place).copied());
                Some(known.ok_or_else(|| {
                    Error::input(format!("state {state:?}; expected 1 S1, 2 systole, 3 S2, 4 diastole, 0 not known"))
                        .at(&row.place)
                })?)
            }
        };
        if let Some(end) = last_end.filter(|end| start_s > end + NO_GAP_S) {
            onsets.push((end, None));
        }
        onsets.push((start_s, state));
        last_end = Some(end_s);
    }
    // After the last state nothing is known.
    if let (Some(end), Some((_, Some(_)))) = (last_end, onsets.last()) {
        onsets.push((end, None));
    }
    Ok(onsets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_read_from_the_tables_of_circor() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("training_data");
        std::fs::create_dir(&inner).unwrap();
        let text = "0.0\t0.25\t0\r\n0.25\t0.37\t1\r\n0.37\t0.55\t2\r\n0.6\t0.7\t3.0\r\n";
        std::fs::write(inner.join("2530_AV.tsv"), text).unwrap();
        std::fs::write(inner.join("2530_AV.txt"), "").unwrap();
        let expected = [
            (0.0, None),
            (0.25, Some(State::S1)),
            (0.37, Some(State::Systole)),
            (0.55, None),
            (0.6, Some(State::S2)),
            (0.7, None),
        ];
        for place in [folder.path(), &inner] {
            let table = read_states(place).unwrap();
            assert_eq!((table.len(), &table["2530_AV"][..]), (1, &expected[..]));
        }
        assert!(
            read_states(tempfile::tempdir().unwrap().path()).unwrap_err().to_string().contains("no tables of states")
        );
    }

    /// Reading once stopped at the first damaged table.
    #[test]
    fn every_damaged_table_of_a_folder_is_said_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        write("1_AV.tsv", b"0\t1\t1\n");
        write("2_AV.tsv", b"0\t1\t5\n");
        write("3_AV.tsv", b"0\t1\t1\n1\tsoon\t2\n");
        write("4_AV.tsv", b"0\t1\n");
        write("5_AV.tsv", b"0\t1\t1\n\xff\n");
        let refused = || read_states(folder.path()).unwrap_err().to_string();
        let message = refused();
        assert!(message.starts_with("4 of 5 tables of states cannot be used: "), "{message}");
        for word in [
            "2_AV.tsv, line 1: state \"5\"",
            "3_AV.tsv, line 2: \"soon\"",
            "4_AV.tsv, line 1: 2 cells",
            "5_AV.tsv, line 2: ",
        ] {
            assert!(message.contains(word), "{word}: {message}");
        }
        (10..20).for_each(|number| write(&format!("{number}_AV.tsv"), b"1\n"));
        let message = refused();
        assert!(message.starts_with("14 of 15 ") && message.contains("; and 4 more; mend them"), "{message}");
    }
}
