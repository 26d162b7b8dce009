//! What can be known of a session: its result, what it has in its hands, how far it has come.

use super::super::running::Running;
use super::super::step::Purpose;
use super::Session;
use crate::heart::StateInterval;
use crate::prediction::decision::Decision;
use crate::prediction::{FileNotes, Prediction, Prepared};
use crate::{Error, Result};

impl Session<'_> {
    /// The result, as `decision` has it, with what is to note of the `file`. It can be asked for again with another decision.
    ///
    /// # Errors
    /// [`Error::Invalid`] before the session is [done](crate::recognise::Step::Done).
    pub fn prediction(&self, decision: &Decision, file: &FileNotes) -> Result<Prediction> {
        if self.pass.is_some() || self.running.is_some() {
            return Err(Error::invalid("there is no result yet: the session's step says what it wants"));
        }
        self.prediction_so_far(decision, file)
    }

    /// The same on all pieces whose windows were answered, whatever is left. Once the windows of the last piece were, and
    /// only those around its heart cycles still wait, this is the result without these cycles: it does not rest on them.
    ///
    /// # Errors
    /// [`Error::Invalid`] before all windows of the first piece were answered.
    pub fn prediction_so_far(&self, decision: &Decision, file: &FileNotes) -> Result<Prediction> {
        let mut prediction = self.tally.prediction(decision)?;
        prediction.notes.extend(file.notes());
        prediction.notes.extend(self.rest.note.clone());
        Ok(prediction)
    }

    /// The states of the heart in the first downmix as far as it was run, where a rhythm was found.
    pub fn states(&self) -> Vec<StateInterval> {
        self.tally.states()
    }

    /// The conditioned piece whose windows are run; none between pieces.
    pub fn piece_at_hand(&self) -> Option<&Prepared> {
        self.running.as_ref().map(|running| &*running.prepared)
    }

    /// Whether the result rests on the windows that are run: not on those around heart cycles, and not on those of a
    /// silent piece of a later downmix.
    pub fn rests_on_windows(&self) -> bool {
        let counts = |prepared: &Prepared| self.tally.is_at_first_downmix() || !prepared.is_silent();
        self.running.as_ref().is_some_and(|run| run.purpose == Purpose::Windows && counts(&run.prepared))
    }

    /// Seconds of sound that the result rests on: those of the pass that was classified last.
    pub fn judged_s(&self) -> f64 {
        self.seconds(self.progress.judged as f64)
    }

    /// Seconds of sound that went through the network so far, all downmixes together; it grows with every answer.
    pub fn progress_s(&self) -> f64 {
        let of_piece = self.running.as_ref().map_or(0.0, Running::frames_done);
        self.seconds((self.progress.finished + self.progress.frames) as f64 + of_piece)
    }
}
