//! Keeps a run in its folder while it is made: models, checkpoints, journal and tables.
//!
//! A disk that is full ends no run: it is said, training goes on, and what was written before stays, because every file is
//! written beside the old one and then takes its place.

use std::path::Path;

use serde_json::{Value, json};
use spectnet_core::filterbank::FilterParameters;
use spectnet_core::model::ModelConfig;
use spectnet_core::package::Provenance;

use super::checkpoint::Checkpoint;
use super::journal::{self, Journal, is_of_first};
use super::observer::{EpochEnd, Observer, Steps};
use super::outputs::{Epoch, RunFolder};
use super::saving::Saving;
use super::stop::Stop;
use super::tensorboard::EventFile;
use crate::compute::model_file::MadeWith;
use crate::error::Result;
use crate::evaluation::Evaluation;
use crate::evaluation::metrics::Metrics;
use crate::progress;

/// Head of `metrics.csv`: one row for the training batches of an epoch, one for all validation recordings, one for each subset
/// of them and one for the mean of these. The score is the figure that chooses the epoch.
const METRICS: &str = "epoch,of,subset,n,accuracy,macc,sensitivity,specificity,precision,f1,loss,score,best";
/// Head of `filters.csv`.
const FILTERS: &str = "epoch,filter,centre_hz,bandwidth_hz,gain";

/// Keeps a run.
pub struct Keeper<'a> {
    folder: &'a RunFolder,
    config: &'a ModelConfig,
    provenance: &'a Provenance,
    made_with: &'a MadeWith,
    /// Epochs that were asked for.
    epochs: u32,
    history: Vec<Epoch>,
    log: Journal,
    metrics: Journal,
    filters: Journal,
    /// For TensorBoard, where that is asked for.
    events: Option<EventFile>,
    stop: &'a Stop,
    saving: Saving,
}

/// What is kept of a run beside what happens in it.
pub struct Kept<'a> {
    /// Where.
    pub folder: &'a RunFolder,
    /// The model.
    pub config: &'a ModelConfig,
    /// Origin of its files.
    pub provenance: &'a Provenance,
    /// What its files say of the recordings of their making.
    pub made_with: &'a MadeWith,
    /// The filters before training.
    pub filters: &'a [FilterParameters],
    /// Epochs that are asked for.
    pub epochs: u32,
    /// Minutes between checkpoints.
    pub checkpoint_minutes: f64,
    /// Whether there is an event file for TensorBoard.
    pub tensorboard: bool,
    /// What asks for the end.
    pub stop: &'a Stop,
}

impl<'a> Keeper<'a> {
    /// Goes on after `epochs` whole epochs and `batches` batches; 0 begins.
    ///
    /// # Errors
    /// What the system says, or a history that was changed by hand.
    pub fn new(kept: &Kept<'a>, epochs: u64, batches: u64) -> Result<Self> {
        let folder = kept.folder;
        let mut history = folder.history()?;
        history.retain(|epoch| epoch.epoch <= epochs);
        let log = Journal::open(&folder.file("log.jsonl"), "", |line| is_before(line, epochs, batches))?;
        let metrics =
            Journal::open(&folder.file("metrics.csv"), METRICS, |line| epochs > 0 && is_of_first(epochs)(line))?;
        let is_new = epochs == 0;
        let mut filters =
            Journal::open(&folder.file("filters.csv"), FILTERS, |line| !is_new && is_of_first(epochs)(line))?;
        if is_new {
            filters.add(&filter_rows(0, kept.filters)?)?;
        }
        // Of a run that goes on from a model alone nobody knows how many batches it had.
        let begun = if batches == u64::MAX { 0 } else { batches };
        let events = kept.tensorboard.then(|| EventFile::create(folder.path(), begun)).transpose()?;
        Ok(Self {
            folder,
            config: kept.config,
            provenance: kept.provenance,
            made_with: kept.made_with,
            epochs: kept.epochs,
            history,
            log,
            metrics,
            filters,
            events,
            stop: kept.stop,
            saving: Saving::new(kept.checkpoint_minutes),
        })
    }

    /// The best model before the last: a run is never newer than its best model.
    fn models(&self, end: &EpochEnd) -> Result<()> {
        let provenance = Provenance { epochs: end.epoch.epoch, ..self.provenance.clone() };
        let save = |path: &Path| self.folder.save(path, end.weights, self.config, &provenance, self.made_with);
        if end.better {
            save(&self.folder.best())?;
        }
        save(&self.folder.last())?;
        self.folder.save_history(&self.history)
    }

    fn tables(&mut self, end: &EpochEnd) -> Result<()> {
        self.metrics.add(&metric_rows(end)?)?;
        self.filters.add(&filter_rows(end.epoch.epoch, &self.config.filters(end.weights)?)?)?;
        let mut line = json!(end.epoch);
        if let Some(members) = line.as_object_mut() {
            members.insert("event".into(), "epoch".into());
            members.insert("best".into(), end.better.into());
        }
        self.log.add(&format!("{line}\n"))?;
        self.events.as_mut().map_or(Ok(()), |events| events.epoch(end))
    }
}

impl Observer for Keeper<'_> {
    fn steps(&mut self, steps: &Steps) {
        if progress::is_verbose() {
            say!("{}{}", steps.line(), progress::left());
        }
        let logged = self.log.add(&format!("{}\n", json!(steps)));
        let shown = self.events.as_mut().map_or(Ok(()), |events| events.steps(steps));
        for written in [logged, shown].into_iter().filter(Result::is_err) {
            // Only the system can refuse a line, which is borne.
            let _ = self.saving.bear(written);
        }
    }

    fn epoch(&mut self, end: &EpochEnd) -> Result<()> {
        say!("{}", end.epoch.line(self.epochs, &progress::left(), end.better));
        self.history.push(end.epoch.clone());
        let written = self.models(end);
        self.saving.bear(written)?;
        // Lines fit where no model fits any more: that they do says nothing about the disk.
        let written = self.tables(end);
        if written.is_err() { self.saving.bear(written) } else { Ok(()) }
    }

    fn wants_checkpoint(&self, epoch_ends: bool) -> bool {
        self.saving.is_due(epoch_ends)
    }

    fn checkpoint(&mut self, checkpoint: &Checkpoint) {
        self.saving.saved(self.folder.checkpoints().save(checkpoint));
    }

    fn stop(&self) -> Option<u8> {
        self.stop.asked()
    }
}

/// Whether a line of the journal belongs to the first `epochs` whole epochs, or to the first `batches` batches.
fn is_before(line: &str, epochs: u64, batches: u64) -> bool {
    let Ok(line) = serde_json::from_str::<Value>(line) else { return false };
    match line["event"].as_str() {
        Some("steps") => line["batch"].as_u64().is_some_and(|batch| batch <= batches),
        Some("epoch") => line["epoch"].as_u64().is_some_and(|epoch| epoch <= epochs),
        _ => false,
    }
}

fn filter_rows(epoch: u64, filters: &[FilterParameters]) -> Result<String> {
    journal::rows(filters.iter().enumerate().map(|(number, filter)| {
        let FilterParameters { centre_hz, bandwidth_hz, gain, .. } = filter;
        [epoch.to_string(), (number + 1).to_string(), centre_hz.to_string(), bandwidth_hz.to_string(), gain.to_string()]
    }))
}

fn metric_rows(end: &EpochEnd) -> Result<String> {
    let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    let row = |of: &str, subset: &str, metrics: Option<&Metrics>, loss: Option<f64>, score: Option<f64>| {
        let none = Metrics::default();
        let m = metrics.unwrap_or(&none);
        [
            end.epoch.epoch.to_string(),
            of.into(),
            subset.into(),
            metrics.map_or(String::new(), |metrics| metrics.n.to_string()),
            number(m.accuracy),
            number(m.macc),
            number(m.sensitivity),
            number(m.specificity),
            number(m.precision),
            number(m.f1),
            number(loss),
            number(score),
            end.better.to_string(),
        ]
    };
    let mut rows = vec![row("training", "", None, Some(end.epoch.training_loss), None)];
    if let Some(Evaluation { recording, loss, mean_over_subsets, subsets, .. }) = end.validation {
        rows.push(row("validation", "", Some(recording), Some(*loss), end.epoch.validation_score));
        rows.push(row("mean of subsets", "", Some(mean_over_subsets), None, None));
        rows.extend(subsets.iter().map(|(name, subset)| row("subset", name, Some(&subset.recording), None, None)));
    }
    journal::rows(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_after_the_place_to_go_on_from_are_dropped() {
        let steps = |batch: u64| json!({ "event": "steps", "epoch": 2, "batch": batch }).to_string();
        let epoch = |epoch: u64| json!({ "event": "epoch", "epoch": epoch }).to_string();
        assert!(is_before(&steps(12), 1, 12) && !is_before(&steps(13), 1, 12));
        assert!(is_before(&epoch(1), 1, 12) && !is_before(&epoch(2), 1, 12));
        assert!(!is_before("{\"event\": \"ste", 9, 99) && !is_before("", 9, 99));
    }

    #[test]
    fn rows_have_the_columns_of_their_head() {
        let epoch = Epoch { epoch: 3, training_loss: 0.5, ..Epoch::default() };
        let weights = spectnet_core::model::Weights::new();
        let end = EpochEnd { epoch: &epoch, weights: &weights, validation: None, better: true };
        let text = metric_rows(&end).unwrap();
        assert_eq!(text, "3,training,,,,,,,,,0.5,,true\n");
        assert_eq!(text.matches(',').count(), METRICS.matches(',').count());
        let filter = FilterParameters { centre_hz: 50.0, bandwidth_hz: 20.5, gain: 1e-7, phase_rad: 0.0 };
        assert_eq!(filter_rows(0, &[filter]).unwrap(), "0,1,50,20.5,0.0000001\n");
    }
}
