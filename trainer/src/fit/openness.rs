//! The openness score, which tells sounds of other kinds, fitted on labelled recordings; docs/SCENES.md has how well it does.

use rayon::prelude::*;
use spectnet_core::filterbank::fused::Plan;
use spectnet_core::model::{ModelConfig, Weights};
use spectnet_core::prediction::openness::{Known, Openness, Summary, noise};

use crate::data::library::LabelledRecording;
use crate::error::Result;
use crate::progress;

/// Fits on `training`, with limits from `others`, which are no part of it, or where these are too few, from the training
/// recordings, each judged by statistics of other groups. `data` names where they come from.
///
/// # Errors
/// Those of [`Openness::fit`].
pub fn fit(
    config: &ModelConfig,
    weights: &Weights,
    training: &[LabelledRecording],
    others: &[LabelledRecording],
    data: &str,
) -> Result<Openness> {
    let [training, others] = [known(config, weights, training)?, known(config, weights, others)?];
    Ok(Openness::fit(config, &training, &others, noise(config, weights)?, data)?)
}

/// The recordings that hold enough sound, with their levels.
fn known(config: &ModelConfig, weights: &Weights, recordings: &[LabelledRecording]) -> Result<Vec<Known>> {
    let known = |(recording, summary): (&LabelledRecording, Summary)| {
        let levels = summary.levels()?;
        Some(Known { levels, class: recording.example.label, group: recording.example.group.clone() })
    };
    Ok(recordings.iter().zip(summaries(config, weights, recordings)?).filter_map(known).collect())
}

/// What is compared of each recording: the levels in all its windows and downmixes.
///
/// # Errors
/// Weights that do not belong to the model, or one that cannot be [summarised](Summary::new).
pub fn summaries(config: &ModelConfig, weights: &Weights, recordings: &[LabelledRecording]) -> Result<Vec<Summary>> {
    let plan = Plan::gammatones(&config.front_end, &config.filters(weights)?)?;
    let samples = config.windowing.samples;
    let bar = progress::bar(recordings.len() as u64, "comparing recordings");
    let summary = |recording: &LabelledRecording| -> Result<Summary> {
        let mut summary = Summary::new(config)?;
        for (_, prepared) in recording.downmixes.iter() {
            let windows = prepared.windows(config, &prepared.spans).samples;
            let mut images = vec![0.0; prepared.spans.len() * plan.frames(samples) * config.front_end.filters];
            plan.forward(&windows, samples, &mut images)?;
            summary.add_windows(config, prepared, &images)?;
        }
        bar.inc(1);
        Ok(summary)
    };
    let summaries = recordings.par_iter().map(summary).collect();
    bar.finish_and_clear();
    summaries
}

/// For people.
pub fn line(openness: &Openness) -> String {
    format!(
        "sounds of other kinds are told by their distance from the classes; of {} it refuses {:.1} %",
        openness.measured_on,
        100.0 * openness.refused
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::StandardNormal;
    use spectnet_core::audio::{Downmix, Recording};
    use spectnet_core::model::Task;
    use spectnet_core::prediction::Prepared;

    use super::*;
    use crate::compute::model_file::read_model;
    use crate::data::library;
    use crate::data::{Dataset, Example, Opening};
    use spectnet_core::package::recordings::Digest;

    /// Most own recordings that may be refused, and the least area under the ROC against each kind of other sound.
    const GOALS: [f64; 2] = [0.05, 0.90];
    /// How much of a heart recording is taken, in seconds.
    const HEART_S: f64 = 10.0;

    fn beside() -> PathBuf {
        std::env::var_os("SPECTNET_SHARED")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from)
            .join("data")
    }

    fn example(path: PathBuf) -> Example {
        let [group, subset] = ["g", "s"].map(String::from);
        Example { path, label: 0, group, fold: None, subset, quality: None }
    }

    fn labelled(config: &ModelConfig, recording: &Recording) -> LabelledRecording {
        let prepared = Prepared::new(config, recording).unwrap();
        LabelledRecording {
            example: example("made".into()),
            digest: Digest::new([0; 8]),
            downmixes: Arc::new(vec![(Downmix::Mean, prepared)]),
        }
    }

    /// Noise whose spectrum falls by `fall` dB an octave, with white noise for 0.
    fn coloured(seed: u64, fall: f64) -> Recording {
        let mut random = ChaCha8Rng::seed_from_u64(1000 + seed);
        // A sum of first-order low-passes an octave apart falls by 3 dB an octave; one far below all bands by 6.
        let mut states = [0.0f64; 10];
        let samples = (0..16_000 * 5).map(|_| {
            let white: f64 = random.sample(StandardNormal);
            let mut sum = 0.0;
            for (octave, state) in states.iter_mut().enumerate() {
                let pole = 1.0 - 1.5 * 0.5f64.powi(octave as i32 + 1);
                *state = pole * *state + (1.0 - pole) * white;
                sum += *state * 2f64.powf(octave as f64 / 2.0);
            }
            0.05 * if fall == 0.0 {
                white
            } else if fall < 4.0 {
                0.2 * sum
            } else {
                100.0 * states[9]
            }
        });
        Recording::new(samples.map(|sample| sample as f32).collect(), 16_000).unwrap()
    }

    fn tone(number: u32) -> Recording {
        let hz = 100.0 * 40f64.powf(f64::from(number) / 20.0);
        let samples = (0..80_000).map(|k| (0.3 * (std::f64::consts::TAU * hz * f64::from(k) / 16_000.0).sin()) as f32);
        Recording::new(samples.collect(), 16_000).unwrap()
    }

    /// Heart sounds, spoken digits, noises, tones and silence.
    fn others(config: &ModelConfig, data: &Path) -> BTreeMap<&'static str, Vec<LabelledRecording>> {
        let folder = |name: &str| {
            let mut files: Vec<PathBuf> =
                std::fs::read_dir(data.join(name)).unwrap().map(|file| file.unwrap().path()).collect();
            files.sort();
            files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "wav" || end == "flac"))
        };
        let cut = |path: PathBuf| {
            let recording = crate::data::audio_file::read_recording(&path, Downmix::Mean, None).unwrap();
            let length = recording.samples().len().min((HEART_S * f64::from(recording.sample_rate())) as usize);
            labelled(config, &Recording::new(recording.samples()[..length].to_vec(), recording.sample_rate()).unwrap())
        };
        let subsets = ["a", "b", "c", "e", "f"].map(|subset| format!("cinc2016/training-{subset}"));
        let hearts = subsets.iter().flat_map(|subset| folder(subset).step_by(4).take(8));
        let made = |sound: &dyn Fn(u64) -> Recording| (0..20).map(|seed| labelled(config, &sound(seed))).collect();
        BTreeMap::from([
            ("heart sounds at 1 kHz", hearts.map(cut).collect()),
            ("heart sounds at 2 kHz", folder("fixtures/heart").map(cut).collect()),
            ("spoken digits", folder("fixtures/digits").map(cut).collect()),
            ("white noise", made(&|seed| coloured(seed, 0.0))),
            ("pink noise", made(&|seed| coloured(seed, 3.0))),
            ("brown noise", made(&|seed| coloured(seed, 6.0))),
            ("tones", made(&|seed| tone(seed as u32))),
        ])
    }

    fn area(own: &[f64], others: &[f64]) -> f64 {
        let wins = |other: &f64| {
            own.iter()
                .map(|own| {
                    if other > own {
                        1.0
                    } else if other == own {
                        0.5
                    } else {
                        0.0
                    }
                })
                .sum::<f64>()
        };
        others.iter().map(wins).sum::<f64>() / (own.len() * others.len()) as f64
    }

    /// Each fold is judged by what was fitted, limits included, on the other three.
    #[test]
    fn the_shipped_model_tells_other_sounds_from_clips_that_were_not_fitted_on() {
        let data = beside();
        if !data.join("esc10/manifest.csv").is_file() || !data.join("cinc2016/manifest.csv").is_file() {
            println!("skipped: no real recordings in {}", data.display());
            return;
        }
        let model =
            read_model(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/weights/environment.safetensors")).unwrap();
        let (config, weights) = (&model.config, &model.weights);
        let dataset = Dataset::open(&data.join("esc10"), Task::Scene, Opening::default())
            .unwrap()
            .with_labels(&config.labels)
            .unwrap();
        let folds = dataset.folds(4).unwrap();
        let own = known(config, weights, &library::load(&dataset.examples, config).unwrap()).unwrap();
        assert_eq!(own.len(), dataset.examples.len(), "every clip holds enough sound");
        let noise = noise(config, weights).unwrap();
        let others: BTreeMap<&str, Vec<Summary>> = others(config, &data)
            .into_iter()
            .map(|(kind, recordings)| (kind, summaries(config, weights, &recordings).unwrap()))
            .collect();
        let silence = Recording::new(vec![0.0; 80_000], 16_000).unwrap();
        let silence = &summaries(config, weights, &[labelled(config, &silence)]).unwrap()[0];

        let mut own_scores = Vec::new();
        let mut other_scores: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        let mut numbers = folds.clone();
        numbers.sort_unstable();
        numbers.dedup();
        for &fold in &numbers {
            let part = |held_out: bool| -> Vec<Known> {
                let recordings = own.iter().zip(&folds).filter(|(_, of)| (**of == fold) == held_out);
                recordings.map(|(known, _)| known.clone()).collect()
            };
            let openness = Openness::fit(config, &part(false), &[], noise, "esc10").unwrap();
            let scores: Vec<f64> = part(true).iter().map(|known| openness.score_of(&known.levels)).collect();
            let refused = scores.iter().filter(|score| **score > 1.0).count();
            println!("fold {fold}: {refused} of {} own clips refused", scores.len());
            own_scores.extend(scores);
            for (kind, summaries) in &others {
                let scores = summaries.iter().map(|summary| openness.score(summary).expect("there is sound"));
                other_scores.entry(*kind).or_default().extend(scores);
            }
            assert_eq!(openness.score(silence), None, "silence has no score: it is called silent");
        }
        let fraction =
            |scores: &[f64]| scores.iter().filter(|score| **score > 1.0).count() as f64 / scores.len() as f64;
        println!("own: {:.1} % of {} refused", 100.0 * fraction(&own_scores), own_scores.len());
        assert!(fraction(&own_scores) <= GOALS[0]);
        for (kind, scores) in &other_scores {
            let (area, refused, n) = (area(&own_scores, scores), fraction(scores), scores.len() / numbers.len());
            println!("{kind}: n = {n}, area under the ROC {area:.3}, {:.1} % refused", 100.0 * refused);
            assert!(area >= GOALS[1], "{kind}: {area}");
        }
        let all: Vec<f64> = other_scores.into_values().flatten().collect();
        println!("all others: area {:.3}, {:.1} % refused", area(&own_scores, &all), 100.0 * fraction(&all));
    }
}
