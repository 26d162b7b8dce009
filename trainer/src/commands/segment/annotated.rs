//! Recordings with known states: a dataset, and a table of onsets beside it.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;
use spectnet_core::cycles::{Annotation, Features, State};
use spectnet_core::task::Task;

use super::for_each_piece;
use crate::dataset::{DEFAULT_FOLDS, Dataset, Example, csv_table};
use crate::error::{Error, Result};
use crate::progress;

/// What manifests call a recording that is too noisy.
pub const POOR: &str = "poor";

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
        let dataset = Dataset::open(data, Task::Heart)?;
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
        for_each_piece(&example.path, |piece| {
            let before = Instant::now();
            features.add(piece)?;
            envelopes_s += before.elapsed().as_secs_f64();
            Ok(())
        })?;
        let annotation = match Annotation::new(onsets, features.duration_s()) {
            Ok(annotation) => annotation,
            Err(error) => return Ok(Found::Not(format!("{name}: {error}"))),
        };
        Ok(Found::Usable(Box::new(Annotated { fold, features, envelopes_s, annotation, example: example.clone() })))
    };
    read().map_err(|error| error.at(example.path.display()))
}

/// Reads `record,start_s,state`, rows of a recording in order.
fn read_states(path: &Path) -> Result<HashMap<String, Vec<Onset>>> {
    let mut rows = csv_table::read(path, b',')?.into_iter();
    let header = rows.next().ok_or_else(|| Error::input("the table is empty").at(path.display()))?;
    if header.cells != ["record", "start_s", "state"] {
        let found = header.cells.join(",");
        return Err(Error::input(format!("the header is {found:?}; expected record,start_s,state")).at(header.place));
    }
    let mut table: HashMap<String, Vec<Onset>> = HashMap::new();
    for row in rows {
        let [record, start, state] = row.cells.as_slice() else {
            return Err(Error::input(format!("{} cells; expected record,start_s,state", row.cells.len())).at(row.place));
        };
        let start_s =
            start.parse().map_err(|_| Error::input(format!("{start:?} is not a number of seconds")).at(&row.place))?;
        let state = match state.as_str() {
            // The beginning and the end of noise; what follows the end is unknown until the next state begins.
            "(N" | "N)" => None,
            name => Some(State::from_name(name).ok_or_else(|| {
                Error::input(format!("state {name:?}; expected S1, systole, S2, diastole, (N or N)")).at(&row.place)
            })?),
        };
        table.entry(record.clone()).or_default().push((start_s, state));
    }
    Ok(table)
}
