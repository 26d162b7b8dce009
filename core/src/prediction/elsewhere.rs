//! Whether a recording of whose judged beginning nothing can be said holds a heart further on.

use super::{Note, Noted, Prepared};

/// Looks through what comes after the judged beginning of a recording, piece by piece.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elsewhere {
    judged_s: f64,
    /// Where the next piece starts, in seconds.
    at_s: f64,
}

impl Elsewhere {
    /// Most seconds to look through: enough for a recorder that was started long before, and soon done.
    pub const SECONDS: f64 = 600.0;

    /// Starts behind the first `judged_s` seconds.
    pub fn behind(judged_s: f64) -> Self {
        Self { judged_s, at_s: judged_s }
    }

    /// Looks at the next piece, which is `seconds` s long. A note where it holds a heart; it ends in `advice`, which says how
    /// to judge all of it.
    pub fn look(&mut self, prepared: &Prepared, seconds: f64, advice: &str) -> Option<Note> {
        let Self { judged_s, at_s: start_s } = *self;
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
    use crate::audio::Recording;
    use crate::model::Task;
    use crate::synth::{HeartOptions, heart};

    #[test]
    fn a_heart_behind_the_judged_beginning_is_found_and_its_place_is_named() {
        let config = Task::Heart.model(["normal", "abnormal"].map(String::from).to_vec(), 4, 2);
        let silence = Recording::new(vec![0.0; 20_000], 2000).unwrap();
        let options = HeartOptions { seed: 2, seconds: 10.0, sample_rate: 2000, murmur: None };
        let sound = heart(&options).unwrap().recording;
        let mut elsewhere = Elsewhere::behind(60.0);
        let mut look = |piece: &Recording| {
            let prepared = Prepared::piece(&config, piece).unwrap();
            elsewhere.look(&prepared, piece.duration_s(), "judge all of it with --whole")
        };
        assert_eq!(look(&silence), None);
        let note = look(&sound).unwrap();
        assert_eq!(note.kind, Noted::Elsewhere);
        let expected =
            "The first 60 s hold no heart that can be judged, but 70 to 80 s do: judge all of it with --whole.";
        assert_eq!(note.detail, expected);
    }
}
