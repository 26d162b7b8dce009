//! What is told while a model is trained, and who asks for the end.

use serde::Serialize;
use spectnet_core::model::Weights;

use super::checkpoint::Checkpoint;
use super::outputs::Epoch;
use crate::error::Result;
use crate::evaluation::Evaluation;

/// Is told what happens in a run.
pub trait Observer {
    /// Some steps are done.
    fn steps(&mut self, _steps: &Steps) {}

    /// An epoch is done.
    ///
    /// # Errors
    /// What ends the run.
    fn epoch(&mut self, end: &EpochEnd) -> Result<()>;

    /// Whether a checkpoint shall be made now: at the end of an epoch, or after a step.
    fn wants_checkpoint(&self, _epoch_ends: bool) -> bool {
        false
    }

    /// A checkpoint, which was asked for.
    fn checkpoint(&mut self, _checkpoint: &Checkpoint) {}

    /// The exit status with which the run shall end after this step; none where it shall go on.
    fn stop(&self) -> Option<u8> {
        None
    }
}

/// The end of an epoch.
pub struct EpochEnd<'a> {
    /// Its figures.
    pub epoch: &'a Epoch,
    /// The weights after it.
    pub weights: &'a Weights,
    /// How good they are on the validation recordings; none where there are none.
    pub validation: Option<&'a Evaluation>,
    /// Whether it is the best so far.
    pub better: bool,
}

/// Some steps of training, or what was left of them at the end of an epoch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Steps {
    /// `steps`.
    pub event: &'static str,
    /// The epoch they belong to, from 1.
    pub epoch: u64,
    /// Batches of the whole run so far.
    pub batch: u64,
    /// Seconds that the run has taken so far.
    pub seconds: f64,
    /// Mean cross-entropy of their batches, in nats; none where all were skipped.
    pub loss: Option<f64>,
    /// Learning rate of the classifier in the last of them.
    pub learning_rate: f64,
    /// Learning rate of the filters, likewise.
    pub front_end_learning_rate: f64,
    /// Norms of the gradients of the last of them, before they were cut; none where that was skipped.
    pub gradient_norm: Option<GradientNorm>,
    /// Windows a second.
    pub windows_per_s: f64,
    /// Share of the time, 0 to 1, in which the device waited for its data.
    pub waiting: f64,
    /// Steps of the whole run so far that were skipped, because the loss or a gradient was no number.
    pub skipped: u64,
}

impl Steps {
    /// For people.
    pub fn line(&self) -> String {
        let loss = self.loss.map_or("–".into(), |loss| format!("{loss:.3}"));
        let norm = self.gradient_norm.map_or("–".into(), |GradientNorm { front_end, classifier }| {
            format!("{front_end:.3} (filters) and {classifier:.3}")
        });
        format!(
            "epoch {:>3}, batch {:>5}  loss {loss}  gradient {norm}  learning rate {:.2e}  {:.0} windows/s  {:.0} % of the time \
             waiting for data{}",
            self.epoch,
            self.batch,
            self.learning_rate,
            self.windows_per_s,
            100.0 * self.waiting,
            if self.skipped > 0 { format!("  {} steps skipped", self.skipped) } else { String::new() }
        )
    }
}

/// How large the gradients are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GradientNorm {
    /// Of the filters.
    pub front_end: f64,
    /// Of everything else.
    pub classifier: f64,
}
