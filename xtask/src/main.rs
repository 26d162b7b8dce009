//! `cargo xtask`: see `cargo xtask help`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{bench, check, demo, fuzz, page, serve, setup, workspace::Workspace};

/// Set-up, demo and tests of SpectNet.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what building the page and testing it need; what is there already is left alone
    Setup {
        /// Leave out Chromium and its driver, which only the browser tests need
        #[arg(long)]
        no_browser: bool,
        /// Also what compiling the trainer with `--features cuda` needs
        #[arg(long)]
        cuda: bool,
    },
    /// Train a small model on synthesised recordings, build the page with it and serve it
    Demo(demo::Options),
    /// Build the page into dist/, with the shipped models
    Page,
    /// Serve dist/ on 127.0.0.1
    Serve {
        /// Port to listen on
        #[arg(long, default_value_t = serve::DEFAULT_PORT)]
        port: u16,
    },
    /// Measure the trainer beside PyTorch, in turns on this machine, and print the ratios
    Bench(bench::Options),
    /// Fuzz what reads the files of strangers: WAV, what is compressed, model files, recordings
    Fuzz {
        /// Seconds for each target
        #[arg(long, default_value_t = fuzz::SECONDS)]
        seconds: u64,
    },
    /// Run every check: format, lints (native, wasm32, Vulkan, CUDA), unit, golden, command-line and browser tests
    Test(check::Options),
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<()> {
    let workspace = Workspace::find()?;
    match task {
        Task::Setup { no_browser, cuda } => {
            setup::for_page(&workspace)?;
            if cuda {
                setup::cuda::ensure(&workspace)?;
            }
            if !no_browser {
                setup::browser::ensure()?;
            }
            setup::python::ensure()?;
            if let Err(error) = setup::vulkan::ensure() {
                eprintln!("{error:#}");
            }
            setup::tools::cargo_deny()?;
            eprintln!("Everything is in place.");
            Ok(())
        }
        Task::Demo(options) => demo::run(&workspace, &options),
        Task::Page => {
            let tools = setup::for_page(&workspace)?;
            page::build(&workspace, &tools)?;
            page::put_models(&workspace, &[])?;
            eprintln!("The page is in {}; `cargo xtask serve` shows it.", workspace.dist().display());
            Ok(())
        }
        Task::Serve { port } => demo::serve_dist(&workspace, port),
        Task::Fuzz { seconds } => fuzz::run(&workspace, seconds),
        Task::Bench(options) => bench::run(&workspace, &options),
        Task::Test(options) => check::run(&workspace, &options),
    }
}
