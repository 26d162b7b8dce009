//! What a model says about sounds whose truth is known because they were synthesised.

use std::path::Path;

use spectnet_core::audio::{Recording, write_wav};
use spectnet_core::synth::{HeartOptions, Murmur, heart};

use crate::args;
use crate::command::spectnet;

/// Length of the examples that the page synthesises, in seconds.
const SECONDS: f64 = 15.0;

/// How many of the hearts with seeds 1 to `count` are called by their label.
pub fn hearts_called_right(model: &Path, folder: &Path, murmur: Option<Murmur>, count: u64) -> usize {
    let label = if murmur.is_some() { "abnormal" } else { "normal" };
    let sound = |seed| heart(&HeartOptions { seed, seconds: SECONDS, sample_rate: 2000, murmur });
    called(model, folder, label, (1..=count).map(|seed| sound(seed).expect("these options are valid").recording))
}

/// How many of these are called `label`; the folder must have room for them.
fn called(model: &Path, folder: &Path, label: &str, sounds: impl Iterator<Item = Recording>) -> usize {
    let files = sounds.enumerate().map(|(number, sound)| {
        let file = folder.join(format!("{label}-{number}.wav"));
        std::fs::write(&file, write_wav(&sound).expect("a recording can be written")).expect("a writable folder");
        file.into_os_string()
    });
    let command = args!["predict", "--device", "cpu", "--json", "--model", model].into_iter().chain(files);
    let verdicts = spectnet(command).json();
    verdicts.as_array().expect("a list").iter().filter(|verdict| verdict["label"] == label).count()
}
