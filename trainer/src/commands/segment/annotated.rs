//! Recordings with known states: a dataset, and a table of onsets beside it.

use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;
use spectnet_core::audio::Downmix;
use spectnet_core::heart::{Annotation, Features};
use spectnet_core::model::Task;

use super::for_each_piece;
use super::states::{Onset, read_states, record};
use crate::data::left_out::{self, LeftOut};
use crate::data::{CircorLabels, DEFAULT_FOLDS, Dataset, Example, Opening};
use crate::error::{Error, Result};
use crate::progress;

/// What manifests call a recording that is too noisy.
pub const POOR: &str = "poor";

/// By so many seconds the last state may end after the recording.
const LAST_END_S: f64 = 0.05;

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

/// The recordings of a dataset that have usable states.
#[derive(Clone, Debug)]
pub struct Collection {
    /// Name of the dataset.
    pub name: String,
    /// The recordings that can be used, in the order of the data.
    pub recordings: Vec<Annotated>,
    /// Those that cannot, with the reason: they cannot be read, or have no usable states.
    pub skipped: Vec<String>,
}

impl Collection {
    /// Reads the recordings of a dataset and their states. Recordings without usable states are left out and said on
    /// standard error; where it `skips`, so are those that cannot be used: missing, listed twice, unreadable, damaged or cut
    /// short.
    ///
    /// # Errors
    /// Those of [`read_states`] and [`Dataset::open`]; all recordings that cannot be used at once, or where those are
    /// skipped, only that none is left; nothing that has usable states.
    pub fn read(data: &Path, states: &Path, skips: bool) -> Result<Self> {
        // Labels do not matter here, and CirCor has an outcome for every person. What is missing or cannot be opened is refused
        // below, together with what turns out to be damaged.
        let opening = Opening { circor: CircorLabels::Outcome, decodes: true, skips: true, ..Opening::default() };
        let mut table = read_states(states)?;
        let mut dataset = Dataset::open(data, Task::Heart, opening)?;
        let total = dataset.examples.len() + dataset.left_out.len();
        let examples = std::mem::take(&mut dataset.examples).into_iter();
        let listed = examples.map(|example| (table.remove(&example.name()), example)).collect();
        let (mut found, mut faults) = (Vec::new(), std::mem::take(&mut dataset.left_out));
        for (example, read) in read_each(listed) {
            match read {
                Ok(read) => {
                    dataset.examples.push(example);
                    found.push(read);
                }
                Err(error) => faults.push(LeftOut::unreadable(&example.path, error)),
            }
        }
        if !faults.is_empty() && (!skips || found.is_empty()) {
            return Err(left_out::refusal(&faults, total, !skips));
        }
        left_out::say_left_out(&faults, total);
        let folds = dataset.folds(DEFAULT_FOLDS)?;
        let skipped = faults.iter().map(|fault| format!("{}: {}", record(&fault.path), fault.why)).collect();
        let mut collection = Self { name: dataset.name, recordings: Vec::new(), skipped };
        for ((example, fold), found) in dataset.examples.into_iter().zip(folds).zip(found) {
            match found {
                Found::Usable(known) => {
                    let Known { features, envelopes_s, annotation } = *known;
                    collection.recordings.push(Annotated { example, fold, features, envelopes_s, annotation });
                }
                Found::Not(reason) => {
                    let reason = format!("{}: {reason}", example.name());
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

/// A recording of the list, and its states where the table has some.
type Listed = (Option<Vec<Onset>>, Example);

/// What a readable recording holds.
enum Found {
    Usable(Box<Known>),
    /// Why its states cannot be used.
    Not(String),
}

/// The envelopes of a recording, the seconds that they took, and its states.
struct Known {
    features: Features,
    envelopes_s: f64,
    annotation: Annotation,
}

/// Reads recordings on all cores, in the order given.
fn read_each(listed: Vec<Listed>) -> Vec<(Example, Result<Found>)> {
    let bar = progress::bar(listed.len() as u64, "reading recordings");
    let read = |(onsets, example): Listed| {
        let found = known(&example.path, onsets);
        bar.inc(1);
        (example, found)
    };
    let found = listed.into_par_iter().map(read).collect();
    bar.finish_and_clear();
    found
}

/// Decodes all of a recording that has states. Of one that has none it is enough that it can be opened.
///
/// # Errors
/// A recording that cannot be read, is damaged or is cut short.
fn known(path: &Path, onsets: Option<Vec<Onset>>) -> Result<Found> {
    let Some(onsets) = onsets else { return Ok(Found::Not("no states".into())) };
    let mut features = Features::default();
    let mut envelopes_s = 0.0;
    let file = for_each_piece(path, Downmix::Mean, |piece| {
        let before = Instant::now();
        features.add(piece)?;
        envelopes_s += before.elapsed().as_secs_f64();
        Ok(())
    })?;
    file.refuse_cut()?;
    // The end of the last state can be that of the recording: nothing begins there.
    let duration_s = features.duration_s();
    let is_end = |(at, state): &Onset| state.is_none() && (duration_s..duration_s + LAST_END_S).contains(at);
    let onsets = onsets.into_iter().filter(|onset| !is_end(onset)).collect();
    Ok(match Annotation::new(onsets, duration_s) {
        Ok(annotation) => Found::Usable(Box::new(Known { features, envelopes_s, annotation })),
        Err(error) => Found::Not(error.to_string()),
    })
}
