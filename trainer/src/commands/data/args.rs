//! What can be asked of `spectnet data`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::fetch::FetchArgs;
use crate::commands::examples;
use crate::data::CircorLabels;
use crate::task_name::TaskName;

/// What `spectnet data` does.
#[derive(Clone, Debug, Subcommand)]
pub enum DataCommand {
    /// Count recordings by label, subset, fold and group.
    #[command(after_help = examples::DATA_SUMMARY)]
    Summary(DataArgs),
    /// Decode every recording and name those that cannot be used; compare a DCASE folder with what its distribution promises.
    #[command(after_help = examples::DATA_VERIFY)]
    Verify(DataArgs),
    /// Fetch a data set from where it is published, check every file, and go on where it was stopped; without a name, list
    /// the sets with their licences.
    #[command(after_help = examples::DATA_FETCH)]
    Fetch(FetchArgs),
}

/// Arguments of `spectnet data summary` and `spectnet data verify`.
#[derive(Clone, Debug, Args)]
pub struct DataArgs {
    /// manifest.csv, PhysioNet folder (2016: training-a … training-f; 2022: training_data.csv and training_data), PASCAL folder
    /// (set_a, set_b and their tables), DCASE folder (meta.txt or meta.csv, or the folders of the development and the
    /// evaluation set), or a folder per class.
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// What makes a recording of PhysioNet 2022 (CirCor) abnormal: a murmur at the place where it was recorded, or the person's
    /// outcome.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    pub circor_labels: CircorLabels,
    /// Refuse labels that this task does not have [default: any labels].
    #[arg(long, value_enum)]
    pub task: Option<TaskName>,
    /// Print one JSON document instead of tables.
    #[arg(long)]
    pub json: bool,
}
