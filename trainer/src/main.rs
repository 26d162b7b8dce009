//! `spectnet`: trains, evaluates and uses SpectNet models from the command line.
#![recursion_limit = "256"]

/// `eprintln!` that does not panic when standard error is closed.
macro_rules! say {
    ($($text:tt)*) => { $crate::output::say(format_args!($($text)*)) };
}

mod already_seen;
mod assessed;
mod audio_file;
mod classify;
mod cli;
mod commands;
mod dataset;
mod device;
mod digest;
mod error;
mod evaluate;
mod fingerprint;
mod front_end;
mod images;
mod metrics;
mod openness;
mod output;
mod plot;
mod progress;
mod reproduce;
mod statistics;
mod task_name;
mod train_args;
mod training;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};
use error::{Error, Result};

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) | Err(Error::Closed) => ExitCode::SUCCESS,
        Err(Error::Reported) => ExitCode::FAILURE,
        Err(error) => {
            say!("error: {error}");
            ExitCode::from(if matches!(error, Error::Usage(_)) { 2 } else { 1 })
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Train(flags) => commands::train::run(flags),
        Command::Eval(args) => commands::eval::run(&args),
        Command::Predict(args) => commands::predict::run(&args),
        Command::Calibrate(args) => commands::calibrate::run(&args),
        Command::Features(args) => commands::features::run(&args),
        Command::Inspect(args) => commands::inspect::run(&args),
        Command::Segment(args) => commands::segment::run(&args),
        Command::Synth(args) => commands::synth::run(&args),
        Command::Bench(args) => commands::bench::run(&args),
        Command::Reproduce(args) => commands::reproduce::run(&args),
        Command::Data(command) => commands::data::run(&command),
        Command::CheckArguments { arguments } => cli::check(&arguments),
    }
}
