//! All runs of a table, one after the other, by as many processes as there are: each takes the next run that is not done and
//! that nobody else has claimed. A run that fails costs nothing but itself.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use burn::tensor::Device;
use serde_json::Value;
use spectnet_core::package::recordings::Digest;

use super::args::StudyArgs;
use super::claim::{Claim, Claimed};
use super::failure::Failure;
use super::row::Row;
use super::run::{self, Run};
use super::run_result::{Found, RunResult};
use super::shard::Shard;
use crate::data::Dataset;
use crate::data::library::Library;
use crate::error::{Error, Result};
use crate::progress;
use crate::training::stop::Stop;

/// Folder of the claims in that of the table.
const CLAIMS: &str = "claims";
/// Between two looks at the runs of others.
const POLL: Duration = Duration::from_secs(3);

/// A table to be made.
pub struct Work<'a> {
    /// What is asked of every run.
    pub asked: &'a StudyArgs,
    /// The recordings.
    pub dataset: &'a Dataset,
    /// Their digest.
    pub data: Digest,
    /// What computes.
    pub device: &'a Device,
    /// Folder of the table.
    pub out: &'a Path,
    /// All runs.
    pub runs: &'a [Run],
    /// Settings of every row.
    pub settings: &'a BTreeMap<Row, Value>,
    /// How it is made.
    pub ways: Ways,
    /// What asks for the end.
    pub stop: &'a Stop,
}

/// How a table is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ways {
    /// The share of the runs that this process makes; none: all.
    pub shard: Option<Shard>,
    /// No run is begun later than that.
    pub budget: Option<Duration>,
    /// Whether runs that have failed are made again.
    pub retries: bool,
    /// Whether the models are kept.
    pub keeps: bool,
    /// Whether it waits for runs that others make.
    pub waits: bool,
}

/// How a run stands.
#[derive(Clone, Debug)]
pub enum State {
    /// It is to be made, or another process makes it.
    Open,
    /// It is done.
    Done(Box<RunResult>),
    /// It has failed, for this reason.
    Failed(String),
}

impl State {
    /// Whether the run is done.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }
}

impl Work<'_> {
    /// Makes the runs, and gives how each of them stands at the end.
    ///
    /// # Errors
    /// Results of other settings or recordings in the folder, a folder that cannot be written, or [`Error::Stopped`].
    pub fn make(&self, library: &mut Library) -> Result<Vec<State>> {
        let started = Instant::now();
        if self.ways.retries {
            self.runs.iter().for_each(|run| Failure::forget(&run.failure(self.out)));
        }
        let mut states = self.runs.iter().map(|run| self.look(run)).collect::<Result<Vec<State>>>()?;
        let (mut late, mut waits) = (false, false);
        // What an earlier call has done takes no time.
        let mine = states.iter().enumerate().filter(|(number, state)| self.is_mine(*number) && state.is_open()).count();
        let (table, mut made) = (progress::table(mine), 0_u32);
        loop {
            let mut taken = Vec::new();
            for (number, run) in self.runs.iter().enumerate() {
                if late || !self.is_mine(number) || !states[number].is_open() {
                    continue;
                }
                self.stop.check()?;
                let path = self.out.join(CLAIMS);
                match Claim::take(&path, &run.name())? {
                    Claimed::Mine(_claim) => {
                        // Its last owner may have ended just now.
                        states[number] = self.look(run)?;
                        if states[number].is_open() {
                            let words = self.words(number, run);
                            table.at(f64::from(made) / mine.max(1) as f64, &words);
                            states[number] = self.execute(&words, run, library)?;
                            made += 1;
                            table.at(f64::from(made) / mine.max(1) as f64, &words);
                            late = self.is_late(started);
                        }
                    }
                    Claimed::By(owner) => {
                        states[number] = self.look(run)?;
                        if states[number].is_open() {
                            taken.push(format!("{} ({owner})", run.name()));
                        }
                    }
                }
            }
            late = late || self.is_late(started);
            let Some(first) = taken.first().filter(|_| self.ways.waits && !late) else { break };
            let words = match taken.len() {
                1 => "waiting for a run that another process makes".to_owned(),
                count => format!("waiting for {count} runs that other processes make"),
            };
            if !waits {
                say!("{words}, the first is {first}");
                waits = true;
            }
            // Who waits says so, as long as it lasts.
            table.at(f64::from(made) / mine.max(1) as f64, &words);
            thread::sleep(POLL);
        }
        self.look_again(&mut states)?;
        Ok(states)
    }

    /// Looks what others have done in the meantime. Returns whether there is anything.
    ///
    /// # Errors
    /// Results of other settings or recordings.
    pub fn look_again(&self, states: &mut [State]) -> Result<bool> {
        let mut has_more = false;
        for (run, state) in self.runs.iter().zip(states).filter(|(_, state)| state.is_open()) {
            *state = self.look(run)?;
            has_more |= !state.is_open();
        }
        Ok(has_more)
    }

    /// Whether the run of this number is one that this process makes.
    pub fn is_mine(&self, number: usize) -> bool {
        self.ways.shard.is_none_or(|shard| shard.has(number))
    }

    fn is_late(&self, started: Instant) -> bool {
        self.ways.budget.is_some_and(|budget| started.elapsed() > budget)
    }

    fn settings_of(&self, row: Row) -> Result<Value> {
        match self.settings.get(&row) {
            Some(settings) => Ok(settings.clone()),
            None => run::settings(row, self.asked, &self.dataset.labels),
        }
    }

    /// How a run stands by its files.
    fn look(&self, run: &Run) -> Result<State> {
        let settings = self.settings_of(run.row)?;
        Ok(match run.load(self.out, &settings, self.data)? {
            Found::Result(result) => {
                // Whoever made it may have been killed before it had removed them.
                run.forget_checkpoints(self.out);
                State::Done(result)
            }
            Found::Damaged(why) => State::Failed(why),
            Found::Nothing => match Failure::read(&run.failure(self.out), &settings, self.data) {
                Some(failure) => State::Failed(failure.error),
                None => State::Open,
            },
        })
    }

    /// A run in words.
    fn words(&self, number: usize, run: &Run) -> String {
        format!("run {} of {} ({} without {}, seed {})", number + 1, self.runs.len(), run.row, run.held_out, run.seed)
    }

    /// Makes a run.
    ///
    /// # Errors
    /// A failure that cannot be written down.
    fn execute(&self, words: &str, run: &Run, library: &mut Library) -> Result<State> {
        say!("{words}{}", progress::left());
        let place = (self.out, self.ways.keeps);
        match run.execute(self.asked, (self.dataset, self.data), library, self.device, place, self.stop) {
            Ok(result) => {
                let right = result.recordings.iter().filter(|row| row.truth == row.prediction).count();
                say!(
                    "  {right} of {} recordings right, {:.0} s{}",
                    result.recordings.len(),
                    result.seconds,
                    progress::left()
                );
                Failure::forget(&run.failure(self.out));
                Ok(State::Done(Box::new(result)))
            }
            Err(error @ (Error::Usage(_) | Error::Stopped(_) | Error::Closed)) => Err(error),
            Err(error) => {
                let failure = Failure::new(&self.settings_of(run.row)?, self.data, &error);
                failure.write(&run.failure(self.out))?;
                say!("  failed: {error}; the other runs go on");
                Ok(State::Failed(failure.error))
            }
        }
    }
}
