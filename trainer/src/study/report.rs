//! All results of a table.

use serde::Serialize;
use serde_json::Value;
use spectnet_core::model::Task;

use super::comparison::Comparison;
use super::row::Row;
use super::summary::RowSummary;

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
    /// The rows.
    pub rows: Vec<RowSummary>,
    /// Rows side by side.
    pub comparisons: Vec<Comparison>,
    /// Settings of each row, by name.
    pub settings: Value,
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
