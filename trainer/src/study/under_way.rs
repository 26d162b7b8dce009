//! A run of a table that is under way: its checkpoints, from which the next process that makes it goes on, and what they were
//! made of, so that it goes on with nothing else.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use spectnet_core::package::recordings::Digest;

use crate::error::{Error, Result};
use crate::output;
use crate::progress;
use crate::training::checkpoint::{Checkpoint, Checkpoints};
use crate::training::fingerprint::differing_settings;
use crate::training::observer::{EpochEnd, Observer};
use crate::training::saving::Saving;
use crate::training::stop::Stop;

/// Beside the checkpoints: what they were made of.
const MADE_OF: &str = "run.json";
/// Longer than all settings of a run.
const MOST_BYTES: u64 = 1 << 24;

/// What a run is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MadeOf {
    /// Whatever decides its result beside the recordings, with what is held out and the seed.
    pub settings: Value,
    /// Of the recordings of its table.
    pub data: Digest,
}

impl MadeOf {
    /// What is otherwise than for checkpoints that were made of `then`, in words; none where nothing is.
    fn difference(&self, then: &Self) -> Option<String> {
        let settings = differing_settings(&then.settings, &self.settings);
        match settings.first() {
            Some(first) => Some(format!("of other settings ({first})")),
            None => (then.data != self.data).then(|| "of other recordings".into()),
        }
    }
}

/// Keeps a run while it is trained, and says every epoch where no person watches.
#[derive(Debug)]
pub struct UnderWay<'a> {
    folder: PathBuf,
    made_of: MadeOf,
    saving: Saving,
    /// Epochs that are asked for.
    epochs: u32,
    stop: &'a Stop,
}

impl<'a> UnderWay<'a> {
    /// A run of so many epochs with its checkpoints in a folder of its own, one after so many minutes.
    pub fn new(folder: PathBuf, made_of: MadeOf, epochs: u32, checkpoint_minutes: f64, stop: &'a Stop) -> Self {
        Self { folder, made_of, saving: Saving::new(checkpoint_minutes), epochs, stop }
    }

    /// The newest checkpoint, which is said. Where those in the folder were made of something else, or none can be read, that is
    /// said, they are removed, and there is none.
    pub fn newest(&self) -> Option<Checkpoint> {
        let checkpoints = self.checkpoints();
        checkpoints.sweep();
        if !checkpoints.any() {
            // What is noted there without a checkpoint may be of another run.
            checkpoints.remove();
            return None;
        }
        let why = match self.difference() {
            Some(difference) => difference,
            None => match checkpoints.newest() {
                Some(newest) => {
                    say!("  going on after {}", newest.state.place());
                    return Some(newest);
                }
                None => "damaged".into(),
            },
        };
        say!("  {}: the checkpoints there are {why}; the run begins anew", self.folder.display());
        checkpoints.remove();
        None
    }

    fn checkpoints(&self) -> Checkpoints {
        Checkpoints::at(self.folder.clone())
    }

    fn noted(&self) -> PathBuf {
        self.folder.join(MADE_OF)
    }

    /// Why the checkpoints in the folder are not those of this run; none where they are.
    fn difference(&self) -> Option<String> {
        match read(&self.noted()) {
            Ok(then) => self.made_of.difference(&then),
            Err(error) => Some(format!("of an unknown run ({error})")),
        }
    }

    /// Writes down what the checkpoints are made of, before the first of them, and where somebody has removed it.
    fn note(&self) -> Result<()> {
        let path = self.noted();
        if path.exists() {
            return Ok(());
        }
        output::create_folder(&self.folder)?;
        let bytes = serde_json::to_vec_pretty(&self.made_of)
            .map_err(|error| Error::input(format!("the settings cannot be written: {error}")).at(path.display()))?;
        output::write_file(&path, &bytes)
    }
}

fn read(path: &Path) -> Result<MadeOf> {
    let bytes = output::read_file(path, MOST_BYTES)?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Error::input(format!("not the settings of a run: {error}")).at(path.display()))
}

impl Observer for UnderWay<'_> {
    fn epoch(&mut self, end: &EpochEnd) -> Result<()> {
        if !progress::is_watched() || progress::is_verbose() {
            say!("  {}", end.epoch.line(self.epochs, &progress::left(), end.better));
        }
        Ok(())
    }

    fn wants_checkpoint(&self, epoch_ends: bool) -> bool {
        self.saving.is_due(epoch_ends)
    }

    fn checkpoint(&mut self, checkpoint: &Checkpoint) {
        let written = self.note().and_then(|()| self.checkpoints().save(checkpoint));
        self.saving.saved(written);
    }

    fn stop(&self) -> Option<u8> {
        self.stop.asked()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use spectnet_core::learning::sampler::SamplerState;
    use spectnet_core::model::Weights;

    use super::*;
    use crate::training::checkpoint::State;

    fn made_of(batch: u32, data: u8) -> MadeOf {
        MadeOf { settings: json!({ "recipe": { "batch": batch } }), data: Digest::new([data; 8]) }
    }

    fn checkpoint(batches: u64) -> Checkpoint {
        let sampler = SamplerState { position: 1, groups: vec![(vec![0], 0)] };
        let mut state = State::new(sampler, 0);
        state.batches = batches;
        Checkpoint {
            state,
            weights: Weights::from([("x".to_owned(), vec![0.5])]),
            best: None,
            average: None,
            gradients: Weights::new(),
            optimiser: vec![1],
        }
    }

    #[test]
    fn a_run_goes_on_from_its_own_checkpoints_and_from_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let of_run = folder.path().join("static-4").join("fold0-seed0.checkpoints");
        let stop = Stop::listen().unwrap();
        let run = |made_of: MadeOf| UnderWay::new(of_run.clone(), made_of, 3, 10.0, &stop);
        assert_eq!(run(made_of(8, 1)).newest(), None);
        assert!(!of_run.exists(), "nothing is written before the first checkpoint");
        run(made_of(8, 1)).checkpoint(&checkpoint(5));
        assert_eq!(run(made_of(8, 1)).newest(), Some(checkpoint(5)));
        for other in [made_of(4, 1), made_of(8, 2)] {
            run(made_of(8, 1)).checkpoint(&checkpoint(7));
            assert_eq!(run(other).newest(), None);
            assert!(!of_run.exists());
        }
        run(made_of(8, 1)).checkpoint(&checkpoint(5));
        std::fs::remove_file(of_run.join(MADE_OF)).unwrap();
        assert_eq!(run(made_of(8, 1)).newest(), None);
        // The next one is written with what it is made of, though somebody has removed that meanwhile.
        let mut again = run(made_of(8, 1));
        again.checkpoint(&checkpoint(6));
        std::fs::remove_dir_all(&of_run).unwrap();
        again.checkpoint(&checkpoint(7));
        assert_eq!(run(made_of(8, 1)).newest(), Some(checkpoint(7)));
        // Another one was killed before its first checkpoint was whole.
        std::fs::remove_dir_all(&of_run).unwrap();
        run(made_of(4, 1)).note().unwrap();
        let mut own = run(made_of(8, 1));
        assert_eq!(own.newest(), None);
        own.checkpoint(&checkpoint(1));
        assert_eq!(run(made_of(8, 1)).newest(), Some(checkpoint(1)));
        assert_eq!(run(made_of(4, 1)).newest(), None);
    }

    #[test]
    fn what_differs_is_named() {
        let words = |then: MadeOf| made_of(8, 1).difference(&then);
        assert_eq!(words(made_of(8, 1)), None);
        assert_eq!(words(made_of(4, 1)).unwrap(), "of other settings (--batch was 4 and is 8 now)");
        assert_eq!(words(made_of(8, 2)).unwrap(), "of other recordings");
    }
}
