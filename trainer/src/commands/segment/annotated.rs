//! Recordings with known states: a dataset, and a table of onsets beside it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rayon::prelude::*;
use spectnet_core::audio::View;
use spectnet_core::cycles::{Annotation, Features, State};
use spectnet_core::task::Task;

use super::for_each_piece;
use crate::dataset::csv_table::{self, TableRow, plain};
use crate::dataset::finder::named;
use crate::dataset::folders::entries;
use crate::dataset::{CircorLabels, DEFAULT_FOLDS, Dataset, Example, Opening};
use crate::error::{Error, Result};
use crate::progress;

/// What manifests call a recording that is too noisy.
pub const POOR: &str = "poor";

/// Seconds that do not count: between the end of a state and the next, or the end of the last and that of the recording.
const NO_GAP_S: f64 = 0.001;
const LAST_END_S: f64 = 0.05;
/// The header of a table of states.
const COLUMNS: [&str; 3] = ["record", "start_s", "state"];

/// Where a state begins; None begins a stretch of unknown state.
type Onset = (f64, Option<State>);

/// A recording with known states, ready to learn from.
#[derive(Clone, Debug)]
pub struct Annotated {
    /// The file, and where it belongs.
    pub example: Example,
    /// The fold it is held out in.
    pub fold: u32,
    /// Its envelopes.
    pub features: Features,
    /// How long it took to compute them, in seconds.
    pub envelopes_s: f64,
    /// Its states.
    pub annotation: Annotation,
}

impl Annotated {
    /// Whether a listener called it poor, where the dataset says.
    pub fn poor(&self) -> Option<bool> {
        self.example.quality.as_deref().map(|quality| quality == POOR)
    }
}

/// What of a dataset has usable states.
#[derive(Clone, Debug)]
pub struct Collection {
    /// Name of the dataset.
    pub name: String,
    /// The recordings that can be used, in the order of the data.
    pub recordings: Vec<Annotated>,
    /// Those that cannot, with the reason.
    pub skipped: Vec<String>,
}

impl Collection {
    /// Reads the recordings of a dataset and their states. Recordings without usable states are left out and said on
    /// standard error.
    ///
    /// # Errors
    /// Those of [`Dataset::open`], a table that is none, a recording that cannot be read, or nothing that can be used.
    pub fn read(data: &Path, states: &Path) -> Result<Self> {
        // Whatever is wrong with a heart, it has states: the outcome is known of every person of CirCor.
        let opening = Opening { circor: CircorLabels::Outcome, ..Opening::default() };
        let dataset = Dataset::open(data, Task::Heart, opening)?;
        let folds = dataset.folds(DEFAULT_FOLDS)?;
        let mut table = read_states(states)?;
        let wanted: Vec<(Example, u32, Option<Vec<Onset>>)> = dataset
            .examples
            .iter()
            .zip(folds)
            .map(|(example, fold)| (example.clone(), fold, table.remove(&example.name())))
            .collect();
        let bar = progress::bar(wanted.len() as u64, "reading recordings");
        let read = |(example, fold, onsets): (Example, u32, Option<Vec<Onset>>)| {
            let found = annotated(example, fold, onsets);
            bar.inc(1);
            found
        };
        let found: Vec<Found> = wanted.into_par_iter().map(read).collect::<Result<_>>()?;
        bar.finish_and_clear();
        let mut collection = Self { name: dataset.name, recordings: Vec::new(), skipped: Vec::new() };
        for found in found {
            match found {
                Found::Usable(recording) => collection.recordings.push(*recording),
                Found::Not(reason) => {
                    say!("skipped: {reason}");
                    collection.skipped.push(reason);
                }
            }
        }
        if collection.recordings.is_empty() {
            return Err(Error::input(format!(
                "{}: no recording of {} has usable states",
                states.display(),
                data.display()
            )));
        }
        Ok(collection)
    }
}

enum Found {
    Usable(Box<Annotated>),
    Not(String),
}

/// A recording and its states, or why they cannot be used.
fn annotated(example: Example, fold: u32, onsets: Option<Vec<Onset>>) -> Result<Found> {
    let name = example.name();
    let Some(onsets) = onsets else { return Ok(Found::Not(format!("{name}: no states"))) };
    let read = || -> Result<Found> {
        let mut features = Features::default();
        let mut envelopes_s = 0.0;
        for_each_piece(&example.path, View::Mean, |piece| {
            let before = Instant::now();
            features.add(piece)?;
            envelopes_s += before.elapsed().as_secs_f64();
            Ok(())
        })?;
        // The end of the last state can be that of the recording: nothing begins there.
        let duration_s = features.duration_s();
        let is_end = |(at, state): &Onset| state.is_none() && (duration_s..duration_s + LAST_END_S).contains(at);
        let onsets = onsets.into_iter().filter(|onset| !is_end(onset)).collect();
        let annotation = match Annotation::new(onsets, duration_s) {
            Ok(annotation) => annotation,
            Err(error) => return Ok(Found::Not(format!("{name}: {error}"))),
        };
        Ok(Found::Usable(Box::new(Annotated { fold, features, envelopes_s, annotation, example: example.clone() })))
    };
    read().map_err(|error| error.at(example.path.display()))
}

/// Reads `record,start_s,state`, rows of a recording in order; or of a folder the tables that CirCor has beside recordings.
fn read_states(path: &Path) -> Result<HashMap<String, Vec<Onset>>> {
    if path.is_dir() {
        return read_folder(path);
    }
    let mut rows = csv_table::read(path, csv_table::ANY, &COLUMNS)?.into_iter();
    let header = rows.next().ok_or_else(|| Error::input("the table is empty").at(path.display()))?;
    if !header.cells.iter().map(|cell| cell.to_lowercase()).eq(COLUMNS) {
        let found = header.cells.join(",");
        return Err(Error::input(format!("the header is {found:?}; expected record,start_s,state")).at(header.place));
    }
    let mut table: HashMap<String, Vec<Onset>> = HashMap::new();
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
        table.entry(record.clone()).or_default().push((seconds(start, &row)?, state));
    }
    Ok(table)
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
    let name = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let read = |path: PathBuf| -> Result<(String, Vec<Onset>)> { Ok((name(&path), read_stretches(&path)?)) };
    found.into_iter().map(read).collect()
}

/// Reads start, end and state of every stretch: 1 S1, 2 systole, 3 S2, 4 diastole, 0 not known.
fn read_stretches(path: &Path) -> Result<Vec<Onset>> {
    let mut onsets: Vec<Onset> = Vec::new();
    let mut last_end: Option<f64> = None;
    for row in csv_table::read(path, "\t;,", &[])? {
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
    // Behind the last state nothing is known.
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
        std::fs::write(inner.join("2530_MV.tsv"), "0\t1\t5\n").unwrap();
        let message = read_states(&inner).unwrap_err().to_string();
        assert!(message.contains("2530_MV.tsv, line 1: state \"5\""), "{message}");
        assert!(
            read_states(tempfile::tempdir().unwrap().path()).unwrap_err().to_string().contains("no tables of states")
        );
    }
}
