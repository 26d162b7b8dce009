//! All results of a table.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use spectnet_core::model::Task;

use super::comparison::{Comparison, compare};
use super::complete::Seeds;
use super::row::Row;
use super::summary::{RowSummary, summarise};
use super::work::{State, Work};

/// All results of a table: results.json.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What is told apart.
    pub task: Task,
    /// Version of this program.
    pub software_version: String,
    /// Name of the data.
    pub data: String,
    /// How it was split and what was chosen on what.
    pub protocol: String,
    /// The level of all metrics.
    pub level: String,
    /// Class names.
    pub labels: Vec<String>,
    /// Runs done, and runs asked for.
    pub runs: [usize; 2],
    /// Runs that have failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<FailedRun>,
    /// The rows.
    pub rows: Vec<RowSummary>,
    /// Rows side by side.
    pub comparisons: Vec<Comparison>,
    /// Settings of each row, by name.
    pub settings: Value,
}

impl Report {
    /// The table of what is done so far.
    pub fn new(task: Task, work: &Work, rows: &[Row], parts: usize, states: &[State], protocol: String) -> Self {
        let Work { dataset, runs, settings, .. } = work;
        let mut results: BTreeMap<Row, Seeds> = BTreeMap::new();
        let mut failed = Vec::new();
        for (run, state) in runs.iter().zip(states) {
            match state {
                State::Open => {}
                State::Done(result) => {
                    results.entry(run.row).or_default().entry(run.seed).or_default().push((**result).clone());
                }
                State::Failed(error) => failed.push(FailedRun {
                    row: run.row.to_string(),
                    held_out: run.held_out.to_string(),
                    seed: run.seed,
                    error: error.clone(),
                }),
            }
        }
        let positive = task.positive_label().and_then(|label| dataset.labels.iter().position(|other| other == label));
        let known: Vec<Row> = rows.iter().copied().filter(|row| results.contains_key(row)).collect();
        let made = known.iter().filter_map(|row| Some((row.to_string(), settings.get(row)?.clone())));
        Self {
            task,
            software_version: env!("CARGO_PKG_VERSION").into(),
            data: dataset.name.clone(),
            protocol,
            level: "recording".into(),
            labels: dataset.labels.clone(),
            runs: [states.iter().filter(|state| state.is_done()).count(), runs.len()],
            failed,
            rows: known
                .iter()
                .filter_map(|&row| summarise(row, &results[&row], parts, &dataset.labels, positive))
                .collect(),
            comparisons: pairs(&known)
                .into_iter()
                .filter_map(|pair| compare(pair.map(|row| (row, &results[&row])), parts, &dataset.labels, positive))
                .collect(),
            settings: Value::Object(made.collect()),
        }
    }
}

/// A run that has failed.
#[derive(Clone, Debug, Serialize)]
pub struct FailedRun {
    /// Its row.
    pub row: String,
    /// What was held out.
    pub held_out: String,
    /// Its seed.
    pub seed: u64,
    /// Why.
    pub error: String,
}

/// The rows that are set side by side: learnable against static and log-mel of the same size and against the networks to
/// compare with, each of them against the spectrum alone, log-mel against MFCC.
pub fn pairs(rows: &[Row]) -> Vec<[Row; 2]> {
    let mut pairs = Vec::new();
    for &row in rows {
        let others = match row {
            Row::Learnable(n) => {
                let networks = rows.iter().copied().filter(|row| matches!(row, Row::Cnn1d(_) | Row::Cnn2d(_)));
                [Row::Static(n), Row::LogMel(n), Row::Spectrum].into_iter().chain(networks).collect()
            }
            Row::Static(n) => vec![Row::LogMel(n), Row::Spectrum],
            Row::Cnn1d(_) | Row::Cnn2d(_) => vec![Row::Spectrum],
            Row::LogMel(_) => vec![Row::Mfcc],
            Row::Mfcc | Row::Spectrum | Row::Majority => Vec::new(),
        };
        pairs.extend(others.into_iter().filter(|other| rows.contains(other)).map(|other| [row, other]));
    }
    pairs
}
