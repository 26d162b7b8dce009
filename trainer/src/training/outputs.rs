//! The files of a run, in its folder.
//!
//! | file | what |
//! |---|---|
//! | `best.safetensors` | the model of the best epoch on the validation groups, with the assessment that was made there |
//! | `last.safetensors` | the model of the last epoch |
//! | `checkpoints/` | the newest two [checkpoints](super::checkpoint), from which `--resume` goes on |
//! | `history.csv` | one row an epoch |
//! | `run.json` | settings, and every recording with its part and the digest of its sound: `--resume` goes on with nothing else |
//! | `report.json` | data, protocol, seed and every metric, as in the best model's provenance and assessment; recordings left out |
//! | `config.toml` | all settings: `spectnet train --config` does the run again |
//! | `environment.json` | program, machine and command line of the run, and of those that went on with it |
//! | `data.json` | a fingerprint of the data, and every recording with its part and digest |
//! | `log.jsonl` | one line for some steps, and one an epoch |
//! | `metrics.csv` | every metric of every epoch, of each subset too |
//! | `filters.csv` | every filter in every epoch; 0 is before training |
//! | `predictions.csv` | what the best model says of every validation and held-out recording |
//! | `report.html` | all of this for people: one page with pictures |
//! | `events.out.tfevents.…` | for TensorBoard, with `--tensorboard` |
//! | `run.lock` | there as long as a process works here |

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use spectnet_core::model::{ModelConfig, Weights};
use spectnet_core::package::Provenance;
use spectnet_core::prediction::assessment::Assessment;
use spectnet_core::prediction::openness::Openness;

use super::checkpoint::Checkpoints;
use super::fingerprint::Fingerprint;
use super::lock::Lock;
use crate::compute::model_file::{MadeWith, assess, open};
use crate::data::LeftOut;
use crate::error::{Error, Result};
use crate::output;

/// A hundred thousand epochs.
const MAX_HISTORY_BYTES: u64 = 1 << 24;
const HISTORY: &str = "history.csv";

/// The folder of a run, in which no other process works.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// Recordings that the report says are left out.
    left_out: Vec<LeftOut>,
    /// Given back when the folder is dropped.
    _lock: Arc<Lock>,
}

/// One row of `history.csv`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Number, from 1.
    pub epoch: u64,
    /// Seconds since the start of training.
    pub seconds: f64,
    /// Mean cross-entropy of the training batches, in nats, with dropout active.
    pub training_loss: f64,
    /// Mean cross-entropy of the validation recordings, in nats; none without validation.
    pub validation_loss: Option<f64>,
    /// MAcc of the validation recordings.
    pub validation_macc: Option<f64>,
    /// Largest distance of a centre frequency from its start value, in Hz.
    pub largest_shift_hz: f64,
    /// The figure that chooses the best epoch: MAcc of the validation recordings averaged over the subsets, or accuracy
    /// where no subset has one. Histories of earlier versions do not have it.
    #[serde(default)]
    pub validation_score: Option<f64>,
}

impl Epoch {
    /// For people, with the time left in words, if anybody knows it.
    pub fn line(&self, epochs: u32, left: &str, better: bool) -> String {
        let (score, macc) = (output::percent(self.validation_score), output::percent(self.validation_macc));
        let loss = self.validation_loss.map_or("–".into(), |loss| format!("{loss:.3}"));
        format!(
            "epoch {:>3}/{epochs}  {:>6.0} s  training loss {:.3}  validation loss {loss}  mean of subsets {score}  pooled MAcc {macc}  filters moved up to {:.1} Hz{left}{}",
            self.epoch,
            self.seconds,
            self.training_loss,
            self.largest_shift_hz,
            if better { "  (best)" } else { "" }
        )
    }
}

impl RunFolder {
    /// Makes the folder, takes its lock and tries to write to it, before hours of work depend on it. What an earlier process
    /// left half written there is removed.
    ///
    /// # Errors
    /// What the system says, a folder in which another process works, or one that holds another run's models, unless this run
    /// goes on from them.
    pub fn create(path: &Path, resume: bool) -> Result<Self> {
        output::create_folder(path)?;
        let lock = Arc::new(Lock::take(path)?);
        let folder = Self { path: path.to_path_buf(), left_out: Vec::new(), _lock: lock };
        if !resume && (folder.best().exists() || folder.last().exists() || folder.checkpoints().any()) {
            return Err(Error::input(format!(
                "{}: holds the models of an earlier run; go on from them with --resume, or choose another --out",
                path.display()
            )));
        }
        output::sweep(path);
        folder.checkpoints().sweep();
        let trial = path.join(".writable");
        output::write_file(&trial, b"")?;
        std::fs::remove_file(&trial).map_err(|source| Error::io("remove the file", &trial, source))?;
        Ok(folder)
    }

    /// The same, whose report says that these recordings are left out.
    #[must_use]
    pub fn without(self, left_out: Vec<LeftOut>) -> Self {
        Self { left_out, ..self }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file of this name in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The checkpoints.
    pub fn checkpoints(&self) -> Checkpoints {
        Checkpoints::new(&self.path)
    }

    /// Whether there is something to go on from.
    pub fn goes_on(&self) -> bool {
        self.last().exists() || self.checkpoints().any()
    }

    /// The best model.
    pub fn best(&self) -> PathBuf {
        self.path.join("best.safetensors")
    }

    /// The last model.
    pub fn last(&self) -> PathBuf {
        self.path.join("last.safetensors")
    }

    /// The metrics.
    pub fn report(&self) -> PathBuf {
        self.path.join("report.json")
    }

    /// What the run was made of.
    pub fn made_of(&self) -> PathBuf {
        self.path.join("run.json")
    }

    /// Whether the run in this folder can go on: whether it was made of the same.
    ///
    /// # Errors
    /// What differs, by name, or a run of which nobody knows.
    pub fn check(&self, now: &Fingerprint) -> Result<()> {
        let Some(then) = Fingerprint::read(&self.made_of())? else {
            return Err(Error::input(
                "there is none, so nobody knows what the run in this folder was trained on; begin another one with another --out",
            )
            .at(self.made_of().display()));
        };
        match then.difference(now) {
            None => Ok(()),
            Some(difference) => Err(Error::input(format!(
                "this run was made of something else: {difference}. Go on with what it was made of, or choose another --out"
            ))
            .at(self.made_of().display())),
        }
    }

    /// Writes a model file.
    ///
    /// # Errors
    /// Weights that are not finite, or what the system says.
    pub fn save(
        &self,
        path: &Path,
        weights: &Weights,
        config: &ModelConfig,
        provenance: &Provenance,
        made_with: &MadeWith,
    ) -> Result<()> {
        output::write_file(path, &made_with.file(config, weights, provenance)?)
    }

    /// The epochs of the run so far; none where there is no history yet.
    ///
    /// # Errors
    /// A history that was changed by hand, or what the system says.
    pub fn history(&self) -> Result<Vec<Epoch>> {
        let path = self.path.join(HISTORY);
        if !path.exists() {
            return Ok(Vec::new());
        }
        let bytes = output::read_file(&path, MAX_HISTORY_BYTES)?;
        let rows = csv::Reader::from_reader(bytes.as_slice()).into_deserialize().collect::<std::result::Result<_, _>>();
        rows.map_err(|error| Error::input(format!("not the history of a run: {error}")).at(path.display()))
    }

    /// Writes the epochs so far.
    ///
    /// # Errors
    /// What the system says.
    pub fn save_history(&self, epochs: &[Epoch]) -> Result<()> {
        let mut table = csv::Writer::from_writer(Vec::new());
        let written = epochs.iter().try_for_each(|epoch| table.serialize(epoch));
        let bytes = written
            .map_err(|error| error.to_string())
            .and_then(|()| table.into_inner().map_err(|error| error.to_string()));
        let bytes = bytes.map_err(|error| Error::input(format!("the history cannot be written: {error}")))?;
        output::write_file(&self.path.join(HISTORY), &bytes)
    }

    /// Writes the report, and adds assessment and openness score to the best model and to the report, as far as there are any.
    ///
    /// # Errors
    /// What the system says, or an addition that does not belong to the model: then the report is there without it.
    pub fn finish(
        &self,
        config: &ModelConfig,
        provenance: &Provenance,
        assessment: Option<&Assessment>,
        openness: Option<&Openness>,
    ) -> Result<()> {
        let write = |assessment: Option<&Assessment>, openness: Option<&Openness>| {
            let report: Value = json!({
                "config": config, "provenance": provenance, "assessment": assessment, "openness": openness,
                "left_out": self.left_out
            });
            let bytes = serde_json::to_vec_pretty(&report)
                .map_err(|error| Error::input(format!("the report cannot be written: {error}")))?;
            output::write_file(&self.report(), &bytes)
        };
        write(None, None)?;
        if let Some(assessment) = assessment {
            assess(&self.best(), assessment, None, &self.best())?;
        }
        if let Some(openness) = openness {
            open(&self.best(), openness, &self.best())?;
        }
        write(assessment, openness)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::model_file::read_model;
    use crate::data::Dataset;
    use spectnet_core::model::Task;
    use spectnet_core::network::burn::SpectNet;
    use spectnet_core::prediction::assessment::Scored;

    /// A run ended without a report where its assessment could not be read back.
    #[test]
    fn the_report_and_the_model_are_there_though_the_assessment_fails() {
        let folder = tempfile::tempdir().unwrap();
        let left_out = vec![LeftOut::because(Path::new("x.wav"), "it holds no sound")];
        let run = RunFolder::create(folder.path(), false).unwrap().without(left_out);
        let config = Task::Heart.model(vec!["normal".into(), "abnormal".into()], 4, 2);
        let weights = SpectNet::new(&config, &burn::tensor::Device::flex()).unwrap().weights().unwrap();
        let provenance = Provenance { data: "nobody's".into(), ..Default::default() };
        run.save(&run.best(), &weights, &config, &provenance, &MadeWith::default()).unwrap();
        let scored = [(0.2, false), (0.4, true)].map(|(probability, positive)| Scored { probability, positive });
        let good = Assessment::measure(&scored, "two").unwrap();
        let mut broken = good.clone();
        broken.measured.roc.reverse();
        assert!(run.finish(&config, &provenance, Some(&broken), None).is_err());
        let report = || -> Value { serde_json::from_slice(&std::fs::read(run.report()).unwrap()).unwrap() };
        assert_eq!((&report()["provenance"]["data"], &report()["assessment"]), (&json!("nobody's"), &Value::Null));
        assert_eq!(report()["left_out"], json!([{ "path": "x.wav", "why": "it holds no sound" }]));
        assert_eq!(read_model(&run.best()).unwrap().assessment, None);
        run.finish(&config, &provenance, Some(&good), None).unwrap();
        assert_eq!(report()["assessment"]["measured_on"], "two");
        assert_eq!(read_model(&run.best()).unwrap().assessment, Some(good));
    }

    #[test]
    fn a_folder_has_one_run_and_what_another_left_half_written_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::create(folder.path(), false).unwrap();
        let refused = RunFolder::create(folder.path(), true).unwrap_err().to_string();
        assert!(refused.contains("this folder is in use by process"), "{refused}");
        std::fs::write(run.file(".best.safetensors.17.0.part"), "half").unwrap();
        std::fs::write(run.file("mine.part"), "mine").unwrap();
        drop(run);
        RunFolder::create(folder.path(), false).unwrap();
        let left = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(left.collect::<Vec<_>>(), ["mine.part"]);
    }

    #[test]
    fn a_history_of_an_earlier_version_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::create(folder.path(), false).unwrap();
        let old =
            "epoch,seconds,training_loss,validation_loss,validation_macc,largest_shift_hz\n1,2.5,0.7,0.6,0.55,3.0\n";
        std::fs::write(folder.path().join(HISTORY), old).unwrap();
        let mut epochs = run.history().unwrap();
        assert_eq!((epochs[0].validation_macc, epochs[0].validation_score), (Some(0.55), None));
        epochs.push(Epoch { epoch: 2, validation_macc: Some(0.7), validation_score: Some(0.6), ..epochs[0].clone() });
        run.save_history(&epochs).unwrap();
        assert_eq!(run.history().unwrap(), epochs);
        // What chooses stands first.
        let line = epochs[1].line(9, "", true);
        assert!(line.contains("mean of subsets 60.0 %  pooled MAcc 70.0 %") && line.ends_with("(best)"), "{line}");
    }

    #[test]
    fn a_run_goes_on_with_what_it_was_made_of_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::create(folder.path(), false).unwrap();
        let dataset = Dataset { name: "empty".into(), ..Dataset::default() };
        let of = |seed: u64| {
            let settings = json!({ "recipe": { "seed": seed } });
            Fingerprint::new(settings, &dataset, folder.path(), |_| (None, None))
        };
        assert!(run.check(&of(1)).unwrap_err().to_string().contains("nobody knows"));
        of(1).write(&run.made_of()).unwrap();
        run.check(&of(1)).unwrap();
        let message = run.check(&of(2)).unwrap_err().to_string();
        assert!(
            message.contains("run.json: this run was made of something else: --seed was 1 and is 2 now."),
            "{message}"
        );
    }
}
