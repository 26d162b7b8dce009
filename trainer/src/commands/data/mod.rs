//! `spectnet data`: a look at a dataset before training on it.

mod archives;
mod checksums;
mod promise;
mod summary;
mod verify;

use spectnet_core::task::Task;

use crate::cli::DataArgs;
use crate::dataset::Dataset;
use crate::error::Result;

pub use summary::summary;
pub use verify::verify;

/// Without a task any labels will do, as for scenes.
fn open(args: &DataArgs) -> Result<Dataset> {
    Dataset::open(&args.path, args.task.map_or(Task::Scene, Task::from))
}
