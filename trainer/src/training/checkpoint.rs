//! Checkpoints: everything that a run goes on from, as if it had never stopped.
//!
//! A checkpoint is a folder that is written under another name, brought to the disk and then renamed; the file `DONE` in it
//! lists the sizes of the others and their SHA-256, so that one in which the disk has changed a bit is not gone on from. The
//! newest two are kept: while one is written, or where one is damaged, another is whole.

use std::fs;
use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use spectnet_core::learning::Snapshot;
use spectnet_core::learning::sampler::SamplerState;
use spectnet_core::model::Weights;

use crate::data::digest;
use crate::error::{Error, Result};
use crate::output;

/// Folder of the checkpoints in the folder of a run.
pub const CHECKPOINTS: &str = "checkpoints";
/// Layout of a checkpoint; a program reads only its own.
const VERSION: u32 = 2;
/// Checkpoints that are kept.
const KEPT: usize = 2;
/// Largest file of a checkpoint: weights and moments of a network a thousand times as large as any that is here.
const MOST_BYTES: u64 = 1 << 33;
/// Beginning of the names of folders that are being written or removed.
const UNFINISHED: &str = ".new-";
const STATE: &str = "state.json";
const TENSORS: &str = "tensors.safetensors";
const OPTIMISER: &str = "optimiser.bpk";
const DONE: &str = "DONE";

/// What a run goes on from.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Where the run was.
    pub state: State,
    /// Weights as they were, of filters too.
    pub weights: Weights,
    /// Those of the best epoch; none before the first has ended.
    pub best: Option<Weights>,
    /// Their average over the steps so far; none where none is made, or no step is done.
    pub average: Option<Weights>,
    /// Sum of the gradients of a step that is not complete.
    pub gradients: Weights,
    /// Moments of the optimiser, as Burn writes them.
    pub optimiser: Vec<u8>,
}

impl Checkpoint {
    /// Of what a trainer goes on from; where the run around it is, must still be said.
    pub fn new(snapshot: Snapshot) -> Self {
        let Snapshot { sampler, augmenter, subset_weights, batches, accumulated, averaged, .. } = snapshot;
        let state = State { subset_weights, batches, accumulated, averaged, ..State::new(sampler, augmenter) };
        let Snapshot { weights, average, gradients, optimiser, .. } = snapshot;
        Self { state, weights, best: None, average, gradients, optimiser }
    }

    /// What a trainer goes on from.
    pub fn snapshot(&self) -> Snapshot {
        let State { batches, accumulated, averaged, augmenter, .. } = self.state;
        Snapshot {
            sampler: self.state.sampler.clone(),
            augmenter,
            subset_weights: self.state.subset_weights.clone(),
            batches,
            accumulated,
            averaged,
            weights: self.weights.clone(),
            average: self.average.clone(),
            gradients: self.gradients.clone(),
            optimiser: self.optimiser.clone(),
        }
    }
}

/// Where a run is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Layout of the checkpoint.
    version: u32,
    /// Seed of sampler and augmentation.
    pub seed: u64,
    /// Whole epochs so far.
    pub epoch: u64,
    /// Batches of the epoch after them so far.
    pub batches_of_epoch: u64,
    /// Batches of the whole run so far: the random numbers of the device follow from it.
    pub batches: u64,
    /// Batches whose gradients wait for a step.
    pub accumulated: usize,
    /// Steps whose weights are in their average; 0 where there is none.
    #[serde(default)]
    pub averaged: u64,
    /// Sum of the losses of the epoch so far, and how many.
    pub losses: (f64, u64),
    /// Seconds that the run has taken so far.
    pub seconds: f64,
    /// Number of the best epoch so far.
    pub best_epoch: Option<u64>,
    /// Steps that were skipped, because the loss or a gradient was no number.
    pub skipped: u64,
    /// Which recordings come next.
    pub sampler: SamplerState,
    /// How far the random numbers of the augmentation are.
    pub augmenter: u64,
    /// Weights of the subsets in the loss; empty where they count alike.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subset_weights: Vec<f64>,
}

impl State {
    /// The state at the start of a run.
    pub fn new(sampler: SamplerState, augmenter: u64) -> Self {
        Self {
            version: VERSION,
            seed: 0,
            epoch: 0,
            batches_of_epoch: 0,
            batches: 0,
            accumulated: 0,
            averaged: 0,
            losses: (0.0, 0),
            seconds: 0.0,
            best_epoch: None,
            skipped: 0,
            sampler,
            augmenter,
            subset_weights: Vec::new(),
        }
    }

    /// Where the run is, in words.
    pub fn place(&self) -> String {
        match self.batches_of_epoch {
            0 => format!("epoch {}", self.epoch),
            batches => format!("epoch {} and {batches} batches of the next", self.epoch),
        }
    }

    fn name(&self) -> String {
        format!("epoch-{:06}-batch-{:012}", self.epoch, self.batches)
    }
}

/// The folder of the checkpoints of a run.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    path: PathBuf,
}

impl Checkpoints {
    /// In the folder of a run; nothing is written yet.
    pub fn new(run: &Path) -> Self {
        Self::at(run.join(CHECKPOINTS))
    }

    /// In this folder, which may hold other files beside them.
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Whether there is one.
    pub fn any(&self) -> bool {
        !self.whole().is_empty()
    }

    /// Removes what was not finished.
    pub fn sweep(&self) {
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(UNFINISHED)) {
            // What cannot be removed is in nobody's way.
            let _ = fs::remove_dir_all(entry.path());
        }
    }

    /// Removes all of them, with their folder.
    pub fn remove(&self) {
        // What is left of them is passed over.
        let _ = fs::remove_dir_all(&self.path);
    }

    /// Writes a checkpoint, and then removes those that are older than the last two.
    ///
    /// # Errors
    /// What the system says; then the older ones stay, and nothing half written is left.
    pub fn save(&self, checkpoint: &Checkpoint) -> Result<()> {
        output::create_folder(&self.path)?;
        let name = checkpoint.state.name();
        let part = self.path.join(format!("{UNFINISHED}{name}"));
        let written = self.write(checkpoint, &part, &self.path.join(&name));
        if written.is_err() {
            let _ = fs::remove_dir_all(&part);
            return written;
        }
        for old in self.whole().iter().rev().skip(KEPT) {
            let _ = fs::remove_dir_all(old);
        }
        Ok(())
    }

    fn write(&self, checkpoint: &Checkpoint, part: &Path, path: &Path) -> Result<()> {
        let _ = fs::remove_dir_all(part);
        output::create_folder(part)?;
        let state = serde_json::to_vec_pretty(&checkpoint.state)
            .map_err(|error| Error::input(format!("a checkpoint cannot be written: {error}")))?;
        let tensors = tensors(checkpoint)?;
        let files = [(STATE, &state), (TENSORS, &tensors), (OPTIMISER, &checkpoint.optimiser)];
        for (name, bytes) in files {
            output::write_file(&part.join(name), bytes)?;
        }
        let done: String = files.map(|(name, bytes)| known_by(name, bytes) + "\n").concat();
        output::write_file(&part.join(DONE), done.as_bytes())?;
        let failed = |source| Error::io("write the checkpoint", path, source);
        sync(part).map_err(failed)?;
        if path.exists() {
            // A run that went on from an older one, because this one was damaged, comes here again.
            let old = self.path.join(format!("{UNFINISHED}old"));
            let _ = fs::remove_dir_all(&old);
            fs::rename(path, &old).map_err(failed)?;
            fs::rename(part, path).map_err(failed)?;
            let _ = fs::remove_dir_all(&old);
        } else {
            fs::rename(part, path).map_err(failed)?;
        }
        sync(&self.path).map_err(failed)
    }

    /// The newest checkpoint that is whole; one that is damaged is passed over, which is said.
    pub fn newest(&self) -> Option<Checkpoint> {
        for path in self.whole().into_iter().rev() {
            match read(&path) {
                Ok(checkpoint) => return Some(checkpoint),
                Err(error) => say!("warning: {error}; going on from an older one, if there is one"),
            }
        }
        None
    }

    /// Finished checkpoints, oldest first.
    fn whole(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten().map(|entry| entry.path());
        let is_whole = |path: &PathBuf| {
            let named = path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.'));
            named && path.join(DONE).is_file()
        };
        let mut found: Vec<PathBuf> = entries.filter(is_whole).collect();
        found.sort();
        found
    }
}

/// Brings the names in a folder to the disk, where a system can.
fn sync(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

fn tensors(checkpoint: &Checkpoint) -> Result<Vec<u8>> {
    let empty = Weights::new();
    let parts = [
        ("weights", &checkpoint.weights),
        ("best", checkpoint.best.as_ref().unwrap_or(&empty)),
        ("average", checkpoint.average.as_ref().unwrap_or(&empty)),
        ("gradients", &checkpoint.gradients),
    ];
    let named = parts.into_iter().flat_map(|(part, tensors)| tensors.iter().map(move |one| (part, one)));
    let bytes: Vec<(String, Vec<u8>)> = named
        .map(|(part, (name, values))| {
            (format!("{part}/{name}"), values.iter().flat_map(|value| value.to_le_bytes()).collect())
        })
        .collect();
    let failed = |error: safetensors::SafeTensorError| Error::input(format!("a checkpoint cannot be written: {error}"));
    let views = bytes.iter().map(|(name, bytes)| {
        TensorView::new(Dtype::F32, vec![bytes.len() / 4], bytes).map(|view| (name, view)).map_err(failed)
    });
    let views = views.collect::<Result<Vec<_>>>()?;
    safetensors::serialize(views, None).map_err(failed)
}

/// The line of a file in `DONE`: its name, its size in bytes, and its SHA-256.
fn known_by(name: &str, bytes: &[u8]) -> String {
    format!("{name} {} {}", bytes.len(), digest::sha256(bytes))
}

fn read(path: &Path) -> Result<Checkpoint> {
    let damaged = |why: String| Error::input(format!("a damaged checkpoint: {why}")).at(path.display());
    let done = output::read_text(&path.join(DONE))?;
    let file = |name: &str| -> Result<Vec<u8>> {
        let bytes = output::read_file(&path.join(name), MOST_BYTES)?;
        let expected = known_by(name, &bytes);
        if done.lines().any(|line| line == expected) {
            Ok(bytes)
        } else {
            Err(damaged(format!("{name} is not what was written: {DONE} has another size or SHA-256 for it")))
        }
    };
    let state: State = serde_json::from_slice(&file(STATE)?).map_err(|error| damaged(format!("{STATE}: {error}")))?;
    if state.version != VERSION {
        return Err(damaged(format!("it has version {}, and this program reads {VERSION}", state.version)));
    }
    let bytes = file(TENSORS)?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|error| damaged(format!("{TENSORS}: {error}")))?;
    let mut parts = ["weights/", "best/", "average/", "gradients/"].map(|part| (part, Weights::new()));
    for (name, view) in tensors.tensors() {
        let Some((part, name)) = parts.iter_mut().find_map(|(part, to)| Some((to, name.strip_prefix(*part)?))) else {
            return Err(damaged(format!("{TENSORS}: {name:?} is nothing of it")));
        };
        let values = view.data().chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]));
        part.insert(name.to_owned(), values.collect());
    }
    let [weights, best, average, gradients] = parts.map(|(_, weights)| weights);
    let best = state.best_epoch.map(|_| best);
    let average = (state.averaged > 0).then_some(average);
    Ok(Checkpoint { state, weights, best, average, gradients, optimiser: file(OPTIMISER)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(epoch: u64, batches: u64) -> Checkpoint {
        let sampler = SamplerState { position: 123, groups: vec![(vec![2, 0, 1], 1)] };
        let state = State {
            epoch,
            batches,
            averaged: batches,
            subset_weights: vec![0.1, 0.9],
            best_epoch: Some(1),
            seconds: 0.1,
            ..State::new(sampler, u64::MAX)
        };
        let weights = |value: f32| Weights::from([("front_end.gain".to_owned(), vec![value, f32::MIN_POSITIVE])]);
        Checkpoint {
            state,
            weights: weights(0.1),
            best: Some(weights(1.0 / 3.0)),
            average: Some(weights(0.3)),
            gradients: Weights::from([("3".to_owned(), vec![1e-30])]),
            optimiser: vec![1, 2, 3],
        }
    }

    #[test]
    fn a_checkpoint_comes_back_to_the_last_bit_and_two_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::new(folder.path());
        assert!(!checkpoints.any() && checkpoints.newest().is_none());
        for batches in 1..=4 {
            checkpoints.save(&checkpoint(0, batches)).unwrap();
        }
        checkpoints.save(&checkpoint(1, 4)).unwrap();
        checkpoints.save(&checkpoint(1, 4)).unwrap();
        assert_eq!(checkpoints.newest(), Some(checkpoint(1, 4)));
        assert_eq!(fs::read_dir(&checkpoints.path).unwrap().count(), KEPT);
        checkpoints.remove();
        assert!(!checkpoints.any() && !checkpoints.path.exists());
    }

    #[test]
    fn a_trainer_gets_back_what_it_gave() {
        let snapshot = checkpoint(0, 7).snapshot();
        assert_eq!(Checkpoint::new(snapshot.clone()).snapshot(), snapshot);
    }

    #[test]
    fn what_is_not_whole_is_passed_over_and_swept() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::new(folder.path());
        checkpoints.save(&checkpoint(0, 5)).unwrap();
        checkpoints.save(&checkpoint(1, 9)).unwrap();
        let newest = checkpoints.path.join(checkpoint(1, 9).state.name());
        let bytes = fs::read(newest.join(TENSORS)).unwrap();
        fs::write(newest.join(TENSORS), &bytes[..bytes.len() - 1]).unwrap();
        assert_eq!(checkpoints.newest(), Some(checkpoint(0, 5)));
        fs::remove_file(newest.join(DONE)).unwrap();
        assert_eq!(checkpoints.newest(), Some(checkpoint(0, 5)));
        let part = checkpoints.path.join(format!("{UNFINISHED}x"));
        fs::create_dir(&part).unwrap();
        fs::write(part.join(DONE), "").unwrap();
        assert_eq!(checkpoints.newest(), Some(checkpoint(0, 5)));
        checkpoints.sweep();
        assert!(!part.exists());
    }

    #[test]
    fn a_flipped_bit_is_seen_in_any_file() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::new(folder.path());
        checkpoints.save(&checkpoint(0, 5)).unwrap();
        checkpoints.save(&checkpoint(1, 9)).unwrap();
        let newest = checkpoints.path.join(checkpoint(1, 9).state.name());
        for name in [STATE, TENSORS, OPTIMISER, DONE] {
            let whole = fs::read(newest.join(name)).unwrap();
            for place in [0, whole.len() / 2, whole.len() - 1] {
                let mut flipped = whole.clone();
                flipped[place] ^= 1;
                fs::write(newest.join(name), flipped).unwrap();
                assert_eq!(checkpoints.newest(), Some(checkpoint(0, 5)), "{name}, byte {place}");
            }
            fs::write(newest.join(name), whole).unwrap();
            assert_eq!(checkpoints.newest(), Some(checkpoint(1, 9)), "{name}");
        }
        // Those of an earlier version have no checksums.
        fs::write(newest.join(DONE), format!("{OPTIMISER} 3\n{STATE} 1\n{TENSORS} 1\n")).unwrap();
        assert_eq!(checkpoints.newest(), Some(checkpoint(0, 5)));
    }

    #[test]
    fn a_checkpoint_that_cannot_be_written_leaves_the_last_one() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::new(folder.path());
        checkpoints.save(&checkpoint(0, 5)).unwrap();
        // A file lies where the folder shall be made.
        let part = checkpoints.path.join(format!("{UNFINISHED}{}", checkpoint(1, 9).state.name()));
        fs::write(&part, "").unwrap();
        assert!(checkpoints.save(&checkpoint(1, 9)).is_err());
        assert_eq!(checkpoints.newest(), Some(checkpoint(0, 5)));
    }
}
