//! `spectnet`: trains, evaluates and uses SpectNet models from the command line.
//!
//! The rooms, from the top floor down; each uses only what lies below it (`tests/tests/floors.rs` holds them to it):
//!
//! - [`cli`]: the command line
//! - [`commands`]: the commands, one file or folder each, with their arguments
//! - [`study`]: repeats the tables of published studies, on request with their faults
//! - [`train_args`], [`front_end`]: the settings of training and of the filterbank, from flags and files, checked
//! - [`training`]: batches, steps, validation, the best model and the last one
//! - [`fit`]: what is fitted by other means: the segmentation of heart sounds, the score that tells sounds of other kinds
//! - [`export`]: a model in the forms in which others take it: ONNX, a hub's folder, a model card
//! - [`report`] draws pictures, and puts those of a run on one page
//! - [`evaluation`]: how good a model is on labelled recordings
//! - [`compute`]: a trained model on a device: from a recording to its prediction
//! - [`data`]: recordings: files, lists of labels, loading
//! - [`task_name`]: what tasks are called
//! - [`output`], [`progress`], [`error`]: text and files, progress bars, messages
//!
//! What describes, computes and judges a model is in `spectnet-core`.
#![recursion_limit = "256"]

/// `eprintln!` that does not panic when standard error is closed, and says nothing with --quiet.
macro_rules! say {
    ($($text:tt)*) => { $crate::output::say(format_args!($($text)*)) };
}

/// The same for an error, which is said with --quiet too.
macro_rules! complain {
    ($($text:tt)*) => { $crate::output::complain(format_args!($($text)*)) };
}

mod cli;
mod commands;
mod compute;
mod data;
mod error;
mod evaluation;
mod export;
mod fetch;
mod fit;
mod front_end;
mod output;
mod progress;
mod report;
mod study;
mod task_name;
mod train_args;
mod training;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use cli::{Cli, Command};
use error::{Error, Result};

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) | Err(Error::Closed) => ExitCode::SUCCESS,
        Err(Error::Reported) => ExitCode::FAILURE,
        Err(error) => {
            complain!("error: {error}");
            ExitCode::from(match error {
                Error::Usage(_) => 2,
                Error::Stopped(status) => status,
                _ => 1,
            })
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    compute::threads::start(cli.threads)?;
    progress::be(cli.manner());
    match cli.command {
        Command::Train(flags) => commands::train::run(flags),
        Command::Eval(args) => commands::eval::run(&args),
        Command::Predict(args) => commands::predict::run(&args),
        Command::Explain(args) => commands::explain::run(&args),
        Command::Calibrate(args) => commands::calibrate::run(&args),
        Command::Features(args) => commands::features::run(&args),
        Command::Inspect(args) => commands::inspect::run(&args),
        Command::Report(args) => commands::report::run(&args),
        Command::Compare(args) => commands::compare::run(&args),
        Command::Card(args) => commands::card::run(&args),
        Command::Export(args) => commands::export::run(&args),
        Command::Segment(args) => commands::segment::run(&args),
        Command::Synth(args) => commands::synth::run(&args),
        Command::Bench(args) => commands::bench::run(&args),
        Command::Reproduce(args) => commands::reproduce::run(&args),
        Command::Data(command) => commands::data::run(&command),
        Command::Completions(args) => commands::completions::run(&args, Cli::command()),
        Command::Manual(args) => commands::manual::run(&args, Cli::command()),
        Command::CheckArguments { arguments } => cli::check(&arguments),
    }
}
