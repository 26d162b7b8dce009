//! Whether a recording of whose judged beginning nothing can be said holds a heart further on.

use super::{Note, Noted, Prediction, Prepared};
use crate::Result;
use crate::audio::Recording;
use crate::model::ModelConfig;

/// Looks through what comes after the judged beginning of a recording, piece by piece.
#[derive(Clone, Debug)]
pub struct Elsewhere<'a> {
    config: &'a ModelConfig,
    judged_s: f64,
    /// Where the next piece starts, in seconds.
    at_s: f64,
}

impl<'a> Elsewhere<'a> {
    /// Most seconds to look through: enough for a recorder that was started long before, and soon done.
    pub const SECONDS: f64 = 600.0;

    /// Starts behind the first `judged_s` seconds, where that makes sense: nothing could be said of a heart sound.
    pub fn after(config: &'a ModelConfig, prediction: &Prediction, judged_s: f64) -> Option<Self> {
        let missed = prediction.abstained.is_some() && config.looks_for_a_heart();
        missed.then(|| Self::behind(config, judged_s))
    }

    /// Starts behind the first `judged_s` seconds.
    pub(crate) fn behind(config: &'a ModelConfig, judged_s: f64) -> Self {
        Self { config, judged_s, at_s: judged_s }
    }

    /// Looks at the next piece. A note where it holds a heart; it ends in `advice`, which says how to judge all of it.
    ///
    /// # Errors
    /// Those of [`Prepared::piece`].
    pub fn look(&mut self, piece: &Recording, advice: &str) -> Result<Option<Note>> {
        let prepared = Prepared::piece(self.config, piece)?;
        Ok(self.look_at(&prepared, piece.duration_s(), advice))
    }

    /// Looks at the next piece, which is conditioned already and `seconds` s long.
    pub(crate) fn look_at(&mut self, prepared: &Prepared, seconds: f64, advice: &str) -> Option<Note> {
        let Self { judged_s, at_s: start_s, .. } = *self;
        self.at_s += seconds;
        let found = prepared.hearts.iter().any(|(_, found)| found.plausible);
        found.then(|| {
            Note::new(
                Noted::Elsewhere,
                format!(
                    "The first {judged_s:.0} s hold no heart that can be judged, but {start_s:.0} to {:.0} s do: {advice}.",
                    self.at_s
                ),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Task;
    use crate::prediction::decision::Decision;
    use crate::prediction::{Prepared, Tally};
    use crate::synth::{HeartOptions, heart};

    #[test]
    fn a_heart_behind_the_judged_beginning_is_found_and_its_place_is_named() {
        let config = Task::Heart.model(["normal", "abnormal"].map(String::from).to_vec(), 4, 2);
        let silence = Recording::new(vec![0.0; 20_000], 2000).unwrap();
        let options = HeartOptions { seed: 2, seconds: 10.0, sample_rate: 2000, murmur: None };
        let sound = heart(&options).unwrap().recording;
        let prediction = |recording: &Recording| {
            let prepared = Prepared::new(&config, recording).unwrap();
            let mut tally = Tally::new(&config);
            tally.add(&prepared, &vec![0.5; 2 * prepared.spans.len()]).unwrap();
            tally.prediction(&Decision::largest(&config)).unwrap()
        };
        assert!(Elsewhere::after(&config, &prediction(&sound), 10.0).is_none(), "nothing was missed");
        let mut elsewhere = Elsewhere::after(&config, &prediction(&silence), 60.0).unwrap();
        assert_eq!(elsewhere.look(&silence, "judge all of it with --whole").unwrap(), None);
        let note = elsewhere.look(&sound, "judge all of it with --whole").unwrap().unwrap();
        assert_eq!(note.kind, Noted::Elsewhere);
        let expected =
            "The first 60 s hold no heart that can be judged, but 70 to 80 s do: judge all of it with --whole.";
        assert_eq!(note.detail, expected);
    }
}
