//! `cargo xtask`: see `cargo xtask help`.

use std::process::ExitCode;

use clap::Parser;
use xtask::{
    bench, check,
    cli::{Cli, Task},
    demo, fuzz, learner, page, setup,
    workspace::Workspace,
};

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
                // What the tests do without, and say so.
                for missing in [setup::browser::ensure_firefox().err(), setup::axe::ensure().err()].iter().flatten() {
                    eprintln!("{missing:#}");
                }
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
        Task::Page { learn } => {
            let tools = setup::for_page(&workspace)?;
            page::build(&workspace, &tools)?;
            learner::build(&workspace, &tools)?;
            if learn {
                learner::build_for_webgpu(&workspace, &tools)?;
            }
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
