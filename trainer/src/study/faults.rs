//! What was wrong in the published procedure, by the names of the command line and of files, and done again where it is asked
//! for: each [`Fault`] as settings of training and judging, which know nothing of faults.

use std::sync::Arc;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use spectnet_core::audio::Window;
use spectnet_core::learning::recipe::{Loss, Options};
use spectnet_core::prediction::Prepared;

use crate::data::library::LabelledRecording;

/// A fault of the published procedure. Its shift augmentation, which shifted nothing, needs no switch: cycles are not shifted
/// here either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Dropout stays active where recordings are judged: judging them again gives another result.
    DropoutAtEval,
    /// The softmax is taken twice, so that no probability gets near 1 and gradients are small.
    DoubleSoftmax,
    /// The last heart cycle of every recording is silence, in training and where it votes.
    SilentLastCycle,
    /// The epoch is chosen on the recordings that are reported on.
    SelectOnReported,
}

/// Options of a recipe that make a run commit these faults.
pub fn options(faults: &[Fault]) -> Options {
    let has = |fault| faults.contains(&fault);
    Options {
        loss: if has(Fault::DoubleSoftmax) { Loss::OfProbabilities } else { Loss::OfLogits },
        dropping: has(Fault::DropoutAtEval),
        chosen_on_held_out: has(Fault::SelectOnReported),
    }
}

/// Replaces the last heart cycle of every recording by silence where that [fault](Fault::SilentLastCycle) is asked for.
pub fn with_silent_cycles(mut recordings: Vec<LabelledRecording>, faults: &[Fault]) -> Vec<LabelledRecording> {
    if faults.contains(&Fault::SilentLastCycle) {
        let downmixes = recordings.iter_mut().flat_map(|recording| Arc::make_mut(&mut recording.downmixes));
        downmixes.for_each(|(_, prepared)| silence_last_cycle(prepared));
    }
    recordings
}

/// An empty window is padded with zeros to a whole window.
fn silence_last_cycle(prepared: &mut Prepared) {
    let end = prepared.recording.samples().len();
    if let Some(last) = prepared.windows.last_mut().filter(|_| prepared.by_cycles) {
        *last = Window { start: end, end };
    }
}

/// The settings of a recipe with what is done wrong, as files keep them; what is as usual is not written down.
pub fn noted(mut settings: Value, faults: &[Fault]) -> Value {
    if let Some(members) = settings.as_object_mut().filter(|_| !faults.is_empty()) {
        members.insert("faults".into(), json!(faults));
    }
    settings
}

/// The protocol in words, with what was done wrong in it on purpose.
pub fn in_words(protocol: String, faults: &[Fault]) -> String {
    if faults.is_empty() {
        return protocol;
    }
    let names: Vec<String> =
        faults.iter().filter_map(|fault| Some(fault.to_possible_value()?.get_name().to_owned())).collect();
    format!("{protocol}; with the published faults {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use spectnet_core::audio::Recording;
    use spectnet_core::model::Task;

    #[test]
    fn the_last_cycle_is_silenced_and_windows_are_left_alone() {
        let config = Task::Heart.model(vec!["normal".into(), "abnormal".into()], 16, 3);
        let cycle = |i: usize| Window { start: 800 * i, end: 800 * (i + 1) };
        let recording = Recording::new(vec![0.1; 2400], 1000).unwrap();
        let cycles: Vec<Window> = (0..3).map(cycle).collect();
        let mut prepared = Prepared { windows: cycles.clone(), ..Prepared::bare(recording) };
        silence_last_cycle(&mut prepared);
        assert_eq!(prepared.windows, cycles);
        prepared.by_cycles = true;
        silence_last_cycle(&mut prepared);
        assert_eq!(prepared.windows[..2], cycles[..2]);
        let windows = prepared.input(&config, &prepared.windows).samples;
        assert!(windows[2500..3300].iter().all(|x| *x == 0.1) && windows[5000..].iter().all(|x| *x == 0.0));
    }

    #[test]
    fn faults_stand_in_the_settings_where_there_are_some() {
        let settings = json!({ "seed": 3 });
        assert_eq!(noted(settings.clone(), &[]), settings);
        let faults = [Fault::DoubleSoftmax, Fault::SelectOnReported];
        let expected = json!({ "seed": 3, "faults": ["double-softmax", "select-on-reported"] });
        assert_eq!(noted(settings, &faults), expected);
        assert_eq!(in_words("grouped".into(), &[]), "grouped");
        let words = in_words("published".into(), &faults);
        assert_eq!(words, "published; with the published faults double-softmax, select-on-reported");
    }
}
