//! The results of the steps, and the summary at the end.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

/// How a line begins with which a test says that it is left out.
pub const SKIPPED: &str = "SKIPPED: ";

/// The result of a step.
enum StepResult {
    Passed(Duration),
    Failed(Duration, String),
    /// Something that it needs had failed.
    NotRun,
    /// A tool that it needs is not here and cannot be installed; the other steps count without it.
    Skipped(String),
}

/// The steps so far.
#[derive(Default)]
pub struct Report {
    steps: Vec<(&'static str, StepResult)>,
}

impl Report {
    /// Runs a step and takes down its result; gives what it made, if it passed.
    pub fn step<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        eprintln!("\n=== {name}");
        let start = Instant::now();
        match work() {
            Ok(value) => {
                self.steps.push((name, StepResult::Passed(start.elapsed())));
                Some(value)
            }
            Err(error) => {
                eprintln!("error: {error:#}");
                self.steps.push((name, StepResult::Failed(start.elapsed(), format!("{error:#}"))));
                None
            }
        }
    }

    /// A tool, without which a step is left out, visibly.
    pub fn tool<T>(&mut self, step: &'static str, tool: Result<T>) -> Option<T> {
        tool.map_err(|error| self.skip(step, format!("{error:#}"))).ok()
    }

    /// A step that is left out, and why.
    pub fn skip(&mut self, step: &'static str, why: String) {
        eprintln!("skipped: {step}: {why}");
        self.steps.push((step, StepResult::Skipped(why)));
    }

    /// Tests of a step that were left out: the lines in which they say so.
    pub fn skipped_tests(&mut self, step: &'static str, lines: &[String]) {
        let mut reasons = BTreeMap::<&str, usize>::new();
        for reason in lines.iter().filter_map(|line| line.trim_end().strip_prefix(SKIPPED)) {
            *reasons.entry(reason).or_default() += 1;
        }
        for (reason, count) in reasons {
            let tests = if count == 1 { "1 test".into() } else { format!("{count} tests") };
            self.steps.push((step, StepResult::Skipped(format!("{tests}: {reason}"))));
        }
    }

    /// A step that needs what an earlier one made.
    pub fn step_with<N, T>(
        &mut self,
        name: &'static str,
        need: Option<&N>,
        work: impl FnOnce(&N) -> Result<T>,
    ) -> Option<T> {
        match need {
            Some(need) => self.step(name, || work(need)),
            None => {
                self.steps.push((name, StepResult::NotRun));
                None
            }
        }
    }

    /// The summary, on stderr.
    pub fn print(&self) {
        eprintln!("\n=== summary");
        for (name, result) in &self.steps {
            match result {
                StepResult::Passed(time) => {
                    eprintln!("passed   {:>7.1} s  {name}", time.as_secs_f64())
                }
                StepResult::Failed(time, why) => {
                    eprintln!("FAILED   {:>7.1} s  {name}: {why}", time.as_secs_f64())
                }
                StepResult::NotRun => eprintln!("not run            {name}"),
                StepResult::Skipped(why) => eprintln!("SKIPPED            {name}: {why}"),
            }
        }
        let count = |is: fn(&StepResult) -> bool| self.steps.iter().filter(|(_, result)| is(result)).count();
        let passed = count(|result| matches!(result, StepResult::Passed(_)));
        let skipped = count(|result| matches!(result, StepResult::Skipped(_)));
        eprintln!("{passed} passed, {} did not pass, {skipped} skipped", self.steps.len() - passed - skipped);
    }

    /// # Errors
    /// When a step failed or could not run, with the names of all such steps.
    pub fn result(&self) -> Result<()> {
        let bad = |(name, result): &(&'static str, StepResult)| {
            (!matches!(result, StepResult::Passed(_) | StepResult::Skipped(_))).then_some(*name)
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
        assert!(matches!(&report.steps[1], ("other", StepResult::Skipped(why)) if why.contains("no such tool")));
    }

    #[test]
    fn tests_that_are_left_out_are_counted_by_their_reason() {
        let mut report = Report::default();
        report.step("tests", || Ok(()));
        let lines =
            ["SKIPPED: no adapter\n", "     Running a test\n", "SKIPPED: no NumPy\n", "SKIPPED: no adapter\r\n"];
        report.skipped_tests("tests", &lines.map(String::from));
        let skipped = report.steps.iter().filter_map(|(name, result)| match result {
            StepResult::Skipped(why) => Some((*name, why.as_str())),
            _ => None,
        });
        assert_eq!(skipped.collect::<Vec<_>>(), [("tests", "1 test: no NumPy"), ("tests", "2 tests: no adapter")]);
        assert!(report.result().is_ok());
    }
}
