//! `cargo xtask test`: every check there is, one after another, with a summary.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use crate::{
    command, fuzz, page,
    setup::{self, wasm},
    size,
    workspace::Workspace,
};

/// What became of a step.
enum Outcome {
    Passed(Duration),
    Failed(Duration, String),
    /// Something that it needs had failed.
    NotRun,
    /// A tool that it needs is not here and cannot be installed; the rest is no less worth for it.
    Skipped(String),
}

#[derive(Default)]
struct Report {
    steps: Vec<(&'static str, Outcome)>,
}

/// Runs all steps, also after a failure: one run shows everything that is wrong.
///
/// # Errors
/// When a step failed; its output and the summary say which.
pub fn run(workspace: &Workspace, browser: bool) -> Result<()> {
    let mut report = Report::default();

    report.step("format", || command::run(workspace.cargo("fmt").args(["--all", "--check"])));
    report.step("lints, native", || {
        command::run(workspace.cargo("clippy").args(["--release", "--workspace", "--all-targets"]).args(DENY_WARNINGS))
    });
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
    // All at once: built one by one, the crates would want the shared dependencies with different features, hence twice.
    let built = report
        .step("build", || command::run(workspace.cargo("build").args(["--release", "--workspace", "--all-targets"])));
    if let Some(deny) = report.tool("licences and sources of dependencies", setup::tools::cargo_deny()) {
        report.step("licences and sources of dependencies", || dependencies(workspace, &deny));
    }
    let python = report.tool("the model file by NumPy", setup::python::ensure());
    if browser {
        report.step("set-up of the browser", setup::browser::ensure);
        let page = report.step_with("page", tools.as_ref(), |tools| {
            page::build(workspace, tools)?;
            page::put_models(workspace, &[])
        });
        report.step_with("size of the page", page.as_ref(), |()| size::check(&workspace.dist()));
    }
    report.step_with("tests", built.as_ref(), |()| command::run(&mut tests(workspace, browser, python.as_deref())));

    if report.tool("fuzzing", fuzz::compiler()).is_some() {
        report.step("fuzzing", || fuzz::run(workspace, fuzz::SECONDS));
    }

    report.print();
    report.result()
}

const DENY_WARNINGS: [&str; 3] = ["--", "--deny", "warnings"];

/// Licences, sources and banned crates by deny.toml; known weaknesses where the list of them can be had.
fn dependencies(workspace: &Workspace, program: &Path) -> Result<()> {
    let deny = |arguments: &[&str]| {
        let mut deny = Command::new(program);
        deny.current_dir(workspace.root()).args(["--log-level", "error"]).args(arguments);
        deny
    };
    command::run(&mut deny(&["check", "licenses", "sources", "bans"]))?;
    let fetched = command::succeeds(&mut deny(&["fetch", "db"]));
    if !fetched && !setup::tools::has_advisories() {
        eprintln!("skipped: known weaknesses; the list of them (RustSec) cannot be had here");
        return Ok(());
    }
    command::run(&mut deny(&["check", "--disable-fetch", "advisories"]))
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

impl Report {
    fn step<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        eprintln!("\n=== {name}");
        let start = Instant::now();
        match work() {
            Ok(value) => {
                self.steps.push((name, Outcome::Passed(start.elapsed())));
                Some(value)
            }
            Err(error) => {
                eprintln!("error: {error:#}");
                self.steps.push((name, Outcome::Failed(start.elapsed(), format!("{error:#}"))));
                None
            }
        }
    }

    /// A tool, without which a step is left out, visibly.
    fn tool<T>(&mut self, step: &'static str, tool: Result<T>) -> Option<T> {
        tool.map_err(|error| {
            eprintln!("skipped: {step}: {error:#}");
            self.steps.push((step, Outcome::Skipped(format!("{error:#}"))));
        })
        .ok()
    }

    /// A step that needs what an earlier one made.
    fn step_with<N, T>(
        &mut self,
        name: &'static str,
        need: Option<&N>,
        work: impl FnOnce(&N) -> Result<T>,
    ) -> Option<T> {
        match need {
            Some(need) => self.step(name, || work(need)),
            None => {
                self.steps.push((name, Outcome::NotRun));
                None
            }
        }
    }

    fn print(&self) {
        eprintln!("\n=== summary");
        for (name, outcome) in &self.steps {
            match outcome {
                Outcome::Passed(time) => {
                    eprintln!("passed   {:>7.1} s  {name}", time.as_secs_f64())
                }
                Outcome::Failed(time, why) => {
                    eprintln!("FAILED   {:>7.1} s  {name}: {why}", time.as_secs_f64())
                }
                Outcome::NotRun => eprintln!("not run            {name}"),
                Outcome::Skipped(why) => eprintln!("SKIPPED            {name}: {why}"),
            }
        }
    }

    fn result(&self) -> Result<()> {
        let bad = |(name, outcome): &(&'static str, Outcome)| {
            (!matches!(outcome, Outcome::Passed(_) | Outcome::Skipped(_))).then_some(*name)
        };
        let failed: Vec<_> = self.steps.iter().filter_map(bad).collect();
        if failed.is_empty() {
            return Ok(());
        }
        bail!("{} of {} steps did not pass: {}", failed.len(), self.steps.len(), failed.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_does_not_hide_the_others_and_is_named_at_the_end() {
        let mut report = Report::default();
        assert_eq!(report.step("first", || Ok(1)), Some(1));
        let broken = report.step("second", || -> Result<()> { bail!("broken") });
        report.step_with("third", broken.as_ref(), |()| -> Result<()> { panic!("must not run") });
        assert_eq!(report.step("fourth", || Ok(2)), Some(2));
        let error = report.result().unwrap_err().to_string();
        assert_eq!(error, "2 of 4 steps did not pass: second; third");
    }

    #[test]
    fn all_passed_is_success() {
        let mut report = Report::default();
        report.step("only", || Ok(()));
        // A tool that cannot be had here is told, and no reason to call the rest bad.
        let missing: Result<()> = Err(anyhow::anyhow!("no such tool here"));
        assert!(report.tool("other", missing).is_none());
        assert!(report.result().is_ok());
        assert!(matches!(&report.steps[1], ("other", Outcome::Skipped(why)) if why.contains("no such tool")));
    }
}
