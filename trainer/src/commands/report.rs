//! `spectnet report`: draws the page of a training run again.

use std::path::PathBuf;

use clap::Args;

use crate::error::Result;
use crate::output::print;
use crate::report::page;

/// Arguments of `spectnet report`.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// Folder of the run.
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// A folder that is not one of a run, or whose run has not ended, or what the system says.
pub fn run(args: &ReportArgs) -> Result<()> {
    print(&page::write(&args.run)?.display().to_string())
}
