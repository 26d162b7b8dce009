//! `spectnet data`: a look at a dataset before training on it.

mod deviation;
mod promise;
mod summary;
mod verify;

use spectnet_core::model::Task;

use crate::cli::DataArgs;
use crate::data::{Dataset, Opening};
use crate::error::Result;

pub use summary::summary;
pub use verify::verify;

/// Without a task any labels will do, as for scenes. `skips` goes on without the recordings that are listed and not there.
fn open(args: &DataArgs, skips: bool) -> Result<Dataset> {
    let opening = Opening { circor: args.circor_labels, skips, ..Opening::default() };
    Dataset::open(&args.path, args.task.map_or(Task::Scene, Task::from), opening)
}
