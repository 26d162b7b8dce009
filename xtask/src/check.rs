//! `cargo xtask test`: every check there is, one after another, with a summary.

mod report;

use std::{
    io::{IsTerminal, stderr},
    path::Path,
    process::Command,
};

use anyhow::{Result, ensure};

use crate::{
    command, fuzz, learner, page,
    setup::{self, PageTools, wasm},
    size,
    workspace::Workspace,
};
use report::Report;

/// What is checked besides what always is.
#[derive(clap::Args)]
pub struct Options {
    /// Leave out the page and the tests in a real browser
    #[arg(long)]
    no_browser: bool,
    /// Also run the filterbank's GPU kernels on a Vulkan driver, and check the page's learner for WebGPU; compiling them takes
    /// some minutes the first time
    #[arg(long)]
    gpu: bool,
    /// Keep what the page looks like now as the pictures that later runs compare with
    #[arg(long, conflicts_with = "no_browser")]
    accept_pictures: bool,
}

/// Set where the tests are to keep pictures of the page instead of comparing them.
pub const ACCEPT_PICTURES: &str = "SPECTNET_ACCEPT_PICTURES";

/// Runs all steps, also after a failure: one run shows everything that is wrong.
///
/// # Errors
/// When a step failed; its output and the summary say which.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let browser = !options.no_browser;
    let mut report = Report::default();

    report.step("format", || command::run(workspace.cargo("fmt").args(["--all", "--check"])));
    report.step("locked versions", || fuzz::locked_versions(workspace));
    report.step("lints, native", || lints(workspace, &[]));
    let tools = report.step("set-up of the page's tools", || setup::for_page(workspace));
    report.step_with("lints, wasm32", tools.as_ref(), |tools| {
        let mut clippy = workspace.cargo("clippy");
        clippy
            .args(["--release", "--target", wasm::TARGET, "-p", "spectnet-core", "-p", "spectnet-web"])
            .args(["-p", "spectnet-decoder"])
            // The page has no training framework.
            .arg("--no-default-features")
            .args(DENY_WARNINGS);
        tools.configure(&mut clippy)?;
        command::run(&mut clippy)
    });
    report.step_with("lints, learner on wasm32", tools.as_ref(), |tools| learner_lints(workspace, tools, &[]));
    if options.gpu {
        report.step_with("lints, learner for WebGPU", tools.as_ref(), |tools| {
            learner_lints(workspace, tools, &["--features", "webgpu"])
        });
    } else {
        // Burn's compiler of kernels is checked along, for some minutes.
        report.skip("lints, learner for WebGPU", "`cargo xtask test --gpu` runs them".into());
    }
    let cuda = report.tool("lints, CUDA", setup::cuda::ensure(workspace));
    // Both at once: the training framework is compiled anew for each set of features.
    let gpus = if cuda.is_some() { &["vulkan", "cuda"][..] } else { &["vulkan"] };
    report.step("lints, GPU", || lints(workspace, gpus));
    // All at once: built one by one, the crates would want the shared dependencies with different features, hence twice.
    let built = report
        .step("build", || command::run(workspace.cargo("build").args(["--release", "--workspace", "--all-targets"])));
    report.step("package of the library", || {
        let mut package = workspace.cargo("package");
        command::run(package.args(["-p", "spectnet-core", "--allow-dirty", "--no-default-features"]))
    });
    if let Some(deny) = report.tool("licences and sources of dependencies", setup::tools::cargo_deny()) {
        report.step("licences and sources of dependencies", || dependencies(workspace, &deny));
        if report.tool("known weaknesses of dependencies", advisories(workspace, &deny)).is_some() {
            report.step("known weaknesses of dependencies", || known_weaknesses(workspace, &deny));
        }
    }
    let python = report.tool("the model file by NumPy and ONNX Runtime", setup::python::ensure());
    // Tests that find no driver say so themselves.
    if let Err(error) = setup::vulkan::ensure() {
        eprintln!("{error:#}");
    }
    if browser {
        report.step("set-up of the browser", setup::browser::ensure);
        // Tests that do not find these say so themselves.
        for missing in [setup::browser::ensure_firefox().err(), setup::axe::ensure().err()].iter().flatten() {
            eprintln!("{missing:#}");
        }
        let page = report.step_with("page", tools.as_ref(), |tools| {
            page::build(workspace, tools)?;
            learner::build(workspace, tools)?;
            page::put_models(workspace, &[])
        });
        report.step_with("size of the page", page.as_ref(), |()| size::check(&workspace.dist()));
    }
    let mut skipped = Vec::new();
    report.step_with("tests", built.as_ref(), |()| {
        let mut tests = tests(workspace, browser, python.as_deref());
        if options.accept_pictures {
            tests.env(ACCEPT_PICTURES, "1");
        }
        watched(&mut tests, &mut skipped)
    });
    report.skipped_tests("tests", &skipped);
    if options.gpu {
        let mut skipped = Vec::new();
        report.step("tests, GPU kernels", || {
            gpu_tests(workspace).iter_mut().try_for_each(|tests| watched(tests, &mut skipped))
        });
        report.skipped_tests("tests, GPU kernels", &skipped);
    } else {
        report.skip("tests, GPU kernels", "`cargo xtask test --gpu` runs them".into());
    }

    if report.tool("fuzzing", fuzz::compiler()).is_some() {
        report.step("fuzzing", || fuzz::run(workspace, fuzz::SECONDS));
    }

    report.print();
    report.result()
}

const DENY_WARNINGS: [&str; 3] = ["--", "--deny", "warnings"];

/// Lints of everything, with what the trainer and the tests have for a kind of GPU: the feature of that name, which brings
/// the filterbank's kernels along. Of the whole workspace, so that all dependencies but Burn's are those of the other lints.
fn lints(workspace: &Workspace, gpus: &[&str]) -> Result<()> {
    let mut clippy = workspace.cargo("clippy");
    clippy.args(["--release", "--workspace", "--all-targets"]);
    for gpu in gpus {
        clippy.arg("--features").arg(format!("spectnet-trainer/{gpu},spectnet-tests/{gpu}"));
    }
    command::run(clippy.args(DENY_WARNINGS))
}

/// Lints of the page's learner for WebAssembly, with these features.
fn learner_lints(workspace: &Workspace, tools: &PageTools, features: &[&str]) -> Result<()> {
    let mut clippy = workspace.cargo("clippy");
    clippy.args(["--release", "--target", wasm::TARGET, "-p", "spectnet-learn"]).args(features).args(DENY_WARNINGS);
    tools.configure(&mut clippy)?;
    command::run(&mut clippy)
}

/// Runs tests and keeps the lines in which they say that they are left out.
fn watched(tests: &mut Command, skipped: &mut Vec<String>) -> Result<()> {
    // What cargo itself says comes through a pipe here.
    if stderr().is_terminal() {
        tests.env("CARGO_TERM_COLOR", "always");
    }
    let (result, lines) = command::run_keeping(tests, report::SKIPPED);
    skipped.extend(lines);
    result
}

fn deny(workspace: &Workspace, program: &Path, arguments: &[&str]) -> Command {
    let mut deny = Command::new(program);
    deny.current_dir(workspace.root()).args(["--log-level", "error"]).args(arguments);
    deny
}

/// Licences, sources and banned crates by deny.toml.
fn dependencies(workspace: &Workspace, program: &Path) -> Result<()> {
    command::run(&mut deny(workspace, program, &["check", "licenses", "sources", "bans"]))
}

/// The list of known weaknesses, fetched now or earlier.
///
/// # Errors
/// Where neither was possible.
fn advisories(workspace: &Workspace, program: &Path) -> Result<()> {
    let fetched = command::succeeds(&mut deny(workspace, program, &["fetch", "db"]));
    ensure!(fetched || setup::tools::has_advisories(), "the list of them (RustSec) cannot be had here");
    Ok(())
}

fn known_weaknesses(workspace: &Workspace, program: &Path) -> Result<()> {
    command::run(&mut deny(workspace, program, &["check", "--disable-fetch", "advisories"]))
}

fn tests(workspace: &Workspace, browser: bool, python: Option<&Path>) -> Command {
    let mut tests = workspace.cargo("test");
    tests.args(["--release", "--workspace", "--no-fail-fast"]);
    tests.env("SPECTNET_BIN", workspace.spectnet()).env("SPECTNET_DIST", workspace.dist());
    if let Some(python) = python {
        tests.env("SPECTNET_PYTHON", python);
    }
    if !browser {
        // The names of all tests that open a browser begin so.
        tests.args(["--", "--skip", "browser_"]);
    }
    tests
}

/// How the kernels' work is dealt out, what they compute, and what whole models learn on them. In WGSL, as in the browser,
/// which software drivers compute. Without the trainer, whose program would be built for a GPU and
/// left where the ordinary one is; the same crates and features both times, so that Burn is compiled once.
fn gpu_tests(workspace: &Workspace) -> [Command; 2] {
    let tests = || {
        let mut tests = workspace.cargo("test");
        tests.args(["--release", "-p", "spectnet-core", "-p", "spectnet-tests", "--features", "spectnet-tests/webgpu"]);
        tests
    };
    let [mut plan, mut kernels] = [tests(), tests()];
    plan.args(["--lib", "--", "filterbank::cube"]);
    kernels.args(["--test", "gpu_filterbank", "--test", "gpu_models"]);
    [plan, kernels]
}
