//! RESULTS.md, results.json and the plots of a table.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use spectnet_core::task::Task;

use super::published;
use super::row::Row;
use super::summary::{Comparison, RowSummary};
use crate::error::{Error, Result};
use crate::output;
use crate::plot;

/// All there is to say about a table: results.json.
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

impl Report {
    /// Writes everything into the folder.
    ///
    /// # Errors
    /// What the system says, or a drawing that fails.
    pub fn write(&self, out: &Path) -> Result<()> {
        let json = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::input(format!("the results cannot be written: {error}")))?;
        output::write_file(&out.join("results.json"), &json)?;
        output::write_file(&out.join("RESULTS.md"), self.markdown().as_bytes())?;
        let bars: Vec<(String, f64, [f64; 2])> = self
            .rows
            .iter()
            .filter_map(|row| Some((row.row.clone(), row.recording.accuracy?, row.accuracy_interval?)))
            .collect();
        output::write_file(&out.join("accuracy.svg"), plot::intervals_svg("accuracy of recordings", &bars)?.as_bytes())
    }

    /// RESULTS.md.
    pub fn markdown(&self) -> String {
        let Self { data, protocol, level, runs: [done, asked], .. } = self;
        let mut lines = vec![
            format!("# {} table on {data}\n", if self.task == Task::Heart { "Heart-sound" } else { "Scene" }),
            format!("{protocol}. Metrics are at {level} level; means over seeds; 95 % intervals by bootstrap over recordings."),
            format!("{done} of {asked} runs are done; a row counts the seeds of which every fold is there.\n"),
            "| row | seeds | accuracy | 95 % | MAcc | sensitivity | specificity | precision | F1 | mean of subsets MAcc | parameters | largest shift, Hz |".into(),
            "|---|---|---|---|---|---|---|---|---|---|---|---|".into(),
        ];
        let percent = |value: Option<f64>| value.map_or("–".into(), |value| format!("{:.1} %", 100.0 * value));
        let between = |interval: Option<[f64; 2]>| {
            interval.map_or("–".into(), |[low, high]| format!("{:.1}–{:.1} %", 100.0 * low, 100.0 * high))
        };
        for row in &self.rows {
            let metrics = &row.recording;
            lines.push(format!(
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                row.row,
                row.seeds,
                percent(metrics.accuracy),
                between(row.accuracy_interval),
                percent(metrics.macc),
                percent(metrics.sensitivity),
                percent(metrics.specificity),
                percent(metrics.precision),
                percent(metrics.f1),
                percent(row.mean_over_subsets.macc),
                row.parameters,
                row.largest_shift_hz.map_or("–".into(), |hz| format!("{hz:.0}")),
            ));
        }
        if !self.comparisons.is_empty() {
            lines.push("\n## Side by side\n".into());
            lines.push(
                "| | difference of accuracy | 95 % | only the first is right | only the second | McNemar p |".into(),
            );
            lines.push("|---|---|---|---|---|---|".into());
            for pair in &self.comparisons {
                lines.push(format!(
                    "| {} against {} | {:+.1} | {} | {} | {} | {:.3} |",
                    pair.first,
                    pair.second,
                    100.0 * pair.difference,
                    pair.interval.map_or("–".into(), |[low, high]| format!(
                        "{:+.1} to {:+.1}",
                        100.0 * low,
                        100.0 * high
                    )),
                    pair.only_first,
                    pair.only_second,
                    pair.p
                ));
            }
            lines.push(
                "\nDifferences in percentage points, mean over seeds; the test counts one verdict a recording, from the mean of \
                 the seeds' log-probabilities."
                    .into(),
            );
        }
        lines.push("\n## Published\n".into());
        lines.push(format!("| row | accuracy | MAcc | sensitivity | specificity | precision | F1 | here, on {data} |"));
        lines.push("|---|---|---|---|---|---|---|---|".into());
        for row in published::table(self.task) {
            let [accuracy, sensitivity, specificity, precision, f1, macc] = row.percent;
            let here = row.row.and_then(|row| self.rows.iter().find(|own| own.row == row.to_string()));
            let here = here.map_or("–".into(), |own| format!("accuracy {}", percent(own.recording.accuracy)));
            lines.push(format!(
                "| {} | {accuracy:.2} | {macc:.2} | {sensitivity:.2} | {specificity:.2} | {precision:.2} | {f1:.2} | {here} |",
                row.name
            ));
        }
        lines.push(format!(
            "\nThe last column can be compared with the others where {data} is the data that they were published on: {}.",
            published::data(self.task)
        ));
        lines.push(format!("\n{}", published::remarks(self.task)));
        lines.push(String::new());
        lines.join("\n")
    }
}

/// The rows that are set side by side: learnable against static and log-mel of the same size, log-mel against MFCC.
pub fn pairs(rows: &[Row]) -> Vec<[Row; 2]> {
    let mut pairs = Vec::new();
    for &row in rows {
        let others = match row {
            Row::Learnable(n) => vec![Row::Static(n), Row::LogMel(n)],
            Row::Static(n) => vec![Row::LogMel(n)],
            Row::LogMel(_) => vec![Row::Mfcc],
            Row::Mfcc => Vec::new(),
        };
        pairs.extend(others.into_iter().filter(|other| rows.contains(other)).map(|other| [row, other]));
    }
    pairs
}
