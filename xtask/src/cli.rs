//! The command line of `cargo xtask`.

use clap::{Parser, Subcommand};

use crate::{bench, check, demo, fuzz, serve};

/// Set-up, demo and tests of SpectNet.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub task: Task,
}

/// The tasks.
#[derive(Subcommand)]
pub enum Task {
    /// Install what building the page and testing it need; what is there already is left alone
    Setup {
        /// Leave out Chromium with its driver, Firefox and axe, which only the browser tests need
        #[arg(long)]
        no_browser: bool,
        /// Also what compiling the trainer with `--features cuda` needs
        #[arg(long)]
        cuda: bool,
    },
    /// Train a small model on synthesised recordings, build the page with it and serve it
    Demo(demo::Options),
    /// Build the page into dist/, with the shipped models
    Page {
        /// Also the learner for WebGPU; compiling it takes some minutes the first time
        #[arg(long)]
        learn: bool,
    },
    /// Serve dist/ on 127.0.0.1
    Serve {
        /// Port to listen on
        #[arg(long, default_value_t = serve::DEFAULT_PORT)]
        port: u16,
    },
    /// Measure the trainer beside PyTorch, in turns on this machine, and print the ratios
    Bench(bench::Options),
    /// Fuzz everything that reads files of strangers: recordings, model files, lists, settings
    Fuzz {
        /// Seconds for each target
        #[arg(long, default_value_t = fuzz::SECONDS)]
        seconds: u64,
    },
    /// Run every check: format, lints (native, wasm32, Vulkan, CUDA), unit, golden, command-line and browser tests
    Test(check::Options),
}

/// Whether `cargo xtask` would take these arguments; nothing is done.
///
/// # Errors
/// What is wrong with them.
pub fn check_arguments(arguments: &[String]) -> Result<(), clap::Error> {
    let program = ["xtask".to_owned()];
    match Cli::try_parse_from(program.iter().chain(arguments)) {
        Ok(_) => Ok(()),
        // Help is an answer, not a mistake.
        Err(error) if !error.use_stderr() => Ok(()),
        Err(error) => Err(error),
    }
}
