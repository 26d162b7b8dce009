//! `spectnet data`: a dataset before training on it: fetched, and looked at.

mod args;
mod deviation;
mod fetch;
mod promise;
mod summary;
mod verify;

use spectnet_core::model::Task;

use crate::data::{Dataset, Opening};
use crate::error::Result;

use args::DataArgs;
use summary::summary;
use verify::verify;

pub use args::DataCommand;

/// Runs the command.
///
/// # Errors
/// Those of [`summary`], [`verify`] and [`fetch::run`].
pub fn run(command: &DataCommand) -> Result<()> {
    match command {
        DataCommand::Summary(args) => summary(args),
        DataCommand::Verify(args) => verify(args),
        DataCommand::Fetch(args) => fetch::run(args),
    }
}

/// Without a task any labels will do, as for scenes. `skips` goes on without the recordings that are listed and not there.
fn open(args: &DataArgs, skips: bool) -> Result<Dataset> {
    let opening = Opening { circor: args.circor_labels, skips, ..Opening::default() };
    Dataset::open(&args.path, args.task.map_or(Task::Scene, Task::from), opening)
}
