//! What can be asked of `spectnet reproduce`.

use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, Args, ValueEnum};
use spectnet_core::model::Task;

use crate::study::args::StudyFlags;
use crate::study::row::{NAMES, Row};
use crate::study::shard::Shard;
use crate::study::work::Ways;
use crate::task_name::TaskName;
use crate::train_args::{Protocol, SETTLED};

/// Heading of the help.
const TABLE: &str = "The table (its runs, and who makes them)";

/// Arguments of `spectnet reproduce`.
#[derive(Clone, Debug, Args)]
#[command(mut_args(of_a_table))]
pub struct ReproduceArgs {
    /// The task whose table is made.
    #[arg(value_enum, value_name = "TASK")]
    pub table: TaskName,
    /// Rows, separated by commas [default: the published ones and what they are compared with].
    #[arg(help_heading = TABLE, long, value_name = "LIST", value_delimiter = ',', long_help = rows_in_words())]
    pub rows: Vec<Row>,
    /// Number of seeds of every row and fold.
    #[arg(help_heading = TABLE, long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub seeds: u64,
    /// Begin no run after this many minutes [default: no limit].
    #[arg(help_heading = TABLE, long, value_name = "MINUTES")]
    pub budget: Option<f64>,
    /// Make only every N-th run, beginning with the I-th, as in 3/8: for the tasks of a scheduler [default: every run that no
    /// other process makes].
    #[arg(help_heading = TABLE, long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Keep the model of every run that is made now and has a filterbank, beside its result.
    #[arg(help_heading = TABLE, long)]
    pub keep_models: bool,
    /// Make runs again that have failed.
    #[arg(help_heading = TABLE, long)]
    pub retry_failed: bool,
    /// Do not wait for runs that other processes make.
    #[arg(help_heading = TABLE, long)]
    pub no_wait: bool,
    /// How every run is trained; `out` is the folder of the table and its runs, runs/table where nothing is said.
    #[command(flatten)]
    pub flags: StudyFlags,
}

impl ReproduceArgs {
    /// How the table is made.
    pub fn ways(&self) -> Ways {
        Ways {
            shard: self.shard,
            // What is too long for a clock is no limit.
            budget: self.budget.and_then(|minutes| Duration::try_from_secs_f64(60.0 * minutes.max(0.0)).ok()),
            retries: self.retry_failed,
            keeps: self.keep_models,
            waits: !self.no_wait,
        }
    }
}

/// The published rows, and what they are compared with.
pub fn usual_rows(task: Task) -> Vec<Row> {
    match task {
        Task::Heart => {
            let published = [Row::Cnn1d(4), Row::Cnn2d(4), Row::Static(4), Row::Static(8), Row::Static(16)];
            [Row::Majority, Row::Spectrum].into_iter().chain(published).chain([Row::Learnable(16)]).collect()
        }
        Task::Scene => {
            let sizes = [16, 32, 46, 64, 128, 149].map(Row::Static);
            [Row::Mfcc, Row::LogMel(46)].into_iter().chain(sizes).chain([Row::Learnable(46)]).collect()
        }
    }
}

/// Every row with what it is, and those that a table has where none is named.
fn rows_in_words() -> String {
    let names = NAMES.map(|(name, what)| format!("- {name}: {what}")).join("\n");
    let usual = |task| usual_rows(task).iter().map(Row::to_string).collect::<Vec<_>>().join(",");
    format!(
        "Rows, separated by commas; N is the number of filters or bands:\n{names}\n\n[default for heart: {}]\n\
         [default for scene: {}]",
        usual(Task::Heart),
        usual(Task::Scene)
    )
}

/// A flag of `spectnet train` as a table has it: flags that the table sets itself are hidden, and something is always held out.
fn of_a_table(flag: Arg) -> Arg {
    let is_settled = flag.get_long().is_some_and(|long| SETTLED.iter().any(|(name, _)| *name == long));
    if is_settled {
        return flag.hide(true);
    }
    match flag.get_id().as_str() {
        "protocol" => {
            let help = "What is held out in turn: folds that never split a subject or a place (grouped), subsets, or, as \
                        published for heart sounds, the recordings of --validation-list (paper) [default: grouped]";
            flag.value_parser(protocols()).help(help).long_help(help)
        }
        "checkpoint_minutes" => {
            let help = "Minutes between two checkpoints of a run, from which the same command goes on where it was stopped; there \
                        is one after every epoch too [default: 10]";
            flag.help(help).long_help(help)
        }
        "out" => {
            let help = "Folder for the table and its runs [default: runs/table]";
            flag.help(help).long_help(help)
        }
        _ => flag,
    }
}

/// The protocols of a table: all of them but that which holds nothing out.
fn protocols() -> impl TypedValueParser<Value = Protocol> {
    let held_out = Protocol::value_variants().iter().filter(|protocol| **protocol != Protocol::All);
    PossibleValuesParser::new(held_out.filter_map(Protocol::to_possible_value))
        .try_map(|name| Protocol::from_str(&name, false))
}
