//! `spectnet compare`: training runs side by side.

mod difference;
mod row;
mod table;

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::error::Result;
use crate::evaluation::past_run::PastRun;
use crate::output::{print, print_json};

use difference::Difference;
use row::Row;

/// Arguments of `spectnet compare`.
#[derive(Clone, Debug, Args)]
pub struct CompareArgs {
    /// Folders of runs; the others are compared with the first.
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// Print one JSON document instead of tables.
    #[arg(long, conflicts_with = "markdown")]
    pub json: bool,
    /// Print the tables in Markdown.
    #[arg(long)]
    pub markdown: bool,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Compared {
    /// The runs, in the order in which they were named.
    runs: Vec<Row>,
    /// All but the first run, each against the first.
    differences: Vec<Against>,
}

/// A run against the first one.
#[derive(Debug, Serialize)]
struct Against {
    /// Its folder.
    run: String,
    /// The folder of the first run.
    first: String,
    /// How far it differs; none where the two cannot be compared.
    difference: Option<Difference>,
    /// Why they cannot.
    why_not: Option<&'static str>,
}

/// Runs the command.
///
/// # Errors
/// A folder that is not one of a run, or whose run has not ended.
pub fn run(args: &CompareArgs) -> Result<()> {
    let runs = args.runs.iter().map(|folder| PastRun::open(folder)).collect::<Result<Vec<PastRun>>>()?;
    let pairs = runs.first().into_iter().flat_map(|first| runs.iter().skip(1).map(move |run| (run, first)));
    let against = |(run, first): (&PastRun, &PastRun)| {
        let compared = Difference::of(run, first);
        Against {
            run: run.folder.display().to_string(),
            first: first.folder.display().to_string(),
            why_not: compared.as_ref().err().copied(),
            difference: compared.ok(),
        }
    };
    let compared = Compared { differences: pairs.map(against).collect(), runs: runs.iter().map(Row::of).collect() };
    if args.json { print_json(&compared) } else { print(&table::tables(&compared, args.markdown)) }
}
