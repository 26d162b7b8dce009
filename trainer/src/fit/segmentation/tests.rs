//! Learning as a whole, from hearts whose beats are known.

use spectnet_core::audio::Recording;
use spectnet_core::heart::{Annotation, Features, State, conditioning};
use spectnet_core::synth::{HeartOptions, heart};

use super::{Counts, Example, compare, learn};

/// A conditioned synthesised heart and its states.
fn made_up(seed: u64, seconds: f64) -> (Recording, Annotation) {
    let sound = heart(&HeartOptions { seed, seconds, sample_rate: 2000, murmur: None }).unwrap();
    let recording = conditioning().apply(&sound.recording).unwrap();
    let annotation = Annotation::of_beats(&sound.beats, recording.duration_s()).unwrap();
    (recording, annotation)
}

#[test]
fn parameters_are_learned_from_known_states() {
    let made: Vec<(Features, Annotation)> = (100..116)
        .map(|seed| {
            let (recording, annotation) = made_up(seed, 12.0);
            (Features::of(&recording).unwrap(), annotation)
        })
        .collect();
    let examples: Vec<Example> = made
        .iter()
        .map(|(features, annotation)| Example { features, annotation, subset: "made up", poor: None })
        .collect();
    let learned = learn(&examples).unwrap();
    assert_eq!(learned, learn(&examples).unwrap());
    let mut counts = Counts::default();
    for seed in 200..206 {
        let (recording, known) = made_up(seed, 12.0);
        let found = learned.segment(&Features::of(&recording).unwrap()).unwrap();
        counts = counts + compare(&known, &found, State::S1) + compare(&known, &found, State::S2);
    }
    assert!(counts.f1().unwrap() > 0.95, "{counts:?}");
    assert!(learn(&examples[..9]).unwrap_err().to_string().contains("at least 10"));
}
