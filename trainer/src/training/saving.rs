//! When a checkpoint is due, and what becomes of a run whose files cannot be written: it goes on.

use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// The clock of the checkpoints of a run, and whether the disk has refused the last thing.
#[derive(Debug)]
pub struct Saving {
    /// Time between two checkpoints, and when the last was made.
    every: Duration,
    saved: Instant,
    /// Whether the last thing could not be written.
    failing: bool,
}

impl Saving {
    /// Begins now; a checkpoint is due after so many minutes, and whenever an epoch ends.
    pub fn new(minutes: f64) -> Self {
        // What is too long for a clock never comes.
        let every = Duration::try_from_secs_f64(60.0 * minutes).unwrap_or(Duration::MAX);
        Self { every, saved: Instant::now(), failing: false }
    }

    /// Whether a checkpoint is due: at the end of an epoch, or after a step.
    pub fn is_due(&self, epoch_ends: bool) -> bool {
        epoch_ends || self.saved.elapsed() >= self.every
    }

    /// A checkpoint was made, or the attempt failed, which ends no run.
    pub fn saved(&mut self, written: Result<()>) {
        if let Err(error) = self.bear(written) {
            say!("warning: {error}; training goes on, and the last checkpoint stays");
        }
        self.saved = Instant::now();
    }

    /// Goes on where something cannot be written, which is said once.
    ///
    /// # Errors
    /// What else is wrong.
    pub fn bear(&mut self, written: Result<()>) -> Result<()> {
        match written {
            Ok(()) => self.failing = false,
            Err(error @ Error::Io { .. }) => {
                if !self.failing {
                    say!("warning: {error}; training goes on, and what was saved before stays");
                }
                self.failing = true;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::Path;

    use super::*;

    #[test]
    fn a_checkpoint_is_due_after_an_epoch_and_after_its_time() {
        let never = Saving::new(f64::INFINITY);
        assert!(never.is_due(true) && !never.is_due(false));
        assert!(Saving::new(0.0).is_due(false));
    }

    #[test]
    fn a_full_disk_is_borne_and_nothing_else_is() {
        let mut saving = Saving::new(1.0);
        let full = Error::io("write the file", Path::new("x"), io::ErrorKind::StorageFull.into());
        saving.bear(Err(full)).unwrap();
        assert!(saving.failing);
        saving.bear(Ok(())).unwrap();
        assert!(!saving.failing && saving.bear(Err(Error::input("no number"))).is_err());
    }
}
