//! What a person should know about a recording beside the result.

use serde::{Deserialize, Serialize};

use super::prepared::Seen;
use crate::audio::{Agreement, Downmix, WavSound};

/// Fraction of clipped samples from which on a recording is called clipped.
const CLIPPED: f64 = 1e-3;
/// Fraction of the energy removed as spikes from which on there is a note.
const SPIKES: f64 = 0.1;
/// Fraction of the recording without sound from which on there is a note.
const SILENCE: f64 = 0.25;

/// Something about the recording that affects how far the result can be trusted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// What it is about, for programs.
    pub kind: Noted,
    /// A sentence for people, with what to do about it.
    pub detail: String,
}

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Noted {
    /// Samples are clipped at the limit of the recorder.
    Clipped,
    /// Much of the recording holds no sound.
    Silence,
    /// Much of the energy was removed as friction spikes.
    Spikes,
    /// A later part of the recording holds the heart that was not found in the processed beginning.
    Elsewhere,
    /// The file announces more than it holds.
    CutShort,
    /// The file contradicts itself, or a part of it was left out.
    File,
    /// The channels have nothing in common, or cancel each other, so their mean represents neither.
    Channels,
    /// The filterbank is not as it was trained: a person moved filters or switched some off.
    Filterbank,
    /// The recording is still being made, and this is about what there is of it so far.
    Provisional,
    /// The heart beats slower or faster than those that the model learned from.
    OutOfScope,
}

impl Note {
    /// A note with this sentence for people.
    pub fn new(kind: Noted, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}

/// What a reader found about a file as far as it was read, in sentences for people; empty for a recording in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileNotes {
    /// How much is there, where the file announces more.
    pub cut_short: Option<String>,
    /// Where the file contradicts itself, and what was left out.
    pub file: Vec<String>,
    /// Why the mean of the channels does not represent them.
    pub channels: Option<String>,
}

impl FileNotes {
    /// The same, with a warning where `downmix` is the mean of channels that do not fit together. `choose` is a
    /// sentence that tells a person how to take one of them.
    #[must_use]
    pub fn with_channels(self, downmix: Downmix, agreement: &Agreement, choose: &str) -> Self {
        let channels = if downmix == Downmix::Mean { agreement.warning(choose) } else { None };
        Self { channels, ..self }
    }

    /// The same as notes beside a result.
    pub fn notes(&self) -> Vec<Note> {
        let of = |kind| move |sentence: &String| Note::new(kind, sentence);
        let cut_short = self.cut_short.iter().map(of(Noted::CutShort));
        let file = self.file.iter().map(of(Noted::File));
        cut_short.chain(file).chain(self.channels.iter().map(of(Noted::Channels))).collect()
    }
}

impl From<&WavSound> for FileNotes {
    /// What is wrong in the header of a WAV file.
    fn from(sound: &WavSound) -> Self {
        let cut_short = sound.cut_short().map(str::to_owned);
        Self { cut_short, file: sound.notes().to_vec(), channels: None }
    }
}

/// Notes on a recording of `seconds` seconds, of which `sounding_s` seconds hold sound.
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
    if seen.blanked_fraction() >= SPIKES {
        let detail = format!(
            "{:.0} % of the energy was blanked as friction spikes. Hold the stethoscope still.",
            100.0 * seen.blanked_fraction()
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

    #[test]
    fn what_a_reader_says_stands_in_one_order_and_channels_matter_to_their_mean() {
        let sentence = |text: &str| text.to_owned();
        let file = FileNotes {
            cut_short: Some(sentence("Half is there.")),
            file: vec![sentence("No length."), sentence("Two packets.")],
            channels: None,
        };
        // Two channels that cancel each other.
        let mut agreement = Agreement::default();
        (0..4000).for_each(|k| agreement.add(&[(0.05 * k as f32).sin(), -(0.05 * k as f32).sin()], 2));
        let kinds = |downmix| {
            let notes = file.clone().with_channels(downmix, &agreement, "Choose.").notes();
            notes.into_iter().map(|note| note.kind).collect::<Vec<_>>()
        };
        let of_file = [Noted::CutShort, Noted::File, Noted::File];
        assert_eq!(kinds(Downmix::Channel(0)), of_file);
        assert_eq!(kinds(Downmix::Mean), [&of_file[..], &[Noted::Channels]].concat());
        assert_eq!(FileNotes::default().notes(), []);
    }
}
