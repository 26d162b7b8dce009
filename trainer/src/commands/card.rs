//! `spectnet card`: a model card from what a model file says.

use std::path::PathBuf;

use clap::Args;

use crate::compute::model_file::read_model;
use crate::error::Result;
use crate::export::card;
use crate::output::print;

/// Arguments of `spectnet card`.
#[derive(Clone, Debug, Args)]
pub struct CardArgs {
    /// Model file (.safetensors).
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// An unreadable model.
pub fn run(args: &CardArgs) -> Result<()> {
    print(&card::card(&read_model(&args.model)?))
}
