//! `spectnet`: trains, evaluates and uses SpectNet models from the command line.
#![recursion_limit = "256"]

mod audio_file;
mod classify;
mod cli;
mod dataset;
mod device;
mod error;
mod output;
mod train_args;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};
use error::{Error, Result};

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) | Err(Error::Closed) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(if matches!(error, Error::Usage(_)) { 2 } else { 1 })
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Train(flags) => {
            flags.resolve()?;
            Err(Error::unsupported("spectnet train"))
        }
        _ => Err(Error::unsupported("this command")),
    }
}
