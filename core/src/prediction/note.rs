//! What a person should know beside the result.

use serde::{Deserialize, Serialize};

use super::prepared::Seen;

/// Share of the samples from which on a recording counts as clipped.
const CLIPPED: f64 = 1e-3;
/// Share of the energy that is worth a word where it was blanked.
const SPIKES: f64 = 0.1;
/// Share of the recording without sound that is worth a word.
const SILENCE: f64 = 0.25;

/// Something about the recording that bears on the result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// What it is, for programs.
    pub kind: Noted,
    /// The same for people, in a sentence.
    pub detail: String,
}

/// What there can be to note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Noted {
    /// Samples are cut off at the limit of the recorder.
    Clipped,
    /// Much of the recording holds no sound.
    Silence,
    /// Much of the energy was blanked as friction spikes.
    Spikes,
    /// The rest of the recording holds what was missed in its judged beginning.
    Elsewhere,
    /// The file announces more than there is.
    CutShort,
    /// The file was read otherwise than it says.
    File,
    /// The channels have nothing in common, or cancel each other.
    Channels,
}

impl Note {
    /// A note.
    pub fn new(kind: Noted, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}

/// What is to note of a recording of `seconds` s, of which `sounding_s` s hold sound.
pub(super) fn notes(seen: Seen, seconds: f64, sounding_s: f64) -> Vec<Note> {
    let mut notes = Vec::new();
    let clipped = seen.clipped as f64 / seen.samples.max(1) as f64;
    if clipped >= CLIPPED {
        notes.push(Note::new(
            Noted::Clipped,
            format!(
                "The recording is clipped: {:.1} % of its samples are cut off at the limit of the recorder. Record again at a lower level.",
                100.0 * clipped
            ),
        ));
    }
    if seen.blanked_share() >= SPIKES {
        let detail = format!(
            "{:.0} % of the energy was blanked as friction spikes. Hold the stethoscope still.",
            100.0 * seen.blanked_share()
        );
        notes.push(Note::new(Noted::Spikes, detail));
    }
    if sounding_s > 0.0 && seconds - sounding_s >= SILENCE * seconds {
        let detail = format!("Only {sounding_s:.1} of {seconds:.1} s hold sound; the silence was left out.");
        notes.push(Note::new(Noted::Silence, detail));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clipped_recording_and_one_that_is_half_silent_are_noted() {
        let kinds = |clipped, sounding_s| {
            let seen = Seen { samples: 10_000, clipped, ..Seen::default() };
            notes(seen, 10.0, sounding_s).into_iter().map(|note| note.kind).collect::<Vec<_>>()
        };
        assert_eq!(kinds(0, 10.0), []);
        assert_eq!(kinds(9, 8.0), []);
        assert_eq!(kinds(30, 5.0), [Noted::Clipped, Noted::Silence]);
        assert_eq!(kinds(0, 0.0), []);
    }
}
