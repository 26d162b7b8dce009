//! Rows without a network, to compare the others with.
//!
//! | row | what it knows of a recording |
//! |---|---|
//! | majority | its subset: the prediction is the class that most training recordings of the subset have |
//! | spectrum | its mean spectrum, which a linear model can tell sensors apart by |
//! | mfcc | mean and deviation of its MFCCs |

use std::collections::BTreeMap;

use spectnet_core::filterbank::Framing;
use spectnet_core::model::ModelConfig;

use super::logistic;
use super::mfcc::Mfcc;
use super::row::Row;
use crate::compute::images::LogMel;
use crate::data::library::LabelledRecording;
use crate::error::{Error, Result};

/// Bands of the mean spectrum.
const SPECTRUM_BANDS: usize = 64;
/// Frames of the mean spectrum a second; each is twice as long as their distance.
const SPECTRUM_FRAMES: u32 = 8;

/// Trains the row on the first downmix of some recordings; probabilities `[recordings, classes]` of the others.
///
/// # Errors
/// A row with a network, or a device that fails.
pub fn judge(
    row: Row,
    config: &ModelConfig,
    training: &[LabelledRecording],
    held_out: &[LabelledRecording],
) -> Result<Vec<Vec<f64>>> {
    let classes = config.labels.len();
    match row {
        Row::Majority => Ok(majority(classes, training, held_out)),
        Row::Spectrum => {
            let rate = config.front_end.sample_rate;
            let hop = (rate / SPECTRUM_FRAMES) as usize;
            let mel = LogMel::new(SPECTRUM_BANDS, rate, Framing { window: 2 * hop, hop })?;
            logistic::judge(classes, training, held_out, |signal| mean_spectrum(&mel, signal))
        }
        Row::Mfcc => {
            let mfcc = Mfcc::new(config)?;
            logistic::judge(classes, training, held_out, |signal| mfcc.features(signal))
        }
        _ => Err(Error::unsupported(format!("row {row} without its network"))),
    }
}

/// How large a part of the training recordings of the same subset each class is; of all, where the subset was not trained on.
fn majority(classes: usize, training: &[LabelledRecording], held_out: &[LabelledRecording]) -> Vec<Vec<f64>> {
    let mut counts: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    let mut all = vec![0; classes];
    for recording in training {
        counts.entry(&recording.example.subset).or_insert_with(|| vec![0; classes])[recording.example.label] += 1;
        all[recording.example.label] += 1;
    }
    let fractions = |recording: &LabelledRecording| {
        let counts = counts.get(&*recording.example.subset).unwrap_or(&all);
        let total = counts.iter().sum::<u64>().max(1) as f64;
        counts.iter().map(|&count| count as f64 / total).collect()
    };
    held_out.iter().map(fractions).collect()
}

/// Mean of the logarithms of the bands' energies.
fn mean_spectrum(mel: &LogMel, signal: &[f32]) -> Vec<f32> {
    let image = mel.image(signal);
    let frames = mel.frames(signal.len()).max(1) as f32;
    let mut mean = vec![0.0; mel.bands()];
    for row in image.chunks_exact(mel.bands()) {
        mean.iter_mut().zip(row).for_each(|(sum, level)| *sum += level / frames);
    }
    mean
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::data::Example;
    use spectnet_core::audio::{Downmix, Recording};
    use spectnet_core::model::Task;
    use spectnet_core::package::recordings::Digest;
    use spectnet_core::prediction::{Prepared, winner};

    /// A second of a tone: its frequency is the sensor.
    fn labelled(label: usize, subset: &str, hz: f32) -> LabelledRecording {
        let samples = (0..1000).map(|k| (0.001 * std::f32::consts::TAU * hz * k as f32).sin()).collect();
        let recording = Recording::new(samples, 1000).unwrap();
        let example = Example {
            path: "x".into(),
            label,
            group: "g".into(),
            fold: None,
            subset: subset.into(),
            quality: None,
            age: None,
        };
        LabelledRecording {
            example,
            digest: Digest::new([0; 8]),
            downmixes: Arc::new(vec![(Downmix::Mean, Prepared::bare(recording))]),
        }
    }

    fn config() -> ModelConfig {
        Task::Heart.model(vec!["normal".into(), "abnormal".into()], 16, 3)
    }

    #[test]
    fn majority_knows_the_subset_and_nothing_else() {
        let training = [labelled(0, "a", 50.0), labelled(1, "a", 50.0), labelled(1, "a", 50.0), labelled(0, "b", 50.0)];
        let held_out = [labelled(0, "a", 90.0), labelled(1, "b", 90.0), labelled(1, "c", 90.0)];
        let rows = judge(Row::Majority, &config(), &training, &held_out).unwrap();
        assert_eq!(rows, [vec![1.0 / 3.0, 2.0 / 3.0], vec![1.0, 0.0], vec![0.5, 0.5]]);
    }

    #[test]
    fn spectrum_tells_sensors_apart() {
        let training: Vec<LabelledRecording> =
            (0..20).map(|i| labelled(i % 2, "a", if i % 2 == 0 { 60.0 } else { 140.0 } + i as f32)).collect();
        let held_out = [labelled(0, "a", 75.0), labelled(1, "a", 150.0)];
        let rows = judge(Row::Spectrum, &config(), &training, &held_out).unwrap();
        assert_eq!([winner(&rows[0], Some(1)), winner(&rows[1], Some(1))], [0, 1]);
        assert!(judge(Row::Static(4), &config(), &training, &held_out).is_err());
    }
}
